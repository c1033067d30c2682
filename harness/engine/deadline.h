/*
 * How long a step may take, and what is said of one that took longer.
 *
 * A time that the step itself names (`within`) is the rule's own and stays on the clock. All other limits are patience:
 * they bind progress, so that nothing may move for so long, and no step goes on for ever; and what this machine was
 * late, by what is measured, is given to the step on top.
 */
#ifndef SOCKSPEC_ENGINE_DEADLINE_H
#define SOCKSPEC_ENGINE_DEADLINE_H

#include "engine/core/types.h"

/* The actor waits in this step: its time begins to count, where it does not count yet. */
void deadline_start(struct actor *a, const struct scn_step *s);

/* Its time has passed: whether that stands. Else the step has been given more. */
bool deadline_stands(struct actor *a, const struct scn_step *s);

/* Ends the case: the step has not ended in its time. */
void deadline_fail(struct actor *a, const struct scn_step *s);

/* Of a case that has failed: puts into the result what our lateness explains of it, if anything. */
void deadline_excuse(struct case_run *run);

#endif
