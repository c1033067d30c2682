/*
 * Faults of names: where a scenario has some, the client under test is told a name in place of an address, and asks a
 * resolver of ours for it.
 */
#include "engine/means/names.h"
#include "engine/core/net.h"
#include "engine/core/timeline.h"
#include "engine/core/values.h"
#include "engine/core/verdict.h"
#include "engine/means/faults.h"
#include "engine/means/row.h"

#include "fault/resolver.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Queries told one by one: a program that asks in a loop would drive all else out of the timeline. */
#define TOLD_MAX 100

struct names {
    struct resolver *resolver;
    struct resolver_file made[RESOLVER_FILES_MAX];
    struct subject_file files[RESOLVER_FILES_MAX];
    int file_count;
    struct {
        const struct scn_step *step;
        int number; /* of the resolver */
    } faults[RESOLVER_FAULTS_MAX];
    size_t fault_count;
    uint64_t told;
    int hushed[2]; /* the listener at the dead address, and who fills its queue; 0: none */
};

static bool is_of_names(const struct scn_step *s)
{
    return s->kind == SCN_STEP_FAULT && s->u.fault.call == SCN_CALL_NAMES;
}

/* Any fault of names will do. */
#define ANY_ERROR (-1)

/* Whether the block has a fault of names with this error. */
static bool any_in(const struct scn_block *b, int error)
{
    for (size_t i = 0; i < b->count; i++) {
        const struct scn_step *s = &b->steps[i];
        const struct scn_fault *f = &s->u.fault;
        if (is_of_names(s) && (error == ANY_ERROR || (f->effect == SCN_EFFECT_ERROR && f->error == error)))
            return true;
        if (s->kind == SCN_STEP_REPEAT && any_in(&s->u.repeat.body, error))
            return true;
    }
    return false;
}

static bool scenario_has(const struct scn_scenario *s, int error)
{
    for (size_t i = 0; i < s->actor_count; i++)
        if (any_in(&s->actors[i].body, error))
            return true;
    return false;
}

static bool wanted(const struct case_run *run)
{
    return scenario_has(run->scenario, ANY_ERROR) && !run->where->without_faults;
}

/* --- faults --------------------------------------------------------------------------------------------- */

static enum resolver_effect effect_of(const struct scn_fault *f)
{
    if (f->effect != SCN_EFFECT_ERROR)
        return RESOLVER_IS_LATE; /* names cannot be short: the checker sees to it */
    switch ((enum scn_name_error)f->error) {
    case SCN_NAME_NXDOMAIN:
        return RESOLVER_SAYS_NXDOMAIN;
    case SCN_NAME_SERVFAIL:
        return RESOLVER_SAYS_SERVFAIL;
    case SCN_NAME_SILENT:
        return RESOLVER_IS_SILENT;
    case SCN_NAME_DEAD_FIRST:
    case SCN_NAME_SILENT_FIRST: /* whose address somebody listens at: hush() */
        break;
    }
    return RESOLVER_DEAD_FIRST;
}

/*
 * A listener at the dead address whose queue is full: the kernel drops what comes then, as a firewall does, and no
 * packet filter is needed. A backlog of 0 has room for one.
 */
static int hush(struct case_run *run, struct err *e)
{
    struct names *n = run->names;
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((uint16_t)run->listeners[0].port)};
    if (n->hushed[0])
        return 0;
    inet_pton(AF_INET, RESOLVER_DEAD, &at.sin_addr);
    for (int i = 0; i < 2; i++)
        n->hushed[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (n->hushed[0] < 0 || n->hushed[1] < 0 || bind(n->hushed[0], (struct sockaddr *)&at, sizeof(at)) < 0 ||
        listen(n->hushed[0], 0) < 0 || connect(n->hushed[1], (struct sockaddr *)&at, sizeof(at)) < 0)
        return err_errno(e, errno, "an address that does not answer");
    return 0;
}

/* Puts the fault of this step in force; once. Returns 0 or -1 with `e`. */
static int arm(struct case_run *run, const struct scn_step *s, struct err *e)
{
    struct names *n = run->names;
    const struct scn_fault *f = &s->u.fault;
    for (size_t i = 0; i < n->fault_count; i++)
        if (n->faults[i].step == s)
            return 0;
    const struct resolver_fault fault = {
        .effect = effect_of(f),
        .delay = number_of(run, NULL, &f->amount, 0),
        .every = (uint64_t)number_of(run, NULL, &f->every, 0),
        .times = (uint64_t)number_of(run, NULL, &f->times, 0),
        .after = (uint64_t)number_of(run, NULL, &f->after_calls, 0),
        .probability = number_of(run, NULL, &f->probability, 0) / 100,
    };
    int number = resolver_fault(n->resolver, &fault, e);
    bool silent = f->effect == SCN_EFFECT_ERROR && f->error == SCN_NAME_SILENT_FIRST;
    if (number < 0 || (silent && hush(run, e) < 0))
        return -1;
    n->faults[n->fault_count].step = s;
    n->faults[n->fault_count++].number = number;
    return 0;
}

enum step_result names_step(struct actor *a, const struct scn_step *s)
{
    struct err e = {0};
    if (a->run->where->without_faults)
        return STEP_DONE;
    if (!a->run->names)
        return case_error(a->run, a, "there is no resolver");
    return arm(a->run, s, &e) == 0 ? STEP_DONE : case_error(a->run, a, "%s", e.text);
}

/* The client may ask at once: what stands first in the subject's block is in force before it starts. */
static int arm_first(struct case_run *run, struct err *e)
{
    for (size_t i = 0; i < run->scenario->actor_count; i++) {
        const struct scn_actor *a = &run->scenario->actors[i];
        for (size_t k = 0; a->kind == SCN_SUBJECT && k < a->body.count && a->body.steps[k].kind == SCN_STEP_FAULT; k++)
            if (is_of_names(&a->body.steps[k]) && arm(run, &a->body.steps[k], e) < 0)
                return -1;
    }
    return 0;
}

/* --- receipts ------------------------------------------------------------------------------------------- */

static void on_query(void *data, const struct resolver_receipt *r)
{
    static const char *const codes[] = {"NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP"};
    struct case_run *run = data;
    struct buf text = {0};
    char room[16];
    run->moved_us = clock_us();
    if (run->names->told++ >= TOLD_MAX)
        return;
    buf_printf(&text, "%s %s: ", resolver_type_name(r->query->type, room), r->known ? "server" : r->query->name);
    if (r->silent)
        buf_puts(&text, "no answer");
    else if (r->code != RESOLVER_NOERROR)
        buf_puts(&text, codes[r->code]);
    else
        buf_printf(&text, "%zu address%s%s", r->addresses, r->addresses == 1 ? "" : "es",
                   r->addresses == 2 ? ", dead first" : "");
    if (r->late > 0 && !r->silent)
        buf_printf(&text, ", %g s late", r->late);
    happened_text(run, NULL, "resolver", "%s", buf_text(&text));
    buf_free(&text);
}

/* --- begin and end -------------------------------------------------------------------------------------- */

static bool is_v6(const struct case_run *run)
{
    for (size_t i = 0; i < run->listener_count; i++)
        if (run->listeners[i].address.u.any.sa_family == AF_INET6)
            return true;
    return false;
}

/* Why the case cannot be given what it asks for, or NULL. */
static const char *obstacle(const struct case_run *run)
{
    const struct engine_options *o = &run->engine->options;
    if (!run->where->client_argv)
        return "needs names: only a client that sockspec starts asks our resolver";
    if (o->isolation == ISOLATION_PROCESS || o->host_net)
        return "needs names: the run has no namespaces of its own";
    if (run->listener_count == 0 || run->listeners[0].address.u.any.sa_family == AF_UNIX)
        return "needs names: there is no server with an address";
    /* RFC 6724 section 5: ::1 has the smallest scope and is tried first, whatever we say. */
    if (is_v6(run) &&
        (scenario_has(run->scenario, SCN_NAME_DEAD_FIRST) || scenario_has(run->scenario, SCN_NAME_SILENT_FIRST)))
        return "needs names over IPv4: of IPv6 addresses ::1 is always tried first";
    return NULL;
}

static int start(struct case_run *run, struct err *e)
{
    struct names *n = run->names;
    struct resolver_spec spec = {.server = {.v6 = is_v6(run)}, .seed = run->seed, .report = on_query, .data = run};
    inet_pton(spec.server.v6 ? AF_INET6 : AF_INET, spec.server.v6 ? "::1" : "127.0.0.1", spec.server.bytes);
    n->resolver = resolver_open(run->engine->loop, &spec, e);
    if (!n->resolver || arm_first(run, e) < 0)
        return -1;
    n->file_count = resolver_files_make(n->made, run->engine->options.tmp_dir, RESOLVER_HOST, e);
    for (int i = 0; i < n->file_count; i++)
        n->files[i] = (struct subject_file){n->made[i].shown, n->made[i].path};
    return n->file_count < 0 ? -1 : 0;
}

static void begin(struct case_run *run)
{
    struct err e = {0};
    const char *why = obstacle(run);
    if (why) {
        case_skip(run, why);
        return;
    }
    run->names = mem_new(1, sizeof(*run->names));
    run->host = RESOLVER_NAME;
    if (start(run, &e) < 0)
        case_error(run, NULL, "the resolver: %s", e.text);
}

/* Has the client find the resolver. */
static void put(struct case_run *run, struct subject_spec *spec)
{
    spec->files = run->names->files;
    spec->file_count = (size_t)run->names->file_count;
}

static void judge(struct case_run *run)
{
    struct result *r = run->result;
    if (run->names && resolver_queries(run->names->resolver) > 0)
        faults_show_it_came(run);
    for (size_t i = 0; run->names && i < run->names->fault_count; i++) {
        const struct scn_step *s = run->names->faults[i].step;
        if (run->skipped || r->verdict == VERDICT_ERROR ||
            resolver_hits(run->names->resolver, run->names->faults[i].number))
            continue;
        struct buf text = {0};
        if (run->failed)
            buf_printf(&text, "%s; ", r->message);
        uint64_t asked = resolver_queries(run->names->resolver);
        buf_printf(&text, "the fault of names in line %d was never hit: the resolver was asked ", s->at.line);
        if (asked)
            buf_printf(&text, "%llu time%s", (unsigned long long)asked, asked == 1 ? "" : "s");
        else
            buf_puts(&text, "nothing");
        free(r->message);
        r->message = buf_take(&text);
        faults_missed(run);
        if (run->failed)
            return;
    }
}

static void behind(struct case_run *run)
{
    if (!run->names)
        return;
    resolver_close(run->names->resolver);
    resolver_files_remove(run->names->made, run->names->file_count);
    for (int i = 0; i < 2; i++)
        if (run->names->hushed[i] > 0)
            close(run->names->hushed[i]);
    free(run->names);
    run->names = NULL;
}

const struct means names_means = {
    .wanted = wanted, .begin = begin, .put = put, .hides = true, .judge = judge, .behind = behind};
