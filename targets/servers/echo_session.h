/* The echo protocol (RFC 862) for one connection at a time, in a process or a thread of its own. */
#ifndef SOCKSPEC_SERVERS_ECHO_SESSION_H
#define SOCKSPEC_SERVERS_ECHO_SESSION_H

#include "net/tcp_server.h"

/* Gives back every byte until the peer's end, an error, or a minute without a byte. As tcp_server's `handle`;
 * `data` is not used. */
void echo_session(int fd, const struct net_address *peer, void *data);

#endif
