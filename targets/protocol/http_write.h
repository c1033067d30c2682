/*
 * A writer for HTTP/1.1 heads and chunks, into memory of the caller.
 *
 * What does not fit is not half-written: `overflow` is set and every later call does nothing, so that a
 * caller checks once, at the end. Names and values that would break out of their line (CR, LF, NUL) set
 * `overflow` too: response splitting is an error of the writer's caller, not something to pass on (RFC
 * 9110, 5.5).
 */
#ifndef SOCKSPEC_PROTOCOL_HTTP_WRITE_H
#define SOCKSPEC_PROTOCOL_HTTP_WRITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

struct http_writer {
    char *data;
    size_t cap;
    size_t len;
    bool overflow;
};

/* Begins to write into `cap` bytes at `data`, which the caller owns. */
void http_write_init(struct http_writer *w, char *data, size_t cap);

/* "GET /path HTTP/1.1" CR LF (RFC 9112, 3). */
void http_write_request(struct http_writer *w, const char *method, const char *target);

/* "HTTP/1.1 200 OK" CR LF (RFC 9112, 4); the reason is that of http_reason. `status` 100 .. 999. */
void http_write_status(struct http_writer *w, int status);

/* "Name: value" CR LF (RFC 9112, 5). */
void http_write_field(struct http_writer *w, const char *name, const char *value);

/* "Content-Length: N" CR LF (RFC 9110, 8.6). */
void http_write_length(struct http_writer *w, uint64_t length);

/* "Date: Sun, 06 Nov 1994 08:49:37 GMT" CR LF (RFC 9110, 6.6.1): an origin server with a clock MUST send it.
 */
void http_write_date(struct http_writer *w, time_t now);

/* The empty line that ends a head, or the trailers. */
void http_write_end(struct http_writer *w);

/* Raw bytes: bodies, chunk data. */
void http_write_bytes(struct http_writer *w, const void *data, size_t len);

/* One chunk: size in hex, CR LF, data, CR LF (RFC 9112, 7.1). len > 0: the empty chunk is the last one. */
void http_write_chunk(struct http_writer *w, const void *data, size_t len);

/* "0" CR LF: the last chunk. Trailer fields and http_write_end follow. */
void http_write_last_chunk(struct http_writer *w);

#endif
