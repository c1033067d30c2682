/* flawed-echo-client --flaw NAME HOST PORT SIZE: an echo client with one thing wrong. */
#include "clients/echo_client.h"
#include "flawed/flaws.h"
#include "flawed/lookup.h"
#include "flawed/waiting.h"
#include "net/net.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define PATIENCE_MS 10000

/* How long "impatient" waits. */
#define IMPATIENCE_MS 150

/* Between two attempts of "tries-for-ever". */
#define RETRY_MS 100

/* The most that one send of the twins is given. */
#define PIECE 65536

struct client_ops {
    struct echo_client_ops run;
    int patience;                             /* 0: PATIENCE_MS */
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

/* sendall, then recv: the deadlock of every tutorial, once both directions are full.
 * Nothing limits the wait. */
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

/* The last recv() returns 0, and what is not above 0 is an error. */
static enum echo_outcome end_is_an_error(struct echo_client *c)
{
    enum echo_outcome o = echo_client_exchange(c);
    errno = ENODATA;
    return o == ECHO_SAME ? ECHO_ERROR : o;
}

static bool all_is_fine(enum echo_outcome o)
{
    (void)o;
    return true;
}

/* --- one call misread: what only a fault can show ------------------------------------------------------- */

/* An error of connect() is the end, EINTR too. */
static int dial_uninterrupted(const char *host, const char *service, uint64_t deadline, struct net_error *e)
{
    struct addrinfo *list = net_resolve(host, service, SOCK_STREAM, false, e);
    (void)deadline;
    if (list == NULL)
        return -1;
    int fd = socket(list->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, list->ai_addr, list->ai_addrlen) < 0) {
        *e = (struct net_error){.failure = NET_SYSTEM, .code = errno};
        snprintf(e->text, sizeof e->text, "connect: %s", strerror(errno));
        net_close(&fd);
    }
    freeaddrinfo(list);
    return fd;
}

/* The first address has all the time there is. */
static int dial_first_for_long(const char *host, const char *service, uint64_t deadline, struct net_error *e)
{
    struct addrinfo *list = net_resolve(host, service, SOCK_STREAM, false, e);
    int fd = -1;
    for (const struct addrinfo *a = list; a != NULL && fd < 0 && net_left(deadline) != 0; a = a->ai_next) {
        char numeric[NI_MAXHOST];
        int code = getnameinfo(a->ai_addr, a->ai_addrlen, numeric, sizeof numeric, NULL, 0, NI_NUMERICHOST);
        fd = code == 0 ? net_dial(numeric, service, deadline, e) : -1;
    }
    if (list != NULL)
        freeaddrinfo(list);
    return fd;
}

/* A server that is not there yet will be there some day. */
static int dial_until_it_works(const char *host, const char *service, uint64_t deadline, struct net_error *e)
{
    int fd;
    do
        fd = net_dial(host, service, deadline, e);
    while (fd < 0 && poll(NULL, 0, RETRY_MS) == 0);
    return fd;
}

/* Refused and reset are errors; what is in no list of usual ones is none. */
static bool unusual_is_fine(enum echo_outcome o)
{
    return o == ECHO_ERROR && errno != ECONNREFUSED && errno != ECONNRESET && errno != EPIPE;
}

static enum echo_outcome receive_uninterrupted(struct echo_client *c)
{
    char byte;
    ssize_t n = waiting_recv(c->fd, &byte, 1, MSG_PEEK);
    return n < 0 && errno == EINTR ? ECHO_ERROR : echo_client_receive(c);
}

/* poll() has said that there is something. */
static enum echo_outcome receive_what_is_there(struct echo_client *c)
{
    char byte;
    ssize_t n = recv(c->fd, &byte, 1, MSG_DONTWAIT | MSG_PEEK);
    return n < 0 && errno != EINTR ? ECHO_ERROR : echo_client_receive(c);
}

static int wait_uninterrupted(struct pollfd *p, int patience)
{
    int n = poll(p, 1, patience);
    if (n < 0)
        errno = EIO;
    return n;
}

static ssize_t send_now(int fd, const void *data, size_t len)
{
    return send(fd, data, len, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static ssize_t send_loudly(int fd, const void *data, size_t len)
{
    return send(fd, data, len, MSG_DONTWAIT);
}

/* One `call` for all that is left; `misread` makes of its result what is believed. */
static int send_misread(struct echo_client *c, ssize_t (*call)(int fd, const void *data, size_t len),
                        ssize_t (*misread)(ssize_t n, size_t len))
{
    unsigned char piece[PIECE];
    size_t len = c->size - c->sent < PIECE ? (size_t)(c->size - c->sent) : PIECE;
    echo_pattern(c->sent, piece, len);
    ssize_t n = misread(call(c->fd, piece, len), len);
    if (n < 0)
        return errno == EAGAIN ? 0 : -1;
    c->sent += (uint64_t)n;
    return c->sent == c->size ? shutdown(c->fd, SHUT_WR) : 0;
}

static ssize_t as_it_is(ssize_t n, size_t len)
{
    (void)len;
    return n;
}

/* Called again some time, as after EAGAIN. */
static ssize_t with_eintr(ssize_t n, size_t len)
{
    (void)len;
    return n < 0 && errno == EINTR ? 0 : n;
}

static ssize_t all_or_nothing(ssize_t n, size_t len)
{
    return n > 0 && (size_t)n < len ? 0 : with_eintr(n, len);
}

static int send_uninterrupted(struct echo_client *c)
{
    return send_misread(c, waiting_send, as_it_is);
}

static int send_with_sigpipe(struct echo_client *c)
{
    return send_misread(c, send_loudly, with_eintr);
}

static int send_from_the_beginning(struct echo_client *c)
{
    return send_misread(c, send_now, all_or_nothing);
}

#define WITH(...) FLAW_OPS(client_ops, __VA_ARGS__)

static const struct flaw flaws[] = {
    {"send-all-before-read", "SOCK-INTERLEAVE", "echo-client/large-echo",
     "sends everything before it reads: a server that pushes back and the client wait for each other",
     WITH(.run.exchange = send_all_first),
     .also = "ECHO-SAME SOCK-CONNECT-EINTR SOCK-EINTR SOCK-NAMES-ALL SOCK-NAMES-SLOW "
             "SOCK-PATH SOCK-READY SOCK-SHORT-WRITE SOCK-STREAM-BOUNDARY SOCK-TIMEOUT"},
    {"one-recv", "SOCK-STREAM-BOUNDARY",
     "echo-client/byte-by-byte echo-client/split-echo echo-client/slow-echo echo-client/right-echo "
     "echo-client/link-slices-the-echo echo-client/short-reads",
     "takes the first recv for the whole answer", WITH(.run.exchange = receive_once),
     .also = "SOCK-EINTR SOCK-INTERLEAVE SOCK-PATH SOCK-READY SOCK-SHORT-WRITE"},
    {"end-is-an-error", "ECHO-SAME", "echo-client/echo-and-close", "takes the end of the stream for an error",
     WITH(.run.exchange = end_is_an_error)},
    {"until-end-of-file", "ECHO-SAME", "echo-client/ends-by-itself",
     "reads until the server closes, and does not close its own side", WITH(.run.exchange = until_end_of_file),
     .also = "SOCK-CONNECT-EINTR SOCK-EINTR SOCK-INTERLEAVE SOCK-NAMES-ALL SOCK-NAMES-SLOW "
             "SOCK-PATH SOCK-READY SOCK-SHORT-WRITE SOCK-STREAM-BOUNDARY SOCK-TIMEOUT"},
    {"exit-zero-on-truncation", "SOCK-TRUNCATED",
     "echo-client/truncated-echo echo-client/nothing-comes-back echo-client/link-closes-in-mid-echo",
     "says all is well when the server closes early", WITH(.run.tolerate = short_is_fine)},
    {"exit-zero-always", "SOCK-TRUNCATED",
     "echo-client/closed-at-once echo-client/truncated-echo echo-client/wrong-bytes",
     "says all is well whatever happens", WITH(.run.tolerate = all_is_fine),
     .also = "ECHO-NO-MORE ECHO-SAME SOCK-ERROR-TOLD SOCK-RESET-TOLD SOCK-SIGPIPE-TOLD "
             "SOCK-STREAM-BOUNDARY SOCK-TIMEOUT"},
    {"impatient", "SOCK-PATH", "echo-client/lossy-path", "gives up after 150 ms without a byte",
     WITH(.patience = IMPATIENCE_MS)},
    {"first-address-only", "SOCK-NAMES-ALL",
     "echo-client/dead-address-first echo-client/unreachable-address-first tcp-client/dead-address-first "
     "tcp-client/silent-address-first tcp-client/unreachable-address-first",
     "tries the first address of the name and no other", WITH(.resolve = flaw_first_address),
     .also = "SOCK-NAMES-TIME"},
    {"first-for-long", "SOCK-NAMES-TIME", "echo-client/silent-address-first",
     "gives the first address all the time there is", WITH(.run.dial = dial_first_for_long)},
    {"watches-the-lookup", "SOCK-NAMES-SLOW", "echo-client/name-comes-late tcp-client/name-comes-late",
     "gives the lookup of a name a third of a second", WITH(.resolve = flaw_watches_the_lookup),
     .also = "SOCK-NAMES-TOLD"},
    {"ignores-mismatch", "ECHO-SAME", "echo-client/wrong-bytes echo-client/wrong-bytes-late",
     "says all is well whatever comes back", WITH(.run.tolerate = different_is_fine)},
    {"ignores-extra", "ECHO-NO-MORE", "echo-client/reply-too-long",
     "says all is well when more comes back than was sent", WITH(.run.tolerate = long_is_fine)},
    {"never-times-out", "SOCK-TIMEOUT", "echo-client/silent-server echo-client/link-goes-silent",
     "waits for ever for a server that is silent", WITH(.patience = -1)},
    {"ignores-reset", "SOCK-RESET-TOLD",
     "echo-client/reset-at-once echo-client/reset-in-mid-echo echo-client/link-resets-in-mid-echo "
     "echo-client/recv-reset echo-client/send-reset",
     "says all is well when the connection is reset", WITH(.run.tolerate = reset_is_fine),
     .also = "SOCK-SIGPIPE-TOLD SOCK-TRUNCATED"},
    {"connect-eintr", "SOCK-CONNECT-EINTR", "echo-client/connect-interrupted tcp-client/silent-host",
     "gives up when connect is interrupted", WITH(.run.dial = dial_uninterrupted),
     .also = "SOCK-NAMES-ALL SOCK-TIMEOUT"},
    {"tries-for-ever", "SOCK-CONNECT-TOLD", "tcp-client/connect-refused tcp-client/connect-unreachable",
     "tries again for ever and says nothing", WITH(.run.dial = dial_until_it_works),
     .also = "SOCK-NAMES-TOLD SOCK-RESET-TOLD SOCK-TIMEOUT"},
    {"unusual-is-fine", "SOCK-ERROR-TOLD",
     "tcp-client/connect-times-out tcp-client/connect-unreachable tcp-client/connect-without-address "
     "tcp-client/no-socket echo-client/recv-times-out echo-client/send-lacks-buffers tcp-client/no-port-left "
     "tcp-client/name-does-not-exist tcp-client/name-server-fails tcp-client/name-server-silent",
     "says all is well when a call fails in a way that it does not expect", WITH(.run.tolerate = unusual_is_fine),
     .also = "SOCK-NAMES-TOLD SOCK-RESET-TOLD SOCK-TIMEOUT"},
    {"recv-eintr", "SOCK-EINTR", "echo-client/recv-interrupted", "gives up when recv is interrupted",
     WITH(.run.receive = receive_uninterrupted)},
    {"recv-eagain", "SOCK-READY", "echo-client/finds-nothing",
     "gives up when recv finds nothing though poll has told of something", WITH(.run.receive = receive_what_is_there)},
    {"wait-eintr", "SOCK-EINTR", "echo-client/wait-interrupted", "gives up when poll is interrupted",
     WITH(.run.wait = wait_uninterrupted)},
    {"send-eintr", "SOCK-EINTR", "echo-client/send-interrupted", "gives up when send is interrupted",
     WITH(.run.send = send_uninterrupted)},
    {"sends-again", "SOCK-SHORT-WRITE", "echo-client/short-writes echo-client/write-cut-anywhere",
     "sends everything again when a send was short: bytes are doubled", WITH(.run.send = send_from_the_beginning)},
    {"sigpipe", "SOCK-SIGPIPE-TOLD", "echo-client/send-broken-pipe", "sends without MSG_NOSIGNAL and dies of SIGPIPE",
     WITH(.run.send = send_with_sigpipe)},
};

int main(int argc, char **argv)
{
    int status;
    const struct flaw *f = flaw_of_args(&argc, argv, flaws, sizeof flaws / sizeof flaws[0], "HOST PORT SIZE", &status);
    if (f == NULL)
        return status;
    const struct client_ops *ops = f->ops;
    const char *host = ops->resolve ? ops->resolve(argv[1]) : argv[1];
    int patience = ops->patience != 0 ? ops->patience : PATIENCE_MS;
    return echo_client_run(host, argv[2], argv[3], patience, &ops->run);
}
