/*
 * The end of a case: whoever ends it first counts.
 */
#ifndef SOCKSPEC_ENGINE_CORE_VERDICT_H
#define SOCKSPEC_ENGINE_CORE_VERDICT_H

#include "engine/core/types.h"

/* Ends the case as failed at the actor's current step (or at none: `a` NULL). The first one counts. Returns
 * STEP_FAILED. */
enum step_result case_fail(struct case_run *run, struct actor *a, enum diagnosis d, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Ends the case as trouble of the harness. */
enum step_result case_error(struct case_run *run, struct actor *a, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Ends the case as skipped. */
void case_skip(struct case_run *run, const char *reason);

#endif
