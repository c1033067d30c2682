/*
 * The link of a scenario where it is one of packets.
 */
#ifndef SOCKSPEC_ENGINE_MEANS_PACKETS_H
#define SOCKSPEC_ENGINE_MEANS_PACKETS_H

#include "engine/core/types.h"

/* Whether the case has one. */
bool packets_wanted(const struct case_run *run);

/* A step of that link. */
enum step_result packets_step(struct actor *a, const struct scn_step *s);

extern const struct means packets_means;

#endif
