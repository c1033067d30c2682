/*
 * One run of a case: its actors on the move, from the first socket to the last.
 */
#include "engine/case.h"
#include "engine/cast.h"
#include "engine/core/arrival.h"
#include "engine/core/conn.h"
#include "engine/core/timeline.h"
#include "engine/core/values.h"
#include "engine/core/verdict.h"
#include "engine/core/wake.h"
#include "engine/means/means.h"
#include "engine/steps/steps.h"
#include "engine/watch/explain.h"
#include "engine/watch/standstill.h"

#include <stdlib.h>
#include <string.h>

/* Steps that one actor may do before the others get their turn. */
#define STEPS_AT_ONCE 64
/* And no longer than this: what waits for the loop meanwhile are timers, signals and all other actors. */
#define SLICE_US 5000
/* Nested repeats multiply: beyond this a case does nothing but count. */
#define STEPS_MAX 10000000
/* A step whose bytes keep moving gets so many times its limit at most, and what we were late ourselves: a peer that
 * dribbles for ever must not hold the run. */
#define EXTENSIONS_MAX 2
/* Actors run between two looks at the sockets: keeps a crowd's connects and a server's accepts interleaved. */
#define PUMP_BATCH 256

/* --- actors on the move --------------------------------------------------------------------------------- */

static void enter_step(struct actor *a)
{
    a->steps++;
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
 * fault. One that waits for a signal waits for all others. Before the client has come none has run out of time, but it.
 * Returns whether it was given more.
 */
static bool still_moving(struct actor *a, const struct scn_step *s)
{
    struct case_run *run = a->run;
    double limit = step_limit_s(a, s);
    uint64_t moved = s->kind == SCN_STEP_WAIT ? run->moved_us : a->moved_us;
    double quiet = (double)(clock_us() - moved) / 1e6;
    double awaited = arrival_awaited(run, limit);
    if (awaited > 0) {
        actor_extend(a, awaited);
        return true;
    }
    double late = (double)(clock_waited_us() - run->waited_us) / 1e6;
    if (s->within.set || quiet >= limit || ev_now(run->engine->loop) - a->step_started > EXTENSIONS_MAX * limit + late)
        return false;
    actor_extend(a, limit - quiet);
    return true;
}

static void timed_out(struct actor *a, const struct scn_step *s)
{
    struct case_run *run = a->run;
    struct buf text = {0};
    enum diagnosis d = explain_waits(run, a, &text);
    run->result->unreached = arrival_lacks(run);
    case_fail(run, a, d, "%s did not end within %g s: %s", scn_step_name(s->kind), step_limit_s(a, s), buf_text(&text));
    buf_free(&text);
}

static void actor_end(struct actor *a)
{
    struct case_run *run = a->run;
    a->ended = true;
    run->ended++;
    conn_close_all(a);
    if (run->ended == run->actor_count)
        run->over = true;
    else
        case_settled(run);
}

static void begin_repeat(struct actor *a, const struct scn_step *s)
{
    double count = number_of(a->run, a, &s->u.repeat.count, 1);
    a->steps++;
    a->frames[a->depth - 1].index++;
    if (count >= 1 && s->u.repeat.body.count && a->depth <= SCN_DEPTH_MAX)
        a->frames[a->depth++] = (struct frame){&s->u.repeat.body, 0, (uint64_t)count - 1};
}

/* At the end of a block: again, or on with the one around it. */
static void end_block(struct actor *a)
{
    struct frame *f = &a->frames[a->depth - 1];
    f->index = 0;
    a->steps++;
    if (f->left)
        f->left--;
    else
        a->depth--;
}

static void actor_run(struct actor *a)
{
    uint64_t began = clock_us();
    for (int i = 0; i < STEPS_AT_ONCE && !a->run->over && a->depth && clock_us() - began < SLICE_US; i++) {
        const struct scn_step *s = actor_step(a);
        if (a->steps > STEPS_MAX) {
            case_error(a->run, a, "an actor makes %d steps at most: these repeats are too many", STEPS_MAX);
            return;
        }
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
        step_leave(a, s);
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
    uint64_t began = clock_us();
    for (int i = 0; i < PUMP_BATCH && run->ready_first && !run->over && (!i || clock_us() - began < SLICE_US); i++) {
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
    run->waited_us = clock_waited_us();
    engine->run = run;
    ev_now_update(engine->loop);
    means_start(run);
    run->deadline_default = number_of(run, NULL, &run->scenario->timeout, engine->options.timeout);
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
    run->result->connected |= run->come;
    means_judge(run);
    if (run->failed) {
        means_tell(run);
        happened_render(run);
        case_copy_subject_evidence(run);
    }
    case_tear_down(run);
    engine->run = NULL;
}
