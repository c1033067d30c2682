/*
 * The link of a scenario where it is one of packets: what it does to them is read from its steps, what it did is told
 * in the timeline.
 */
#include "engine/means/packets.h"
#include "engine/core/net.h"
#include "engine/core/timeline.h"
#include "engine/core/values.h"
#include "engine/core/verdict.h"
#include "engine/means/faults.h"
#include "engine/means/row.h"

#include "fault/packet.h"

#include <stdlib.h>
#include <string.h>

/* Faults told one by one; a transfer of megabytes would drive all else out of the timeline. */
#define TOLD_MAX 100
/* What TCP needs to be done with a loss or two before silence means something: its least timeout is 200 ms, doubled
 * each time. Times as long. */
#define RECOVERY_FACTOR 10

struct packets {
    struct packet_link *link;
    struct packet_faults faults[2]; /* in force */
    uint64_t told;
};

bool packets_wanted(const struct case_run *run)
{
    const struct scn_scenario *s = run->scenario;
    for (size_t i = 0; i < s->actor_count; i++) {
        const struct scn_block *b = &s->actors[i].body;
        for (size_t k = 0; s->actors[i].kind == SCN_LINK_ACTOR && k < b->count; k++)
            if (b->steps[k].kind == SCN_STEP_LINK && scn_link_is_of_packets(b->steps[k].u.link.kind))
                return true;
    }
    return false;
}

static void apply(struct case_run *run, struct packet_faults *f, const struct scn_link *l)
{
    double amount = number_of(run, NULL, &l->amount, 0);
    switch (l->kind) {
    case SCN_LINK_LOSS:
        f->loss = amount / 100;
        break;
    case SCN_LINK_REORDER:
        f->reorder = amount / 100;
        break;
    case SCN_LINK_DUPLICATE:
        f->duplicate = amount / 100;
        break;
    case SCN_LINK_DELAY:
        f->delay = amount;
        break;
    case SCN_LINK_JITTER:
        f->jitter = amount;
        break;
    case SCN_LINK_RATE:
        f->rate = amount;
        break;
    case SCN_LINK_SILENT:
        f->silent = true;
        f->silent_after = (uint64_t)amount;
        break;
    case SCN_LINK_SLICE:
    case SCN_LINK_RESET:
    case SCN_LINK_CLOSE: /* of streams: the checker refuses them beside loss, reorder and duplicate */
        break;
    }
}

static void apply_step(struct case_run *run, struct packet_faults faults[2], const struct scn_link *l)
{
    if (!l->down)
        apply(run, &faults[PACKET_UP], l);
    if (!l->up)
        apply(run, &faults[PACKET_DOWN], l);
}

/* The first packet must find the link as its first steps say, whoever is quicker: those that wait for nothing count
 * from the beginning. */
static void read_first_faults(struct case_run *run, struct packet_faults faults[2])
{
    for (size_t i = 0; i < run->scenario->actor_count; i++) {
        const struct scn_actor *a = &run->scenario->actors[i];
        for (size_t k = 0; a->kind == SCN_LINK_ACTOR && k < a->body.count && a->body.steps[k].kind == SCN_STEP_LINK;
             k++)
            apply_step(run, faults, &a->body.steps[k].u.link);
    }
}

enum step_result packets_step(struct actor *a, const struct scn_step *s)
{
    struct packets *p = a->run->packets;
    apply_step(a->run, p->faults, &s->u.link);
    packet_link_change(p->link, PACKET_UP, &p->faults[PACKET_UP]);
    packet_link_change(p->link, PACKET_DOWN, &p->faults[PACKET_DOWN]);
    return STEP_DONE;
}

static void on_fault(void *data, const struct packet_event *event)
{
    struct case_run *run = data;
    struct buf text = {0};
    if (run->packets->told++ >= TOLD_MAX)
        return;
    packet_event_text(event, &text);
    happened_text(run, NULL, "link", "%s", buf_text(&text));
    buf_free(&text);
}

/* Ports of the servers: the subject's, or those of the server actors. Returns how many; `ports` has room for all. */
static size_t server_ports(const struct case_run *run, int *ports)
{
    size_t count = 0;
    if (run->subject && !run->own_subject && run->where->port)
        ports[count++] = run->where->port;
    for (size_t i = 0; i < run->listener_count; i++)
        if (run->listeners[i].port)
            ports[count++] = run->listeners[i].port;
    return count;
}

static void begin(struct case_run *run)
{
    struct engine *engine = run->engine;
    struct err e = {0};
    if (engine->options.isolation == ISOLATION_PROCESS || engine->options.host_net) {
        case_skip(run, "needs packets: the run has no network of its own");
        return;
    }
    int *ports = mem_new(run->listener_count + 1, sizeof(*ports));
    struct packet_plan plan = {
        .seed = run->seed, .ports = ports, .port_count = server_ports(run, ports), .report = on_fault, .data = run};
    read_first_faults(run, plan.faults);
    if (plan.port_count == 0) {
        case_skip(run, "needs a server with a port: packets are those of TCP and UDP");
    } else if (!engine->packet_network && !(engine->packet_network = packet_network_open(&e))) {
        case_error(run, NULL, "the link of packets: %s", e.text);
    } else {
        run->packets = mem_new(1, sizeof(*run->packets));
        run->kernel_lag = RECOVERY_FACTOR;
        memcpy(run->packets->faults, plan.faults, sizeof(plan.faults));
        run->packets->link = packet_link_open(engine->loop, engine->packet_network, &plan, &e);
        if (!run->packets->link)
            case_error(run, NULL, "the link of packets: %s", e.text);
    }
    free(ports);
}

static bool strikes(const struct packet_faults *f, struct packet_count c)
{
    return f->delay > 0 || f->jitter > 0 || f->rate > 0 || c.lost || c.doubled || c.swapped || c.silenced || c.refused;
}

static void judge(struct case_run *run)
{
    struct result *r = run->result;
    if (run->packets && run->packets->link && packet_link_count(run->packets->link, 0).seen > 0)
        faults_show_it_came(run);
    if (!run->packets || !run->packets->link || run->skipped || r->verdict != VERDICT_PASS)
        return;
    uint64_t seen = 0;
    for (int d = 0; d < 2; d++) {
        struct packet_count c = packet_link_count(run->packets->link, d);
        if (strikes(&run->packets->faults[d], c))
            return;
        seen += c.seen;
    }
    free(r->message);
    r->message = mem_printf("the link did nothing to any of %llu packets", (unsigned long long)seen);
    r->verdict = VERDICT_SKIP;
    run->skipped = true;
}

static void tell_count(struct case_run *run, enum packet_direction d)
{
    struct packet_count c = packet_link_count(run->packets->link, d);
    happened_text(run, NULL, "link", "%s %llu packets: %llu lost %llu swapped %llu doubled", packet_direction_name(d),
                  (unsigned long long)c.seen, (unsigned long long)c.lost + c.silenced + c.refused,
                  (unsigned long long)c.swapped, (unsigned long long)c.doubled);
}

static void tell(struct case_run *run)
{
    if (!run->packets || !run->packets->link)
        return;
    if (run->packets->told > TOLD_MAX)
        happened_text(run, NULL, "link", "and %llu faults more", (unsigned long long)(run->packets->told - TOLD_MAX));
    tell_count(run, PACKET_UP);
    tell_count(run, PACKET_DOWN);
    uint64_t missed = packet_link_missed(run->packets->link);
    if (missed)
        happened_text(run, NULL, "link", "%llu lost by the kernel, not by seed", (unsigned long long)missed);
}

static void end(struct case_run *run)
{
    if (!run->packets)
        return;
    packet_link_close(run->packets->link);
    free(run->packets);
    run->packets = NULL;
}

static void close_network(struct engine *e)
{
    packet_network_close(e->packet_network);
}

const struct means packets_means = {.wanted = packets_wanted,
                                    .close = close_network,
                                    .begin = begin,
                                    .hides = true,
                                    .judge = judge,
                                    .tell = tell,
                                    .end = end};
