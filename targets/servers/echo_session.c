#include "servers/echo_session.h"

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
