/*
 * One run of a case.
 */
#ifndef SOCKSPEC_ENGINE_CASE_H
#define SOCKSPEC_ENGINE_CASE_H

#include "engine/core/types.h"

/* Runs the case once, with run->cut set, from the first socket to the last. */
void case_execute(struct case_run *run);

#endif
