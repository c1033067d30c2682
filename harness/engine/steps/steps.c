/*
 * The table of steps, made from the rows of step.h, and what every step has.
 */
#include "engine/steps/steps.h"
#include "engine/core/payload.h"
#include "engine/core/values.h"
#include "engine/core/wake.h"
#include "engine/steps/step.h"

#include <string.h>

// clang-format off
#define RUN(kind, name)      [SCN_STEP_##kind].run = step_##name,
#define LEAVE(kind, name)    [SCN_STEP_##kind].leave = step_##name##_leave,
#define WAITING(kind, name)  [SCN_STEP_##kind].waiting = step_##name##_waiting,
#define EVIDENCE(kind, name) [SCN_STEP_##kind].evidence = step_##name##_evidence,
#define ONE(...)             +1
#define NONE(...)
// clang-format on

static const struct step_ops table[SCN_STEP_COUNT] = {STEP_ROWS(RUN, LEAVE, WAITING, EVIDENCE)};
_Static_assert(STEP_ROWS(ONE, NONE, NONE, NONE) == SCN_STEP_COUNT - 1, "each step but `repeat` has its row in step.h");

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
    making_free(a->st.making);
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
