/*
 * Faults of the subject's own system calls: from steps to clauses of the injector, and from its receipts to the
 * timeline and the verdict.
 */
#include "engine/means/faults.h"
#include "engine/core/net.h"
#include "engine/core/timeline.h"
#include "engine/core/values.h"
#include "engine/core/verdict.h"
#include "engine/means/row.h"

#include "fault/inject.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* The tracer ends with its program, which has been stopped by then. */
#define TRACER_ENDS_S 1.0
/* Lines of the timeline for injections: so many of the first and of the last. */
#define TOLD_FIRST 30
#define TOLD_LAST  30
/* From so many alike in a row on, one line tells of all but the first. */
#define ALIKE_MIN 3

struct engine_faults {
    struct inject *inject;
    struct inject_clause clauses[INJECT_CLAUSES_MAX];
    const struct scn_step *steps[INJECT_CLAUSES_MAX];
    size_t count;
    uint64_t armed; /* bit by clause: its step has been reached in this run */
    const char *environment[2];
    char *variable;
};

/* --- from the scenario ---------------------------------------------------------------------------------- */

/* Names that do not resolve are not given by system calls. */
bool faults_is_of_calls(const struct scn_step *s)
{
    return s->kind == SCN_STEP_FAULT && s->u.fault.call != SCN_CALL_NAMES;
}

/* Calls `visit` for each step of the block, and of blocks in it. Stops when it returns false. */
static bool each_step(const struct scn_block *b, bool (*visit)(const struct scn_step *s, void *data), void *data)
{
    for (size_t i = 0; i < b->count; i++) {
        if (!visit(&b->steps[i], data))
            return false;
        if (b->steps[i].kind == SCN_STEP_REPEAT && !each_step(&b->steps[i].u.repeat.body, visit, data))
            return false;
    }
    return true;
}

static bool is_no_fault(const struct scn_step *s, void *data)
{
    (void)data;
    return !faults_is_of_calls(s);
}

bool engine_has_faults(const struct scn_scenario *scenario)
{
    for (size_t i = 0; i < scenario->actor_count; i++)
        if (!each_step(&scenario->actors[i].body, is_no_fault, NULL))
            return true;
    return false;
}

static int actor_number(const struct scn_scenario *s, const char *name)
{
    for (size_t i = 0; name && i < s->actor_count; i++)
        if (strcmp(s->actors[i].name, name) == 0)
            return (int)i;
    return -1;
}

struct collecting {
    struct case_run *run;
    struct engine_faults *faults;
    struct inject_spec *spec;
    struct err *e;
    bool failed;
};

/* For inject_clause_from: what is no number is kept in `e`, and ends the collecting. */
static double number_here(void *data, const struct scn_number *n)
{
    struct collecting *c = data;
    double value;
    c->failed |= number_read(c->run, NULL, n, 0, &value, c->e) != 0;
    return value;
}

static bool collect_fault(const struct scn_step *s, void *data)
{
    struct collecting *c = data;
    struct engine_faults *f = c->faults;
    if (!faults_is_of_calls(s))
        return true;
    if (f->count == INJECT_CLAUSES_MAX) {
        err_set(c->e, E2BIG, "more than %d faults", INJECT_CLAUSES_MAX);
        return false;
    }
    int actor = actor_number(c->run->scenario, s->u.fault.actor);
    if (inject_clause_from(&f->clauses[f->count], &s->u.fault, actor, number_here, c, c->e) < 0 || c->failed)
        return false;
    f->steps[f->count++] = s;
    return true;
}

/* Faults are for the kinds of sockets that the scenario is about: what a program uses for itself (AF_UNIX between its
 * processes, a resolver's datagrams) is no part of the conversation. */
static void add_transport(enum scn_transport t, struct inject_spec *spec)
{
    bool local = t == SCN_UNIX_STREAM || t == SCN_UNIX_DGRAM || t == SCN_UNIX_SEQPACKET;
    bool datagrams = t == SCN_UDP || t == SCN_UDP6 || t == SCN_UNIX_DGRAM;
    spec->families |= local ? 1u << AF_UNIX : 1u << AF_INET | 1u << AF_INET6;
    spec->types |= datagrams ? 1u << SOCK_DGRAM : t == SCN_UNIX_SEQPACKET ? 1u << SOCK_SEQPACKET : 1u << SOCK_STREAM;
}

static bool collect_transport(const struct scn_step *s, void *data)
{
    struct collecting *c = data;
    if (s->kind == SCN_STEP_CONNECT && s->u.connect.transport != SCN_TRANSPORT_DEFAULT)
        add_transport(s->u.connect.transport, c->spec);
    return true;
}

struct engine_faults *engine_faults_start(struct engine *e, const struct scn_scenario *scenario, size_t index,
                                          const struct scn_facts *facts, struct err *error)
{
    static const struct engine_subject nowhere;
    struct case_run run = {.engine = e, .scenario = scenario, .index = index, .facts = facts, .where = &nowhere};
    struct engine_faults *f = mem_new(1, sizeof(*f));
    char *name = scn_case_name(scenario, index);
    struct inject_spec spec = {.seed = rng_seed(e->options.seed, name), .log_fd = -1, .note_fd = -1};
    struct collecting c = {&run, f, &spec, error, false};
    bool ok = true;
    for (size_t i = 0; i < scenario->actor_count && ok; i++) {
        ok = each_step(&scenario->actors[i].body, collect_fault, &c);
        each_step(&scenario->actors[i].body, collect_transport, &c);
        if (scenario->actors[i].kind == SCN_CLIENT || scenario->actors[i].kind == SCN_SERVER)
            add_transport(transport_of(&run, SCN_TRANSPORT_DEFAULT, scenario->actors[i].transport), &spec);
    }
    spec.clauses = f->clauses;
    spec.count = f->count;
    f->inject = ok ? inject_start(&spec, error) : NULL;
    free(name);
    if (f->inject)
        return f;
    free(f);
    return NULL;
}

void engine_faults_put(struct engine_faults *f, struct subject_spec *spec)
{
    spec->before_exec = inject_hook;
    spec->before_exec_data = f->inject;
    spec->before_exec_fd = inject_hook_fd(f->inject);
    spec->before_exec_purpose = "put the subject under faults";
    free(f->variable);
    f->environment[0] = f->variable = inject_environment();
    spec->environment = f->environment;
}

void engine_faults_stop(struct engine_faults *f)
{
    if (!f)
        return;
    inject_stop(f->inject, TRACER_ENDS_S);
    free(f->variable);
    free(f);
}

/* --- while the case runs -------------------------------------------------------------------------------- */

void faults_arm(struct engine_faults *f, const struct scn_step *s)
{
    for (size_t i = 0; i < f->count; i++)
        if (f->steps[i] == s) {
            f->armed |= UINT64_C(1) << i;
            inject_arm(f->inject, i, true);
        }
}

static bool wanted(const struct case_run *run)
{
    return engine_has_faults(run->scenario) && !run->where->without_faults;
}

/* A server runs under its faults already: forgets those of the run before, and arms the ones that stand first in the
 * subject's block. */
static void begin(struct case_run *run)
{
    const struct scn_scenario *s = run->scenario;
    if (run->where->faults)
        run->faults = run->where->faults;
    if (!run->faults)
        return;
    inject_reset(run->faults->inject);
    run->faults->armed = 0;
    for (size_t i = 0; i < s->actor_count; i++)
        if (s->actors[i].kind == SCN_SUBJECT)
            for (size_t k = 0; k < s->actors[i].body.count && s->actors[i].body.steps[k].kind == SCN_STEP_FAULT; k++)
                faults_arm(run->faults, &s->actors[i].body.steps[k]);
}

int faults_name_peer(struct actor *a, int fd)
{
    const struct engine_faults *f = a->run->faults;
    const struct scn_scenario *s = a->run->scenario;
    int number = (int)(a->spec - s->actors);
    bool meant = false;
    struct address own = {.len = sizeof(own.u.storage)};
    for (size_t i = 0; f && i < f->count; i++)
        meant |= f->clauses[i].actor == number;
    if (!meant)
        return 0;
    if (getsockname(fd, &own.u.any, &own.len) != 0)
        return -1;
    /* Any port of the family's wildcard address, or autobind. */
    socklen_t len = own.u.any.sa_family == AF_UNIX ? sizeof(sa_family_t) : own.len;
    if (bind(fd, &own.u.any, len) != 0 && errno != EINVAL) /* it has a name already */
        return -1;
    own.len = sizeof(own.u.storage);
    if (getsockname(fd, &own.u.any, &own.len) != 0)
        return -1;
    inject_peer(f->inject, number, &own.u.any, own.len);
    return 0;
}

/* --- behind it ------------------------------------------------------------------------------------------ */

/* The first fault that was armed and hit nothing; -1: none. */
static int missed(const struct engine_faults *f)
{
    for (size_t i = 0; f && i < f->count; i++)
        if (f->armed >> i & 1 && inject_hits(f->inject, i) == 0)
            return (int)i;
    return -1;
}

/* A call that was met by a fault is a sign of the subject too: its connection may be what the fault keeps it from. */
static bool any_hit(const struct engine_faults *f)
{
    for (size_t i = 0; f && i < f->count; i++)
        if (inject_hits(f->inject, i) > 0)
            return true;
    return false;
}

void faults_show_it_came(struct case_run *run)
{
    run->fault_met = true;
    run->result->connected = true;
    run->result->unreached = false;
}

/* Whether the block wants an error of the subject: without its fault no right program would give it one. */
static bool wants_error(const struct scn_block *b)
{
    for (size_t i = 0; i < b->count; i++) {
        const struct scn_step *s = &b->steps[i];
        if (s->kind == SCN_STEP_STATE && s->u.state.kind == SCN_STATE_EXIT &&
            s->u.state.exit_status == SCN_EXIT_NONZERO)
            return true;
        if (s->kind == SCN_STEP_REPEAT && wants_error(&s->u.repeat.body))
            return true;
    }
    return false;
}

void faults_missed(struct case_run *run)
{
    bool error = false;
    if (run->failed && run->fault_met)
        return; /* another fault of the case has been hit: that one may have kept the program from this one */
    for (size_t i = 0; i < run->scenario->actor_count; i++)
        error |= wants_error(&run->scenario->actors[i].body);
    if (run->failed && !error) {
        run->result->untouched = true; /* the same without the fault will tell */
        return;
    }
    run->result->verdict = VERDICT_SKIP;
    run->result->diagnosis = DIAGNOSIS_NONE;
    run->failed = false;
    run->skipped = true;
}

static void judge(struct case_run *run)
{
    struct result *r = run->result;
    int clause = missed(run->faults);
    struct buf text = {0};
    if (any_hit(run->faults))
        faults_show_it_came(run);
    if (clause < 0 || run->skipped || r->verdict == VERDICT_ERROR)
        return;
    if (run->failed)
        buf_printf(&text, "%s; ", r->message);
    buf_puts(&text, "the fault '");
    inject_clause_text(&run->faults->clauses[clause], &text);
    buf_printf(&text, "' (line %d) was never hit: ", run->faults->steps[clause]->at.line);
    inject_missed(run->faults->inject, (size_t)clause, &text);
    free(r->message);
    r->message = buf_take(&text);
    faults_missed(run);
}

static bool alike(const struct inject_receipt *a, const struct inject_receipt *b)
{
    return a->clause == b->clause && a->call == b->call && a->inode == b->inode && a->fd == b->fd && a->tid == b->tid &&
           a->effect == b->effect && a->returned == b->returned;
}

struct told {
    uint64_t us; /* since the run began */
    int line;    /* of the step */
    char *text;
};

/* A growing list of which the middle is let go. */
struct telling {
    const struct case_run *run;
    struct told lines[TOLD_FIRST + TOLD_LAST];
    size_t count, dropped;
};

static void tell(struct telling *t, const struct inject_receipt *r, char *text)
{
    const struct engine_faults *f = t->run->faults;
    if (t->count == TOLD_FIRST + TOLD_LAST) {
        free(t->lines[TOLD_FIRST].text);
        memmove(&t->lines[TOLD_FIRST], &t->lines[TOLD_FIRST + 1], (TOLD_LAST - 1) * sizeof(*t->lines));
        t->count--;
        t->dropped++;
    }
    uint64_t us = r->us > t->run->began_us ? r->us - t->run->began_us : 0;
    t->lines[t->count++] = (struct told){us, f->steps[r->clause]->at.line, text};
}

static void tell_one(struct telling *t, const struct inject_receipt *r)
{
    struct buf text = {0};
    inject_receipt_words(r, t->run->faults->clauses, &text);
    tell(t, r, buf_take(&text));
}

/* The last of a row of `n` that are alike, the first of which has been told. */
static void tell_row(struct telling *t, const struct inject_receipt *last, uint64_t n)
{
    if (n >= ALIKE_MIN)
        tell(t, last,
             last->has_offset ? mem_printf("%llu more of these, up to byte %llu", (unsigned long long)n - 1,
                                           (unsigned long long)last->offset)
                              : mem_printf("%llu more of these", (unsigned long long)n - 1));
    else if (n == 2)
        tell_one(t, last);
}

static void tell_all(struct case_run *run)
{
    struct telling t = {.run = run};
    struct inject_receipt now, before = {0};
    uint64_t row = 0, count = run->faults ? inject_receipt_count(run->faults->inject) : 0;
    for (uint64_t i = 0; i < count; i++) {
        if (!inject_receipt_get(run->faults->inject, i, &now))
            continue;
        if (row && alike(&now, &before)) {
            row++;
        } else {
            tell_row(&t, &before, row);
            tell_one(&t, &now);
            row = 1;
        }
        before = now;
    }
    tell_row(&t, &before, row);
    if (t.dropped && t.count > TOLD_FIRST) {
        char *text = mem_printf("(%zu lines before this one left out) %s", t.dropped, t.lines[TOLD_FIRST].text);
        free(t.lines[TOLD_FIRST].text);
        t.lines[TOLD_FIRST].text = text;
    }
    for (size_t i = 0; i < t.count; i++)
        happened_then(run, t.lines[i].us, t.lines[i].line, t.lines[i].text);
}

static void put(struct case_run *run, struct subject_spec *spec)
{
    struct err e = {0};
    run->faults = engine_faults_start(run->engine, run->scenario, run->index, run->facts, &e);
    if (!run->faults) {
        case_error(run, NULL, "%s", e.text);
        return;
    }
    engine_faults_put(run->faults, spec);
    begin(run);
}

/* Those of a server are its own, and go on. */
static void behind(struct case_run *run)
{
    if (run->faults != run->where->faults)
        engine_faults_stop(run->faults);
}

const struct means faults_means = {
    .wanted = wanted, .begin = begin, .put = put, .judge = judge, .tell = tell_all, .behind = behind};
