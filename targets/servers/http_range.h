/*
 * Range requests (RFC 9110, section 14): a part of a representation, for downloads that go on and players
 * that skip. One range is served. For more than one the answer is the whole ("A server MAY ignore the Range
 * header field", 14.2). Pure.
 */
#ifndef SOCKSPEC_SERVERS_HTTP_RANGE_H
#define SOCKSPEC_SERVERS_HTTP_RANGE_H

#include <stddef.h>
#include <stdint.h>

enum http_range_kind {
    HTTP_RANGE_IGNORED, /* another unit, no valid set, several ranges, or nothing to take a part of: 200 */
    HTTP_RANGE_PART,    /* 206 */
    HTTP_RANGE_NOWHERE, /* valid, and all of it beyond the end: 416 */
};

/* Bytes first .. first + length - 1; length > 0. */
struct http_range {
    uint64_t first, length;
};

/* Reads the value of a Range field for a representation of `size` bytes. *out is set for HTTP_RANGE_PART. */
enum http_range_kind http_range_parse(const char *text, size_t len, uint64_t size, struct http_range *out);

#endif
