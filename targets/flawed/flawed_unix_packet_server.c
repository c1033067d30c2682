/* flawed-unix-packet-server --flaw NAME PATH: an echo server for AF_UNIX packets (SEQPACKET) with one thing
 * wrong. */
#include "flawed/flaws.h"
#include "net/tcp_server.h"
#include "net/unix.h"

#include <string.h>
#include <unistd.h>

#define BACKLOG 128
#define IDLE_MS 60000

/* Room for as much as a socket buffer usually lets through, and what a tutorial has. */
#define ROOM  (256 * 1024)
#define SMALL 1024

/* How long a flaw waits for what would make it show. */
#define MOMENT_MS 30

struct packet_ops {
    size_t room; /* of the buffer: what is longer is cut */
    bool joins;  /* what comes within a moment is taken for one packet */
    bool halves; /* sends a packet as two */
};

/* Adds what comes within a moment. */
static size_t join(int fd, char *data, size_t len, size_t room)
{
    ssize_t n;
    while ((n = net_recv_some(fd, data + len, room - len, net_deadline(MOMENT_MS))) > 0)
        len += (size_t)n;
    return len;
}

static void session(int fd, const struct net_address *peer, void *arg)
{
    const struct packet_ops *ops = arg;
    static char data[ROOM]; /* one client at a time */
    ssize_t n;
    (void)peer;
    while ((n = net_recv_some(fd, data, ops->room, net_deadline(IDLE_MS))) > 0) {
        size_t len = ops->joins ? join(fd, data, (size_t)n, ops->room) : (size_t)n;
        size_t first = ops->halves && len > 1 ? len / 2 : len;
        if (net_send_all(fd, data, first, net_deadline(IDLE_MS)) < 0 ||
            net_send_all(fd, data + first, len - first, net_deadline(IDLE_MS)) < 0)
            return;
    }
}

#define WITH(...) FLAW_OPS(packet_ops, __VA_ARGS__)

static const struct flaw flaws[] = {
    {"small-buffer", "SOCK-DATAGRAM", "unix-echo-server/packet-sizes", "cuts packets of more than 1,024 bytes",
     WITH(.room = SMALL)},
    {"joins", "SOCK-DATAGRAM", "unix-echo-server/packets-one-by-one", "takes packets that come together for one",
     WITH(.room = ROOM, .joins = true)},
    {"halves", "SOCK-DATAGRAM", "unix-echo-server/packets-one-by-one unix-echo-server/packet-sizes",
     "sends a packet as two, as if it were a stream", WITH(.room = ROOM, .halves = true)},
};

int main(int argc, char **argv)
{
    int status;
    struct net_error e = {0};
    const struct flaw *f = flaw_of_args(&argc, argv, flaws, sizeof flaws / sizeof flaws[0], "PATH", &status);
    if (f == NULL)
        return status;
    struct packet_ops ops = *(const struct packet_ops *)f->ops;
    struct tcp_server server = {.form = TCP_SERVER_PLAIN, .handle = session, .data = &ops};
    int listener = net_listen_unix(argv[1], SOCK_SEQPACKET, BACKLOG, &e);
    if (listener < 0)
        return net_tell(argv[0], &e);
    int done = tcp_server_run(&server, listener);
    unlink(argv[1]);
    return done < 0 ? 1 : 0;
}
