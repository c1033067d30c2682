/* Fuzz frame: our parser alone, no oracle. The two bytes of settings that the corpus begins with are passed
 * over. */
#include "bench/our_request.h"
#include "fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct our_request r;
    if (size > 2)
        our_request_read(&r, (const char *)data + 2, size - 2);
    return 0;
}
