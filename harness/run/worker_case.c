#include "base/clock.h"
#include "base/mem.h"
#include "run/worker_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * How long a server is watched behind a case for the end that has begun, in seconds, by what is seen of it. What the
 * kernel is ending comes to its end, but may first dump a core or give back much memory, on a crowded machine too. Then
 * others of it may live on, which the init tells a moment later. Whoever has closed the listening socket is on the way
 * out, or opens it again.
 */
#define ENDING_SECONDS 10.0
#define EXIT_SECONDS   1.0
#define DEAF_SECONDS   1.0
/* One that has crashed behind a case is watched for so long behind the same case on a fresh instance, in seconds: what
 * ends it may come from the kernel (a RST, a SIGPIPE) after the last answer. */
#define CRASH_SECONDS 0.1
/* Not everything of this brings an event: looks this often, in seconds. */
#define LOOK_SECONDS 0.01

static const struct plan_case *case_of(const struct worker *w, uint32_t index)
{
    return &w->setup->plan->cases[index];
}

/* --- running a case ------------------------------------------------------------------------------------- */

static void run_engine(struct worker *w, uint32_t index, const struct engine_subject *subject, struct result *out)
{
    const struct plan_case *c = case_of(w, index);
    engine_run(w->engine, c->scenario, c->index, &w->facts, subject, out);
}

/* Whoever has lost the thread that accepts is watched so long, in seconds: it may start another, or sleep a while. */
#define DEAF_FOR_GOOD_SECONDS 2.5
/* A thread that is to accept comes to it within so many looks at a millisecond each, or no one waits for it: it may
 * have been started behind listen(). */
#define ACCEPTOR_LOOKS 50

/* How long it is worth watching the server for its end, in seconds. 0: it goes on. */
static double worth_watching(const struct worker *w)
{
    const struct subject *s = w->instance.subject;
    if (subject_exited(s, NULL))
        return EXIT_SECONDS;
    if (subject_is_ending(s))
        return ENDING_SECONDS;
    if (!subject_listens(s))
        return DEAF_SECONDS;
    return w->crash_seen ? CRASH_SECONDS : 0;
}

static void on_look(struct ev_loop *loop, ev_timer *timer, int events)
{
    (void)timer;
    (void)events;
    ev_break(loop, EVBREAK_ONE);
}

void worker_pause(struct worker *w, double seconds)
{
    ev_timer look;
    ev_now_update(w->loop);
    ev_timer_init(&look, on_look, seconds, 0.);
    ev_timer_start(w->loop, &look);
    ev_run(w->loop, EVRUN_ONCE);
    ev_timer_stop(w->loop, &look);
}

/*
 * Takes in what the loop knows by now, and where the server has begun to end sees it to its end.
 * `is_daemon`: its main process had ended before the case, and what it does is seen by its state alone.
 */
static void await_exit_begun(struct worker *w, bool is_daemon)
{
    const struct subject *s = w->instance.subject;
    double limit = 0;
    uint64_t since = clock_us();
    ev_run(w->loop, EVRUN_NOWAIT);
    if (is_daemon || subject_pid(s) <= 0)
        return;
    while (subject_state(s) == SUBJECT_READY && !w->interrupted) {
        double worth = worth_watching(w);
        if (worth != limit) {
            limit = worth;
            since = clock_us();
        }
        if ((double)(clock_us() - since) >= limit * 1e6)
            return;
        worker_pause(w, LOOK_SECONDS);
    }
}

/* The server must live on after a case that does not say otherwise, and a crash may come a moment behind the last
 * answer. */
static void check_alive(struct worker *w, uint32_t index, bool is_daemon, struct result *out)
{
    struct buf how = {0};
    if (case_of(w, index)->own_instance || (out->verdict != VERDICT_PASS && !confirm_is_broken(out)))
        return;
    await_exit_begun(w, is_daemon);
    if (out->verdict != VERDICT_PASS || subject_state(w->instance.subject) != SUBJECT_EXITED)
        return;
    subject_describe(w->instance.subject, &how);
    out->verdict = VERDICT_FAIL;
    out->diagnosis = DIAGNOSIS_CRASH;
    free(out->message);
    out->message = mem_printf("the subject ended right after the case (%s); where it serves one connection and ends by "
                              "design: --set lifetime=one-connection",
                              buf_text(&how));
    free(out->exit);
    out->exit = mem_dup(buf_text(&how));
    free(out->output);
    out->output = instance_output(w->instance.subject);
    buf_free(&how);
}

/*
 * The thread that accepts has ended alone: the process lives on, and the kernel takes connections for nobody. Said of
 * the case whatever else came of it, but where the thread lived until what failed was over.
 */
static void check_deaf(struct worker *w, struct result *out)
{
    static const char words[] = "the thread that accepts has ended: connections wait, and no other takes them";
    struct subject *s = w->instance.subject;
    if ((out->verdict != VERDICT_PASS && !confirm_is_broken(out)) || out->survived || !subject_may_be_deaf(s))
        return;
    for (uint64_t since = clock_us(); (double)(clock_us() - since) < DEAF_FOR_GOOD_SECONDS * 1e6;) {
        if (w->interrupted || subject_state(s) != SUBJECT_READY || !subject_is_deaf(s))
            return;
        worker_pause(w, LOOK_SECONDS);
    }
    char *message = out->message ? mem_printf("%s; %s", words, out->message) : mem_dup(words);
    free(out->message);
    free(out->exit);
    free(out->output);
    out->verdict = VERDICT_FAIL;
    out->diagnosis = DIAGNOSIS_CRASH;
    out->message = message;
    out->exit = mem_dup("running, but the thread that accepts has ended");
    out->output = instance_output(s);
}

void worker_describe(const struct worker *w, uint32_t index, struct result *out)
{
    plan_describe(case_of(w, index), out);
    char **rule[] = {&out->rule, &out->level, &out->sentence, &out->why, &out->title, &out->file};
    for (size_t i = 0; i < sizeof(rule) / sizeof(*rule); i++) {
        free(*rule[i]);
        *rule[i] = NULL;
    }
    out->line = 0;
}

static void start_failed(struct worker *w, uint32_t index, const struct err *e, char *output, struct result *out)
{
    w->flags = (w->flags & ~(unsigned)WORKER_STARTED) | WORKER_NOT_STARTED;
    worker_describe(w, index, out);
    out->verdict = VERDICT_ERROR;
    out->message = mem_printf("the subject did not start: %s", e->text);
    out->output = output;
    out->output_total = output ? strlen(output) : 0;
}

bool worker_instance(struct worker *w, uint32_t index, bool fresh, struct result *out)
{
    struct err e = {0};
    char *output = NULL;
    if (fresh || !instance_lives(&w->instance))
        instance_stop(&w->instance);
    if (!w->instance.subject) {
        const struct plan_case *c = case_of(w, index);
        w->launcher.faulty = engine_has_faults(c->scenario) && !w->without_faults ? c : NULL;
        if (instance_start(&w->launcher, &w->instance, &output, &e) < 0) {
            start_failed(w, index, &e, output, out);
            return false;
        }
        w->flags = (w->flags & ~(unsigned)WORKER_NOT_STARTED) | WORKER_STARTED;
    }
    return true;
}

/* Before the first case: what it has when nobody has asked anything of it yet. */
static void get_to_know(struct worker *w)
{
    struct subject *s = w->instance.subject;
    subject_look(s);
    for (int i = 0; i < ACCEPTOR_LOOKS && !subject_find_acceptor(s) && !w->interrupted; i++)
        worker_pause(w, 0.001);
    w->instance.known = true;
}

void worker_play(struct worker *w, uint32_t index, struct result *out)
{
    const struct engine_subject subject = {.instance = w->instance.subject,
                                           .port = w->instance.port,
                                           .socket_path = w->instance.socket,
                                           .dir = w->instance.dir,
                                           .root = w->setup->root,
                                           .faults = w->instance.faults,
                                           .without_faults = w->without_faults};
    bool is_daemon = subject_exited(w->instance.subject, NULL);
    if (!w->instance.known)
        get_to_know(w);
    run_engine(w, index, &subject, out);
    if (!w->interrupted)
        check_alive(w, index, is_daemon, out);
    if (!w->interrupted)
        check_deaf(w, out);
    subject_look(w->instance.subject);
}

void worker_run_server(struct worker *w, uint32_t index, bool fresh, struct result *out)
{
    if (worker_instance(w, index, fresh, out))
        worker_play(w, index, out);
}

static void run_elsewhere(struct worker *w, uint32_t index, struct result *out)
{
    const struct worker_setup *s = w->setup;
    struct engine_subject subject = {.without_faults = w->without_faults};
    if (s->kind == WORKER_AT) {
        subject.at = true;
        subject.host = s->place.host[0] ? s->place.host : NULL;
        subject.port = s->place.port;
        subject.socket_path = s->place.path[0] ? s->place.path : NULL;
    } else if (s->kind == WORKER_CLIENT) {
        subject.client_argv = w->options->argv;
        subject.dir = w->tmp_dir;
        subject.root = w->setup->root;
    } else if (s->kind == WORKER_LISTEN) {
        subject.listen_host = s->place.host;
        subject.listen_port = s->place.port;
    }
    run_engine(w, index, &subject, out);
}

/* --- confirmation --------------------------------------------------------------------------------------- */

/* For struct confirm_runner. */
static int run_again(void *data, uint32_t index, bool fresh, struct result *out)
{
    struct worker *w = data;
    struct err e = {0};
    if (w->interrupted)
        return -1;
    if (w->setup->kind == WORKER_SERVER) {
        if (!fresh && !instance_lives(&w->instance))
            return -1; /* it ended under the history's cases, which it had survived before */
        worker_run_server(w, index, fresh, out);
    } else {
        if (fresh && w->options->restart &&
            renew_restart(w->options->restart, &w->setup->place, w->options->start_timeout, &e) < 0)
            return -1;
        run_elsewhere(w, index, out);
    }
    return w->interrupted ? -1 : 0;
}

static char *name_of(void *data, uint32_t index)
{
    const struct plan_case *c = case_of(data, index);
    return scn_case_name(c->scenario, c->index);
}

/*
 * What failed although its fault was never hit has shown nothing of that fault. Where it does not fail without the
 * fault either, it is known not to apply.
 */
static void try_without_fault(struct worker *w, uint32_t index, struct result *out)
{
    struct result plain = {0};
    if (!out->untouched || !confirm_is_broken(out) || out->late)
        return;
    w->without_faults = true;
    int ran = run_again(w, index, true, &plain);
    w->without_faults = false;
    if (ran == 0 && !confirm_is_broken(&plain) && plain.verdict != VERDICT_ERROR) {
        out->verdict = VERDICT_SKIP;
        out->diagnosis = DIAGNOSIS_NONE;
    }
    result_clear(&plain);
}

/* --- one case, whoever plays it ------------------------------------------------------------------------- */

/* What came instead of what was expected has been read, and the server goes on: no reason to pay for another start at
 * once. */
static bool may_serve_on(const struct worker *w, const struct result *r)
{
    return r->diagnosis == DIAGNOSIS_MISMATCH && r->verdict != VERDICT_FLAKY && !r->unconfirmed &&
           r->depend_count == 0 && instance_lives(&w->instance);
}

static void confirm_server_case(struct worker *w, uint32_t index, bool own, struct result *out)
{
    const struct confirm_runner runner = {w, run_again, name_of};
    uint32_t history[CONFIRM_HISTORY];
    size_t served = own ? 0 : w->instance.served;
    memcpy(history, w->instance.history, served * sizeof(*history));
    w->crash_seen = out->diagnosis == DIAGNOSIS_CRASH;
    if (!own && w->instance.suspect)
        confirm_suspect(&runner, index, out);
    else
        confirm(&runner, index, history, served, out);
    w->crash_seen = false;
}

static void server_case(struct worker *w, uint32_t index, struct result *out)
{
    bool own = case_of(w, index)->own_instance;
    worker_death_between(w);
    worker_run_server(w, index, own, out);
    if (!own && !w->interrupted && worker_death(w, index, out)) {
        instance_stop(&w->instance);
        return;
    }
    try_without_fault(w, index, out);
    if (confirm_is_broken(out) && !out->late && !w->interrupted)
        confirm_server_case(w, index, own, out);
    bool broken = out->verdict == VERDICT_FLAKY || confirm_is_broken(out);
    if (own || out->verdict == VERDICT_ERROR || (broken && !may_serve_on(w, out))) {
        instance_stop(&w->instance); /* whatever state the failure has left it in is no one else's */
        return;
    }
    instance_served(&w->instance, index);
    w->instance.suspect = w->instance.suspect || broken;
}

/*
 * Nobody is there any more, which no rule is to blame for: who was it, and when, only whoever runs the server can see.
 * Called behind each case: the one behind which it was seen is told, and those that had ended just before.
 */
static void desert(struct worker *w, uint32_t index, struct result *out)
{
    char where[PLACE_TEXT];
    const struct place *place = &w->setup->place;
    struct err e = {0};
    /* Another host is asked where a case has met nobody; here the kernel tells. */
    if ((!place->loopback && out->diagnosis != DIAGNOSIS_REFUSED) || place_awaited(place, DEAF_SECONDS))
        return;
    if (w->options->restart && renew_restart(w->options->restart, place, w->options->start_timeout, &e) == 0 &&
        place_awaited(place, w->options->start_timeout)) {
        instance_stop(&w->instance);
        return;
    }
    w->flags |= WORKER_DESERTED;
    worker_list_suspects(w, index, out);
    if (!confirm_is_broken(out))
        return;
    place_text(place, where);
    char *message = mem_printf("nobody listens on %s any more behind this case%s%s", where, out->message ? "; " : "",
                               out->message ? out->message : "");
    free(out->message);
    out->message = message;
    out->verdict = VERDICT_INCONCLUSIVE;
}

static void at_case(struct worker *w, uint32_t index, struct result *out)
{
    const struct confirm_runner runner = {w, run_again, name_of};
    run_elsewhere(w, index, out);
    if (confirm_is_broken(out) && !w->options->restart) {
        out->unconfirmed = true;
    } else if (confirm_is_broken(out) && !out->late && !w->interrupted) {
        confirm(&runner, index, w->instance.history, w->instance.served, out);
        struct err e = {0};
        renew_restart(w->options->restart, &w->setup->place, w->options->start_timeout, &e);
        instance_stop(&w->instance);
        return;
    }
    instance_served(&w->instance, index);
}

static void client_case(struct worker *w, uint32_t index, struct result *out)
{
    const struct confirm_runner runner = {w, run_again, name_of};
    run_elsewhere(w, index, out);
    w->client_comes |= out->connected;
    try_without_fault(w, index, out);
    if (!confirm_is_broken(out) || w->interrupted)
        return;
    /* One that does not come while others do is to blame; where none has come yet, nothing is known. */
    if (out->unreached && !w->client_comes)
        w->flags |= WORKER_NOT_COME;
    else if (!out->late)
        confirm(&runner, index, NULL, 0, out);
}

void worker_case(struct worker *w, uint32_t index, struct result *out)
{
    const struct confirm_runner runner = {w, run_again, name_of};
    switch (w->setup->kind) {
    case WORKER_SERVER:
        server_case(w, index, out);
        break;
    case WORKER_AT:
        at_case(w, index, out);
        if (!w->interrupted)
            desert(w, index, out);
        break;
    case WORKER_LISTEN:
        run_elsewhere(w, index, out);
        out->unconfirmed = confirm_is_broken(out);
        break;
    case WORKER_CLIENT:
        client_case(w, index, out);
        break;
    case WORKER_ALONE:
        run_elsewhere(w, index, out);
        if (confirm_is_broken(out) && !out->late && !w->interrupted)
            confirm(&runner, index, NULL, 0, out);
        break;
    }
}
