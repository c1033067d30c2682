/*
 * announce-server HOST PORT: reports each client that connects, and closes. HOST "" is all interfaces.
 * Document 002, 3 (server.py).
 */
#include "net/words.h"
#include "servers/greeting.h"

#include <stdio.h>

static void announce(int fd, const struct net_address *peer, void *data)
{
    (void)data;
    greeting_report(peer);
    greeting_finish(fd); /* what the client may have sent is not to turn our close into a reset */
}

int main(int argc, char **argv)
{
    struct tcp_server server = {.form = TCP_SERVER_PLAIN, .handle = announce};
    int status;
    if (!net_words(argc, argv, 2, "HOST PORT", &status))
        return status;
    printf("Waiting for connections...\n");
    return tcp_server_main(&server, argv[0], argv[1], argv[2]);
}
