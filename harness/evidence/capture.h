/*
 * Packets on the loopback device of this network namespace, by libpcap: from a begin to an end, nothing before and
 * nothing behind. Ready when capture_begin returns, complete when capture_end does: each sends a mark through the
 * device and reads on until it comes by, so that what was sent before it is known to be there.
 */
#ifndef SOCKSPEC_EVIDENCE_CAPTURE_H
#define SOCKSPEC_EVIDENCE_CAPTURE_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct capture;

/* Opens the device. Needs CAP_NET_RAW over the namespace. Returns NULL with `e` where it is missing. */
struct capture *capture_open(struct err *e);
void capture_close(struct capture *c);

/* To be watched for reading: then call capture_take. */
int capture_fd(const struct capture *c);

/* Forgets what has been sent so far. */
void capture_begin(struct capture *c);

/* Takes what has come; never blocks. */
void capture_take(struct capture *c);

struct captured {
    uint64_t us;               /* since 1970 */
    size_t len, whole;         /* bytes kept, and bytes that it had */
    const unsigned char *data; /* valid until capture_begin */
    /* From its headers: */
    bool v6, tcp, udp, syn, ack, fin, rst;
    uint16_t from, to; /* ports */
    size_t payload;    /* bytes */
};

/* Takes the last ones. Returns how many there are; capture_packet tells each. */
size_t capture_end(struct capture *c);
void capture_packet(const struct capture *c, size_t index, struct captured *out);

/* Packets that were not kept: the kernel's buffer or ours (CAPTURE_MAX) was full. */
uint64_t capture_missed(const struct capture *c);

/* Bytes kept of one case. */
#define CAPTURE_MAX (64u << 20)

#endif
