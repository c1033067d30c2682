/*
 * What SO_REUSEADDR is for (documents 001 and 002, "socket options"). Of a TCP connection the side that closes first
 * keeps its half for a minute, in TIME_WAIT, so that a late segment meets nobody else. Where that side is a server,
 * and it starts again, bind() finds its port in use by those halves, unless it says that it may be used again.
 *
 * On Linux both have to say so, the server that ended and the one that begins: the half that waits has inherited the
 * option from its listener.
 */
#ifndef SOCKSPEC_SERVERS_BIND_AGAIN_H
#define SOCKSPEC_SERVERS_BIND_AGAIN_H

#include "net/net.h"

/*
 * A server of one connection on a port of loopback that the kernel chooses: it accepts it, closes first, and ends; then
 * another one binds the same port. `first_reuses` and `second_reuses`: whether they set SO_REUSEADDR. Returns 0 when
 * the second could, or -1 with `e`: EADDRINUSE is the refusal that this is about.
 */
int bind_again(bool first_reuses, bool second_reuses, struct net_error *e);

#endif
