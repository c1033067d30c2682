/*
 * Which sockets listen, as /proc/net tells it: for where sock_diag is not allowed or not built in. Slower (all of a
 * namespace's sockets are read), and without queues.
 */
#ifndef SOCKSPEC_EVIDENCE_PROCNET_H
#define SOCKSPEC_EVIDENCE_PROCNET_H

#include "evidence/queues.h"

/* All listening TCP ports of this network namespace, and the UDP ports that sockets are bound to without being
 * connected (both families). Return how many there are; at most `max` are stored. -1 (errno) where nothing can be
 * read. */
int procnet_tcp_listeners(struct queue_port *ports, int max);
int procnet_udp_ports(struct queue_port *ports, int max);

/* Whether such a socket takes what is sent to this address: bound to it, or to any (of IPv6: of IPv4 too). */
bool procnet_takes(const struct queue_port *port, const struct sockaddr *to);

/* The inode of the AF_UNIX socket bound at `path` that listens or takes datagrams; 0: there is none. */
uint32_t procnet_unix(const char *path);

#endif
