/*
 * One run of a case: its actors on the move, from the first socket to the last.
 */
#include "engine/core/internal.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* Steps that one actor may do before the others get their turn. */
#define STEPS_AT_ONCE 64
/* A step whose bytes keep moving gets so many times its limit at most: a peer that dribbles for ever must not hold the
 * run. */
#define EXTENSIONS_MAX 10

/* --- names and places ----------------------------------------------------------------------------------- */

const struct scn_step *actor_step(const struct actor *a)
{
    if (a->depth == 0)
        return NULL;
    const struct frame *f = &a->frames[a->depth - 1];
    return f->index < f->block->count ? &f->block->steps[f->index] : NULL;
}

void actor_name(const struct actor *a, struct buf *out)
{
    buf_puts(out, a->spec->name);
    if (a->copy)
        buf_printf(out, " %d", a->copy);
}

/* --- who may go on -------------------------------------------------------------------------------------- */

void actor_wake(struct actor *a)
{
    if (a->ready || a->ended)
        return;
    a->ready = true;
    a->next_ready = NULL;
    *a->run->ready_last = a;
    a->run->ready_last = &a->next_ready;
}

void case_wake_all(struct case_run *run)
{
    for (size_t i = 0; i < run->actor_count; i++)
        actor_wake(&run->actors[i]);
}

void case_settled(struct case_run *run)
{
    if (run->ended + run->holding + run->exit_waiters >= run->actor_count)
        case_wake_all(run);
}

static void on_timer(struct ev_loop *loop, struct ev_timer *w, int revents)
{
    struct actor *a = w->data;
    (void)loop;
    (void)revents;
    a->timer_fired = true;
    actor_wake(a);
}

static void on_deadline(struct ev_loop *loop, struct ev_timer *w, int revents)
{
    struct actor *a = w->data;
    (void)loop;
    (void)revents;
    a->deadline_passed = true;
    actor_wake(a);
}

void actor_timers_init(struct actor *a)
{
    ev_timer_init(&a->timer, on_timer, 0, 0);
    ev_timer_init(&a->deadline, on_deadline, 0, 0);
    a->timer.data = a->deadline.data = a;
}

void actor_timer(struct actor *a, double seconds)
{
    struct ev_loop *loop = a->run->engine->loop;
    ev_timer_stop(loop, &a->timer);
    a->timer_fired = false;
    ev_timer_set(&a->timer, seconds, 0);
    ev_now_update(loop);
    ev_timer_start(loop, &a->timer);
}

/* --- ending --------------------------------------------------------------------------------------------- */

/* Copies the place of the actor's step, with its source line, into the result. */
static void set_place(struct case_run *run, const struct actor *a)
{
    struct result *r = run->result;
    const struct scn_step *s = a ? actor_step(a) : NULL;
    struct buf name = {0};
    if (a) {
        actor_name(a, &name);
        free(r->actor);
        r->actor = buf_take(&name);
    }
    if (!s)
        return;
    r->line = s->at.line;
    r->col = s->at.col;
    r->width = s->at.len;
    const char *p = run->scenario->source, *end = p + run->scenario->source_len;
    for (int line = 1; p && p < end && line < s->at.line; line++) {
        p = memchr(p, '\n', (size_t)(end - p));
        if (p)
            p++;
    }
    if (!p || p >= end)
        return;
    const char *eol = memchr(p, '\n', (size_t)(end - p));
    buf_add(&name, p, (size_t)((eol ? eol : end) - p));
    free(r->line_text);
    r->line_text = buf_take(&name);
}

__attribute__((format(printf, 5, 0))) static void end_with(struct case_run *run, struct actor *a, enum verdict v,
                                                           enum diagnosis d, const char *format, va_list args)
{
    struct result *r = run->result;
    struct buf text = {0};
    run->over = run->failed = true;
    r->verdict = v;
    r->diagnosis = d;
    buf_vprintf(&text, format, args);
    free(r->message);
    r->message = buf_take(&text);
    set_place(run, a);
}

enum step_result case_fail(struct case_run *run, struct actor *a, enum diagnosis d, const char *format, ...)
{
    if (run->over)
        return STEP_FAILED;
    va_list args;
    va_start(args, format);
    end_with(run, a, run->scenario->rule.level == SCN_MUST ? VERDICT_FAIL : VERDICT_WARN, d, format, args);
    va_end(args);
    return STEP_FAILED;
}

enum step_result case_error(struct case_run *run, struct actor *a, const char *format, ...)
{
    if (run->over)
        return STEP_FAILED;
    va_list args;
    va_start(args, format);
    end_with(run, a, VERDICT_ERROR, DIAGNOSIS_NONE, format, args);
    va_end(args);
    return STEP_FAILED;
}

void case_skip(struct case_run *run, const char *reason)
{
    if (run->over)
        return;
    run->over = run->skipped = true;
    run->result->verdict = VERDICT_SKIP;
    free(run->result->message);
    run->result->message = mem_dup(reason);
}

/* --- actors on the move --------------------------------------------------------------------------------- */

void actor_leave_step(struct actor *a, const struct scn_step *s)
{
    const struct step_ops *ops = step_ops(s->kind);
    struct ev_loop *loop = a->run->engine->loop;
    if (!a->entered)
        return;
    if (ops->leave)
        ops->leave(a, s);
    bytes_drop(a->st.payload);
    memset(&a->st, 0, sizeof(a->st));
    ev_timer_stop(loop, &a->timer);
    ev_timer_stop(loop, &a->deadline);
    a->entered = a->timer_fired = a->deadline_passed = false;
}

static void enter_step(struct actor *a)
{
    a->entered = true;
    a->step_started = ev_now(a->run->engine->loop);
    a->moved_us = a->run->moved_us = clock_us();
}

/* Steps that take as long as they take: what they wait for has limits of its own, or they count time themselves. */
static bool timeless(const struct actor *a, const struct scn_step *s)
{
    switch (s->kind) {
    case SCN_STEP_HOLD:
    case SCN_STEP_PAUSE:
        return true;
    case SCN_STEP_ACCEPT: /* somebody else starts the client, whenever that is */
        return a->run->where->listen_host && !s->within.set;
    case SCN_STEP_STATE: /* counts from when the others have ended: step_state does it */
        return s->u.state.kind == SCN_STATE_EXIT || s->u.state.kind == SCN_STATE_KILLED;
    default:
        return false;
    }
}

/* The time that a step measures by its own words is no part of its limit. */
static double measured_span(struct actor *a, const struct scn_step *s)
{
    double span = 0;
    if (s->kind == SCN_STEP_STATE)
        span = number_of(a->run, a, &s->u.state.duration, 0);
    for (size_t i = 0; s->kind == SCN_STEP_EXPECT && i < s->u.expect.count; i++)
        if (s->u.expect.alternatives[i].kind == SCN_MATCH_NOTHING)
            span += number_of(a->run, a, &s->u.expect.alternatives[i].number, 0);
    return span;
}

static double step_limit_s(struct actor *a, const struct scn_step *s)
{
    struct case_run *run = a->run;
    return limit_of(run, a, &s->within, run->deadline_default) * run->engine->options.patience + measured_span(a, s);
}

static void start_deadline(struct actor *a, const struct scn_step *s)
{
    if (ev_is_active(&a->deadline) || a->deadline_passed || timeless(a, s))
        return;
    /* From now, not from when the loop last looked: it may have been kept from its processor since. */
    ev_now_update(a->run->engine->loop);
    ev_timer_set(&a->deadline, step_limit_s(a, s), 0);
    ev_timer_start(a->run->engine->loop, &a->deadline);
}

/*
 * A step without `within` has not run out of time while bytes still move: a slow subject on a loaded machine is no
 * fault. One that waits for a signal waits for all others. Returns whether it was given more time.
 */
static bool still_moving(struct actor *a, const struct scn_step *s)
{
    struct case_run *run = a->run;
    double limit = step_limit_s(a, s);
    uint64_t moved = s->kind == SCN_STEP_WAIT ? run->moved_us : a->moved_us;
    double quiet = (double)(clock_us() - moved) / 1e6;
    if (s->within.set || quiet >= limit || ev_now(run->engine->loop) - a->step_started > EXTENSIONS_MAX * limit)
        return false;
    a->deadline_passed = false;
    ev_timer_set(&a->deadline, limit - quiet, 0);
    ev_timer_start(run->engine->loop, &a->deadline);
    return true;
}

static void timed_out(struct actor *a, const struct scn_step *s)
{
    struct case_run *run = a->run;
    struct buf text = {0};
    enum diagnosis d = explain_waits(run, a, &text);
    case_fail(run, a, d, "%s did not end within %g s: %s", scn_step_name(s->kind), step_limit_s(a, s), buf_text(&text));
    buf_free(&text);
}

static void actor_end(struct actor *a)
{
    struct case_run *run = a->run;
    a->ended = true;
    run->ended++;
    while (a->others) {
        struct conn *c = a->others;
        a->others = c->next;
        conn_close(c);
    }
    if (a->conn)
        conn_close(a->conn);
    if (run->ended == run->actor_count)
        run->over = true;
    else
        case_settled(run);
}

static void begin_repeat(struct actor *a, const struct scn_step *s)
{
    double count = number_of(a->run, a, &s->u.repeat.count, 1);
    a->frames[a->depth - 1].index++;
    if (count >= 1 && s->u.repeat.body.count && a->depth <= SCN_DEPTH_MAX)
        a->frames[a->depth++] = (struct frame){&s->u.repeat.body, 0, (uint64_t)count - 1};
}

/* At the end of a block: again, or on with the one around it. */
static void end_block(struct actor *a)
{
    struct frame *f = &a->frames[a->depth - 1];
    f->index = 0;
    if (f->left)
        f->left--;
    else
        a->depth--;
}

static void actor_run(struct actor *a)
{
    for (int i = 0; i < STEPS_AT_ONCE && !a->run->over && a->depth; i++) {
        const struct scn_step *s = actor_step(a);
        if (!s) {
            end_block(a);
            continue;
        }
        if (s->kind == SCN_STEP_REPEAT) {
            begin_repeat(a, s);
            continue;
        }
        if (!a->entered)
            enter_step(a);
        enum step_result rc = step_ops(s->kind)->run(a, s);
        if (rc == STEP_FAILED)
            return;
        if (rc == STEP_WAIT) {
            if (a->deadline_passed && !still_moving(a, s))
                timed_out(a, s);
            else
                start_deadline(a, s);
            return;
        }
        actor_leave_step(a, s);
        a->frames[a->depth - 1].index++;
    }
    if (a->run->over)
        return;
    if (a->depth)
        actor_wake(a);
    else
        actor_end(a);
}

static void pump(struct case_run *run)
{
    for (int i = 0; i < PUMP_BATCH && run->ready_first && !run->over; i++) {
        struct actor *a = run->ready_first;
        run->ready_first = a->next_ready;
        if (!run->ready_first)
            run->ready_last = &run->ready_first;
        a->ready = false;
        /* A signal in its last step wakes an actor too, and finds it ended. */
        if (!a->ended)
            actor_run(a);
    }
}

/* --- a run ---------------------------------------------------------------------------------------------- */

void case_execute(struct case_run *run)
{
    struct engine *engine = run->engine;
    run->ready_last = &run->ready_first;
    run->began_us = run->moved_us = clock_us();
    engine->run = run;
    ev_now_update(engine->loop);
    captures_begin(run);
    case_set_up(run);
    standstill_watch(run);
    while (!run->over) {
        pump(run);
        if (!run->over)
            ev_run(engine->loop, run->ready_first ? EVRUN_NOWAIT : EVRUN_ONCE);
        if (run->interrupted)
            case_error(run, NULL, "interrupted");
    }
    case_await_death_notice(run);
    case_check_client_death(run);
    faults_judge(run);
    names_judge(run);
    packets_judge(run);
    streams_judge(run);
    if (run->failed) {
        packets_tell(run);
        happened_render(run);
        case_copy_subject_evidence(run);
    }
    case_tear_down(run);
    captures_end(run);
    engine->run = NULL;
}
