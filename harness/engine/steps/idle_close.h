/*
 * A close in place of a response comes with the answer before it, and is not the idle timeout's FIN: a server that
 * threw a request away, and closes later because it thinks that nobody asks, has not answered it.
 *
 * How long this server lets a connection idle is learnt from itself, and only where it matters: a request was sent
 * whole and is not answered, the response before it kept the connection open, and the close came a while later. Then a
 * second connection asks once, is answered, and says nothing more. Where it is closed just as late, that was the idle
 * timeout.
 */
#ifndef SOCKSPEC_ENGINE_STEPS_IDLE_CLOSE_H
#define SOCKSPEC_ENGINE_STEPS_IDLE_CLOSE_H

#include "engine/steps/expectation.h"

/* Whether this close or reset, which an alternative allows, may be the idle timeout's. */
bool idle_close_suspected(const struct actor *a, const struct conn *c, const struct alternative *chosen);

/* Asks the second connection: MATCH_MORE while it is not over, MATCH_NO when it was the idle timeout (`why`), else
 * MATCH_YES. */
enum match_status idle_close_try(struct actor *a, struct conn *c, struct buf *why);

/* Closes the second connection. */
void idle_close_leave(struct expectation *x);

#endif
