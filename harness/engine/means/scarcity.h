/*
 * What runs short around the subject: source ports, and room in the backlog.
 */
#ifndef SOCKSPEC_ENGINE_MEANS_SCARCITY_H
#define SOCKSPEC_ENGINE_MEANS_SCARCITY_H

#include "engine/core/types.h"

/* Steps `limit ports` and `limit backlog`. */
enum step_result scarcity_ports(struct actor *a, const struct scn_step *s);
enum step_result scarcity_backlog(struct actor *a, const struct scn_step *s);

extern const struct means scarcity_means;

#endif
