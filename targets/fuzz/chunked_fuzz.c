/* Fuzz target: a chunked body with extensions and trailers. The bytes of the settings: http_read.h. */
#include "fuzz/fuzz.h"
#include "fuzz/http_again.h"
#include "fuzz/http_agree.h"
#include "fuzz/http_read.h"
#include "fuzz/http_rules.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct http_framing chunked = {.kind = HTTP_BODY_CHUNKED};
    struct fuzz_input in;
    if (!fuzz_input_read(&in, data, size))
        return 0;
    const struct http_options options = read_options(&in);
    struct read_body whole;
    for (int how = FUZZ_WHOLE; how < FUZZ_DELIVERIES; how++) {
        struct read_body other;
        struct fuzz_feed f;
        fuzz_feed_begin(&f, (enum fuzz_delivery)how, &in);
        read_body(how == FUZZ_WHOLE ? &whole : &other, &f, &chunked, &options);
        fuzz_feed_end(&f);
        if (how != FUZZ_WHOLE)
            same_body(&whole, &other);
    }
    if (read_strict(&options)) {
        struct plain_body plain;
        plain_chunked(&plain, in.data, in.len);
        agree_body(&whole, &plain, in.data, in.len);
    }
    if (read_strict(&options) && whole.before_end == HTTP_EVENT_END) {
        const struct rules_chunked plain = rules_chunked_body(in.data, in.len);
        FUZZ_CHECK(plain.content == whole.body.content && plain.length == whole.body.consumed);
        FUZZ_CHECK(plain.trailers == whole.trailers && plain.digest == whole.digest);
        FUZZ_CHECK(plain.chunks == whole.body.chunks && whole.body.findings.count == 0);
    }
    again_chunks(in.data, in.len);
    return 0;
}
