/*
 * udp-echo-server HOST PORT: gives back each datagram to its sender.
 * Document 002, "Using UDP": recvfrom() tells where a datagram came from; there is no listen() and no
 * accept().
 */
#include "net/words.h"
#include "servers/udp_echo.h"

int main(int argc, char **argv)
{
    struct net_error e = {0};
    int status;
    if (!net_words(argc, argv, 2, "HOST PORT", &status))
        return status;
    int fd = net_bind_udp(argv[1], argv[2], &e);
    return fd < 0 ? net_tell(argv[0], &e) : udp_echo_serve(fd, NULL);
}
