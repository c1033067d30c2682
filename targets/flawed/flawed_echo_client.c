/* flawed-echo-client --flaw NAME HOST PORT SIZE: an echo client with one thing wrong. */
#include "clients/echo_client.h"
#include "flawed/flaws.h"
#include "net/net.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#define PATIENCE_MS 10000

/* How long "impatient" waits, and "watches-the-lookup" for its lookup. */
#define IMPATIENCE_MS 50
#define LOOKUP_MS     300

struct client_ops {
    enum echo_outcome (*exchange)(struct echo_client *c);
    bool (*tolerate)(enum echo_outcome o); /* NULL: nothing is */
    int patience;
    const char *(*resolve)(const char *host); /* what is dialled in place of the name; NULL: the name */
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

/* h_addr_list[0]: whatever else the name stands for is not tried. */
static const char *first_address(const char *host)
{
    static char text[NI_MAXHOST];
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    struct addrinfo *list;
    if (getaddrinfo(host, NULL, &hints, &list) != 0)
        return host; /* the dialling tells */
    bool known =
        getnameinfo(list->ai_addr, list->ai_addrlen, text, sizeof text, NULL, 0, NI_NUMERICHOST) == 0;
    freeaddrinfo(list);
    return known ? text : host;
}

/* A watchdog around the lookup: SIGALRM ends the program. */
static const char *watch_lookup(const char *host)
{
    const struct itimerval soon = {.it_value = {.tv_usec = LOOKUP_MS * 1000}}, off = {0};
    setitimer(ITIMER_REAL, &soon, NULL);
    const char *address = first_address(host);
    setitimer(ITIMER_REAL, &off, NULL);
    return address;
}

static const struct flaw flaws[] = {
    {"send-all-before-read", "SOCK-INTERLEAVE", "echo-client/large-echo",
     "sends everything before it reads: a server that pushes back and the client wait for each other",
     &(const struct client_ops){send_all_first, NULL, PATIENCE_MS, NULL}},
    {"one-recv", "SOCK-STREAM-BOUNDARY",
     "echo-client/byte-by-byte echo-client/split-echo echo-client/slow-echo echo-client/right-echo "
     "echo-client/link-slices-the-echo",
     "takes the first recv for the whole answer",
     &(const struct client_ops){receive_once, NULL, PATIENCE_MS, NULL}},
    {"until-end-of-file", "ECHO-SAME", "echo-client/ends-by-itself",
     "reads until the server closes, and does not close its own side",
     &(const struct client_ops){until_end_of_file, NULL, PATIENCE_MS, NULL}},
    {"exit-zero-on-truncation", "SOCK-TRUNCATED",
     "echo-client/truncated-echo echo-client/nothing-comes-back echo-client/link-closes-in-mid-echo",
     "says all is well when the server closes early",
     &(const struct client_ops){echo_client_exchange, short_is_fine, PATIENCE_MS, NULL}},
    {"exit-zero-always", "SOCK-TRUNCATED",
     "echo-client/closed-at-once echo-client/truncated-echo echo-client/no-port-left "
     "echo-client/name-does-not-exist echo-client/name-server-fails echo-client/name-server-silent",
     "says all is well whatever happens",
     &(const struct client_ops){echo_client_exchange, all_is_fine, PATIENCE_MS, NULL}},
    {"impatient", "SOCK-PATH", "echo-client/lossy-path", "gives up after 50 ms without a byte",
     &(const struct client_ops){echo_client_exchange, NULL, IMPATIENCE_MS, NULL}},
    {"first-address-only", "SOCK-NAMES-ALL", "echo-client/dead-address-first",
     "tries the first address of the name and no other",
     &(const struct client_ops){echo_client_exchange, NULL, PATIENCE_MS, first_address}},
    {"watches-the-lookup", "SOCK-NAMES-SLOW", "echo-client/name-comes-late",
     "gives the lookup of a name a third of a second",
     &(const struct client_ops){echo_client_exchange, NULL, PATIENCE_MS, watch_lookup}},
    {"ignores-mismatch", "ECHO-SAME", "echo-client/wrong-bytes echo-client/wrong-bytes-late",
     "says all is well whatever comes back",
     &(const struct client_ops){echo_client_exchange, different_is_fine, PATIENCE_MS, NULL}},
    {"ignores-extra", "ECHO-NO-MORE", "echo-client/reply-too-long",
     "says all is well when more comes back than was sent",
     &(const struct client_ops){echo_client_exchange, long_is_fine, PATIENCE_MS, NULL}},
    {"never-times-out", "SOCK-TIMEOUT", "echo-client/silent-server echo-client/link-goes-silent",
     "waits for ever for a server that is silent",
     &(const struct client_ops){echo_client_exchange, NULL, -1, NULL}},
    {"ignores-reset", "SOCK-RESET-TOLD",
     "echo-client/reset-at-once echo-client/reset-in-mid-echo echo-client/link-resets-in-mid-echo",
     "says all is well when the connection is reset",
     &(const struct client_ops){echo_client_exchange, reset_is_fine, PATIENCE_MS, NULL}},
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
    const char *host = ops->resolve ? ops->resolve(argv[1]) : argv[1];
    return echo_client_run(host, argv[2], argv[3], ops->patience, ops->exchange, ops->tolerate);
}
