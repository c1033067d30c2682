/* Fuzz frame: our parser, and the rules of the RFCs asked of what it accepted. One delivery, whole; the deep
 * form of targets/fuzz/ asks for more. The two bytes of settings that the corpus begins with are passed over.
 */
#include "bench/our_request.h"
#include "fuzz/fuzz.h"
#include "fuzz/http_rules.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct our_request r;
    if (size <= 2)
        return 0;
    const char *text = (const char *)data + 2;
    our_request_read(&r, text, size - 2);
    if (r.head_result <= 0)
        return 0;
    rules_head(&r.head, text);
    if (r.framing_result < 0)
        return 0;
    rules_framing(&r.framing, &r.head, text, r.head.method);
    if (r.framing.kind == HTTP_BODY_CHUNKED && r.end == HTTP_EVENT_END) {
        struct rules_chunked c = rules_chunked_body(text + r.head.length, size - 2 - r.head.length);
        FUZZ_CHECK(c.length == r.body.consumed && c.content == r.body.content && c.chunks == r.body.chunks);
    }
    return 0;
}
