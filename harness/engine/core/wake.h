/*
 * Actors: what each is called and is at, and how it is woken.
 */
#ifndef SOCKSPEC_ENGINE_CORE_WAKE_H
#define SOCKSPEC_ENGINE_CORE_WAKE_H

#include "engine/core/types.h"

/* The pause of an actor_timer for what changes slowly (descriptors, children, queues of a blocked peer). Seconds. */
#define SLOW_PROBE_S 0.005

/* The step that the actor is at; NULL when it has ended. */
const struct scn_step *actor_step(const struct actor *a);

/* "client", "crowd 17". Appends to `out`. */
void actor_name(const struct actor *a, struct buf *out);

/* Puts the actor on the queue of those that may go on. */
void actor_wake(struct actor *a);

/* Wakes every actor that waits. */
void case_wake_all(struct case_run *run);

/* Wakes all when every actor has ended, holds, or waits for the subject's end: call when one of these has changed. */
void case_settled(struct case_run *run);

/* Sets the actor's timers up. */
void actor_timers_init(struct actor *a);

/* Waits until `seconds` from now: a->timer_fired is set then and the actor is woken. */
void actor_timer(struct actor *a, double seconds);

/* The time of the actor's step begins to count: a->deadline_passed is set after `seconds` and the actor is woken. */
void actor_deadline(struct actor *a, double seconds);

/* What has passed has not: so many seconds more. */
void actor_more_time(struct actor *a, double seconds);

/* Has the actor woken at each tick (100 us) until its step ends. */
void actor_probe(struct actor *a);

/* Starts and ends the engine's tick. Its loop must be set. */
void tick_open(struct engine *e);
void tick_close(struct engine *e);

#endif
