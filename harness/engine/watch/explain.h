/*
 * Who waits for what, when a step's time has run out.
 */
#ifndef SOCKSPEC_ENGINE_WATCH_EXPLAIN_H
#define SOCKSPEC_ENGINE_WATCH_EXPLAIN_H

#include "engine/core/types.h"

/* Fills in the graph: who waits for what, with queues. Returns the diagnosis that can be proven, else
 * DIAGNOSIS_TIMEOUT. */
enum diagnosis explain_waits(struct case_run *run, struct actor *late, struct buf *summary);

#endif
