#ifndef SOCKSPEC_SCENARIO_SOURCE_H
#define SOCKSPEC_SCENARIO_SOURCE_H

#include "scenario/load.h"

/* A whole file of at most SCN_SOURCE_MAX bytes into `out`. Returns 0, or -1 with a
 * message and `out` empty. */
int source_read(const char *path, struct buf *out, struct scn_messages *messages);

#endif
