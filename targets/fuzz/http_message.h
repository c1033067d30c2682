/*
 * What the targets of requests and responses have in common.
 */
#ifndef SOCKSPEC_FUZZ_HTTP_MESSAGE_H
#define SOCKSPEC_FUZZ_HTTP_MESSAGE_H

#include "protocol/http.h"

#include <stdint.h>

/* Reads one message in every delivery and holds it to every oracle. Returns 0, for LLVMFuzzerTestOneInput. */
int fuzz_http_message(enum http_kind kind, const uint8_t *data, size_t size);

#endif
