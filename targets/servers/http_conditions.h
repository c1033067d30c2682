/*
 * Conditional requests (RFC 9110, section 13): "only if it is still what I have", "only if it is not".
 *
 * A representation is known by its validators: an entity tag, and when it was last modified. A request names
 * those that the client has, and the server compares before it does anything. Pure: no sockets, no files.
 */
#ifndef SOCKSPEC_SERVERS_HTTP_CONDITIONS_H
#define SOCKSPEC_SERVERS_HTTP_CONDITIONS_H

#include "protocol/http.h"

#include <stdbool.h>
#include <time.h>

/* Room for "size-seconds-nanoseconds" in hexadecimal digits, quotes and W/ included. */
#define HTTP_ETAG_ROOM 64

struct http_validators {
    char etag[HTTP_ETAG_ROOM]; /* with its quotes, W/ before it where it is weak; "" where there is none */
    bool dated;                /* `modified` is known */
    time_t modified;
};

/* Validators of a file of this size that was modified then. Within a second of its change the tag is weak:
 * the file may change again without a new time (RFC 9110, 8.8.1). */
void http_validators_of(struct http_validators *v, uint64_t size, struct timespec modified, struct timespec now);

/*
 * Evaluates the preconditions of a GET or HEAD request for a representation that exists, in the order of RFC
 * 9110, 13.2.2. Returns 0 to go on, 304 (the client has it), or 412 (the client does not want it so). `data`
 * is what the head was parsed from; `now` is for dates with two digits of a year.
 */
int http_conditions(const struct http_head *h, const char *data, const struct http_validators *v, time_t now);

/* Whether Range holds: If-Range is not there, or names the validator exactly (RFC 9110, 13.1.5). */
bool http_if_range(const struct http_head *h, const char *data, const struct http_validators *v, time_t now);

#endif
