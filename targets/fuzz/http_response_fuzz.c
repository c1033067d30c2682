/* Fuzz target: an HTTP response with its body. The bytes of the settings: http_read.h. */
#include "fuzz/fuzz.h"
#include "fuzz/http_message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return fuzz_http_message(HTTP_RESPONSE, data, size);
}
