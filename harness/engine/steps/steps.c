/*
 * The table of steps, and what every step has. A new one is one row here, one function in a file of its family, and one
 * row in the language's own table.
 */
#include "engine/steps/steps.h"
#include "engine/core/values.h"
#include "engine/core/verdict.h"
#include "engine/core/wake.h"
#include "engine/steps/step.h"

#include <string.h>

static enum step_result step_unsupported(struct actor *a, const struct scn_step *s)
{
    return case_error(a->run, a, "'%s' is not carried out by this build", scn_step_name(s->kind));
}

static const struct step_ops table[SCN_STEP_COUNT] = {
    [SCN_STEP_CONNECT] = {step_connect},
    [SCN_STEP_ACCEPT] = {step_accept},
    [SCN_STEP_SEND] = {step_send, .leave = step_send_leave, .waiting = step_send_waiting},
    [SCN_STEP_EXPECT] = {step_expect, step_expect_leave, step_expect_waiting, step_expect_evidence},
    [SCN_STEP_SHUTDOWN] = {step_shutdown},
    [SCN_STEP_RESET] = {step_reset},
    [SCN_STEP_CLOSE] = {step_close},
    [SCN_STEP_HOLD] = {step_hold},
    [SCN_STEP_STOP_READING] = {step_reading},
    [SCN_STEP_RESUME_READING] = {step_reading},
    [SCN_STEP_READ_AT] = {step_reading},
    [SCN_STEP_SET] = {step_set},
    [SCN_STEP_ECHO] = {step_echo, .waiting = step_echo_waiting},
    [SCN_STEP_PAUSE] = {step_pause},
    [SCN_STEP_REPEAT] = {step_unsupported}, /* case.c runs blocks itself */
    [SCN_STEP_LET] = {step_let},
    [SCN_STEP_CAPTURE] = {step_capture},
    [SCN_STEP_SIGNAL] = {step_signal},
    [SCN_STEP_WAIT] = {step_wait, .waiting = step_wait_waiting},
    [SCN_STEP_WAIT_BLOCKED] = {step_wait_blocked},
    [SCN_STEP_WAIT_ACCEPTED] = {step_wait_accepted, .waiting = step_wait_accepted_waiting},
    [SCN_STEP_FAULT] = {step_fault},
    [SCN_STEP_LIMIT] = {step_limit},
    [SCN_STEP_REMEMBER] = {step_remember},
    [SCN_STEP_KILL] = {step_kill},
    [SCN_STEP_STATE] = {step_state, .leave = step_state_leave, .waiting = step_state_waiting},
    [SCN_STEP_LINK] = {step_link},
};

const struct step_ops *step_ops(enum scn_step_kind kind)
{
    return &table[kind];
}

void step_leave(struct actor *a, const struct scn_step *s)
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

void step_tell(struct actor *a, struct buf *out)
{
    const struct scn_step *s = actor_step(a);
    struct buf what = {0};
    if (a->ended || !s) {
        buf_puts(out, "has ended");
        return;
    }
    buf_printf(out, "line %d, %s", s->at.line, scn_step_name(s->kind));
    const struct step_ops *ops = step_ops(s->kind);
    if (ops->waiting)
        ops->waiting(a, s, &what);
    if (what.len)
        buf_printf(out, ": waits for %s", buf_text(&what));
    buf_free(&what);
}

void step_evidence(struct actor *a)
{
    const struct step_ops *ops = step_ops(actor_step(a)->kind);
    if (ops->evidence)
        ops->evidence(a);
}
