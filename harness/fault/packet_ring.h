/* Packets as they leave by a device, read from a ring that the kernel fills (packet(7), PACKET_RX_RING). */
#ifndef SOCKSPEC_FAULT_PACKET_RING_H
#define SOCKSPEC_FAULT_PACKET_RING_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

struct packet_ring {
    int fd;
    char *frames;
    size_t next; /* the frame to be looked at */
};

/* Of the device with that index. Returns 0, or -1 with `e`. */
int packet_ring_open(struct packet_ring *r, int device, struct err *e);

/* The next packet that left (from its IP header on), or NULL when there is none now. Valid until packet_ring_done,
 * which must follow. */
const unsigned char *packet_ring_next(struct packet_ring *r, size_t *len);
void packet_ring_done(struct packet_ring *r);

/* Packets lost since the last call because the ring was full. */
uint64_t packet_ring_missed(struct packet_ring *r);

void packet_ring_close(struct packet_ring *r);

#endif
