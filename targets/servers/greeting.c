#include "servers/greeting.h"

#include <stdio.h>
#include <string.h>

/* A peer that reads nothing may hold us for so long, one that does not close after our end for so long. */
#define SAY_MS    10000
#define FINISH_MS 1000

/* What a peer may have sent and we do not read, before it is cut off. */
#define UNREAD_MOST (1 << 20)

void greeting_report(const struct net_address *peer)
{
    char text[NET_ADDRESS_TEXT];
    net_address_text(peer, text, sizeof text);
    printf("Got connection from %s\n", text);
    fflush(stdout); /* where nobody listens to us any more the greeting matters all the same */
}

int greeting_say(int fd, const char *text, size_t len)
{
    return net_send_all(fd, text, len, net_deadline(SAY_MS));
}

void greeting_finish(int fd)
{
    net_finish(fd, UNREAD_MOST, net_deadline(FINISH_MS));
}

void greeting_session(int fd, const struct net_address *peer, void *data)
{
    const struct greeting *g = data;
    static const struct greeting_ops right = {.say = greeting_say, .finish = greeting_finish};
    struct greeting_ops ops = g->ops; /* a copy: in a threading server another session may be completing its own */
    OPS_COMPLETE(&ops, &right, finish);
    greeting_report(peer);
    if (ops.say(fd, g->text, strlen(g->text)) == 0)
        ops.finish(fd);
}
