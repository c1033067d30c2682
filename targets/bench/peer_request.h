/*
 * http-parser (Debian's libhttp-parser-dev) put to the work that our own parser does for a request: it is
 * read to the end of its body, and the places of target, field names and values are kept. For comparison in
 * the benchmarks only.
 */
#ifndef SOCKSPEC_BENCH_PEER_REQUEST_H
#define SOCKSPEC_BENCH_PEER_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* As many as our own parser keeps (HTTP_FIELDS_MAX). protocol/http.h itself cannot stand next to
 * http_parser.h: both name the methods HTTP_GET and so on. */
#define PEER_FIELDS_MAX 128

struct peer_span {
    uint32_t at, len;
};

struct peer_field {
    struct peer_span name, value;
};

/* What was found; offsets from the start of the request. More fields than there is room for are refused. */
struct peer_request {
    const char *data;
    struct peer_span target;
    struct peer_field fields[PEER_FIELDS_MAX];
    size_t field_count; /* names begun */
    bool in_value;
    uint64_t content; /* bytes of the body */
    bool has_head, complete;
    bool keep_alive;
};

/* Reads one request from data[0 .. len), in one piece. Returns false when it was refused. */
bool peer_request_read(struct peer_request *r, const char *data, size_t len);

#endif
