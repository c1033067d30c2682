/*
 * flawed-calls-server --flaw NAME HOST PORT: an echo server that takes what one system call returns for what
 * it is not.
 *
 * On a quiet machine these flaws do not show: it takes a call that is short, interrupted or failing.
 */
#include "flawed/flaws.h"
#include "flawed/waiting.h"
#include "net/net.h"
#include "servers/echo.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* The right operations with some replaced. */
#define WITH(...) FLAW_OPS(echo_ops, __VA_ARGS__)

static _Noreturn void die(const char *call)
{
    fprintf(stderr, "flawed-calls-server: %s: %s\n", call, strerror(errno));
    exit(1);
}

/* --- accept and waiting --------------------------------------------------------------------------------- */

static int accept_plainly(int listener)
{
    return accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

static int die_of_aborted(int listener)
{
    int fd = accept_plainly(listener);
    if (fd < 0 && errno == ECONNABORTED)
        die("accept");
    return fd >= 0 ? fd : net_accept(listener);
}

/* All that is neither "nobody" nor about one connection that a list of usual errors has. */
static int die_of_unusual(int listener)
{
    int fd = accept_plainly(listener);
    if (fd < 0 && errno != EAGAIN && errno != EINTR && errno != ECONNABORTED && !net_is_shortage(errno))
        die("accept");
    return fd;
}

static int die_of_interrupted(int listener)
{
    int fd = waiting_accept(listener);
    if (fd < 0 && errno == EINTR)
        die("accept");
    return fd;
}

/* poll() has said that somebody is there: accept() has no business to find nobody. */
static int die_of_nobody(int listener)
{
    struct pollfd p = {.fd = listener, .events = POLLIN};
    if (poll(&p, 1, 0) == 0) {
        errno = EAGAIN;
        return -1;
    }
    int fd = accept_plainly(listener);
    if (fd < 0 && errno == EAGAIN)
        die("accept");
    return fd;
}

static void stop_waiting(struct net_server *s)
{
    (void)s;
    die("epoll_wait");
}

/* --- bytes ---------------------------------------------------------------------------------------------- */

/* -1 is -1: the connection is given up. */
static ssize_t recv_or_drop(struct echo_conn *c, void *to, size_t len)
{
    ssize_t n = waiting_recv(c->base.fd, to, len, 0);
    if (n < 0 && errno == EINTR)
        errno = EIO;
    return n;
}

/* There must be something, or else it is the end. */
static ssize_t nothing_is_the_end(struct echo_conn *c, void *to, size_t len)
{
    ssize_t n = echo_recv(c, to, len);
    return n < 0 && errno == EAGAIN ? 0 : n;
}

/* Called once: what the call has not taken for a signal's sake is lost. */
static ssize_t interrupted_is_sent(struct echo_conn *c, const void *data, size_t len)
{
    ssize_t n = waiting_send(c->base.fd, data, len);
    return n < 0 && errno == EINTR ? (ssize_t)len : n;
}

static ssize_t no_room_is_the_end(struct echo_conn *c, const void *data, size_t len)
{
    ssize_t n = echo_send(c, data, len);
    if (n < 0 && errno == EAGAIN)
        errno = EIO;
    return n;
}

/* The count is not looked at: all has been taken. */
static ssize_t count_ignored(struct echo_conn *c, const void *data, size_t len)
{
    ssize_t n = echo_send(c, data, len);
    return n < 0 ? n : (ssize_t)len;
}

/* What was short has failed, and is sent again from its beginning. */
static ssize_t from_the_beginning(struct echo_conn *c, const void *data, size_t len)
{
    ssize_t n = echo_send(c, data, len);
    return n >= 0 && (size_t)n < len ? 0 : n;
}

/* --- errors --------------------------------------------------------------------------------------------- */

/* ECONNRESET is known; what is not in the list must be a fault of the server. */
static void die_of_unexpected(struct echo_conn *c)
{
    if (errno != ECONNRESET && errno != EPIPE)
        die("connection");
    echo_close(c);
}

static void die_of_reset_in_send(struct echo_conn *c)
{
    if (errno == ECONNRESET && c->received > c->sent)
        die("send");
    echo_close(c);
}

/* --- the small calls ------------------------------------------------------------------------------------ */

static bool die_of_option(struct echo_conn *c)
{
    if (setsockopt(c->base.fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int)) < 0)
        die("setsockopt");
    return true;
}

static void die_of_shutdown(struct echo_conn *c)
{
    if (shutdown(c->base.fd, SHUT_WR) < 0)
        die("shutdown");
    echo_close(c);
}

static void die_of_close(struct echo_conn *c)
{
    int copy = dup(c->base.fd); /* so that the frame still has one to close */
    if (copy >= 0 && close(copy) < 0)
        die("close");
    echo_close(c);
}

static const struct flaw flaws[] = {
    {"dies-of-aborted", "SOCK-RESET-SURVIVED", "tcp-server/accept-aborted",
     "ends when one of those who wait has gone before accept", WITH(.accept = die_of_aborted), .also = "SOCK-SHORTAGE"},
    {"dies-of-unusual", "SOCK-ACCEPT-AGAIN", "tcp-server/accept-meets-network-errors",
     "ends when accept fails in a way that is not in its list", WITH(.accept = die_of_unusual)},
    {"accept-eintr", "SOCK-EINTR", "tcp-server/accept-interrupted", "ends when accept is interrupted",
     WITH(.accept = die_of_interrupted), .also = "SOCK-SHORTAGE"},
    {"accept-eagain", "SOCK-READY", "tcp-server/accept-finds-nobody",
     "ends when accept finds nobody though it was told of somebody", WITH(.accept = die_of_nobody),
     .also = "SOCK-EINTR"},
    {"wait-eintr", "SOCK-EINTR",
     "tcp-server/wait-interrupted echo-server/waits-interrupted echo-server/all-at-once-in-a-loop",
     "ends when epoll_wait is interrupted", WITH(.interrupted = stop_waiting)},
    {"recv-eintr", "SOCK-EINTR", "echo-server/interrupted-calls echo-server/all-at-once",
     "closes a connection when recv is interrupted", WITH(.recv = recv_or_drop)},
    {"recv-eagain", "SOCK-READY", "echo-server/recv-finds-nothing",
     "takes a recv that finds nothing for the end of the stream", WITH(.recv = nothing_is_the_end)},
    {"send-eintr", "SOCK-EINTR", "echo-server/send-interrupted echo-server/all-at-once",
     "takes an interrupted send for one that has taken all", WITH(.send = interrupted_is_sent)},
    {"send-eagain", "SOCK-READY", "echo-server/send-finds-no-room", "closes a connection when send finds no room",
     WITH(.send = no_room_is_the_end), .also = "SOCK-BACKPRESSURE SOCK-SHORT-WRITE"},
    {"ignores-count", "SOCK-SHORT-WRITE",
     "echo-server/short-writes echo-server/short-both-ways echo-server/write-cut-anywhere",
     "takes a send that was short for one that has taken all", WITH(.send = count_ignored), .also = "SOCK-EINTR"},
    {"sends-again", "SOCK-SHORT-WRITE", "echo-server/short-both-ways echo-server/write-cut-anywhere",
     "sends everything again when a send was short: bytes are doubled", WITH(.send = from_the_beginning),
     .also = "SOCK-EINTR"},
    {"dies-of-unexpected", "SOCK-ERROR-ITS-OWN",
     "tcp-server/recv-times-out tcp-server/recv-unreachable "
     "tcp-server/send-lacks-buffers echo-server/recv-fails-beside-a-peer",
     "ends at an error of a connection that it does not expect", WITH(.error = die_of_unexpected),
     .also = "SOCK-NO-LEAK"},
    {"dies-of-reset-in-send", "SOCK-ERROR-ITS-OWN", "tcp-server/send-reset echo-server/send-fails-beside-a-peer",
     "ends when a reset comes to light at send", WITH(.error = die_of_reset_in_send),
     .also = "SOCK-BACKPRESSURE SOCK-NO-LEAK SOCK-RESET-SURVIVED SOCK-SIGPIPE"},
    {"dies-of-option", "SOCK-OPTION-REFUSED", "tcp-server/option-refused",
     "ends when an option of a connection cannot be set", WITH(.opened = die_of_option)},
    {"dies-of-shutdown", "SOCK-ERROR-ITS-OWN", "tcp-server/shutdown-finds-nobody",
     "ends when shutdown finds no connection", WITH(.eof = die_of_shutdown),
     .also = "SOCK-NO-LEAK SOCK-SIGPIPE SOCK-STREAM-BOUNDARY"},
    {"dies-of-close", "SOCK-CLOSE-ONCE", "tcp-server/close-interrupted", "ends when close is interrupted",
     WITH(.eof = die_of_close)},
};

int main(int argc, char **argv)
{
    int status;
    const struct flaw *f = flaw_of_args(&argc, argv, flaws, sizeof flaws / sizeof flaws[0], "HOST PORT", &status);
    if (f == NULL)
        return status;
    return echo_serve(argv[1], argv[2], f->ops);
}
