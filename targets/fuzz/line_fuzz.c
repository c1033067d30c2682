/* Fuzz target: lines. The bytes of the settings: delimiter (2 bits), strip_cr (1), limit (3). */
#include "fuzz/fuzz.h"
#include "protocol/line.h"

#include <string.h>

/* All that a reader of lines is told, in a form that compares. */
struct lines {
    uint64_t digest;
    size_t count;
    enum line_event last; /* LINE_MORE: the stream ended well */
    size_t used;
};

static void add_line(struct lines *t, const char *data, size_t len, bool terminated)
{
    const unsigned char end[2] = {'\n', terminated};
    t->digest = fuzz_digest(fuzz_digest(t->digest, data, len), end, sizeof end);
    t->digest = fuzz_digest(t->digest, &len, sizeof len);
    t->count++;
}

static struct lines read_lines(const struct fuzz_input *in, enum fuzz_delivery how,
                               const struct line_splitter *settings)
{
    struct lines t = {.digest = FUZZ_DIGEST};
    struct line_splitter s;
    struct fuzz_feed f;
    struct line line;
    line_init(&s, settings->delimiter, settings->strip_cr, settings->limit);
    fuzz_feed_begin(&f, how, in);
    for (;;) {
        size_t used = 0;
        t.last = line_next(&s, fuzz_feed_at(&f), fuzz_feed_left(&f), &line, &used);
        if (t.last == LINE_TOO_LONG || (t.last == LINE_MORE && !fuzz_feed_more(&f)))
            break;
        if (t.last == LINE_MORE)
            continue;
        FUZZ_CHECK(used > 0 && line.data == fuzz_feed_at(&f) && line.len < used && line.terminated);
        add_line(&t, line.data, line.len, true);
        fuzz_feed_use(&f, used);
    }
    if (t.last == LINE_MORE) {
        t.last = line_rest(&s, fuzz_feed_at(&f), fuzz_feed_left(&f), &line);
        FUZZ_CHECK(t.last != LINE_FOUND || (line.len == fuzz_feed_left(&f) && !line.terminated));
        if (t.last == LINE_FOUND)
            add_line(&t, line.data, line.len, false);
    } else {
        FUZZ_CHECK(line_rest(&s, fuzz_feed_at(&f), fuzz_feed_left(&f), &line) == LINE_TOO_LONG);
    }
    t.used = f.used;
    fuzz_feed_end(&f);
    return t;
}

/* The same by hand: one byte after the other, over the input as it is. */
static struct lines plain_lines(const struct fuzz_input *in, const struct line_splitter *s)
{
    struct lines t = {.digest = FUZZ_DIGEST, .last = LINE_MORE};
    size_t from = 0;
    for (size_t i = 0; i < in->len; i++) {
        if (in->data[i] != s->delimiter)
            continue;
        size_t end = i;
        if (s->strip_cr && end > from && in->data[end - 1] == '\r')
            end--;
        if (s->limit > 0 && end - from > s->limit) {
            t.last = LINE_TOO_LONG;
            t.used = from;
            return t;
        }
        add_line(&t, in->data + from, end - from, true);
        from = i + 1;
    }
    t.used = from;
    if (s->limit > 0 && in->len - from > s->limit) {
        t.last = LINE_TOO_LONG;
    } else if (from < in->len) {
        add_line(&t, in->data + from, in->len - from, false);
        t.last = LINE_FOUND;
    }
    return t;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char delimiters[] = {'\n', '\0', ',', '\r'};
    static const size_t limits[] = {0, 1, 2, 3, 8, 16, 64, 1000};
    struct fuzz_input in;
    if (!fuzz_input_read(&in, data, size))
        return 0;
    const struct line_splitter settings = {
        .delimiter = delimiters[in.setup & 3], .strip_cr = (in.setup & 4) != 0, .limit = limits[in.setup >> 3 & 7]};
    const struct lines plain = plain_lines(&in, &settings);
    for (int how = FUZZ_WHOLE; how < FUZZ_DELIVERIES; how++) {
        const struct lines t = read_lines(&in, (enum fuzz_delivery)how, &settings);
        FUZZ_CHECK(t.last == plain.last && t.count == plain.count && t.used == plain.used);
        FUZZ_CHECK(t.digest == plain.digest);
    }
    return 0;
}
