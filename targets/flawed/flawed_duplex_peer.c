/* flawed-duplex-peer --flaw NAME HOST PORT SIZE: a duplex peer with one thing wrong. */
#include "flawed/flaws.h"
#include "net/words.h"
#include "servers/duplex_session.h"

#include <poll.h>
#include <unistd.h>

#define SIZE_MOST (1 << 30)

/* Longer than anybody waits, and still no flaw of a scenario that ends sooner. */
#define LONG_PATIENCE_MS (60 * 1000)

struct wrong {
    enum duplex_manner manner;
    int patience;
    void (*session)(int fd, const struct net_address *peer, void *data);
};

/* write() without a look at SIGPIPE. */
static void with_sigpipe(int fd, const struct net_address *peer, void *data)
{
    struct duplex_service *service = data;
    static const char zeros[4096];
    struct duplex d = {.fd = fd, .size = service->size, .patience = service->patience};
    char piece[4096];
    (void)peer;
    while (d.received < d.size || d.sent < d.size) {
        ssize_t n = d.sent < d.size ? write(fd, zeros, sizeof zeros) : 0;
        d.sent += n > 0 ? (size_t)n : 0;
        n = recv(fd, piece, sizeof piece, MSG_DONTWAIT);
        d.received += n > 0 ? (size_t)n : 0;
        if (net_wait(fd, POLLIN | POLLOUT, net_deadline(service->patience)) < 0)
            return;
    }
}

/* Takes for sent what it gave to send(). */
static void ignore_counts(int fd, const struct net_address *peer, void *data)
{
    struct duplex_service *service = data;
    static const char zeros[65536];
    struct duplex d = {.fd = fd, .size = service->size};
    char piece[65536];
    (void)peer;
    while (d.received < d.size && net_wait(fd, POLLIN | POLLOUT, net_deadline(service->patience)) == 0) {
        if (d.sent < d.size)
            net_send(fd, zeros, sizeof zeros, MSG_DONTWAIT);
        d.sent += sizeof zeros;
        ssize_t n = net_recv_some(fd, piece, sizeof piece, net_deadline(0));
        d.received += n > 0 ? (size_t)n : 0;
        if (n == 0 || (d.sent >= d.size && net_wait(fd, POLLIN, net_deadline(service->patience)) < 0))
            return;
    }
}

#define WITH(...) FLAW_OPS(wrong, __VA_ARGS__)

static const struct flaw flaws[] = {
    {"writes-first", "SOCK-INTERLEAVE", "duplex-peer/both-write-first", "writes all before it reads (002)",
     WITH(.manner = DUPLEX_WRITE_FIRST, .patience = LONG_PATIENCE_MS), .also = "SOCK-TIMEOUT"},
    {"reads-first", "SOCK-INTERLEAVE", "duplex-peer/peer-reads-first duplex-peer/in-turns",
     "reads all before it writes (002)", WITH(.manner = DUPLEX_READ_FIRST, .patience = LONG_PATIENCE_MS),
     .also = "SOCK-SIGPIPE SOCK-TIMEOUT"},
    {"takes-turns", "SOCK-INTERLEAVE", "duplex-peer/both-write-first",
     "takes turns with a peer that does not: too little alone",
     WITH(.manner = DUPLEX_TURNS, .patience = LONG_PATIENCE_MS), .also = "SOCK-TIMEOUT"},
    {"ignores-counts", "SOCK-SHORT-WRITE", "duplex-peer/both-at-once",
     "takes one send for all: what the socket has no room for is lost",
     WITH(.patience = LONG_PATIENCE_MS, .session = ignore_counts), .also = "SOCK-INTERLEAVE SOCK-NO-LEAK SOCK-TIMEOUT"},
    {"never-gives-up", "SOCK-TIMEOUT", "duplex-peer/peer-falls-silent", "waits for ever for a silent peer",
     WITH(.manner = DUPLEX_POLL, .patience = -1)},
    {"sigpipe", "SOCK-SIGPIPE", "duplex-peer/peer-goes", "dies of SIGPIPE when its peer has gone",
     WITH(.patience = LONG_PATIENCE_MS, .session = with_sigpipe), .also = "*",
     .since = "in most conversations the peer goes before all is written, and it ends there"},
};

int main(int argc, char **argv)
{
    int status;
    long size;
    const struct flaw *f = flaw_of_args(&argc, argv, flaws, sizeof flaws / sizeof flaws[0], "HOST PORT SIZE", &status);
    if (f == NULL)
        return status;
    const struct wrong *w = f->ops;
    if (!net_number_word(argv[3], "SIZE", 1, SIZE_MOST, &size))
        return 2;
    struct duplex_service service = {argv[0], (size_t)size, w->manner, w->patience};
    struct tcp_server server = {
        .form = TCP_SERVER_THREADING, .handle = w->session != NULL ? w->session : duplex_session, .data = &service};
    return tcp_server_main(&server, argv[0], argv[1], argv[2]);
}
