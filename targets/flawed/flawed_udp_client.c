/* flawed-udp-client --flaw NAME HOST PORT MESSAGE: a UDP client with one thing wrong. */
#include "clients/udp_client.h"
#include "flawed/flaws.h"

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* recv(1024), as everywhere in the documents. */
#define SMALL_BUFFER 1024

/* A time that is enough on loopback. */
#define HASTY_MS 400

static in_port_t port_of(const struct net_address *a)
{
    return ((const struct sockaddr_in *)&a->storage)->sin_port;
}

static bool anybody(const struct udp_client *c, const struct net_address *from)
{
    (void)c;
    (void)from;
    return true;
}

/* A port is half of an address. */
static bool port_alone(const struct udp_client *c, const struct net_address *from)
{
    return port_of(&c->peer) == port_of(from);
}

/* The first is thrown away: it may be left over from an earlier question. */
static bool second_one(const struct udp_client *c, const struct net_address *from)
{
    static int seen;
    return udp_client_is_reply(c, from) && ++seen > 1;
}

static void print_string(const char *data, size_t n)
{
    printf("%.*s\n", (int)strnlen(data, n), data);
}

static void print_twice(const char *data, size_t n)
{
    for (int i = 0; i < 2; i++) {
        fwrite(data, 1, n, stdout);
        fputc('\n', stdout);
    }
}

/* while the socket is readable: data += recv() */
static ssize_t read_on(const struct udp_client *c, int fd, char *data, ssize_t n)
{
    struct net_address from;
    ssize_t more = net_recv_from(fd, data + n, c->ops.room - (size_t)n, &from, net_deadline(HASTY_MS));
    return more > 0 ? n + more : n;
}

/* 0 bytes are taken for the end of file. */
static void print_or_fail(const char *data, size_t n)
{
    if (n == 0) {
        fprintf(stderr, "flawed-udp-client: end of file\n");
        exit(1);
    }
    fwrite(data, 1, n, stdout);
    fputc('\n', stdout);
}

static int say_and_succeed(const char *program, const struct net_error *e)
{
    net_tell(program, e);
    return 0;
}

#define WITH(...) FLAW_OPS(udp_client_ops, __VA_ARGS__)

static const struct flaw flaws[] = {
    {"waits-for-ever", "SOCK-TIMEOUT", "udp-client/no-reply udp-client/lost-request",
     "waits until somebody presses Ctrl-C (002)", WITH(.wait_ms = -1), .also = "UDP-STATUS"},
    {"asks-once", "UDP-RETRY", "udp-client/lost-request", "does not ask again",
     WITH(.tries = 1, .wait_ms = 4 * UDP_CLIENT_WAIT_MS)},
    {"hasty", "UDP-REPLY", "udp-client/late-reply", "gives up after 400 ms", WITH(.tries = 1, .wait_ms = HASTY_MS),
     .also = "UDP-RETRY"},
    {"exit-zero-always", "UDP-STATUS", "udp-client/closed-port", "exits with 0 without a reply",
     WITH(.no_reply = say_and_succeed)},
    {"port-alone", "SOCK-DATAGRAM-PEER", "udp-client/forged-from-another-address",
     "takes a datagram for the reply when its port is right", WITH(.is_reply = port_alone)},
    {"any-peer", "SOCK-DATAGRAM-PEER", "udp-client/forged-reply udp-client/forged-from-another-address",
     "takes a datagram from anybody for the reply", WITH(.is_reply = anybody)},
    {"skips-the-first", "UDP-REPLY", "udp-client/reply", "takes the first datagram for an old one",
     WITH(.is_reply = second_one), .also = "SOCK-DATAGRAM SOCK-DATAGRAM-PEER UDP-RETRY"},
    {"prints-twice", "UDP-REPLY", "udp-client/reply", "prints the reply twice", WITH(.print = print_twice)},
    {"reads-on", "UDP-ONCE", "udp-client/doubled-reply", "takes what comes right behind the reply for more of it",
     WITH(.behind = read_on)},
    {"small-buffer", "SOCK-DATAGRAM", "udp-client/long-reply", "cuts replies of more than 1,024 bytes",
     WITH(.room = SMALL_BUFFER)},
    {"empty-is-the-end", "SOCK-DATAGRAM", "udp-client/empty-reply", "takes an empty datagram for the end of file",
     WITH(.print = print_or_fail)},
    {"nul-terminated", "SOCK-BINARY", "udp-client/nul-in-reply", "takes the reply for a C string",
     WITH(.print = print_string), .also = "SOCK-DATAGRAM"},
};

int main(int argc, char **argv)
{
    int status;
    const struct flaw *f =
        flaw_of_args(&argc, argv, flaws, sizeof flaws / sizeof flaws[0], "HOST PORT MESSAGE", &status);
    if (f == NULL)
        return status;
    /* Not connected: else the kernel would do some of it right. */
    struct udp_client client = {
        .ops = *(const struct udp_client_ops *)f->ops, .message = argv[3], .len = strlen(argv[3])};
    return udp_client_run(&client, argv[0], argv[1], argv[2]);
}
