/*
 * Fuzz target: queries to the resolver. The input is one message, as a datagram brings it. What is accepted is held to
 * the rules once more by plain code that shares nothing with the reader, and the answer must hold the question byte for
 * byte.
 */
#include "fault/resolver_message.h"
#include "fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

/* RFC 1035 section 4.1.1, 4.1.2: where the question ends; 0 when there is no right one. */
static size_t question_end(const uint8_t *data, size_t len)
{
    size_t at = 12;
    while (at < len && data[at] != 0) {
        if (data[at] > 63)
            return 0;
        at += 1 + (size_t)data[at];
    }
    return at + 5 <= len && at + 1 - 12 <= 255 ? at + 5 : 0;
}

/* The name written as text must give the same bytes again (RFC 1035 section 5.1). */
static void check_name(const char *text, const uint8_t *wire)
{
    const uint8_t *at = wire;
    if (strcmp(text, ".") == 0) {
        FUZZ_CHECK(*at == 0);
        return;
    }
    while (*at) {
        for (size_t left = *at++; left > 0; left--, at++) {
            FUZZ_CHECK(*text && *text != '.');
            unsigned byte = (unsigned char)*text++;
            if (byte == '\\') {
                byte = (unsigned)(text[0] - '0') * 100 + (unsigned)(text[1] - '0') * 10 + (unsigned)(text[2] - '0');
                text += 3;
            }
            FUZZ_CHECK(byte == *at);
        }
        FUZZ_CHECK(*text == (*at ? '.' : '\0'));
        text += *at != 0;
    }
}

static void check_answer(const struct resolver_query *q, const uint8_t *data)
{
    static const struct resolver_address addresses[] = {
        {false, {127, 0, 0, 1}}, {true, {[15] = 1}}, {false, {127, 0, 0, 2}}};
    unsigned char *out = malloc(RESOLVER_ANSWER_MAX);
    if (!out)
        return;
    for (int code = 0; code <= RESOLVER_NXDOMAIN; code++) {
        size_t len = resolver_answer_write(out, q, data, (enum resolver_code)code, addresses, 3);
        size_t count = code != 0 ? 0 : q->type == RESOLVER_A ? 2 : q->type == RESOLVER_AAAA;
        FUZZ_CHECK(len == q->end + count * (q->type == RESOLVER_A ? 16 : 28));
        FUZZ_CHECK(memcmp(out + 12, data + 12, q->end - 12) == 0);
        FUZZ_CHECK(out[0] == data[0] && out[1] == data[1] && (out[2] & 0x80) && (out[3] & 0xf) == code);
        FUZZ_CHECK(out[5] == 1 && out[7] == count);
    }
    FUZZ_CHECK(resolver_refusal_write(out, q, RESOLVER_FORMERR) == 12);
    free(out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct resolver_query q;
    uint8_t *exact = calloc(size > 0 ? size : 1, 1); /* of just that size, so that a read past the end is seen */
    if (exact == NULL)
        return 0;
    if (size > 0)
        memcpy(exact, data, size);
    enum resolver_reading got = resolver_query_read(&q, exact, size);
    bool query = size >= 12 && !(data[2] & 0x80);
    FUZZ_CHECK((got == RESOLVER_NOTHING) == !query);
    if (query) {
        bool one = data[4] == 0 && data[5] == 1 && data[6] == 0 && data[7] == 0;
        size_t end = one ? question_end(data, size) : 0;
        FUZZ_CHECK((got == RESOLVER_QUERY) == (end > 0));
        FUZZ_CHECK(q.id == (data[0] << 8 | data[1]));
        if (end > 0) {
            FUZZ_CHECK(q.end == end);
            check_name(q.name, data + 12);
            FUZZ_CHECK(resolver_query_is_for(&q, q.name) == (q.class == 1));
            check_answer(&q, exact);
        }
    }
    free(exact);
    return 0;
}
