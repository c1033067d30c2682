/* flawed-echo-server --flaw NAME HOST PORT: an echo server with one thing wrong. */
#include "flawed/flaws.h"
#include "net/net.h"
#include "servers/echo.h"

#include <ctype.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

/* The right operations with some replaced. */
#define WITH(...) FLAW_OPS(echo_ops, __VA_ARGS__)

/* Most bytes that "drops-large" gives back, and that "unread-close" reads. */
#define BUFFER_OF_DROPS  65536
#define BUFFER_OF_UNREAD 1024

/* What "leaks-memory" forgets with each connection. */
#define BUFFER_OF_LEAK 65536

/* Clients that "few-clients" has room for, and bytes that "wants-a-header" wants. */
#define FEW_CLIENTS 16
#define HEADER_LEN  4

/* Files that "select-1024" has open besides its connections. */
#define FILES_OF_SELECT 600

/* How long "no-half-close" looks out for the peer's end before it reads. */
#define FAREWELL_MS 50

/* Silence that "impatient" takes for the end. */
#define SILENCE_MS 30

/* How long "accepts-no-more" takes before it asks who has come. Microseconds. */
#define ASKED_US 1000

/* How long "spin-on-half-close" keeps its connection. */
#define SPIN_MS 3000

/* No longer watched, never closed: the descriptor is lost. */
static void leak(struct echo_conn *c)
{
    struct epoll_event ev = {0};
    epoll_ctl(c->base.server->epoll, EPOLL_CTL_DEL, c->base.fd, &ev);
}

static void leak_half_closed(struct echo_conn *c)
{
    shutdown(c->base.fd, SHUT_WR); /* so that the peer sees its end as it should */
    leak(c);
}

/* The end of file is taken for "nothing there yet": level-triggered, it is reported again at once. */
static void spin_at_eof(struct echo_conn *c)
{
    if (c->base.deadline == NET_NEVER) {
        shutdown(c->base.fd, SHUT_WR);
        c->base.deadline = net_deadline(SPIN_MS);
    } else if (net_left(c->base.deadline) == 0) {
        c->base.deadline = NET_NEVER;
        echo_close(c);
    }
}

/* Takes the peer's half-close for its farewell. The moment of waiting lets the FIN come that follows the data
 * closely. */
static bool close_at_half_close(struct echo_conn *c, uint32_t events)
{
    struct pollfd p = {.fd = c->base.fd, .events = POLLRDHUP};
    (void)events;
    if (poll(&p, 1, FAREWELL_MS) <= 0 || (p.revents & POLLRDHUP) == 0)
        return false;
    echo_close(c);
    return true;
}

/* Looks at the end first, where one event tells of data and end. */
static bool end_comes_first(struct echo_conn *c, uint32_t events)
{
    struct pollfd p = {.fd = c->base.fd, .events = POLLRDHUP};
    (void)events;
    if (poll(&p, 1, 0) <= 0 || (p.revents & POLLRDHUP) == 0)
        return false;
    echo_close(c);
    return true;
}

/* A table with room for 16 clients, written beyond its end. */
static bool few_clients(struct echo_conn *c, uint32_t events)
{
    (void)events;
    if (c->base.server->clients > FEW_CLIENTS) {
        fprintf(stderr, "flawed-echo-server: too many clients\n");
        exit(1);
    }
    return false;
}

/* A buffer for each connection, forgotten with it. It is written to, so that it takes memory. */
static void leak_memory(struct echo_conn *c)
{
    volatile char *lost = malloc(BUFFER_OF_LEAK);
    for (size_t i = 0; lost != NULL && i < BUFFER_OF_LEAK; i++)
        lost[i] = 1;
    echo_close(c);
}

/* Asks to be told of urgent data, and does not fetch it: it is told again and again. */
static bool leave_urgent(struct echo_conn *c, uint32_t events)
{
    (void)c;
    return (events & EPOLLPRI) != 0;
}

/* Nothing more at once: that must have been all. */
static void close_when_silent(struct echo_conn *c)
{
    struct pollfd p = {.fd = c->base.fd, .events = POLLIN};
    if (poll(&p, 1, SILENCE_MS) == 0)
        echo_close(c);
}

/* FD_SET with a descriptor beyond its end. A C library that looks ends the program, one that does not lets it
 * write over its neighbours. The files that the server has open besides let 500 peers be enough. */
static bool set_beyond_1023(struct echo_conn *c)
{
    static bool opened;
    for (int i = 0; i < FILES_OF_SELECT && !opened; i++)
        (void)!dup(c->base.server->listener);
    opened = true;
    if (c->base.fd < FD_SETSIZE)
        return true;
    fprintf(stderr, "*** buffer overflow detected ***\n");
    abort();
}

static void add_line_end(struct echo_conn *c)
{
    echo_send(c, "\n", 1);
}

/* One variable for the connection of the moment: the newest. */
static ssize_t send_to_newest(struct echo_conn *c, const void *data, size_t len)
{
    return echo_send((struct echo_conn *)c->base.server->conns, data, len);
}

static void die(struct echo_conn *c)
{
    (void)c;
    fprintf(stderr, "flawed-echo-server: %s\n", strerror(errno));
    exit(1);
}

static void end_at_once(struct echo_conn *c)
{
    (void)c;
    exit(0);
}

static void spin_without_files(struct net_server *s)
{
    (void)s; /* the listener stays watched, and stays readable */
}

/* No longer watched, and thought to be: nothing brings it back. */
static void park(struct net_server *s)
{
    struct epoll_event ev = {0};
    epoll_ctl(s->epoll, EPOLL_CTL_DEL, s->listener, &ev);
}

/* Who is it? A peer that has gone since makes getpeername() fail, and with it ends the loop that accepts, not the
 * program. The moment of waiting lets the RST come. */
static bool accepts_no_more;

static bool asks_who_it_is(struct echo_conn *c)
{
    struct sockaddr_storage peer;
    socklen_t len = sizeof peer;
    usleep(ASKED_US);
    if (getpeername(c->base.fd, (struct sockaddr *)&peer, &len) == 0)
        return true;
    accepts_no_more = true;
    park(c->base.server);
    return false;
}

static int accepts_until_then(int listener)
{
    if (!accepts_no_more)
        return net_accept(listener);
    errno = EAGAIN;
    return -1;
}

static void die_without_files(struct net_server *s)
{
    (void)s;
    perror("accept");
    exit(1);
}

static ssize_t send_once(struct echo_conn *c, const void *data, size_t len)
{
    ssize_t n = echo_send(c, data, len);
    return n < 0 && errno != EAGAIN ? n : (ssize_t)len; /* what was not taken is forgotten */
}

static ssize_t send_with_sigpipe(struct echo_conn *c, const void *data, size_t len)
{
    /* In two halves: the first calls forth the RST of a peer that is gone, the second meets it. */
    return send(c->base.fd, data, len > 1 ? len / 2 : len, 0);
}

static ssize_t send_blocking(struct echo_conn *c, const void *data, size_t len)
{
    return net_send_all(c->base.fd, data, len, NET_NEVER) < 0 ? -1 : (ssize_t)len;
}

static ssize_t send_first_buffer(struct echo_conn *c, const void *data, size_t len)
{
    if (c->sent >= BUFFER_OF_DROPS) {
        errno = ENOBUFS; /* the buffer is full: that was it */
        return -1;
    }
    size_t room = BUFFER_OF_DROPS - c->sent;
    return echo_send(c, data, len < room ? len : room);
}

static size_t up_to_nul(char *data, size_t len)
{
    return strnlen(data, len);
}

static size_t seven_bits(char *data, size_t len)
{
    for (size_t i = 0; i < len; i++)
        data[i] = (char)(data[i] & 0x7f);
    return len;
}

static size_t text_mode(char *data, size_t len)
{
    size_t n = 0;
    for (size_t i = 0; i < len; i++) {
        if (data[i] != '\r')
            data[n++] = data[i];
    }
    return n;
}

/* One line a piece: what follows its LF is lost. */
static size_t up_to_line_end(char *data, size_t len)
{
    const char *lf = memchr(data, '\n', len);
    return lf == NULL ? len : (size_t)(lf + 1 - data);
}

static size_t without_blanks(char *data, size_t len)
{
    while (len > 0 && isspace((unsigned char)data[len - 1]))
        len--;
    return len;
}

/* A header of four bytes is taken to be there at once. */
static size_t with_header(char *data, size_t len)
{
    (void)data;
    if (len < HEADER_LEN) {
        fprintf(stderr, "flawed-echo-server: no header\n");
        exit(1);
    }
    return len;
}

/* Reads one small buffer, answers it, closes: the input that is still unread makes of the close a reset. */
static bool answer_and_close(struct echo_conn *c, uint32_t events)
{
    char data[BUFFER_OF_UNREAD];
    (void)events;
    ssize_t n = net_recv(c->base.fd, data, sizeof data);
    if (n > 0) {
        echo_send(c, data, (size_t)n);
        c->received += (uint64_t)n;
    }
    if (n == 0 || (n < 0 && errno != EAGAIN) || n == (ssize_t)sizeof data)
        echo_close(c);
    return true;
}

static void never_close(struct echo_conn *c)
{
    net_conn_watch(&c->base, 0); /* until the peer is gone altogether */
}

static bool hung_up(struct echo_conn *c, uint32_t events)
{
    if ((events & (EPOLLERR | EPOLLHUP)) == 0 || c->base.watched != 0)
        return false;
    echo_close(c);
    return true;
}

static const struct flaw flaws[] = {
    {"one-recv", "SOCK-STREAM-BOUNDARY",
     "echo-server/byte-by-byte echo-server/cut-anywhere echo-server/each-byte-at-once "
     "echo-server/many-short-messages echo-server/link-slices-the-bytes echo-server/short-reads "
     "echo-server/read-cut-anywhere echo-server/link-is-uneven",
     "takes the first recv for the whole message, answers it and closes", WITH(.sent = echo_close),
     .also = "ECHO-SAME SOCK-BACKPRESSURE SOCK-BINARY SOCK-EINTR SOCK-ERROR-ITS-OWN "
             "SOCK-HALF-CLOSE SOCK-HEAD-OF-LINE SOCK-ISOLATION SOCK-PATH SOCK-READY "
             "SOCK-SHORT-WRITE"},
    {"first-line-only", "SOCK-STREAM-BOUNDARY", "echo-server/two-messages-in-one-segment",
     "loses what follows the first line end of a piece", WITH(.between = up_to_line_end),
     .also = "SOCK-BINARY SOCK-EINTR SOCK-HALF-CLOSE SOCK-ISOLATION SOCK-PATH "
             "SOCK-RESET-SURVIVED SOCK-SHORT-WRITE"},
    {"wants-a-header", "SOCK-STREAM-BOUNDARY", "echo-server/byte-by-byte tcp-server/one-byte-and-gone",
     "ends when the first four bytes do not come together", WITH(.between = with_header),
     .also = "SOCK-BINARY SOCK-EMFILE SOCK-ERROR-ITS-OWN SOCK-HEAD-OF-LINE SOCK-ISOLATION "
             "SOCK-NO-LEAK SOCK-PEER-GOES SOCK-RESET-SURVIVED SOCK-SHORT-WRITE"},
    {"short-write", "SOCK-SHORT-WRITE", "echo-server/slow-reader",
     "takes one send for all: what the socket has no room for is lost", WITH(.send = send_once),
     .also = "SOCK-BACKPRESSURE SOCK-EINTR SOCK-READY"},
    {"drops-large", "SOCK-SHORT-WRITE", "echo-server/sizes", "gives back the first 65,536 bytes and closes",
     WITH(.send = send_first_buffer), .also = "SOCK-BACKPRESSURE SOCK-EINTR SOCK-HALF-CLOSE SOCK-PATH"},
    {"sigpipe", "SOCK-SIGPIPE", "echo-server/goes-before-the-echo tcp-server/send-broken-pipe",
     "sends without MSG_NOSIGNAL and dies of SIGPIPE", WITH(.send = send_with_sigpipe), .also = "SOCK-NO-LEAK"},
    {"iterative", "SOCK-HEAD-OF-LINE",
     "echo-server/silent-peer-beside-a-brisk-one tcp-server/silent-peer echo-server/link-goes-silent",
     "serves one client at a time; an idle one stops the others", WITH(.max_clients = 1),
     .also = "SOCK-BACKPRESSURE SOCK-ERROR-ITS-OWN SOCK-ISOLATION"},
    {"blocking-listener", "ECHO-SAME", "echo-server/comes-back",
     "waits in accept for the next client, in an event loop: those it has wait too", WITH(.blocking = true),
     .also = "*", .since = "no conversation goes on before the next client has come"},
    {"blocking-send", "SOCK-BACKPRESSURE", "echo-server/reads-only-after-it-is-blocked",
     "waits in send for a client that does not read; the others wait too", WITH(.send = send_blocking)},
    {"mixes-peers", "SOCK-ISOLATION", "echo-server/two-peers-do-not-mix",
     "answers the newest connection, whoever has asked", WITH(.send = send_to_newest),
     .also = "SOCK-BACKLOG SOCK-NO-LEAK SOCK-RESET-SURVIVED"},
    {"few-clients", "SOCK-CROWD", "echo-server/twenty-peers tcp-server/crowd-of-500",
     "ends when more than 16 clients are there at once", WITH(.event = few_clients),
     .also = "SOCK-PEER-GOES SOCK-RESET-SURVIVED SOCK-SIGPIPE SOCK-STREAM-BOUNDARY"},
    {"impatient", "SOCK-PATH", "echo-server/lossy-path", "takes 30 ms without a byte for the end",
     WITH(.sent = close_when_silent), .also = "*", .since = "any silence is the end to it, of a crowded machine too"},
    {"select-1024", "SOCK-CROWD", "tcp-server/crowd-of-500", "puts descriptor 1,024 into an fd_set (000, 001)",
     WITH(.opened = set_beyond_1023)},
    {"adds-a-line-end", "ECHO-SAME", "echo-server/nothing-unasked", "sends a line end behind each piece",
     WITH(.sent = add_line_end),
     .also = "SOCK-BACKPRESSURE SOCK-BINARY SOCK-EINTR SOCK-ERROR-ITS-OWN SOCK-HALF-CLOSE "
             "SOCK-HEAD-OF-LINE SOCK-ISOLATION SOCK-NO-LEAK SOCK-PATH SOCK-READY "
             "SOCK-SHORT-WRITE SOCK-STREAM-BOUNDARY"},
    {"nul-terminated", "SOCK-BINARY", "echo-server/every-byte-value echo-server/nul-and-line-ends",
     "takes what it receives for a C string", WITH(.between = up_to_nul),
     .also = "SOCK-EINTR SOCK-HALF-CLOSE SOCK-ISOLATION SOCK-PATH SOCK-RESET-SURVIVED "
             "SOCK-SHORT-WRITE SOCK-STREAM-BOUNDARY"},
    {"7-bit", "SOCK-BINARY", "echo-server/every-byte-value", "clears the high bit of every byte",
     WITH(.between = seven_bits),
     .also = "SOCK-EINTR SOCK-HALF-CLOSE SOCK-ISOLATION SOCK-PATH SOCK-SHORT-WRITE "
             "SOCK-STREAM-BOUNDARY"},
    {"crlf-translating", "SOCK-BINARY", "echo-server/every-byte-value echo-server/nul-and-line-ends",
     "drops every CR, as text mode does", WITH(.between = text_mode),
     .also = "SOCK-EINTR SOCK-HALF-CLOSE SOCK-ISOLATION SOCK-PATH SOCK-SHORT-WRITE "
             "SOCK-STREAM-BOUNDARY"},
    {"strips-blanks", "SOCK-BINARY", "echo-server/only-a-line-end",
     "takes blanks and line ends off the end of each piece", WITH(.between = without_blanks), .also = "*",
     .since = "random bytes end in a blank now and then"},
    {"no-half-close", "SOCK-HALF-CLOSE", "echo-server/half-close", "takes the peer's half-close for its farewell",
     WITH(.event = close_at_half_close), .also = "SOCK-SHORT-WRITE"},
    {"end-comes-first", "SOCK-HALF-CLOSE", "echo-server/half-close-in-the-same-segment",
     "closes at a FIN, whatever came with it", WITH(.event = end_comes_first), .also = "SOCK-SHORT-WRITE"},
    {"never-closes", "SOCK-HALF-CLOSE",
     "echo-server/half-close echo-server/nothing-but-a-half-close echo-server/link-delays-a-half-close",
     "does not answer the peer's half-close with its own close", WITH(.eof = never_close, .event = hung_up),
     .also = "ECHO-SAME SOCK-EINTR SOCK-EMFILE SOCK-ISOLATION SOCK-NO-LEAK SOCK-PATH SOCK-READY "
             "SOCK-SHORT-WRITE SOCK-STREAM-BOUNDARY"},
    {"unread-close", "SOCK-HALF-CLOSE", "echo-server/half-close",
     "closes after 1,024 bytes with input unread, so that RST destroys the reply", WITH(.event = answer_and_close),
     .also = "SOCK-BACKPRESSURE SOCK-EINTR SOCK-ISOLATION SOCK-PATH SOCK-READY SOCK-SHORT-WRITE"},
    {"dies-on-reset", "SOCK-RESET-SURVIVED",
     "echo-server/reset-in-mid-echo tcp-server/peer-resets-at-once tcp-server/resets-with-reply-unread "
     "tcp-server/reset-beside-a-peer echo-server/link-resets-in-mid-echo tcp-server/recv-reset "
     "tcp-server/link-resets-anywhere",
     "ends at the first connection that is reset", WITH(.error = die),
     .also = "SOCK-BACKPRESSURE SOCK-NO-LEAK SOCK-SHORTAGE SOCK-SIGPIPE SOCK-STREAM-BOUNDARY"},
    {"exits-after-first-client", "SOCK-PEER-GOES",
     "tcp-server/peer-goes-at-once tcp-server/half-close-at-once tcp-server/link-closes-anywhere",
     "ends after its first client", WITH(.eof = end_at_once), .also = "*",
     .since = "whoever comes second meets nobody"},
    {"leak-on-reset", "SOCK-NO-LEAK",
     "echo-server/no-descriptor-left-behind tcp-server/no-descriptor-left-behind "
     "tcp-server/failed-calls-leave-no-descriptor",
     "keeps the descriptor of a connection that was reset", WITH(.error = leak)},
    {"leak-on-half-close", "SOCK-NO-LEAK", "echo-server/no-descriptor-left-behind tcp-server/no-descriptor-left-behind",
     "shuts down its side after the peer's, and never closes", WITH(.eof = leak_half_closed), .also = "SOCK-EMFILE"},
    {"leaks-memory", "SOCK-NO-LEAK", "tcp-server/no-memory-left-behind", "forgets 64 KiB with each connection",
     WITH(.eof = leak_memory, .error = leak_memory)},
    {"spin-on-half-close", "SOCK-NO-SPIN", "tcp-server/half-closed-peer-costs-nothing",
     "takes the end of file for an empty read and asks again and again", WITH(.eof = spin_at_eof)},
    {"polls-for-writing", "SOCK-NO-SPIN", "tcp-server/idle-peer-costs-nothing",
     "waits for room to write with nothing to write: there always is", WITH(.also = EPOLLOUT),
     .also = "SOCK-EMFILE SOCK-URGENT"},
    {"polls-for-urgent", "SOCK-URGENT", "tcp-server/urgent-byte", "waits for urgent data and never reads it",
     WITH(.event = leave_urgent, .also = EPOLLPRI)},
    {"spin-on-emfile", "SOCK-EMFILE", "tcp-server/out-of-descriptors tcp-server/shortage-costs-nothing",
     "calls accept again and again while descriptors are missing", WITH(.shortage = spin_without_files)},
    {"parks-on-emfile", "SOCK-EMFILE", "tcp-server/out-of-descriptors",
     "stops accepting when descriptors are missing, and for good", WITH(.shortage = park),
     .also = "SOCK-SHORTAGE SOCK-BACKLOG"},
    {"accepts-no-more", "SOCK-RESET-SURVIVED", "tcp-server/peer-resets-at-once tcp-server/resets-with-reply-unread",
     "stops accepting, and goes on otherwise, when getpeername() of a new connection fails",
     WITH(.opened = asks_who_it_is, .accept = accepts_until_then), .also = "SOCK-NO-LEAK SOCK-PEER-GOES SOCK-SHORTAGE"},
    {"dies-on-emfile", "SOCK-EMFILE",
     "echo-server/out-of-descriptors tcp-server/out-of-descriptors tcp-server/accept-lacks-memory "
     "tcp-server/accept-lacks-files echo-server/accept-fails-then-echoes",
     "ends when accept lacks descriptors", WITH(.shortage = die_without_files)},
};

int main(int argc, char **argv)
{
    int status;
    const struct flaw *f = flaw_of_args(&argc, argv, flaws, sizeof flaws / sizeof flaws[0], "HOST PORT", &status);
    if (f == NULL)
        return status;
    return echo_serve(argv[1], argv[2], f->ops);
}
