#include "clients/echo_client.h"

#include "net/net.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PIECE   65536
#define DIAL_MS 10000

/* Eight bytes of the stream at once: a splitmix64 step of their index. */
static uint64_t mix(uint64_t z)
{
    z = (z + 1) * 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

void echo_pattern(uint64_t at, unsigned char *data, size_t len)
{
    for (size_t i = 0; i < len; i++, at++)
        data[i] = (unsigned char)(mix(at / 8) >> (at % 8 * 8));
}

int echo_client_send(struct echo_client *c)
{
    unsigned char piece[PIECE];
    uint64_t left = c->size - c->sent;
    size_t len = left < PIECE ? (size_t)left : PIECE;
    echo_pattern(c->sent, piece, len);
    if (len > 0) {
        ssize_t n = net_send(c->fd, piece, len, MSG_DONTWAIT);
        if (n < 0)
            return errno == EAGAIN ? 0 : -1;
        c->sent += (uint64_t)n;
    }
    /* The half-close: it tells the server that nothing more comes, while the rest of the echo is still on its
     * way. */
    return c->sent == c->size ? shutdown(c->fd, SHUT_WR) : 0;
}

enum echo_outcome echo_client_receive(struct echo_client *c)
{
    unsigned char piece[PIECE], want[PIECE];
    ssize_t n = recv(c->fd, piece, sizeof piece, MSG_DONTWAIT);
    if (n < 0)
        return errno == EAGAIN || errno == EINTR ? ECHO_SAME : ECHO_ERROR;
    if (n == 0) {
        c->eof = true;
        return c->received == c->size ? ECHO_SAME : ECHO_SHORT;
    }
    if ((uint64_t)n > c->sent - c->received)
        return ECHO_LONG;
    echo_pattern(c->received, want, (size_t)n);
    c->received += (uint64_t)n;
    return memcmp(piece, want, (size_t)n) == 0 ? ECHO_SAME : ECHO_DIFFERENT;
}

enum echo_outcome echo_client_exchange(struct echo_client *c)
{
    bool sending = c->sent < c->size || c->size == 0; /* nothing at all is a half-close */
    while (!c->eof) {
        struct pollfd p = {.fd = c->fd, .events = (short)(POLLIN | (sending ? POLLOUT : 0))};
        int n = c->ops.wait(&p, c->patience);
        if (n == 0)
            return ECHO_TIMEOUT;
        if (n < 0 && errno != EINTR)
            return ECHO_ERROR;
        if (n > 0 && (p.revents & ~POLLOUT) != 0) {
            enum echo_outcome o = c->ops.receive(c);
            if (o != ECHO_SAME)
                return o;
        }
        if (n > 0 && sending && (p.revents & POLLOUT) != 0) {
            if (c->ops.send(c) < 0)
                return ECHO_ERROR;
            sending = c->sent < c->size;
        }
    }
    return ECHO_SAME;
}

static void tell(const struct echo_client *c, enum echo_outcome o, int error)
{
    unsigned long long got = c->received, size = c->size;
    switch (o) {
    case ECHO_DIFFERENT:
        fprintf(stderr, "echo-client: what came back is not what was sent, within the first %llu bytes\n", got);
        break;
    case ECHO_SHORT:
        fprintf(stderr, "echo-client: the server closed after %llu of %llu bytes\n", got, size);
        break;
    case ECHO_LONG:
        fprintf(stderr, "echo-client: more came back than was sent\n");
        break;
    case ECHO_TIMEOUT:
        fprintf(stderr, "echo-client: no progress for %d ms after %llu of %llu bytes\n", c->patience, got, size);
        break;
    case ECHO_ERROR:
        fprintf(stderr, "echo-client: after %llu of %llu bytes: %s\n", got, size, strerror(error));
        break;
    case ECHO_SAME:
        break;
    }
}

static int wait_for_one(struct pollfd *p, int patience)
{
    return poll(p, 1, patience);
}

static bool nothing(enum echo_outcome o)
{
    (void)o;
    return false;
}

static const struct echo_client_ops right = {
    .dial = net_dial,
    .exchange = echo_client_exchange,
    .send = echo_client_send,
    .receive = echo_client_receive,
    .wait = wait_for_one,
    .tolerate = nothing,
};

int echo_client_run(const char *host, const char *port, const char *size, int patience,
                    const struct echo_client_ops *given)
{
    char *end;
    errno = 0;
    unsigned long long bytes = strtoull(size, &end, 10);
    if (size[0] < '0' || size[0] > '9' || *end != '\0' || errno != 0) {
        fprintf(stderr, "echo-client: %s is not a number of bytes\n", size);
        return 2;
    }
    struct net_error e;
    struct echo_client c = {.size = bytes, .patience = patience, .ops = OPS_COPY(echo_client_ops, given)};
    OPS_COMPLETE(&c.ops, &right, tolerate);
    c.fd = c.ops.dial(host, port, net_deadline(DIAL_MS), &e);
    if (c.fd < 0) {
        errno = e.code; /* a reset may come before connect() has told of success */
        if (c.ops.tolerate(ECHO_ERROR))
            return 0;
        fprintf(stderr, "echo-client: %s\n", e.text);
        return 1;
    }
    enum echo_outcome o = c.ops.exchange(&c);
    int error = errno;
    close(c.fd);
    if (c.ops.tolerate(o))
        return 0;
    tell(&c, o, error);
    return o == ECHO_SAME ? 0 : 1;
}
