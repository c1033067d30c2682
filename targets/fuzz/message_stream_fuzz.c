/*
 * Fuzz target: messages one behind the other on a connection. The bytes of the settings: http_read.h; bit 6
 * chooses responses.
 */
#include "fuzz/fuzz.h"
#include "fuzz/http_agree.h"
#include "fuzz/http_differ.h"
#include "fuzz/http_flow.h"
#include "fuzz/http_read.h"
#include "fuzz/http_rules.h"

/* A connection that carries more than these shows nothing new. */
#define MESSAGES_MOST 8

/* Reads the messages of a connection in one delivery; returns how many were begun. */
static size_t read_stream(struct read_message *messages, const struct fuzz_input *in, enum fuzz_delivery how,
                          const struct http_options *options)
{
    enum http_kind kind = in->setup & 64 ? HTTP_RESPONSE : HTTP_REQUEST;
    struct fuzz_feed f;
    size_t n = 0;
    fuzz_feed_begin(&f, how, in);
    do {
        size_t from = f.used;
        struct read_message *m = &messages[n++];
        read_message(m, &f, kind, options, read_method(in));
        if (how != FUZZ_WHOLE || !read_strict(options))
            continue;
        struct plain_message plain;
        plain_read(&plain, kind, in->data + from, in->len - from, read_method(in));
        agree_message(m, &plain, in->data + from, in->len - from);
        differ_check(m, &plain, in->data + from, in->len - from, read_method(in));
        if (m->head_result <= 0)
            continue;
        rules_head(&m->head, in->data + from);
        if (m->framing_result == 0)
            rules_framing(&m->framing, &m->head, in->data + from, read_method(in));
    } while (messages[n - 1].complete && n < MESSAGES_MOST && (fuzz_feed_left(&f) > 0 || fuzz_feed_more(&f)));
    fuzz_feed_end(&f);
    return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input in;
    struct read_message whole[MESSAGES_MOST], other[MESSAGES_MOST];
    if (!fuzz_input_read(&in, data, size))
        return 0;
    const struct http_options options = read_options(&in);
    size_t count = read_stream(whole, &in, FUZZ_WHOLE, &options);
    for (int how = FUZZ_BYTES; how < FUZZ_DELIVERIES; how++) {
        FUZZ_CHECK(read_stream(other, &in, (enum fuzz_delivery)how, &options) == count);
        for (size_t i = 0; i < count; i++)
            same_message(&whole[i], &other[i]);
    }
    for (int how = FUZZ_WHOLE; how < FUZZ_DELIVERIES; how++)
        flow_check(whole, count, &in, (enum fuzz_delivery)how, in.setup & 64 ? HTTP_RESPONSE : HTTP_REQUEST, &options,
                   read_method(&in));
    return 0;
}
