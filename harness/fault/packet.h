/*
 * The link of packets: what two ends on this machine send each other is lost, swapped, doubled or late, packet by
 * packet, and TCP recovers from it as it does in life.
 *
 *     client                                                   server
 *     127.0.0.1 --- policy rule by port ---> veth              127.0.0.1
 *                                             | AF_PACKET
 *                                             v
 *                                     fate, queue, timer
 *                                             | AF_PACKET, marked
 *                                             v
 *                                             lo --- rule by mark: local ---> whoever listens
 *
 * Both ends stay where they are, on loopback addresses in the network namespace of this process (a private one: rules
 * and routes of the whole namespace are changed). What goes to or comes from a port of the link leaves by a veth
 * device, where it is read in packets as large as on Ethernet (no GSO, complete checksums), and enters again by the
 * loopback device. No netem, no second namespace, no address that a program would have to be told of; the namespace's
 * end is the end of all of it.
 *
 * Fates are drawn by seed, direction and number of the packet alone: the nth packet of a direction fares the same in
 * every run with that seed, whatever the timing. Neither ARP nor neighbour discovery passes here, so nothing else
 * counts.
 */
#ifndef SOCKSPEC_FAULT_PACKET_H
#define SOCKSPEC_FAULT_PACKET_H

#include "base/buf.h"
#include "base/err.h"

#include <ev.h>
#include <stdbool.h>
#include <stdint.h>

enum packet_direction { PACKET_UP, PACKET_DOWN }; /* to the server's port; from it */

/* "up", "down". */
const char *packet_direction_name(enum packet_direction d);

/* --- fates (packet_fate.c): pure ------------------------------------------------------------------------ */

/* What one direction does to its packets. All zero: nothing. */
struct packet_faults {
    double loss, reorder, duplicate; /* probabilities, 0 .. 1 */
    double delay, jitter;            /* seconds; jitter is added evenly from 0 up to it, order is kept */
    double rate;                     /* bytes a second, headers included; 0: no limit */
    bool silent;                     /* nothing passes once `silent_after` bytes of payload have */
    uint64_t silent_after;
};

enum packet_fate {
    PACKET_LOST = 1,
    PACKET_DOUBLED = 2,
    PACKET_SWAPPED = 4, /* with the next one that is not lost, if that comes soon */
};

/* Bits of enum packet_fate for packet number `n` (from 1) of the direction. A lost packet has no other fate. */
unsigned packet_fate(const struct packet_faults *f, uint64_t seed, enum packet_direction d, uint64_t n);

/* Seconds that packet `n` is late: delay and its share of the jitter. */
double packet_lateness(const struct packet_faults *f, uint64_t seed, enum packet_direction d, uint64_t n);

/* --- headers (packet_header.c): pure -------------------------------------------------------------------- */

struct packet_header {
    bool v6;
    uint8_t protocol;  /* IPPROTO_TCP, IPPROTO_UDP; else the packet is none of ours */
    bool has_ports;    /* false in a fragment behind the first */
    bool fragment;     /* part of a datagram that was larger than a packet */
    uint32_t id;       /* of the datagram whose fragment this is */
    uint16_t from, to; /* ports */
    uint32_t sequence; /* TCP */
    size_t payload;    /* bytes behind the TCP or UDP header (of a later fragment: behind the IP header) */
};

/* Reads the headers of an IPv4 or IPv6 packet (RFC 791, 8200, 9293, 768). Returns 0, or -1 for what is cut off or no
 * TCP or UDP. */
int packet_header_read(struct packet_header *out, const unsigned char *data, size_t len);

/* --- the network (packet_network.c) --------------------------------------------------------------------- */

/* Packets as on Ethernet, headers of IP included. */
#define PACKET_MTU 1500
/* Of what the link puts back: a rule sends it on to where it was going, and not out again. */
#define PACKET_MARK 0x50c1

struct packet_network; /* devices, routes and the rule by mark: once for a namespace */

/* In a network namespace of this process's own. NULL with `e` where the kernel or its owner does not allow it. */
struct packet_network *packet_network_open(struct err *e);

/* Closes what it holds; devices and rules go with the namespace. NULL is allowed. */
void packet_network_close(struct packet_network *n);

/* From now on (or: no longer) what goes to and comes from `port`, TCP and UDP over both families, passes the device.
 * Returns 0 or -1 with `e`. */
int packet_network_divert(struct packet_network *n, int port, bool on, struct err *e);

/* Interface indexes: where packets come out, and where they go in again. */
int packet_network_device(const struct packet_network *n);
int packet_network_loopback(const struct packet_network *n);

/* --- the link (packet_link.c) --------------------------------------------------------------------------- */

enum packet_happening {
    PACKET_WAS_LOST,
    PACKET_WAS_DOUBLED,
    PACKET_WAS_SWAPPED,  /* it left behind the next one */
    PACKET_WENT_SILENT,  /* from this one on nothing passes */
    PACKET_WAS_TOO_MUCH, /* the queue of the link is full (PACKET_QUEUE_MAX) */
};

/* One line of the fault list. */
struct packet_event {
    enum packet_happening what;
    enum packet_direction direction;
    uint64_t number; /* in its direction, from 1 */
    struct packet_header header;
};

/* "packet 17 down lost: 1448 bytes, seq 12345". Appends to `out`. */
void packet_event_text(const struct packet_event *event, struct buf *out);

struct packet_count {
    uint64_t seen, lost, doubled, swapped, silenced, refused; /* refused: the queue was full */
};

struct packet_plan {
    struct packet_faults faults[2]; /* by enum packet_direction */
    uint64_t seed;
    const int *ports; /* of the servers behind the link */
    size_t port_count;
    void (*report)(void *data, const struct packet_event *event); /* each fault as it happens; may be NULL */
    void *data;
};

/* Most bytes that wait in one direction of the link: beyond it packets are lost, as in any queue, and told. */
#define PACKET_QUEUE_MAX (64 * 1024 * 1024)

struct packet_link;

/*
 * Puts the link in the way of the plan's ports. It runs on `loop`, which like the network must outlive it; the plan is
 * copied. NULL with `e`.
 */
struct packet_link *packet_link_open(struct ev_loop *loop, struct packet_network *network,
                                     const struct packet_plan *plan, struct err *e);

/* Has a direction do something else from now on. Numbers and draws go on. */
void packet_link_change(struct packet_link *l, enum packet_direction d, const struct packet_faults *faults);

/* What has passed in a direction so far. */
struct packet_count packet_link_count(const struct packet_link *l, enum packet_direction d);

/* Packets that the kernel lost before they could be read (its ring was full), both ways: 0 unless something is badly
 * wrong. */
uint64_t packet_link_missed(struct packet_link *l);

/* Takes it out of the way: what still waits is dropped. NULL is allowed. */
void packet_link_close(struct packet_link *l);

#endif
