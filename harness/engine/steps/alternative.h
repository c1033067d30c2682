/*
 * One alternative of an `expect`.
 */
#ifndef SOCKSPEC_ENGINE_ALTERNATIVE_H
#define SOCKSPEC_ENGINE_ALTERNATIVE_H

#include "engine/steps/expectation.h"

#include <stdbool.h>

/*
 * Holds what has come on `c` against the alternative. YES: alt->end bytes of c->in belong to it; NO: alt->why says what
 * is wrong, alt->cut and cut_by_reset whether only the rest was missing; MORE: not yet, and more is let come in.
 * `may_take`: nobody else is interested in these bytes, so that those that fit may be taken at once (alt->taken).
 * What reads commands (answers.h) is always MORE here.
 */
enum match_status alternative_try(struct alternative *alt, struct actor *a, struct conn *c, bool may_take);

/* Says no for this reason, which is copied. */
enum match_status alternative_no(struct alternative *alt, const char *why);

#endif
