/*
 * TCP and UDP sockets by their ends. Inside of this folder only.
 */
#ifndef SOCKSPEC_EVIDENCE_INET_H
#define SOCKSPEC_EVIDENCE_INET_H

#include "evidence/queues.h"

/*
 * An end of a connection, IPv4 in place of v4-mapped IPv6: the kernel finds dual-stack sockets by their IPv4
 * ends too.
 */
struct end {
    int family;
    uint32_t address[4];
    uint16_t port; /* network order */
};

/* The end that an address names. Returns 0, or -1: EAFNOSUPPORT. */
int inet_end_of(const struct sockaddr *a, struct end *to);

struct inet_found {
    struct queue_state *state;
    uint64_t bytes_received; /* by TCP_INFO; 0 where not asked for */
    bool found;
};

/*
 * The TCP connection with exactly these ends, seen from `local`; `want_info` asks for TCP_INFO too, which is
 * dearer. Returns 0, or -1: ENOENT where there is none, EAFNOSUPPORT for ends of two families, else errno.
 */
int inet_tcp(int nl, const struct end *local, const struct end *remote, bool want_info, struct inet_found *to);

/* The UDP socket with these ends, seen from `local`. Returns as inet_tcp. */
int inet_udp(int nl, const struct end *local, const struct end *remote, struct queue_state *out);

#endif
