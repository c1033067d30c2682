/*
 * A writer for HTTP/1.1 heads, chunks and trailers, into memory of the caller.
 *
 * What does not fit is not half-written: the line or piece is left out, `overflow` is set and every later
 * call does nothing, so that a caller checks once, at the end. What no message may hold is refused the same
 * way, with `invalid` set too: a name that is no token, CR, LF, NUL or another control byte in a value, a
 * blank in a target. Response splitting is an error of the writer's caller, not something to pass on (RFC
 * 9110, 5.5).
 */
#ifndef SOCKSPEC_PROTOCOL_HTTP_WRITE_H
#define SOCKSPEC_PROTOCOL_HTTP_WRITE_H

#include "protocol/http.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

/* A body whose length is not known before it ends. */
#define HTTP_LENGTH_UNKNOWN UINT64_MAX

struct http_writer {
    char *data;
    size_t cap;
    size_t len;
    bool overflow; /* something was left out */
    bool invalid;  /* because it may not be written, whatever the room */
};

/* Begins to write into `cap` bytes at `data`, which the caller owns. */
void http_write_init(struct http_writer *w, char *data, size_t cap);

/* "GET /path HTTP/1.1" CR LF (RFC 9112, 3). The target's form is the caller's business (http.h, url.h). */
void http_write_request(struct http_writer *w, const char *method, const char *target);

/* "HTTP/1.1 200 OK" CR LF (RFC 9112, 4); the reason is that of http_reason. `status` 100 .. 599 (RFC 9110,
 * 15). */
void http_write_status(struct http_writer *w, int status);

/* "Name: value" CR LF (RFC 9112, 5). */
void http_write_field(struct http_writer *w, const char *name, const char *value);

/* "Content-Length: N" CR LF (RFC 9110, 8.6). */
void http_write_length(struct http_writer *w, uint64_t length);

/* "Date: Sun, 06 Nov 1994 08:49:37 GMT" CR LF (RFC 9110, 6.6.1): an origin server with a clock MUST send it.
 * Nothing outside the years 0 to 9999, which this form cannot write. */
void http_write_date(struct http_writer *w, time_t now);

/* The same for another field that holds a time: Last-Modified, Expires (RFC 9110, 5.6.7). */
void http_write_time(struct http_writer *w, const char *name, time_t when);

/*
 * The field that frames the body of a response, if any: Content-Length, or Transfer-Encoding where the length
 * is not known, or neither where the status or the request forbids it (RFC 9110, 8.6; RFC 9112, 6.1 and 6.3):
 * 1xx, 204, 2xx to CONNECT. `request` is what is answered, `minor` its version, which chunks need (HTTP/1.1);
 * `length` may be HTTP_LENGTH_UNKNOWN. Returns what follows the head: NONE also for HEAD and 304, whatever
 * `length`; with UNTIL_CLOSE the caller must close the connection and say so. Content with 205 is refused
 * (RFC 9110, 15.3.6).
 */
enum http_body_kind http_write_response_framing(struct http_writer *w, int status, enum http_method request, int minor,
                                                uint64_t length);

/*
 * The same for a request to a server that speaks HTTP/1.1. Without content only methods that usually have
 * some say "Content-Length: 0" (RFC 9110, 8.6). Content in TRACE and CONNECT is refused (RFC 9110, 9.3.6
 * and 9.3.8).
 */
enum http_body_kind http_write_request_framing(struct http_writer *w, enum http_method method, uint64_t length);

/* The empty line that ends a head, or the trailers. */
void http_write_end(struct http_writer *w);

/* Raw bytes: bodies, chunk data. */
void http_write_bytes(struct http_writer *w, const void *data, size_t len);

/* One chunk: size in hex, CR LF, data, CR LF (RFC 9112, 7.1). Nothing for no data: an empty chunk would end
 * the body. */
void http_write_chunk(struct http_writer *w, const void *data, size_t len);

/* "0" CR LF: the last chunk. Trailer fields and http_write_end follow. */
void http_write_last_chunk(struct http_writer *w);

/*
 * A field behind the last chunk. Refused where a recipient needs the field before the content, or could be
 * led to frame or route the message by it (RFC 9110, 6.5.1).
 */
void http_write_trailer(struct http_writer *w, const char *name, const char *value);

#endif
