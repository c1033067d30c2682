/*
 * Groups of receivers: what is sent to an address of 224.0.0.0/4 goes to everybody who has joined it. Joining is a
 * socket option; the kernel then tells the routers with a message of IGMP (RFC 3376), which ordinary sockets never see
 * (document 004, SOCK_RAW).
 */
#ifndef SOCKSPEC_NET_GROUP_H
#define SOCKSPEC_NET_GROUP_H

#include "net/net.h"

/* Joins an IPv4 group on the interface that has this address; "" leaves it to the kernel's routes. It is left when
 * `fd`, a UDP socket, is closed. Returns 0, or -1 with `e`: EINVAL where that is no group, ENODEV where there is no
 * way. */
int net_group_join(int fd, const char *group, const char *interface, struct net_error *e);

/* Sends what goes to groups through the interface that has this address. Returns 0, or -1 with `e`. */
int net_group_send_through(int fd, const char *interface, struct net_error *e);

#endif
