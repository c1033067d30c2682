#include "servers/duplex.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>

/* What is sent and received in one go. */
#define PIECE 4096

static const char zeros[PIECE];

static size_t piece_of(size_t left)
{
    return left < PIECE ? left : PIECE;
}

/* Sends a piece, however long that takes within the patience. Returns 0 or -1. */
static int send_piece(struct duplex *d)
{
    size_t len = piece_of(d->size - d->sent);
    if (net_send_all(d->fd, zeros, len, net_deadline(d->patience)) < 0)
        return -1;
    d->sent += len;
    return 0;
}

/* Receives what there is, once there is something. Returns 0 or -1. */
static int receive_some(struct duplex *d)
{
    char piece[PIECE];
    ssize_t n = net_recv_some(d->fd, piece, piece_of(d->size - d->received), net_deadline(d->patience));
    if (n == 0)
        errno = ENODATA;
    if (n <= 0)
        return -1;
    d->received += (size_t)n;
    return 0;
}

static int write_all(struct duplex *d)
{
    while (d->sent < d->size) {
        if (send_piece(d) < 0)
            return -1;
    }
    return 0;
}

static int read_all(struct duplex *d)
{
    while (d->received < d->size) {
        if (receive_some(d) < 0)
            return -1;
    }
    return 0;
}

/* As much in as has gone out: while both sides keep to it, no more than a piece is ever on its way. */
static int in_turns(struct duplex *d)
{
    while (d->sent < d->size || d->received < d->size) {
        if (d->sent < d->size && send_piece(d) < 0)
            return -1;
        while (d->received < d->sent) {
            if (receive_some(d) < 0)
                return -1;
        }
    }
    return 0;
}

static int by_poll(struct duplex *d)
{
    while (d->sent < d->size || d->received < d->size) {
        struct pollfd p = {.fd = d->fd,
                           .events = (short)((d->sent < d->size ? POLLOUT : 0) | (d->received < d->size ? POLLIN : 0))};
        int n = poll(&p, 1, d->patience);
        if (n == 0)
            errno = ETIMEDOUT;
        if (n == 0 || (n < 0 && errno != EINTR))
            return -1;
        if (n > 0 && (p.revents & ~POLLOUT) != 0 && receive_some(d) < 0)
            return -1;
        if (n > 0 && (p.revents & POLLOUT) != 0) {
            ssize_t sent = net_send(d->fd, zeros, piece_of(d->size - d->sent), MSG_DONTWAIT);
            if (sent < 0 && errno != EAGAIN)
                return -1;
            d->sent += sent > 0 ? (size_t)sent : 0;
        }
    }
    return 0;
}

/* The writer has counters of its own: nothing is shared but the socket. */
struct writer {
    struct duplex d;
    int result, error;
};

static void *writer_thread(void *arg)
{
    struct writer *w = arg;
    w->result = write_all(&w->d);
    w->error = errno;
    return NULL;
}

/* Each side may wait for the other as long as something moves: so the patience of each is enough for both. */
static int by_threads(struct duplex *d)
{
    struct writer w = {.d = *d};
    pthread_t thread;
    int error = pthread_create(&thread, NULL, writer_thread, &w);
    if (error != 0) {
        errno = error;
        return -1;
    }
    int result = read_all(d);
    error = errno;
    if (result < 0)
        shutdown(d->fd, SHUT_WR); /* wakes the writer: nobody waits for its bytes any more */
    pthread_join(thread, NULL);
    d->sent = w.d.sent;
    errno = result < 0 ? error : w.error;
    return result < 0 || w.result < 0 ? -1 : 0;
}

int duplex_exchange(struct duplex *d, enum duplex_manner manner)
{
    switch (manner) {
    case DUPLEX_WRITE_FIRST:
        return write_all(d) < 0 ? -1 : read_all(d);
    case DUPLEX_READ_FIRST:
        return read_all(d) < 0 ? -1 : write_all(d);
    case DUPLEX_TURNS:
        return in_turns(d);
    case DUPLEX_THREADS:
        return by_threads(d);
    case DUPLEX_POLL:
        break;
    }
    return by_poll(d);
}
