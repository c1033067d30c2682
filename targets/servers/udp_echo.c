#include "servers/udp_echo.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A sender whose queue stays full for so long loses its answer: datagrams may be lost, and others wait. */
#define SEND_MS 100

bool udp_echo_came(int fd, char *data, size_t len, const struct net_address *from)
{
    /* Whatever becomes of it is this sender's business: a closed port, a full queue, no address at all. */
    if (from->len > 0)
        net_send_to(fd, data, len, from, net_deadline(SEND_MS));
    return true;
}

/* Errors that speak of one datagram, or of an answer that could not be delivered, not of the socket. */
static bool passes(int error)
{
    return error != EBADF && error != ENOTSOCK && error != EINVAL && error != EFAULT;
}

int udp_echo_serve(int fd, const struct udp_echo_ops *given)
{
    static const struct udp_echo_ops right = {.came = udp_echo_came};
    struct udp_echo_ops ops = OPS_COPY(udp_echo_ops, given);
    OPS_COMPLETE(&ops, &right, came);
    size_t room = ops.room > 0 ? ops.room : UDP_ECHO_ROOM;
    bool cut_is_kept = room < UDP_ECHO_ROOM;
    char *data = malloc(room);
    bool going = data != NULL;
    while (going) {
        struct net_address from;
        ssize_t n = net_recv_from(fd, data, room, &from, NET_NEVER);
        if (n < 0 && !passes(errno))
            break;
        if (n < 0 || ((size_t)n > room && !cut_is_kept))
            continue;
        going = ops.came(fd, data, (size_t)n < room ? (size_t)n : room, &from);
    }
    if (going || data == NULL)
        fprintf(stderr, "datagrams: %s\n", strerror(errno));
    free(data);
    return going ? 1 : 0;
}
