/*
 * The table of steps, as the case sees it.
 */
#ifndef SOCKSPEC_ENGINE_STEPS_STEPS_H
#define SOCKSPEC_ENGINE_STEPS_STEPS_H

#include "engine/core/types.h"

/* One row a step kind (steps.c). */
struct step_ops {
    enum step_result (*run)(struct actor *a, const struct scn_step *s);
    void (*leave)(struct actor *a, const struct scn_step *s); /* frees step state; may be NULL */
    /* What the actor waits for, for a person: "the subject to send the rest of ..."; may be NULL. */
    void (*waiting)(struct actor *a, const struct scn_step *s, struct buf *out);
    /* Puts what was expected and what came until now into the result: for a step that ran out of time; may be NULL. */
    void (*evidence)(struct actor *a);
};

const struct step_ops *step_ops(enum scn_step_kind kind);

/* Ends the actor's current step: frees its state, stops its timers. */
void step_leave(struct actor *a, const struct scn_step *s);

/* Frees what `on` and `answers` have given the actor. */
void answers_free(struct actor *a);

/* "line 12, expect: waits for 5 bytes", or "has ended": what an actor is at, for a person. Appends. */
void step_tell(struct actor *a, struct buf *out);

/* Puts into the result what the step of an actor that ran out of time has to show. */
void step_evidence(struct actor *a);

#endif
