#include "servers/echo_session.h"

#include <stdio.h>
#include <string.h>

/* How long a peer may send nothing, or read nothing. */
#define IDLE_MS 60000

void echo_session(int fd, const struct net_address *peer, void *data)
{
    char piece[16384];
    ssize_t n;
    (void)peer;
    (void)data;
    do
        n = net_recv_some(fd, piece, sizeof piece, net_deadline(IDLE_MS));
    while (n > 0 && net_send_all(fd, piece, (size_t)n, net_deadline(IDLE_MS)) == 0);
}

int echo_session_words(int argc, char **argv)
{
    if (argc == 3 && argv[1][0] != '-')
        return -1;
    bool help = argc == 2 && strcmp(argv[1], "--help") == 0;
    fprintf(help ? stdout : stderr, "usage: %s HOST PORT\n", argv[0]);
    return help ? 0 : 2;
}
