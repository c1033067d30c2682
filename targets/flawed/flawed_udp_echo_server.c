/* flawed-udp-echo-server --flaw NAME HOST PORT: a UDP echo server with one thing wrong. */
#include "flawed/flaws.h"
#include "servers/udp_echo.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The buffer of many a tutorial; 002 and the others have recv(1024). */
#define SMALL_BUFFER 1024

/* How long a flaw waits for what would make it show. */
#define MOMENT_MS 20

/* 0 bytes are taken for the end of file. */
static bool end_at_empty(int fd, char *data, size_t len, const struct net_address *from)
{
    return len > 0 && udp_echo_came(fd, data, len, from);
}

static bool skip_empty(int fd, char *data, size_t len, const struct net_address *from)
{
    return len == 0 || udp_echo_came(fd, data, len, from);
}

static bool up_to_nul(int fd, char *data, size_t len, const struct net_address *from)
{
    return udp_echo_came(fd, data, strnlen(data, len), from);
}

/* The address of the first sender is the address of all. */
static bool answer_the_first(int fd, char *data, size_t len, const struct net_address *from)
{
    static struct net_address first;
    if (first.len == 0)
        first = *from;
    return udp_echo_came(fd, data, len, &first);
}

/* A socket of its own for each answer: another port than the one that was asked. */
static bool answer_from_elsewhere(int fd, char *data, size_t len, const struct net_address *from)
{
    int other = net_udp_socket(from->storage.ss_family);
    (void)fd;
    udp_echo_came(other, data, len, from);
    close(other);
    return true;
}

/* A copy of the socket for each answer, never closed. */
static bool leak_a_socket(int fd, char *data, size_t len, const struct net_address *from)
{
    (void)!dup(fd);
    return udp_echo_came(fd, data, len, from);
}

/* What comes within a moment is taken for one message. */
static bool join(int fd, char *data, size_t len, const struct net_address *from)
{
    ssize_t n = 0;
    for (; n >= 0 && len<UDP_ECHO_ROOM; len += n> 0 ? (size_t)n : 0)
        n = net_recv_from(fd, data + len, UDP_ECHO_ROOM - len, NULL, net_deadline(MOMENT_MS));
    return udp_echo_came(fd, data, len < NET_DATAGRAM_MAX ? len : NET_DATAGRAM_MAX, from);
}

/* Connects to whoever asks, so that the closed port of one who has gone is an error of the next call; and
 * takes it for the end. */
static bool die_of_icmp(int fd, char *data, size_t len, const struct net_address *from)
{
    net_wait(fd, POLLERR, net_deadline(MOMENT_MS)); /* so that a sender who goes has gone */
    if (connect(fd, (const struct sockaddr *)&from->storage, from->len) == 0)
        net_send_to(fd, data, len, NULL, NET_NEVER);
    struct pollfd p = {.fd = fd, .events = POLLIN};
    if (poll(&p, 1, MOMENT_MS) > 0 && (p.revents & POLLERR) != 0) {
        fprintf(stderr, "flawed-udp-echo-server: connection refused\n");
        return false;
    }
    const struct sockaddr none = {.sa_family = AF_UNSPEC};
    return connect(fd, &none, sizeof none) == 0;
}

/* recvfrom() on a non-blocking socket, again and again until something comes. */
static bool spin(int fd, char *data, size_t len, const struct net_address *from)
{
    char c;
    bool going = udp_echo_came(fd, data, len, from);
    while (recv(fd, &c, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && errno == EAGAIN)
        continue;
    return going;
}

#define WITH(...) FLAW_OPS(udp_echo_ops, __VA_ARGS__)

static const struct flaw flaws[] = {
    {"small-buffer", "SOCK-DATAGRAM", "udp-echo-server/sizes udp-echo-server/largest",
     "cuts datagrams of more than 1,024 bytes", WITH(.room = SMALL_BUFFER)},
    {"joins", "SOCK-DATAGRAM", "udp-echo-server/one-answer-each", "takes datagrams that come together for one message",
     WITH(.came = join), .also = "SOCK-PEER-GOES"},
    {"ends-at-empty", "SOCK-DATAGRAM", "udp-echo-server/empty-datagram", "takes an empty datagram for the end of file",
     WITH(.came = end_at_empty)},
    {"skips-empty", "SOCK-DATAGRAM", "udp-echo-server/empty-datagram", "does not answer an empty datagram",
     WITH(.came = skip_empty)},
    {"nul-terminated", "SOCK-BINARY", "udp-echo-server/nul-bytes", "takes a datagram for a C string",
     WITH(.came = up_to_nul), .also = "SOCK-DATAGRAM"},
    {"answers-the-first", "SOCK-DATAGRAM-PEER", "udp-echo-server/two-senders", "answers its first sender, whoever asks",
     WITH(.came = answer_the_first), .also = "SOCK-BINARY SOCK-DATAGRAM SOCK-NO-LEAK SOCK-PEER-GOES"},
    {"answers-from-elsewhere", "SOCK-DATAGRAM-PEER", "udp-echo-server/sizes",
     "answers from another port than the one that was asked", WITH(.came = answer_from_elsewhere),
     .also = "SOCK-BINARY SOCK-DATAGRAM SOCK-NO-LEAK SOCK-NO-SPIN SOCK-PEER-GOES"},
    {"dies-of-icmp", "SOCK-PEER-GOES", "udp-echo-server/sender-is-gone", "ends when an answer meets a closed port",
     WITH(.came = die_of_icmp), .also = "SOCK-BINARY SOCK-DATAGRAM SOCK-DATAGRAM-PEER"},
    {"leaks-a-socket", "SOCK-NO-LEAK", "udp-echo-server/no-descriptor-left-behind",
     "makes a socket for each answer and keeps it", WITH(.came = leak_a_socket)},
    {"spins", "SOCK-NO-SPIN", "udp-echo-server/idle-costs-nothing", "asks again and again for a datagram",
     WITH(.came = spin)},
};

int main(int argc, char **argv)
{
    int status;
    struct net_error e = {0};
    const struct flaw *f = flaw_of_args(&argc, argv, flaws, sizeof flaws / sizeof flaws[0], "HOST PORT", &status);
    if (f == NULL)
        return status;
    int fd = net_bind_udp(argv[1], argv[2], &e);
    return fd < 0 ? net_tell(argv[0], &e) : udp_echo_serve(fd, f->ops);
}
