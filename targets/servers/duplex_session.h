/* A server that says much to each client, and hears as much. */
#ifndef SOCKSPEC_SERVERS_DUPLEX_SESSION_H
#define SOCKSPEC_SERVERS_DUPLEX_SESSION_H

#include "net/tcp_server.h"
#include "servers/duplex.h"

/* A client that neither reads nor writes for so long is given up. */
#define DUPLEX_PATIENCE_MS 5000

struct duplex_service {
    const char *program;
    size_t size;
    enum duplex_manner manner;
    int patience;
};

/* As tcp_server's `handle`; `data` is a struct duplex_service. */
void duplex_session(int fd, const struct net_address *peer, void *data);

#endif
