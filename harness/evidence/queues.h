/*
 * What sits in the kernel's socket queues, seen by sock_diag from outside any process.
 */
#ifndef SOCKSPEC_EVIDENCE_QUEUES_H
#define SOCKSPEC_EVIDENCE_QUEUES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

/* A netlink socket of this network namespace. Returns a descriptor (close-on-exec), or -1 (errno). */
int queues_open(void);

struct queue_state {
    uint32_t receive; /* bytes that wait to be read (a listener: connections that wait for accept) */
    uint32_t send;    /* bytes not yet acknowledged, or not yet sent (a listener: its backlog) */
    uint32_t inode;   /* of the socket, as in /proc/PID/fd; 0 when no process holds it */
    uint8_t state;    /* TCP_ESTABLISHED, TCP_LISTEN, ... (netinet/tcp.h) */
    uint8_t timer;    /* 0 none, 1 retransmit, 2 keepalive, 3 time-wait, 4 zero-window probe */
};

/*
 * The TCP socket with exactly these ends, seen from `local`. For the peer of a connection of ours pass the peer's
 * address as local. Returns 0, or -1: ENOENT when there is no such socket here (another host or namespace), else errno.
 */
int queues_tcp(int nl, const struct sockaddr *local, const struct sockaddr *remote, struct queue_state *out);

/* As queues_tcp for the listening TCP socket that takes connections for `port` on loopback (v4, then v6, then any
 * address). */
int queues_tcp_listener(int nl, int port, struct queue_state *out);

/* The same without `any address`: by lookup, where that one goes through all of the kernel's table (0.1 ms) when it
 * finds nothing. */
int queues_tcp_loopback_listener(int nl, int port, struct queue_state *out);

/*
 * The socket that takes what is sent to this very address, found as the kernel finds it for a packet: for 127.0.0.1 one
 * on 0.0.0.0 or on a dual-stack :: too, and none that is bound to another address. Listening TCP ones; UDP ones.
 * Returns 0, or -1: ENOENT where nobody takes it, else errno.
 */
int queues_tcp_taker(int nl, const struct sockaddr *to, struct queue_state *out);
int queues_udp_taker(int nl, const struct sockaddr *to, struct queue_state *out);

struct queue_port {
    int port;
    uint32_t inode;
    int family;          /* AF_INET, AF_INET6 */
    uint32_t address[4]; /* network order; of IPv4 the first alone */
};

/* "127.0.0.1:80", "[::1]:80". */
#define QUEUE_PORT_TEXT 64
void queues_port_text(const struct queue_port *p, char text[QUEUE_PORT_TEXT]);

/* All listening TCP ports of this namespace (both families). Returns how many there are; at most `max` are stored. -1
 * on error. */
int queues_tcp_listeners(int nl, struct queue_port *ports, int max);

/* Whether a bound UDP socket holds this port; its inode and receive queue in `out`. */
int queues_udp(int nl, int port, struct queue_state *out);

/* All UDP ports that sockets are bound to without being connected; else as queues_tcp_listeners. */
int queues_udp_ports(int nl, struct queue_port *ports, int max);

/* The AF_UNIX socket bound at `path` (NUL first: abstract, `len` counts). Listening streams have state TCP_LISTEN. */
int queues_unix(int nl, const char *path, size_t len, struct queue_state *out);

/*
 * Whether all that was sent on the connected socket `fd` has been taken by the peer's reads: its receive queue is empty
 * and nothing is on its way. Returns 1 yes, 0 not yet, -1 cannot be seen (errno). TCP by sock_diag on the peer's end,
 * AF_UNIX by SIOCOUTQ.
 */
int queues_peer_took_all(int nl, int fd);

#endif
