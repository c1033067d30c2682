/*
 * System calls by what they mean: the one table from which filter and tracer work.
 */
#ifndef SOCKSPEC_FAULT_INJECT_CALLS_H
#define SOCKSPEC_FAULT_INJECT_CALLS_H

#include "fault/inject.h"

/* Where a call's byte count stands. */
enum inject_shape {
    SHAPE_NONE,   /* moves no bytes */
    SHAPE_LENGTH, /* argument `length` */
    SHAPE_IOV,    /* argument 1: struct iovec[], argument 2: how many */
    SHAPE_MSG,    /* argument 1: struct msghdr */
    SHAPE_MMSG,   /* argument 1: struct mmsghdr[], argument 2: how many */
};

struct inject_row {
    long number; /* SYS_... */
    const char *name;
    enum scn_call call;
    int fd; /* argument that is the socket's descriptor; -1: none */
    enum inject_shape shape;
    int length; /* SHAPE_LENGTH: which argument */
    int flags;  /* argument with MSG_... flags; -1: none */
    int only;   /* a flag without which the call is none of this row; 0: it always is */
};

/* All rows; a call (splice) may have several, of which the first whose descriptor is a socket counts. */
const struct inject_row *inject_rows(size_t *count);

#endif
