/*
 * Whether anybody can still go on, when nothing moves.
 */
#ifndef SOCKSPEC_ENGINE_WATCH_STANDSTILL_H
#define SOCKSPEC_ENGINE_WATCH_STANDSTILL_H

#include "engine/core/types.h"

/* Looks, whenever nothing moves, whether anybody can still go on: a deadlock or hang that is proven ends the case at
 * once. */
void standstill_watch(struct case_run *run);
void standstill_end(struct case_run *run);

/* The diagnosis of a step whose time has run out; appends what is known to `summary`. */
enum diagnosis standstill_diagnose(struct case_run *run, struct buf *summary);

#endif
