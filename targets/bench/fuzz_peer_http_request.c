/* Fuzz frame: http-parser alone, no oracle, on the same bytes as fuzz_bare_http_request.c. */
#include "bench/peer_request.h"
#include "fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct peer_request r;
    if (size > 2)
        peer_request_read(&r, (const char *)data + 2, size - 2);
    return 0;
}
