/*
 * One run of a case: its actors on the move, from the first socket to the last.
 */
#include "engine/case.h"
#include "engine/cast.h"
#include "engine/core/conn.h"
#include "engine/core/gauge.h"
#include "engine/core/timeline.h"
#include "engine/core/values.h"
#include "engine/core/verdict.h"
#include "engine/core/wake.h"
#include "engine/deadline.h"
#include "engine/means/means.h"
#include "engine/steps/steps.h"
#include "engine/watch/standstill.h"

#include <stdlib.h>
#include <string.h>

/* Steps that one actor may do before the others get their turn. */
#define STEPS_AT_ONCE 64
/* And no longer than this: what waits for the loop meanwhile are timers, signals and all other actors. */
#define SLICE_US 5000
/* Actors run between two looks at the sockets: keeps a crowd's connects and a server's accepts interleaved. */
#define PUMP_BATCH 256

/* --- actors on the move --------------------------------------------------------------------------------- */

static void enter_step(struct actor *a)
{
    const struct conn *c = a->conn;
    a->steps++;
    a->entered = true;
    a->step_started = ev_now(a->run->engine->loop);
    a->moved_us = a->run->moved_us = clock_us();
    a->moved_before = !c ? 0 : actor_step(a)->kind == SCN_STEP_SEND ? c->sent : c->received;
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
        if (a->steps > SCN_STEPS_MAX) {
            case_error(a->run, a, "an actor makes %d steps at most: these repeats are too many", SCN_STEPS_MAX);
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
        if (a->deadline_passed)
            a->deadline_passed = deadline_stands(a, s);
        enum step_result rc = step_ops(s->kind)->run(a, s);
        if (rc == STEP_FAILED)
            return;
        if (rc == STEP_CALL) {
            step_leave(a, s);
            if (a->depth == sizeof(a->frames) / sizeof(*a->frames)) {
                case_error(a->run, a, "answers inside of answers: more than %d", SCN_DEPTH_MAX);
                return;
            }
            a->frames[a->depth++] = (struct frame){.block = a->call};
            continue;
        }
        if (rc == STEP_WAIT) {
            if (a->deadline_passed)
                deadline_fail(a, s);
            else
                deadline_start(a, s);
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
    engine->run = run;
    gauge_begin(run);
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
    if (run->failed)
        deadline_excuse(run);
    case_await_death_notice(run);
    case_note_survival(run);
    case_check_client_death(run);
    run->result->connected |= run->come;
    means_judge(run);
    free(run->result->learned);
    run->result->learned = run->failed ? NULL : learned_value(run);
    if (run->failed) {
        means_tell(run);
        happened_render(run);
        case_copy_subject_evidence(run);
    }
    case_tear_down(run);
    engine->run = NULL;
}
