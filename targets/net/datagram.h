/*
 * Datagrams: each send is one message, each receive takes one; they may be lost, doubled and overtaken, and
 * nobody says so (document 002, "UDP").
 */
#ifndef SOCKSPEC_NET_DATAGRAM_H
#define SOCKSPEC_NET_DATAGRAM_H

#include "net/address.h"

/* The most that UDP over IPv4 carries: 65,535 bytes less the headers of IP and UDP. */
#define NET_DATAGRAM_MAX 65507

/* A UDP socket bound to host:service; "" is all interfaces, IPv6 and IPv4 in one where the machine has both.
 * The service is looked up as UDP's. Returns a close-on-exec socket, or -1 with `e`. */
int net_bind_udp(const char *host, const char *service, struct net_error *e);

/* A UDP socket without an address of its own, for peers of `family`. Returns it or -1. */
int net_udp_socket(int family);

/*
 * Takes one datagram into to[0 .. len) and tells who sent it; `from` may be NULL. Returns its length, which
 * is more than `len` when the rest was cut off; 0 is an empty datagram, not an end. -1: ETIMEDOUT, or
 * ECONNREFUSED where a connected peer does not listen (ICMP said so).
 */
ssize_t net_recv_from(int fd, void *to, size_t len, struct net_address *from, uint64_t deadline);

/* Sends one datagram, whole or not at all. `to` is NULL for a connected socket. Returns 0, or -1 (EMSGSIZE:
 * too long). */
int net_send_to(int fd, const void *data, size_t len, const struct net_address *to, uint64_t deadline);

#endif
