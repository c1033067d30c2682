/*
 * Whether the client under test has come: it starts anew in each case, and until its first connection (its first
 * datagram) no step can show anything of it but that it is slow to start.
 */
#ifndef SOCKSPEC_ENGINE_CORE_ARRIVAL_H
#define SOCKSPEC_ENGINE_CORE_ARRIVAL_H

#include "engine/core/types.h"

/* The actor has got a connection or bytes: a server actor's are the client's first sign. */
void arrival_seen(struct case_run *run, const struct actor *a);

/* How many seconds more the client may take to its first sign, where a step of `limit` seconds has run out; 0: no more,
 * or it has come, or ended, or there is none. */
double arrival_awaited(const struct case_run *run, double limit);

/* Whether there is a client under test that has not come. */
bool arrival_lacks(const struct case_run *run);

#endif
