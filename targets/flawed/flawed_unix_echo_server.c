/* flawed-unix-echo-server --flaw NAME PATH: an echo server behind a socket file with one thing wrong. */
#include "flawed/flaws.h"
#include "net/tcp_server.h"
#include "net/unix.h"

#include <poll.h>
#include <string.h>
#include <unistd.h>

#define BACKLOG 128
#define IDLE_MS 60000

/* How long a flaw waits for what would make it show. */
#define MOMENT_MS 30

/* A socket buffer so small that a send is short on every run. */
#define SMALL_BUFFER 8192

/* What happens to the `n` bytes that have come (0: the end). Returns whether the conversation goes on. */
struct session_ops {
    bool (*came)(int fd, char *data, size_t n);
    enum tcp_server_form form;
};

static bool send_back(int fd, const char *data, size_t n)
{
    return n > 0 && net_send_all(fd, data, n, net_deadline(IDLE_MS)) == 0;
}

static bool as_it_is(int fd, char *data, size_t n)
{
    return send_back(fd, data, n);
}

static bool once(int fd, char *data, size_t n)
{
    send_back(fd, data, n);
    return false;
}

static bool up_to_nul(int fd, char *data, size_t n)
{
    return n > 0 && send_back(fd, data, strnlen(data, n));
}

/* One send, whatever it takes. */
static bool short_send(int fd, char *data, size_t n)
{
    const int small = SMALL_BUFFER;
    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
    return n > 0 && net_send(fd, data, n, MSG_DONTWAIT) >= 0;
}

/* The moment lets the end come that follows closely: it is taken for a farewell. */
static bool no_half_close(int fd, char *data, size_t n)
{
    struct pollfd p = {.fd = fd, .events = POLLRDHUP};
    if (poll(&p, 1, MOMENT_MS) > 0 && (p.revents & POLLRDHUP) != 0)
        return false;
    return send_back(fd, data, n);
}

/* Waits until a buffer is full, or the end. */
static bool wait_for_more(int fd, char *data, size_t n)
{
    static char all[1 << 16];
    static size_t len;
    size_t take = n < sizeof all - len ? n : sizeof all - len;
    memcpy(all + len, data, take);
    len += take;
    if (n > 0 && len < sizeof all / 2)
        return true;
    bool sent = len == 0 || send_back(fd, all, len);
    len = 0;
    return sent && n > 0;
}

static bool leak(int fd, char *data, size_t n)
{
    if (n == 0)
        (void)!dup(fd);
    if (n == 0)
        shutdown(fd, SHUT_RDWR);
    return send_back(fd, data, n);
}

static bool with_sigpipe(int fd, char *data, size_t n)
{
    struct pollfd p = {.fd = fd, .events = POLLRDHUP};
    poll(&p, 1, MOMENT_MS); /* so that a peer that goes has gone */
    return n > 0 && write(fd, data, n) == (ssize_t)n;
}

static void session(int fd, const struct net_address *peer, void *arg)
{
    const struct session_ops *ops = arg;
    char data[16384];
    ssize_t n;
    (void)peer;
    do
        n = net_recv_some(fd, data, sizeof data, net_deadline(IDLE_MS));
    while (n >= 0 && ops->came(fd, data, (size_t)n) && n > 0);
}

static const struct session_ops right = {.came = as_it_is};

#define WITH(...) FLAW_OPS(session_ops, .form = TCP_SERVER_THREADING, __VA_ARGS__)

static const struct flaw flaws[] = {
    {"one-recv", "SOCK-STREAM-BOUNDARY", "unix-echo-server/cut-anywhere", "takes the first recv for the whole message",
     WITH(.came = once), .also = "ECHO-SAME SOCK-HALF-CLOSE SOCK-HEAD-OF-LINE SOCK-SHORT-WRITE"},
    {"nul-terminated", "SOCK-BINARY", "unix-echo-server/nul-and-line-ends", "takes what it receives for a C string",
     WITH(.came = up_to_nul), .also = "SOCK-HALF-CLOSE SOCK-SHORT-WRITE SOCK-STREAM-BOUNDARY"},
    {"short-write", "SOCK-SHORT-WRITE", "unix-echo-server/sizes", "takes one send for all", WITH(.came = short_send),
     .also = "SOCK-HALF-CLOSE"},
    {"no-half-close", "SOCK-HALF-CLOSE", "unix-echo-server/half-close", "takes the peer's half-close for its farewell",
     WITH(.came = no_half_close)},
    {"waits-for-more", "ECHO-SAME", "unix-echo-server/each-byte-at-once", "gives nothing back until there is much",
     WITH(.came = wait_for_more),
     .also = "SOCK-BINARY SOCK-HEAD-OF-LINE SOCK-NO-LEAK SOCK-SHORT-WRITE SOCK-SIGPIPE "
             "SOCK-STREAM-BOUNDARY"},
    {"leaks", "SOCK-NO-LEAK", "unix-echo-server/no-descriptor-left-behind",
     "keeps the descriptor of a connection that has ended", WITH(.came = leak)},
    {"sigpipe", "SOCK-SIGPIPE", "unix-echo-server/goes-before-the-echo", "dies of SIGPIPE", WITH(.came = with_sigpipe),
     .also = "SOCK-HALF-CLOSE"},
    {"iterative", "SOCK-HEAD-OF-LINE", "unix-echo-server/silent-peer-beside-a-brisk-one", "serves one client at a time",
     FLAW_OPS(session_ops, .form = TCP_SERVER_PLAIN)},
};

int main(int argc, char **argv)
{
    int status;
    struct net_error e = {0};
    const struct flaw *f = flaw_of_args(&argc, argv, flaws, sizeof flaws / sizeof flaws[0], "PATH", &status);
    if (f == NULL)
        return status;
    struct session_ops ops = *(const struct session_ops *)f->ops;
    OPS_COMPLETE(&ops, &right, came);
    struct tcp_server server = {.form = ops.form, .handle = session, .data = &ops};
    int listener = net_listen_unix(argv[1], SOCK_STREAM, BACKLOG, &e);
    if (listener < 0)
        return net_tell(argv[0], &e);
    int done = tcp_server_run(&server, listener);
    unlink(argv[1]);
    return done < 0 ? 1 : 0;
}
