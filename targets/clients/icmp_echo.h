/*
 * An ICMP echo client ("ping"): asks an address for its echo, again and again, and takes the answer to its
 * own question only. A RAW socket gets every ICMP packet that comes to this machine, our own requests on
 * loopback and the replies to other programs included, so that type, checksum, sender, id, sequence and data
 * are all looked at.
 */
#ifndef SOCKSPEC_CLIENTS_ICMP_ECHO_H
#define SOCKSPEC_CLIENTS_ICMP_ECHO_H

#include "net/address.h"

#include <stddef.h>
#include <stdint.h>

/* So often it asks, and so long it waits for a reply each time. */
#define ICMP_ECHO_TRIES   4
#define ICMP_ECHO_WAIT_MS 1000

/* Bytes of data in a request: a random token, by which a reply is known to be ours. */
#define ICMP_ECHO_DATA 16

enum icmp_echo_way {
    ICMP_ECHO_ANY,        /* RAW where this user may, DGRAM else */
    ICMP_ECHO_RAW,        /* SOCK_RAW: needs CAP_NET_RAW */
    ICMP_ECHO_OWN_HEADER, /* SOCK_RAW with IP_HDRINCL: the IPv4 header is ours too */
    ICMP_ECHO_DGRAM,      /* SOCK_DGRAM: the kernel chooses the id and hands us only its replies; for whom, says
                             net.ipv4.ping_group_range */
};

struct icmp_echo_client {
    enum icmp_echo_way way;
    int tries;   /* 0: ICMP_ECHO_TRIES */
    int wait_ms; /* for each try; 0: ICMP_ECHO_WAIT_MS */

    /* What came of it. */
    struct net_address peer; /* the address that answered, or was tried last */
    enum icmp_echo_way used; /* of peer */
    int sequence;            /* of the request that was answered: 1 .. tries */
    uint64_t us;             /* from that request to its reply */
};

/* Asks each address of the host in turn. Returns 0, or -1 with `e`: a name that is not known, a call that
 * failed, a destination that is told to be unreachable, no answer in time. */
int icmp_echo_run(struct icmp_echo_client *c, const char *host, struct net_error *e);

#endif
