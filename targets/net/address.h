/*
 * Addresses as values: who a peer is, who we are, and what to print of it.
 */
#ifndef SOCKSPEC_NET_ADDRESS_H
#define SOCKSPEC_NET_ADDRESS_H

#include "net/net.h"

/* An address of any family with the length that the kernel gave it. */
struct net_address {
    struct sockaddr_storage storage;
    socklen_t len; /* 0: none is known */
};

/* Room for any address as text: the longest path of an AF_UNIX socket, and words around it. */
#define NET_ADDRESS_TEXT 160

/* Our own end of a socket (getsockname). Returns 0 or -1. */
int net_own_address(int fd, struct net_address *a);

/* The other end (getpeername). Returns 0, or -1: ENOTCONN, also for a peer that has reset already. */
int net_peer_address(int fd, struct net_address *a);

/* "127.0.0.1 port 80", "::1 port 80", "socket /run/x", "unnamed socket": no name is looked up. */
void net_address_text(const struct net_address *a, char *text, size_t cap);

/* Whether both are the same place: family, address and port (or path). */
bool net_same_address(const struct net_address *a, const struct net_address *b);

/* The port of a service as the system's list has it, e.g. "http" and "tcp", or "domain" and "udp": one name
 * may have different ports by protocol. Returns 1 .. 65535, or -1 with `e` (NET_BAD_NAME). */
int net_service_port(const char *service, const char *protocol, struct net_error *e);

/* The name of the host at an address (reverse lookup). Returns 0, or -1 with `e` (NET_BAD_ADDRESS where none
 * is known). */
int net_host_of(const struct net_address *a, char *host, size_t cap, struct net_error *e);

#endif
