/*
 * A capture a case.
 */
#ifndef SOCKSPEC_ENGINE_MEANS_CAPTURES_H
#define SOCKSPEC_ENGINE_MEANS_CAPTURES_H

#include "engine/core/types.h"

extern const struct means captures_means;

#endif
