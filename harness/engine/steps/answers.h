/*
 * Commands that come to a played server, and what it answers those that no step asks for.
 */
#ifndef SOCKSPEC_ENGINE_ANSWERS_H
#define SOCKSPEC_ENGINE_ANSWERS_H

#include "engine/steps/expectation.h"

/* Whether this `expect` is one that commands are read for: it asks for one, or for nothing but an end while the actor
 * has answers. */
bool answers_listen(const struct actor *a, const struct scn_expect *e);

/* Whether a command of this connection has been answered. */
bool answers_given(const struct actor *a);

/*
 * Looks for a command. MORE: not all of it is there. YES: it is one that alternative `*which` asks for, of *end bytes;
 * the actor's tag and `last` are set. NO: `why`; with a->call set it has an answer (STEP_CALL), and has been taken.
 */
enum match_status answers_try(struct expectation *x, struct actor *a, struct conn *c, size_t *end, size_t *which,
                              struct buf *why);

#endif
