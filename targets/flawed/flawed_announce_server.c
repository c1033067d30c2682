/* flawed-announce-server --flaw NAME HOST PORT: an announcing server with one thing wrong. */
#include "flawed/flaws.h"
#include "servers/greeting.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* How long a flaw waits for what would make it show. */
#define MOMENT_MS 50

struct announce_ops {
    void (*report)(int fd, const struct net_address *peer);
    void (*finish)(int fd);
};

static void report(int fd, const struct net_address *peer)
{
    (void)fd;
    greeting_report(peer);
}

/* print to a pipe: it stays in the buffer until 4,096 bytes have come together. */
static void report_unflushed(int fd, const struct net_address *peer)
{
    char text[NET_ADDRESS_TEXT];
    (void)fd;
    net_address_text(peer, text, sizeof text);
    printf("Got connection from %s\n", text);
}

/* getpeername() as in document 002, and nothing for the case that it fails. */
static void report_by_getpeername(int fd, const struct net_address *peer)
{
    struct net_address now;
    (void)peer;
    net_wait(fd, POLLIN, net_deadline(MOMENT_MS)); /* so that a reset that is on its way has come */
    if (net_peer_address(fd, &now) < 0) {
        perror("flawed-announce-server: getpeername");
        exit(1);
    }
    greeting_report(&now);
}

/* The first client only: a variable that is set once. */
static void report_first(int fd, const struct net_address *peer)
{
    static bool reported;
    (void)fd;
    if (!reported)
        greeting_report(peer);
    reported = true;
}

/* cliendsock.close(), which document 002 writes for clientsock: the first connection ends the server. */
static void misspelt_close(int fd)
{
    greeting_finish(fd);
    fprintf(stderr, "flawed-announce-server: name 'cliendsock' is not defined\n");
    exit(1);
}

static void close_with_input(int fd)
{
    net_wait(fd, POLLIN, net_deadline(MOMENT_MS));
}

static void leave_open(int fd)
{
    (void)!dup(fd);
}

static void announce(int fd, const struct net_address *peer, void *data)
{
    const struct announce_ops *ops = data;
    ops->report(fd, peer);
    ops->finish(fd);
}

static const struct announce_ops right = {.report = report, .finish = greeting_finish};

#define WITH(...) FLAW_OPS(announce_ops, __VA_ARGS__)

static const struct flaw flaws[] = {
    {"unflushed", "ANNOUNCE-PEER", "announce-server/reports-the-peer announce-server/each-is-reported",
     "leaves its reports in a buffer", WITH(.report = report_unflushed)},
    {"reports-the-first", "ANNOUNCE-PEER", "announce-server/each-is-reported", "reports the first peer only",
     WITH(.report = report_first)},
    {"leaves-open", "ANNOUNCE-PEER", "announce-server/reports-the-peer", "does not close the connection",
     WITH(.finish = leave_open), .also = "SOCK-NO-LEAK SOCK-RESET-SURVIVED SOCK-UNREAD-CLOSE"},
    {"misspelt-close", "SOCK-PEER-GOES", "announce-server/each-is-reported tcp-server/peer-goes-at-once",
     "crashes where it should close, as document 002 is printed", WITH(.finish = misspelt_close), .also = "*",
     .since = "the first client that goes ends it: whoever comes next meets nobody"},
    {"unread-close", "SOCK-UNREAD-CLOSE", "announce-server/peer-that-spoke-first",
     "closes with input unread: the client sees a reset (002)", WITH(.finish = close_with_input)},
    {"getpeername-dies", "SOCK-RESET-SURVIVED",
     "announce-server/peer-is-gone-before-it-is-reported tcp-server/peer-resets-at-once",
     "asks for the peer of a connection that is gone, and ends (002)", WITH(.report = report_by_getpeername),
     .also = "SOCK-NO-LEAK"},
};

int main(int argc, char **argv)
{
    int status;
    const struct flaw *f = flaw_of_args(&argc, argv, flaws, sizeof flaws / sizeof flaws[0], "HOST PORT", &status);
    if (f == NULL)
        return status;
    struct announce_ops ops = *(const struct announce_ops *)f->ops;
    OPS_COMPLETE(&ops, &right, finish);
    struct tcp_server server = {.form = TCP_SERVER_PLAIN, .handle = announce, .data = &ops};
    return tcp_server_main(&server, argv[0], argv[1], argv[2]);
}
