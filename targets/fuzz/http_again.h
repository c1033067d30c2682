/*
 * Parse, write, parse again: what a strict parser took and our writer wrote is taken again and says the same.
 */
#ifndef SOCKSPEC_FUZZ_HTTP_AGAIN_H
#define SOCKSPEC_FUZZ_HTTP_AGAIN_H

#include "protocol/http.h"

/* For an accepted head of at least HTTP/1.1 (which is what the writer writes). `data` is what was parsed. */
void again_head(const struct http_head *h, const char *data);

/* For the content of an accepted chunked body: written in chunks of a few bytes, read back. */
void again_chunks(const char *content, size_t len);

#endif
