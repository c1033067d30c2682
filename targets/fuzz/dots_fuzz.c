/*
 * Fuzz target: texts with a line of one period at their end. Bit 0 of the settings: the text to be stuffed has LF for
 * line ends. The input is read as a stuffed text, against a plain reading, and stuffed as a text and read again.
 */
#include "fuzz/fuzz.h"
#include "protocol/dots.h"

#include <string.h>

/* All that a reader is told, in a form that compares. */
struct told {
    uint64_t digest, content, bare_cr, bare_lf, unstuffed;
    size_t used;
    bool ended;
};

static bool same(const struct told *a, const struct told *b)
{
    return a->digest == b->digest && a->content == b->content && a->bare_cr == b->bare_cr && a->bare_lf == b->bare_lf &&
           a->unstuffed == b->unstuffed && a->used == b->used && a->ended == b->ended;
}

static struct told read_dots(const struct fuzz_input *in, enum fuzz_delivery how)
{
    struct told t = {.digest = FUZZ_DIGEST};
    struct dots_reader r;
    struct dots_part part;
    struct fuzz_feed f;
    dots_read_init(&r);
    fuzz_feed_begin(&f, how, in);
    do {
        size_t used;
        enum dots_event e;
        while ((e = dots_read(&r, fuzz_feed_at(&f), fuzz_feed_left(&f), &part, &used)) == DOTS_PART) {
            FUZZ_CHECK(part.len > 0);
            t.digest = fuzz_digest(t.digest, part.data, part.len);
            t.content += part.len;
            fuzz_feed_use(&f, used);
        }
        fuzz_feed_use(&f, used);
        t.ended = e == DOTS_END;
        FUZZ_CHECK(t.ended || fuzz_feed_left(&f) == 0);
    } while (!t.ended && fuzz_feed_more(&f));
    FUZZ_CHECK(t.content == r.content);
    t.bare_cr = r.bare_cr;
    t.bare_lf = r.bare_lf;
    t.unstuffed = r.unstuffed;
    t.used = f.used;
    fuzz_feed_end(&f);
    return t;
}

/* Line by line, where only CR LF ends one; a last line that is not complete is told as far as it is known. */
static struct told plain_dots(const struct fuzz_input *in)
{
    struct told t = {.digest = FUZZ_DIGEST};
    while (t.used < in->len) {
        const char *s = in->data + t.used, *end = memmem(s, in->len - t.used, "\r\n", 2);
        size_t len = end ? (size_t)(end - s) + 2 : in->len - t.used;
        t.used += len;
        if (end && len == 3 && s[0] == '.') {
            t.ended = true;
            return t;
        }
        if (!end && s[0] == '.' && (len == 1 || (len == 2 && s[1] == '\r')))
            return t; /* it may be the end */
        if (s[0] == '.') {
            t.unstuffed += s[1] != '.';
            s++;
            len--;
        }
        for (size_t i = 0; i < len - (end ? 2 : 0); i++) {
            t.bare_cr += s[i] == '\r' && i + 1 < len; /* one at the very end may get its LF yet */
            t.bare_lf += s[i] == '\n';
        }
        t.digest = fuzz_digest(t.digest, s, len);
        t.content += len;
    }
    return t;
}

static void check_written(const struct fuzz_input *in)
{
    bool lf = in->setup & 1;
    size_t room = 2 + in->cuts % 16, len = in->len < 4096 ? in->len : 4096;
    char *out = fuzz_scratch(0, 2 * len + DOTS_END_MAX), *text = fuzz_scratch(1, 2 * len + 2);
    size_t at = 0, used, written = 0, text_len = 0, got = 0;
    struct dots_writer w;
    dots_write_init(&w, lf);
    while (at < len) {
        size_t left = 2 * len - written;
        written += dots_write(&w, in->data + at, len - at, out + written, left < room ? left : room, &used);
        FUZZ_CHECK(used > 0);
        at += used;
    }
    written += dots_write_end(&w, out + written);
    for (size_t i = 0; i < len; i++) {
        if (lf && in->data[i] == '\n' && (i == 0 || in->data[i - 1] != '\r'))
            text[text_len++] = '\r';
        text[text_len++] = in->data[i];
    }
    if (text_len > 0 && (text_len < 2 || text[text_len - 2] != '\r' || text[text_len - 1] != '\n')) {
        text[text_len++] = '\r';
        text[text_len++] = '\n';
    }
    struct dots_reader r;
    struct dots_part part;
    enum dots_event e;
    dots_read_init(&r);
    for (at = 0; (e = dots_read(&r, out + at, written - at, &part, &used)) == DOTS_PART; at += used) {
        FUZZ_CHECK(got + part.len <= text_len && memcmp(text + got, part.data, part.len) == 0);
        got += part.len;
    }
    FUZZ_CHECK(e == DOTS_END && at + used == written && got == text_len && r.unstuffed == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input in;
    if (!fuzz_input_read(&in, data, size))
        return 0;
    const struct told plain = plain_dots(&in);
    for (int how = FUZZ_WHOLE; how < FUZZ_DELIVERIES; how++) {
        const struct told t = read_dots(&in, (enum fuzz_delivery)how);
        FUZZ_CHECK(same(&t, &plain));
    }
    check_written(&in);
    return 0;
}
