/*
 * The rules of RFC 9110 and RFC 9112 on what a strict parser has accepted, looked at once more: plainly, over
 * the raw bytes, and with nothing of the parser's own code. Slow and simple on purpose. A rule that does not
 * hold ends the program.
 */
#ifndef SOCKSPEC_FUZZ_HTTP_RULES_H
#define SOCKSPEC_FUZZ_HTTP_RULES_H

#include "protocol/http.h"

/* A request or response head that was accepted without any leniency; `data` begins with it. */
void rules_head(const struct http_head *h, const char *data);

/* The framing that was accepted for it; `request` is the method that a response answers. */
void rules_framing(const struct http_framing *f, const struct http_head *h, const char *data, enum http_method request);

/* A chunked body that was accepted without any leniency. What it says of itself. */
struct rules_chunked {
    uint64_t content; /* bytes */
    uint64_t chunks;  /* with the last one */
    uint64_t trailers;
    uint64_t digest; /* of the content, then of each trailer as NAME:VALUE LF (fuzz_digest) */
    size_t length;   /* of the whole body */
};

/* Reads data[0 .. len), which begins with a chunked body that a strict parser took as complete. */
struct rules_chunked rules_chunked_body(const char *data, size_t len);

#endif
