/* AF_UNIX: sockets whose address is a path, between programs of one machine (documents 003 and 004). */
#ifndef SOCKSPEC_NET_UNIX_H
#define SOCKSPEC_NET_UNIX_H

#include "net/address.h"

/*
 * A socket bound to `path`, of type SOCK_STREAM or SOCK_SEQPACKET (listening, non-blocking) or SOCK_DGRAM. A
 * socket file that a dead server left behind is replaced, one that is in use never (EADDRINUSE). Returns a
 * close-on-exec socket, or -1 with `e`. Remove the path with unlink() when done.
 */
int net_listen_unix(const char *path, int type, int backlog, struct net_error *e);

/* A blocking, close-on-exec socket of that type connected to `path`, or -1 with `e`. One of SOCK_DGRAM is
 * bound to an address that the kernel chooses, so that it can be answered. */
int net_dial_unix(const char *path, int type, uint64_t deadline, struct net_error *e);

#endif
