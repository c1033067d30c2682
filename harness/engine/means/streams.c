/*
 * The link of a scenario where it is one of streams (and datagrams): every connection between an actor and the subject
 * goes through it.
 *
 *     a server is tested      client actor ----> [ door ] ----> subject
 *     a client is tested      subject      ----> [ door ] ----> server actor
 *
 * What the harness looks at in its own sockets to know the subject, it must look at on the far side of the link then.
 */
#include "engine/means/streams.h"
#include "engine/core/conn.h"
#include "engine/core/net.h"
#include "engine/core/timeline.h"
#include "engine/core/values.h"
#include "engine/core/verdict.h"
#include "engine/means/packets.h"
#include "engine/means/row.h"

#include "evidence/queues.h"
#include "fault/link.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* Connections told one by one when somebody waits in vain. */
#define TOLD_MAX 6
/* Descriptors of the link itself: its epoll set, tick, netlink, and pipes that are under way. */
#define OWN_FILES 16

struct streams {
    struct link *link;
    struct link_place *targets; /* by door */
    int door_count;
};

static bool wanted(const struct case_run *run)
{
    const struct scn_scenario *s = run->scenario;
    bool link = false;
    for (size_t i = 0; i < s->actor_count; i++)
        link |= s->actors[i].kind == SCN_LINK_ACTOR;
    return link && !packets_wanted(run);
}

static size_t files(const struct case_run *run)
{
    return OWN_FILES + 2 * run->actor_count + 2 * run->listener_count;
}

/* --- what it tells -------------------------------------------------------------------------------------- */

static void on_event(const struct link_event *e, void *data)
{
    struct case_run *run = data;
    struct buf text = {0};
    run->moved_us = clock_us();
    link_event_words(e, &text);
    if (e->kind == LINK_EVENT_FAULT)
        happened_text(run, NULL, "link", "%s", buf_text(&text));
    else
        happened_note(run, "link", "%s", buf_text(&text));
    buf_free(&text);
}

/* --- its steps ------------------------------------------------------------------------------------------ */

static int add_fault(struct case_run *run, const struct scn_link *l, struct err *e)
{
    struct streams *s = run->streams;
    const struct link_fault f = {.kind = l->kind,
                                 .up = l->up,
                                 .down = l->down,
                                 .amount = number_of(run, NULL, &l->amount, 0),
                                 .connection = (uint64_t)number_of(run, NULL, &l->connection, 0)};
    if (l->kind == SCN_LINK_DELAY || l->kind == SCN_LINK_JITTER)
        run->held_up += f.amount;
    return link_add(s->link, &f, e) < 0 ? -1 : 0;
}

/* Steps that no other step stands before: they hold from the beginning, whoever is quicker. */
static size_t first_faults(const struct scn_actor *a)
{
    size_t count = 0;
    while (count < a->body.count && a->body.steps[count].kind == SCN_STEP_LINK)
        count++;
    return count;
}

static int add_first_faults(struct case_run *run, struct err *e)
{
    for (size_t i = 0; i < run->scenario->actor_count; i++) {
        const struct scn_actor *a = &run->scenario->actors[i];
        for (size_t k = 0, n = a->kind == SCN_LINK_ACTOR ? first_faults(a) : 0; k < n; k++)
            if (add_fault(run, &a->body.steps[k].u.link, e) != 0)
                return -1;
    }
    return 0;
}

enum step_result streams_step(struct actor *a, const struct scn_step *s)
{
    struct err e = {0};
    if (s < a->spec->body.steps + first_faults(a->spec))
        return STEP_DONE; /* in force since the beginning */
    if (add_fault(a->run, &s->u.link, &e) != 0)
        return case_error(a->run, a, "%s", e.text);
    return STEP_DONE;
}

/* --- its doors ------------------------------------------------------------------------------------------ */

static void place_of(struct link_place *out, enum scn_transport t, const struct address *a)
{
    *out = (struct link_place){.type = SOCK_DGRAM, .len = a->len};
    if (scn_transport_is_stream(t))
        out->type = SOCK_STREAM;
    else if (t == SCN_UNIX_SEQPACKET)
        out->type = SOCK_SEQPACKET;
    memcpy(&out->address, &a->u, sizeof(out->address));
}

static void address_of(struct address *out, const struct link_place *p)
{
    *out = (struct address){.len = p->len};
    memcpy(&out->u, &p->address, sizeof(p->address));
}

/* Opens a door for the target: at the host and port given, else at a free port of loopback or a path of our own.
 * Returns it, or -1. */
static int open_door(struct case_run *run, enum scn_transport t, const struct address *to, const char *host, int port,
                     struct err *e)
{
    struct streams *s = run->streams;
    struct address at;
    struct link_place listen_at, target;
    char path[sizeof(at.u.un.sun_path)];
    net_fresh_path(run->engine, path, sizeof(path));
    if (net_address(&at, t, host, port, path, e) != 0)
        return -1;
    place_of(&listen_at, t, &at);
    place_of(&target, t, to);
    int door = link_open(s->link, &listen_at, &target, e);
    if (door < 0)
        return -1;
    s->targets = mem_realloc(s->targets, (size_t)(door + 1) * sizeof(*s->targets));
    s->targets[door] = target;
    s->door_count = door + 1;
    return door;
}

/* In front of the subject: `to` becomes where the link listens for it. */
static int door_to(struct case_run *run, enum scn_transport t, struct address *to, struct err *e)
{
    struct streams *s = run->streams;
    struct link_place target;
    int door = -1;
    place_of(&target, t, to);
    for (int i = 0; i < s->door_count && door < 0; i++)
        if (s->targets[i].type == target.type && s->targets[i].len == target.len &&
            memcmp(&s->targets[i].address, &target.address, target.len) == 0)
            door = i;
    if (door < 0)
        door = open_door(run, t, to, NULL, 0, e);
    if (door < 0)
        return -1;
    address_of(to, link_door(s->link, door));
    return 0;
}

/* The listener is closed: nobody can connect at its door either. */
static void shut_door(struct listener *l, int door)
{
    link_shut(l->run->streams->link, door);
}

/* A server actor is found where the link's door is; --listen names that. */
static int front(struct case_run *run, struct listener *l, struct err *e)
{
    const struct engine_subject *where = run->where;
    bool given = where->listen_host && l == &run->listeners[0];
    int door =
        open_door(run, l->transport, &l->address, given ? where->listen_host : NULL, given ? where->listen_port : 0, e);
    if (door < 0)
        return -1;
    address_of(&l->found_at, link_door(run->streams->link, door));
    l->shut = shut_door;
    l->shut_number = door;
    listener_learn_port(l);
    return 0;
}

static void begin(struct case_run *run)
{
    struct err e = {0};
    struct link_options options = {.seed = rng_seed(run->seed, "link"),
                                   .patience = run->engine->options.patience,
                                   .on_event = on_event,
                                   .data = run};
    run->streams = mem_new(1, sizeof(*run->streams));
    run->streams->link = link_new(run->engine->loop, &options, &e);
    bool ok = run->streams->link && add_first_faults(run, &e) == 0;
    for (size_t i = 0; ok && i < run->listener_count; i++)
        ok = front(run, &run->listeners[i], &e) == 0;
    if (!ok)
        case_error(run, NULL, "the link: %s", e.text);
}

static void end(struct case_run *run)
{
    if (!run->streams)
        return;
    link_free(run->streams->link);
    free(run->streams->targets);
    free(run->streams);
    run->streams = NULL;
}

/* --- what it has done ----------------------------------------------------------------------------------- */

static void judge(struct case_run *run)
{
    const struct link_fault *f;
    if (!run->streams || run->failed || run->skipped)
        return;
    for (int i = 0; (f = link_fault_at(run->streams->link, i)); i++) {
        if (link_reached(run->streams->link, i))
            continue;
        struct buf text = {0};
        buf_puts(&text, "the link's '");
        link_fault_text(f, &text);
        buf_puts(&text, "' was never reached: the case did not test what it says");
        run->over = false;
        case_skip(run, buf_text(&text));
        buf_free(&text);
        return;
    }
}

static void explain(struct case_run *run)
{
    struct link_state s;
    size_t told = 0;
    for (uint64_t n = link_count(run->streams->link); n > 0 && told < TOLD_MAX; n--) {
        if (!link_look(run->streams->link, n, &s))
            continue;
        told++;
        result_graph(run->result,
                     "link, connection %llu%s: up %llu bytes passed on, %zu held; down %llu passed on, %zu held",
                     (unsigned long long)n, s.connected ? "" : " (target not reached yet)",
                     (unsigned long long)s.passed[LINK_UP], s.held[LINK_UP], (unsigned long long)s.passed[LINK_DOWN],
                     s.held[LINK_DOWN]);
    }
}

/* --- looking through it --------------------------------------------------------------------------------- */

/* The link's state of the connection that ends in this one. Returns false where the link has not taken it yet, or no
 * more. */
static bool look_through(const struct conn *c, struct link_state *out)
{
    const struct link *link = c->run->streams->link;
    struct address own = {.len = sizeof(own.u.storage)};
    bool client = c->owner->spec->kind == SCN_CLIENT;
    /* A client is known to the link by its own address, a server actor's peer is the link's socket. */
    int rc = client ? getsockname(c->fd, &own.u.any, &own.len) : getpeername(c->fd, &own.u.any, &own.len);
    uint64_t number = rc == 0 ? link_find(link, &own.u.any, own.len) : 0;
    return number && link_look(link, number, out);
}

int conn_subject_fd(const struct conn *c)
{
    struct link_state s;
    if (!c->run->streams)
        return c->fd;
    if (!look_through(c, &s) || !s.connected)
        return -1;
    return c->owner->spec->kind == SCN_CLIENT ? s.server_fd : s.client_fd;
}

int conn_peer_took_all(const struct conn *c)
{
    int nl = c->run->engine->netlink;
    if (nl < 0)
        return -1;
    int took = queues_peer_took_all(nl, c->fd);
    if (!c->run->streams || took != 1)
        return took;
    struct link_state s;
    bool client = c->owner->spec->kind == SCN_CLIENT;
    if (!look_through(c, &s) || s.held[client ? LINK_UP : LINK_DOWN])
        return 0;
    int far = client ? s.server_fd : s.client_fd;
    return far < 0 ? 0 : queues_peer_took_all(nl, far);
}

const struct means streams_means = {.wanted = wanted,
                                    .files = files,
                                    .begin = begin,
                                    .door = door_to,
                                    .hides = true,
                                    .explain = explain,
                                    .judge = judge,
                                    .end = end};
