/*
 * Write, parse: a whole message of our own, with its time, framing, content and trailers, is taken and says
 * what was meant; and what does not fit is left out whole.
 */
#ifndef SOCKSPEC_FUZZ_HTTP_WRITTEN_H
#define SOCKSPEC_FUZZ_HTTP_WRITTEN_H

#include "protocol/http.h"

/*
 * Writes a message with the start line and the Host of an accepted head of at least HTTP/1.1, its fields as
 * trailers, and reads it. How long the content is, and which time it tells, depends on the head's bytes.
 * `request`: what a response answers.
 */
void written_message(const struct http_head *h, const char *data, enum http_method request);

#endif
