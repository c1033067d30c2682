/*
 * The parser and the plain reading of the same bytes must agree, in both directions: what a strict parser
 * takes is right by the grammar and the rules, with the same ends, framing and content; what is right, inside
 * the limits and no refusal by choice is taken; a refusal for one reason alone carries the rule of that
 * reason; and more bytes are asked for only while what stands there can still become a message.
 */
#ifndef SOCKSPEC_FUZZ_HTTP_AGREE_H
#define SOCKSPEC_FUZZ_HTTP_AGREE_H

#include "fuzz/http_plain.h"

/* Ends the program where the strict reading *m of data[0 .. len) is not what *p, read of the same, says. */
void agree_message(const struct read_message *m, const struct plain_message *p, const char *data, size_t len);

/* The same for a chunked body alone. */
void agree_body(const struct read_body *b, const struct plain_body *p, const char *data, size_t len);

#endif
