/*
 * Capture files of the form pcapng (draft-ietf-opsawg-pcapng): written into memory, block by block. Pure.
 */
#ifndef SOCKSPEC_EVIDENCE_PCAPNG_H
#define SOCKSPEC_EVIDENCE_PCAPNG_H

#include "base/buf.h"

#include <stdint.h>

/* Link types (draft-ietf-opsawg-pcaplinktype): what the packets begin with. */
enum { PCAPNG_ETHERNET = 1, PCAPNG_RAW_IP = 101 };

/* Begins a file with one interface. `comment` says what it is; the strings may be any text. */
void pcapng_begin(struct buf *out, uint16_t link_type, const char *interface, const char *comment);

/* One packet: `us` microseconds since 1970, the first `len` of its `whole` bytes, and a comment or NULL. */
void pcapng_packet(struct buf *out, uint64_t us, const void *data, size_t len, size_t whole, const char *comment);

#endif
