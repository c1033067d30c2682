/*
 * The measure of lateness: a timer of each worker that looks ten times a second how late it fires, and how long this
 * process has stood in the run queue; and what the scheduler has counted of the subject.
 */
#ifndef SOCKSPEC_ENGINE_CORE_GAUGE_H
#define SOCKSPEC_ENGINE_CORE_GAUGE_H

#include "engine/core/lateness.h"
#include "engine/core/types.h"

/* Starts and ends the engine's gauge. Its loop must be set. */
void gauge_open(struct engine *e);
void gauge_close(struct engine *e);

/* A case begins. What came too late before it was no case's time. */
void gauge_begin(struct case_run *run);

/* What was measured last, a tenth of a second ago at most: costs nothing. */
struct lateness gauge_last(const struct engine *e);

/*
 * Seconds by which this worker and its subject together were late since `since`, a gauge_last of this case, `span`
 * seconds ago. The subject's share is that of the whole case, which may be more, and never more than the span.
 */
double gauge_late(struct case_run *run, const struct lateness *since, double span);

#endif
