/*
 * Two programs that both have much to say to each other (document 002, "avoiding deadlocks").
 *
 * When both write before they read, the buffers of both directions fill up, and each waits for the other one
 * to read: for ever. The remedies of the document, and what they are worth:
 *
 *     read after each write   helps where both sides do so, piece by piece
 *     write less              helps while all of it fits into the buffers, whose size nobody promises
 *     both at the same time   helps always: threads, or poll() in one of them
 *     a time limit            ends the wait; the conversation has failed all the same
 */
#ifndef SOCKSPEC_SERVERS_DUPLEX_H
#define SOCKSPEC_SERVERS_DUPLEX_H

#include "net/net.h"

enum duplex_manner {
    DUPLEX_WRITE_FIRST, /* the mistake */
    DUPLEX_READ_FIRST,  /* the same mistake, the other way round */
    DUPLEX_TURNS,       /* a piece out, a piece in */
    DUPLEX_POLL,        /* whatever can be done now */
    DUPLEX_THREADS,     /* one writes, one reads */
};

struct duplex {
    int fd;
    size_t size;  /* bytes to send, and to receive */
    int patience; /* ms without any progress; negative: for ever */
    size_t sent, received;
};

/* Sends `size` bytes and receives as many. Returns 0, or -1: ETIMEDOUT when nothing moved for so long, EPIPE
 * or ECONNRESET when the peer is gone, ENODATA when its end came before its last byte. */
int duplex_exchange(struct duplex *d, enum duplex_manner manner);

#endif
