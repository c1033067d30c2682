#include "fuzz/http_again.h"

#include "fuzz/fuzz.h"
#include "protocol/http_write.h"

#include <string.h>

/* The reason phrase and the line ends that the writer puts, beyond the bytes that were read. */
#define SLACK 64
/* Short enough for a fuzzer's bodies to have several. */
#define CHUNK 7

/* The memory that is written to, and that of one string and of another. */
enum { TEXT, ONE, TWO };
_Static_assert(TWO < FUZZ_SCRATCH, "a slot for each");

static const char *string_of(char *to, const char *data, struct http_span s)
{
    memcpy(to, data + s.at, s.len);
    to[s.len] = '\0';
    return to;
}

static void write_head(struct http_writer *w, const struct http_head *h, const char *data)
{
    char *one = fuzz_scratch(ONE, h->length + 1), *two = fuzz_scratch(TWO, h->length + 1);
    if (h->kind == HTTP_REQUEST)
        http_write_request(w, string_of(one, data, h->method_text), string_of(two, data, h->target));
    else
        http_write_status(w, h->status);
    for (size_t i = 0; i < h->field_count; i++)
        http_write_field(w, string_of(one, data, h->fields[i].name), string_of(two, data, h->fields[i].value));
    http_write_end(w);
}

static void same_word(const char *a, struct http_span at, const char *b, struct http_span bt)
{
    FUZZ_CHECK(at.len == bt.len && memcmp(a + at.at, b + bt.at, at.len) == 0);
}

void again_head(const struct http_head *h, const char *data)
{
    if (h->minor < 1)
        return;
    size_t cap = h->length + 2 * h->field_count + SLACK;
    char *text = fuzz_scratch(TEXT, cap);
    struct http_writer w;
    http_write_init(&w, text, cap);
    write_head(&w, h, data);
    FUZZ_CHECK(!w.overflow);
    /* The writer may put a blank, and a longer reason, where none was: limits are not what is asked here. */
    const struct http_options wide = {
        .line_max = 1 << 24, .head_max = 1 << 24, .field_max = 1 << 24, .fields_max = HTTP_FIELDS_MAX};
    struct http_head other;
    http_head_init(&other, h->kind, &wide);
    FUZZ_CHECK(http_head_parse(&other, text, w.len) == (long)w.len && other.findings.count == 0);
    FUZZ_CHECK(other.method == h->method && other.form == h->form && other.status == h->status);
    same_word(text, other.method_text, data, h->method_text);
    same_word(text, other.target, data, h->target);
    FUZZ_CHECK(other.field_count == h->field_count);
    for (size_t i = 0; i < h->field_count; i++) {
        same_word(text, other.fields[i].name, data, h->fields[i].name);
        same_word(text, other.fields[i].value, data, h->fields[i].value);
    }
}

void again_chunks(const char *content, size_t len)
{
    size_t cap = len + (len / CHUNK + 1) * 8 + SLACK;
    char *text = fuzz_scratch(TEXT, cap);
    struct http_writer w;
    http_write_init(&w, text, cap);
    for (size_t at = 0; at < len; at += CHUNK)
        http_write_chunk(&w, content + at, len - at < CHUNK ? len - at : CHUNK);
    http_write_last_chunk(&w);
    http_write_end(&w);
    FUZZ_CHECK(!w.overflow);
    const struct http_framing chunked = {.kind = HTTP_BODY_CHUNKED};
    struct http_body b;
    http_body_init(&b, &chunked, NULL);
    size_t done = 0, at = 0;
    for (;;) {
        struct http_part part;
        size_t used;
        enum http_body_event event = http_body_read(&b, text + at, w.len - at, &used, &part);
        at += used;
        if (event == HTTP_EVENT_END)
            break;
        FUZZ_CHECK(event == HTTP_EVENT_DATA && part.len <= len - done);
        FUZZ_CHECK(memcmp(part.data, content + done, part.len) == 0);
        done += part.len;
    }
    FUZZ_CHECK(at == w.len && done == len);
}
