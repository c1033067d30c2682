/*
 * Packets made up from what sockets saw: for captures where no packets can be captured. IP and TCP or UDP headers are
 * right (lengths, sequence numbers, checksums), so that a reader follows the conversation; times are those of the
 * calls, sizes those of the calls too. Pure.
 */
#ifndef SOCKSPEC_EVIDENCE_SYNTHETIC_H
#define SOCKSPEC_EVIDENCE_SYNTHETIC_H

#include "base/buf.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

/* A connection, or two ends that exchange datagrams. Zero-initialise, then set the addresses: both of one family,
 * AF_INET or AF_INET6. */
struct synthetic_flow {
    struct sockaddr_in6 ours, theirs; /* a sockaddr_in where the family says so */
    bool datagrams;
    bool open;
    uint32_t sent, received; /* sequence numbers used up, each way */
};

enum synthetic_kind {
    SYNTHETIC_OPEN,    /* we connect: SYN, SYN ACK, ACK */
    SYNTHETIC_ACCEPT,  /* they do */
    SYNTHETIC_REFUSED, /* SYN, RST */
    SYNTHETIC_DATA,
    SYNTHETIC_FIN,
    SYNTHETIC_RST,
};

/*
 * Appends the packets of one event to `out` as pcapng blocks of raw IP (PCAPNG_RAW_IP), at `us` microseconds since
 * 1970; `outgoing`: by us. DATA has `len` bytes. The comment (or NULL) stands at the first of them.
 */
void synthetic_event(struct buf *out, struct synthetic_flow *f, enum synthetic_kind kind, bool outgoing, uint64_t us,
                     const void *data, size_t len, const char *comment);

#endif
