/*
 * Faults of names: a resolver of ours for the client under test.
 */
#ifndef SOCKSPEC_ENGINE_MEANS_NAMES_H
#define SOCKSPEC_ENGINE_MEANS_NAMES_H

#include "engine/core/types.h"

/* A step `fault names`. */
enum step_result names_step(struct actor *a, const struct scn_step *s);

extern const struct means names_means;

#endif
