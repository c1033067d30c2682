/*
 * The cast of a case: actors, listeners and the subject, from the set-up to the end.
 */
#include "engine/cast.h"
#include "engine/core/conn.h"
#include "engine/core/net.h"
#include "engine/core/timeline.h"
#include "engine/core/values.h"
#include "engine/core/verdict.h"
#include "engine/core/wake.h"
#include "engine/means/means.h"
#include "engine/steps/steps.h"
#include "engine/watch/standstill.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* Descriptors that the harness needs besides those of the actors: loop, netlink, pipes, libraries. */
#define FILES_RESERVED 64
/* When a server's connection ends badly, its death may be told a moment later: waited for so long before blaming. */
#define DEATH_NOTICE_S 0.03

/* --- the subject ---------------------------------------------------------------------------------------- */

static bool exit_is_no_fault(struct case_run *run)
{
    int status;
    const char *lifetime = run->facts ? scn_facts_get(run->facts, "lifetime") : NULL;
    bool one_shot = lifetime && strcmp(lifetime, "one-connection") == 0;
    return run->exit_expected || (one_shot && subject_exited(run->subject, &status) && status == 0);
}

static void server_died(struct case_run *run)
{
    struct buf how = {0};
    subject_describe(run->subject, &how);
    case_fail(run, NULL, DIAGNOSIS_CRASH, "the server ended in the middle of the case: %s", buf_text(&how));
    buf_free(&how);
}

static void on_subject(struct subject *subject, void *data)
{
    struct case_run *run = ((struct engine *)data)->run;
    if (!run || run->over || subject != run->subject)
        return;
    if (subject_state(subject) == SUBJECT_FAILED) {
        case_error(run, NULL, "the subject did not start: %s", subject_error(subject));
        return;
    }
    if (subject_state(subject) == SUBJECT_EXITED && !run->own_subject && !exit_is_no_fault(run))
        server_died(run);
    case_wake_all(run);
}

/* Puts the {names} of a client's command in. The caller frees words and array. */
static char **expand_command(struct case_run *run, char *const *words)
{
    size_t count = 0;
    while (words[count])
        count++;
    char **argv = mem_new(count + 1, sizeof(*argv));
    for (size_t i = 0; i < count; i++) {
        struct buf out = {0}, scratch = {0};
        for (const char *p = words[i]; *p;) {
            size_t n = strcspn(p, "{");
            buf_add(&out, p, n);
            p += n;
            const char *end = *p ? strchr(p, '}') : NULL;
            if (!end) {
                buf_puts(&out, p);
                break;
            }
            char *name = strndup(p + 1, (size_t)(end - p - 1));
            size_t len;
            const char *value = name ? value_of(run, NULL, name, &len, &scratch) : NULL;
            if (value)
                buf_add(&out, value, len);
            else
                buf_add(&out, p, (size_t)(end - p + 1));
            free(name);
            p = end + 1;
        }
        buf_free(&scratch);
        argv[i] = buf_take(&out);
    }
    return argv;
}

static void start_client(struct case_run *run, char **argv)
{
    struct engine *engine = run->engine;
    struct subject_spec spec = {
        .argv = argv,
        .isolation = engine->options.isolation,
        .host_net = engine->options.host_net,
        .start_timeout = run->deadline_default * engine->options.patience,
        .temp = engine->options.temp,
    };
    struct err e = {0};
    means_put(run, &spec);
    if (run->over)
        return;
    run->subject = subject_start(engine->loop, &spec, on_subject, engine, &e);
    run->own_subject = true;
    if (!run->subject)
        case_error(run, NULL, "the subject did not start: %s", e.text);
    else
        happened_text(run, NULL, "subject", "started: %s", argv[0]);
}

/* --- set-up and end ------------------------------------------------------------------------------------- */

static bool expects_exit(const struct scn_block *b)
{
    for (size_t i = 0; i < b->count; i++) {
        const struct scn_step *s = &b->steps[i];
        if (s->kind == SCN_STEP_KILL)
            return true;
        if (s->kind == SCN_STEP_STATE && (s->u.state.kind == SCN_STATE_EXIT || s->u.state.kind == SCN_STATE_KILLED))
            return true;
        if (s->kind == SCN_STEP_REPEAT && expects_exit(&s->u.repeat.body))
            return true;
    }
    return false;
}

static size_t copies_of(struct case_run *run, const struct scn_actor *spec)
{
    double n = number_of(run, NULL, &spec->count, 1);
    return n < 1 ? 0 : n > 100000 ? 100000 : (size_t)n;
}

static bool enough_files(struct case_run *run)
{
    struct rlimit limit;
    size_t need = FILES_RESERVED + run->actor_count + run->listener_count + means_files(run);
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY || need <= limit.rlim_cur)
        return true;
    char reason[160];
    snprintf(reason, sizeof(reason), "needs %zu descriptors, the limit is %llu (ulimit -n)", need,
             (unsigned long long)limit.rlim_cur);
    case_skip(run, reason);
    return false;
}

static void make_actors(struct case_run *run)
{
    const struct scn_scenario *scn = run->scenario;
    for (size_t i = 0; i < scn->actor_count; i++) {
        run->actor_count += copies_of(run, &scn->actors[i]);
        run->listener_count += scn->actors[i].kind == SCN_SERVER;
        run->exit_expected |= expects_exit(&scn->actors[i].body);
    }
    run->actors = mem_new(run->actor_count, sizeof(*run->actors));
    run->listeners = mem_new(run->listener_count, sizeof(*run->listeners));
    run->signals_sent = mem_new(scn->signal_count, sizeof(int));
    run->signals_needed = mem_new(scn->signal_count, sizeof(int));
    struct actor *a = run->actors;
    struct listener *l = run->listeners;
    for (size_t i = 0; i < scn->actor_count; i++) {
        const struct scn_actor *spec = &scn->actors[i];
        size_t copies = copies_of(run, spec);
        for (size_t k = 0; k < copies; k++, a++) {
            a->run = run;
            a->spec = spec;
            a->copy = copies > 1 ? (int)k + 1 : 0;
            a->frames[0] = (struct frame){&spec->body, 0, 0};
            a->depth = 1;
            a->listener = spec->kind == SCN_SERVER ? l : NULL;
            actor_timers_init(a);
        }
        l += spec->kind == SCN_SERVER;
    }
}

static void open_listeners(struct case_run *run)
{
    const struct engine_subject *where = run->where;
    /* --listen names the place of the first server; what stands in front takes that place itself. */
    bool given = where->listen_host && !means_in_front(run);
    size_t n = 0;
    for (size_t i = 0; i < run->listener_count; i++)
        run->listeners[i] = (struct listener){.fd = -1, .run = run}; /* closed like those that were opened */
    for (size_t i = 0; i < run->scenario->actor_count && !run->over; i++) {
        const struct scn_actor *spec = &run->scenario->actors[i];
        if (spec->kind != SCN_SERVER)
            continue;
        struct err e = {0};
        enum scn_transport t = transport_of(run, SCN_TRANSPORT_DEFAULT, spec->transport);
        if (listener_open(&run->listeners[n++], run, spec, t, given ? where->listen_host : NULL,
                          given ? where->listen_port : 0, &e) != 0)
            case_error(run, NULL, "%s", e.text);
        given = false;
    }
}

/* Whether the main process has ended, or another of it has crashed. */
static bool server_has_died(struct case_run *run)
{
    const struct subject_death *deaths;
    size_t count = subject_deaths(run->subject, &deaths);
    bool died = subject_exited(run->subject, NULL) && !exit_is_no_fault(run);
    for (size_t i = 0; i < count && !died; i++)
        died = deaths[i].is_crash && !deaths[i].is_main;
    return died;
}

/* A connection that ended badly may be the first sign of a death: the better diagnosis, if it comes at once. */
void case_await_death_notice(struct case_run *run)
{
    struct result *r = run->result;
    if (!run->failed || run->own_subject || !run->subject || run->exit_expected || r->verdict == VERDICT_ERROR ||
        r->diagnosis == DIAGNOSIS_CRASH)
        return;
    double until = ev_time() + DEATH_NOTICE_S;
    while (!server_has_died(run) && ev_time() < until) {
        ev_run(run->engine->loop, EVRUN_NOWAIT);
        usleep(1000); /* the loop may have nothing else to wake it; the notice comes by itself */
    }
    if (!server_has_died(run))
        return;
    struct buf text = {0};
    buf_puts(&text, "the server ended in the middle of the case: ");
    subject_describe(run->subject, &text);
    buf_printf(&text, "; %s", r->message);
    free(r->message);
    r->message = buf_take(&text);
    r->diagnosis = DIAGNOSIS_CRASH;
}

/*
 * What the peer's end of a connection has told may be the first of its death, as may a listener that is closed. Where
 * nothing has told of it, our closing of what is open comes before whatever ends it.
 */
void case_note_survival(struct case_run *run)
{
    struct subject *s = run->subject;
    const struct conn *c = run->blamed ? run->blamed->conn : NULL;
    enum diagnosis d = run->result->diagnosis;
    bool told = run->cut_short || (c && (c->eof || c->reset)) || d == DIAGNOSIS_RESET || d == DIAGNOSIS_REFUSED ||
                d == DIAGNOSIS_CRASH;
    if (!run->failed || run->own_subject || !s || run->exit_expected || told)
        return;
    run->result->survived =
        !server_has_died(run) && !subject_loses_one(s) && subject_listens(s) && !subject_may_be_deaf(s);
}

void case_check_client_death(struct case_run *run)
{
    int status;
    if (!run->own_subject || !run->subject || run->failed || run->skipped || run->exit_expected)
        return;
    if (subject_exited(run->subject, &status) && WIFSIGNALED(status)) {
        struct buf how = {0};
        subject_describe(run->subject, &how);
        run->over = false;
        case_fail(run, NULL, DIAGNOSIS_CRASH, "the client ended badly: %s", buf_text(&how));
        buf_free(&how);
    }
}

void case_copy_subject_evidence(struct case_run *run)
{
    struct result *r = run->result;
    if (!run->subject)
        return;
    struct buf text = {0};
    size_t len;
    const char *output = subject_output(run->subject, 0, &len, &r->output_total);
    free(r->output);
    r->output = result_bytes(output, len);
    int status;
    r->exit_status = subject_exited(run->subject, &status) && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    subject_describe(run->subject, &text);
    free(r->exit);
    r->exit = buf_take(&text);
}

void case_tear_down(struct case_run *run)
{
    struct ev_loop *loop = run->engine->loop;
    standstill_end(run);
    for (size_t i = 0; i < run->actor_count; i++) {
        struct actor *a = &run->actors[i];
        const struct scn_step *s = actor_step(a);
        if (a->entered && s)
            step_leave(a, s);
        ev_timer_stop(loop, &a->timer);
        ev_timer_stop(loop, &a->deadline);
        conn_close_all(a);
        variables_free(a);
        answers_free(a);
        bytes_drop(a->last);
    }
    for (size_t i = 0; i < run->listener_count; i++)
        listener_close(&run->listeners[i]);
    means_end(run);
    if (run->own_subject)
        subject_stop(run->subject, 0);
    means_behind(run);
    for (char **p = run->argv; p && *p; p++)
        free(*p);
    free(run->argv);
    free(run->actors);
    free(run->listeners);
    free(run->signals_sent);
    free(run->signals_needed);
}

/* What `files unchanged` and `memory below` compare with. Looked up only where somebody asks: it
 * costs a walk of /proc. */
static void remember_state(struct case_run *run)
{
    bool asked = false;
    for (size_t i = 0; i < run->scenario->actor_count; i++)
        asked |= run->scenario->actors[i].kind == SCN_SUBJECT;
    if (!asked)
        return;
    run->files_remembered = subject_files(run->subject);
    subject_memory_mark(run->subject);
    run->memory_base = subject_memory_now(run->subject);
}

void case_set_up(struct case_run *run)
{
    make_actors(run);
    if (run->over || !enough_files(run))
        return;
    open_listeners(run);
    means_begin(run);
    if (!run->over && run->where->client_argv) {
        run->argv = expand_command(run, run->where->client_argv);
        start_client(run, run->argv);
    }
    if (run->subject && !run->own_subject) {
        subject_output_mark(run->subject);
        remember_state(run);
    }
    case_wake_all(run);
    if (run->actor_count == 0)
        run->over = true;
}
