/*
 * The link of a scenario where it is one of streams.
 */
#ifndef SOCKSPEC_ENGINE_MEANS_STREAMS_H
#define SOCKSPEC_ENGINE_MEANS_STREAMS_H

#include "engine/core/types.h"

/* A step of that link. */
enum step_result streams_step(struct actor *a, const struct scn_step *s);

/*
 * The socket that faces the subject on this connection: its own, or, with a link between, the link's on the far side.
 * -1: the link has not reached it (yet, or any more).
 */
int conn_subject_fd(const struct conn *c);

/* queues_peer_took_all for what was sent on the connection, through the link. */
int conn_peer_took_all(const struct conn *c);

extern const struct means streams_means;

#endif
