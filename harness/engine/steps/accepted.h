/*
 * Whether the subject's accept() has returned a connection: the kernel completes one by itself, so that to be connected
 * says nothing of the program.
 */
#ifndef SOCKSPEC_ENGINE_ACCEPTED_H
#define SOCKSPEC_ENGINE_ACCEPTED_H

#include "engine/core/types.h"

enum accepted {
    ACCEPTED_YES,
    ACCEPTED_NOT_YET,  /* it waits in the listener's queue, or on its way there */
    ACCEPTED_DEFERRED, /* TCP_DEFER_ACCEPT: accept() may not return it before we send something */
    ACCEPTED_LINK,     /* the link has not reached the subject yet */
    ACCEPTED_GONE,     /* the subject's socket is no more, or was never one of this machine's */
    ACCEPTED_UNSEEN,   /* it cannot be asked about */
};

/* Of a TCP connection of ours to the subject, through the link where there is one; of others ACCEPTED_UNSEEN. */
enum accepted conn_accepted(const struct conn *c);

/* What is said of ACCEPTED_NOT_YET. */
#define NOBODY_ACCEPTED "nobody has accepted its connection, which waits in the listener's queue"

#endif
