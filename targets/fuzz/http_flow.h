/*
 * The reader of whole connections (protocol/http_stream.h) says of a stream what its parts say of each
 * message.
 */
#ifndef SOCKSPEC_FUZZ_HTTP_FLOW_H
#define SOCKSPEC_FUZZ_HTTP_FLOW_H

#include "fuzz/http_read.h"

/*
 * Reads the input as a stream in one delivery and compares with messages[0 .. count), which were read one by
 * one; where they end the comparison does. Ends the program where the two differ.
 */
void flow_check(const struct read_message *messages, size_t count, const struct fuzz_input *in, enum fuzz_delivery how,
                enum http_kind kind, const struct http_options *options, enum http_method method);

#endif
