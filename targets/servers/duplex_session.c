#include "servers/duplex_session.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Behind the exchange: what the peer may still send, and for how long. */
#define UNREAD_MOST (1 << 20)
#define FINISH_MS   2000

void duplex_session(int fd, const struct net_address *peer, void *data)
{
    const struct duplex_service *service = data;
    struct duplex d = {.fd = fd, .size = service->size, .patience = service->patience};
    char text[NET_ADDRESS_TEXT];
    if (duplex_exchange(&d, service->manner) == 0) {
        net_finish(fd, UNREAD_MOST, net_deadline(FINISH_MS));
        return;
    }
    int error = errno;
    net_address_text(peer, text, sizeof text);
    fprintf(stderr, "%s: %s after %zu bytes out and %zu in: %s\n", service->program, text, d.sent, d.received,
            error == ENODATA ? "the peer ended early" : strerror(error));
}
