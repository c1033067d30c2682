/* flawed-unix-datagram-server --flaw NAME PATH: an echo server for AF_UNIX datagrams with one thing wrong. */
#include "flawed/flaws.h"
#include "net/unix.h"
#include "servers/udp_echo.h"

#define SMALL 1024

/* 0 bytes are taken for the end of file. */
static bool end_at_empty(int fd, char *data, size_t len, const struct net_address *from)
{
    return len > 0 && udp_echo_came(fd, data, len, from);
}

/* The address of the first sender is the address of all. */
static bool answer_the_first(int fd, char *data, size_t len, const struct net_address *from)
{
    static struct net_address first;
    if (first.len == 0)
        first = *from;
    return udp_echo_came(fd, data, len, &first);
}

#define WITH(...) FLAW_OPS(udp_echo_ops, __VA_ARGS__)

static const struct flaw flaws[] = {
    {"small-buffer", "SOCK-DATAGRAM", "unix-echo-server/datagram-sizes", "cuts datagrams of more than 1,024 bytes",
     WITH(.room = SMALL)},
    {"ends-at-empty", "SOCK-DATAGRAM", "unix-echo-server/datagrams-one-by-one",
     "takes an empty datagram for the end of file", WITH(.came = end_at_empty)},
    {"answers-the-first", "SOCK-DATAGRAM-PEER", "unix-echo-server/datagrams-of-two-senders",
     "answers its first sender, whoever asks", WITH(.came = answer_the_first), .also = "SOCK-DATAGRAM"},
};

int main(int argc, char **argv)
{
    int status;
    struct net_error e = {0};
    const struct flaw *f = flaw_of_args(&argc, argv, flaws, sizeof flaws / sizeof flaws[0], "PATH", &status);
    if (f == NULL)
        return status;
    int fd = net_listen_unix(argv[1], SOCK_DGRAM, 0, &e);
    return fd < 0 ? net_tell(argv[0], &e) : udp_echo_serve(fd, f->ops);
}
