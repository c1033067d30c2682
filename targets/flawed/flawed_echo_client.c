/* flawed-echo-client --flaw NAME HOST PORT SIZE: an echo client with one thing wrong. */
#include "clients/echo_client.h"
#include "flawed/flaws.h"
#include "net/net.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATIENCE_MS 10000

struct client_ops {
    enum echo_outcome (*exchange)(struct echo_client *c);
    bool (*tolerate)(enum echo_outcome o); /* NULL: nothing is */
    int patience;
};

static bool send_all(struct echo_client *c)
{
    unsigned char piece[4096];
    while (c->sent < c->size) {
        size_t len = c->size - c->sent < sizeof piece ? (size_t)(c->size - c->sent) : sizeof piece;
        echo_pattern(c->sent, piece, len);
        ssize_t n = net_send(c->fd, piece, len, 0);
        if (n < 0)
            return false;
        c->sent += (uint64_t)n;
    }
    return true;
}

/* sendall, then recv: the deadlock of every tutorial, once both directions are full. Nothing limits the wait.
 */
static enum echo_outcome send_all_first(struct echo_client *c)
{
    return send_all(c) ? echo_client_exchange(c) : ECHO_ERROR;
}

/* What one recv brings is taken for the whole answer, and found to be wrong where it is a part. */
static enum echo_outcome receive_once(struct echo_client *c)
{
    while (c->sent < c->size) {
        if (net_wait(c->fd, POLLOUT, net_deadline(PATIENCE_MS)) < 0)
            return ECHO_TIMEOUT;
        if (echo_client_send(c) < 0)
            return ECHO_ERROR;
    }
    if (net_wait(c->fd, POLLIN, net_deadline(PATIENCE_MS)) < 0)
        return ECHO_TIMEOUT;
    enum echo_outcome o = echo_client_receive(c);
    return o == ECHO_SAME && c->received < c->size ? ECHO_SHORT : o;
}

/* Reads until end of file without a word that nothing more comes: so the server waits, and the client too. */
static enum echo_outcome until_end_of_file(struct echo_client *c)
{
    enum echo_outcome o = send_all(c) ? ECHO_SAME : ECHO_ERROR;
    while (o == ECHO_SAME && !c->eof) {
        if (net_wait(c->fd, POLLIN, net_deadline(PATIENCE_MS)) < 0)
            return ECHO_TIMEOUT;
        o = echo_client_receive(c);
    }
    return o;
}

static bool short_is_fine(enum echo_outcome o)
{
    return o == ECHO_SHORT;
}

static bool different_is_fine(enum echo_outcome o)
{
    return o == ECHO_DIFFERENT;
}

static bool long_is_fine(enum echo_outcome o)
{
    return o == ECHO_LONG;
}

static bool reset_is_fine(enum echo_outcome o)
{
    return o == ECHO_ERROR && (errno == ECONNRESET || errno == EPIPE || errno == ENOTCONN);
}

static bool all_is_fine(enum echo_outcome o)
{
    (void)o;
    return true;
}

static const struct flaw flaws[] = {
    {"send-all-before-read", "SOCK-INTERLEAVE", "echo-client/large-echo",
     "sends everything before it reads: a server that pushes back and the client wait for each other",
     &(const struct client_ops){send_all_first, NULL, PATIENCE_MS}},
    {"one-recv", "SOCK-STREAM-BOUNDARY",
     "echo-client/byte-by-byte echo-client/split-echo echo-client/slow-echo echo-client/right-echo",
     "takes the first recv for the whole answer",
     &(const struct client_ops){receive_once, NULL, PATIENCE_MS}},
    {"until-end-of-file", "ECHO-SAME", "echo-client/ends-by-itself",
     "reads until the server closes, and does not close its own side",
     &(const struct client_ops){until_end_of_file, NULL, PATIENCE_MS}},
    {"exit-zero-on-truncation", "SOCK-TRUNCATED", "echo-client/truncated-echo echo-client/nothing-comes-back",
     "says all is well when the server closes early",
     &(const struct client_ops){echo_client_exchange, short_is_fine, PATIENCE_MS}},
    {"exit-zero-always", "SOCK-TRUNCATED", "echo-client/closed-at-once echo-client/truncated-echo",
     "says all is well whatever happens",
     &(const struct client_ops){echo_client_exchange, all_is_fine, PATIENCE_MS}},
    {"ignores-mismatch", "ECHO-SAME", "echo-client/wrong-bytes echo-client/wrong-bytes-late",
     "says all is well whatever comes back",
     &(const struct client_ops){echo_client_exchange, different_is_fine, PATIENCE_MS}},
    {"ignores-extra", "ECHO-NO-MORE", "echo-client/reply-too-long",
     "says all is well when more comes back than was sent",
     &(const struct client_ops){echo_client_exchange, long_is_fine, PATIENCE_MS}},
    {"never-times-out", "SOCK-TIMEOUT", "echo-client/silent-server",
     "waits for ever for a server that is silent",
     &(const struct client_ops){echo_client_exchange, NULL, -1}},
    {"ignores-reset", "SOCK-RESET-TOLD", "echo-client/reset-at-once echo-client/reset-in-mid-echo",
     "says all is well when the connection is reset",
     &(const struct client_ops){echo_client_exchange, reset_is_fine, PATIENCE_MS}},
};

int main(int argc, char **argv)
{
    int status;
    const struct flaw *f =
        flaw_of_args(&argc, argv, flaws, sizeof flaws / sizeof flaws[0], "HOST PORT SIZE", &status);
    if (f == NULL)
        return status;
    if (argc != 4) {
        fprintf(stderr, "usage: %s --flaw NAME HOST PORT SIZE\n", argv[0]);
        return 2;
    }
    const struct client_ops *ops = f->ops;
    return echo_client_run(argv[1], argv[2], argv[3], ops->patience, ops->exchange, ops->tolerate);
}
