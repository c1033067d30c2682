/*
 * What goes over the socketpair between the pool and a worker: frames of a header and bytes, in this machine's byte
 * order.
 */
#ifndef SOCKSPEC_RUN_POOL_INTERNAL_H
#define SOCKSPEC_RUN_POOL_INTERNAL_H

#include "base/buf.h"

#include <stdbool.h>
#include <stdint.h>

/* A larger frame than this was written by a worker gone mad. */
#define FRAME_MAX (64u * 1024 * 1024)

enum frame_type {
    FRAME_CASES = 1, /* to the worker: case numbers, 4 bytes each */
    FRAME_REPLY,     /* from the worker: the case number in the header, the reply */
    FRAME_AMEND,     /* from the worker: a reply in place of the one that it has given to that case before */
    FRAME_REFUSE,    /* from the worker: why it cannot work */
};

struct frame {
    uint32_t type, index, len;
};

/* Sends a whole frame, blocking. Returns 0 or -1 (errno). */
int frame_send(int fd, enum frame_type type, uint32_t index, const void *data, size_t len);

/* Takes what the socket holds into `in`, at most `max` bytes. Returns bytes read, 0 at the end, -1 (errno, EAGAIN for
 * nothing now). */
long frame_receive(int fd, struct buf *in, size_t max);

/*
 * The first frame in `in` from *offset on: 1 and *f, *data (borrowed), *offset moved behind it; 0 when it is not whole
 * yet; -1 when it can be none.
 */
int frame_next(const struct buf *in, size_t *offset, struct frame *f, const char **data);

#endif
