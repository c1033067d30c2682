#include "evidence/pcapng.h"

#include <string.h>

/* Blocks and options by their numbers in the draft. */
enum { BLOCK_SECTION = 0x0A0D0D0A, BLOCK_INTERFACE = 1, BLOCK_PACKET = 6 };
enum { OPTION_END = 0, OPTION_COMMENT = 1, OPTION_INTERFACE_NAME = 2, OPTION_APPLICATION = 4 };
/* What tells a reader the byte order of all numbers: this machine's. */
#define BYTE_ORDER_MAGIC 0x1A2B3C4Du
/* A comment's length is a number of 16 bits; nobody reads one of more than this. */
#define COMMENT_MAX 4096

static void put16(struct buf *out, uint16_t n)
{
    buf_add(out, &n, sizeof n);
}

static void put32(struct buf *out, uint32_t n)
{
    buf_add(out, &n, sizeof n);
}

/* Bytes, filled up to a multiple of four. */
static void put_padded(struct buf *out, const void *data, size_t len)
{
    static const char zeros[4] = {0};
    if (len)
        buf_add(out, data, len);
    buf_add(out, zeros, (4 - len % 4) % 4);
}

static void put_option(struct buf *out, uint16_t code, const char *text)
{
    size_t len = text ? strnlen(text, COMMENT_MAX) : 0;
    if (!len)
        return;
    put16(out, code);
    put16(out, (uint16_t)len);
    put_padded(out, text, len);
}

static void end_options(struct buf *out)
{
    put16(out, OPTION_END);
    put16(out, 0);
}

/* A block's length stands at its beginning and at its end. */
static size_t begin_block(struct buf *out, uint32_t type)
{
    size_t at = out->len;
    put32(out, type);
    put32(out, 0);
    return at;
}

static void end_block(struct buf *out, size_t at)
{
    uint32_t len = (uint32_t)(out->len - at + sizeof len);
    put32(out, len);
    memcpy(out->data + at + 4, &len, sizeof len);
}

void pcapng_begin(struct buf *out, uint16_t link_type, const char *interface, const char *comment)
{
    size_t at = begin_block(out, BLOCK_SECTION);
    put32(out, BYTE_ORDER_MAGIC);
    put16(out, 1); /* version 1.0 */
    put16(out, 0);
    put32(out, UINT32_MAX); /* the section's length: not told */
    put32(out, UINT32_MAX);
    put_option(out, OPTION_COMMENT, comment);
    put_option(out, OPTION_APPLICATION, "sockspec " SOCKSPEC_VERSION);
    end_options(out);
    end_block(out, at);
    at = begin_block(out, BLOCK_INTERFACE);
    put16(out, link_type);
    put16(out, 0);
    put32(out, 0); /* no limit to what is kept of a packet */
    put_option(out, OPTION_INTERFACE_NAME, interface);
    end_options(out);
    end_block(out, at);
}

void pcapng_packet(struct buf *out, uint64_t us, const void *data, size_t len, size_t whole, const char *comment)
{
    size_t at = begin_block(out, BLOCK_PACKET);
    put32(out, 0); /* the interface */
    put32(out, (uint32_t)(us >> 32));
    put32(out, (uint32_t)us);
    put32(out, (uint32_t)len);
    put32(out, (uint32_t)whole);
    put_padded(out, data, len);
    if (comment) {
        put_option(out, OPTION_COMMENT, comment);
        end_options(out);
    }
    end_block(out, at);
}
