/*
 * Fuzz target: lines with literals. The bits of the settings: responses (1 bit), limits (1). The plain reading goes
 * over the whole input by offsets.
 */
#include "fuzz/fuzz.h"
#include "protocol/imap_line.h"

#include <string.h>
#include <strings.h>

#define LINE_SMALL     20
#define LITERALS_SMALL 2

/* All that a reader is told, in a form that compares: octets count by their sum. */
struct told {
    uint64_t digest;
    size_t events, used;
    enum imap_problem problem;
};

static void add(struct told *t, const char *data, size_t len)
{
    t->digest = fuzz_digest(t->digest, data, len);
}

static void add_piece(struct told *t, const char *data, size_t len, const struct imap_literal *literal)
{
    unsigned char kind = literal ? (unsigned char)(1 + literal->asked_for + 2 * literal->binary) : 0;
    add(t, data, len);
    add(t, "|", 1);
    t->digest = fuzz_digest(t->digest, &kind, 1);
    if (literal)
        t->digest = fuzz_digest(t->digest, &literal->size, sizeof literal->size);
    t->events++;
}

static struct told read_lines(const struct fuzz_input *in, enum fuzz_delivery how, struct imap_reader r)
{
    struct told t = {.digest = FUZZ_DIGEST};
    struct imap_part part;
    struct fuzz_feed f;
    fuzz_feed_begin(&f, how, in);
    for (;;) {
        size_t used;
        enum imap_event e = imap_read(&r, fuzz_feed_at(&f), fuzz_feed_left(&f), &part, &used);
        if (e <= 0)
            FUZZ_CHECK(used == 0);
        if (e == IMAP_BAD || (e == IMAP_MORE && !fuzz_feed_more(&f)))
            break;
        if (e == IMAP_MORE)
            continue;
        FUZZ_CHECK(part.data == fuzz_feed_at(&f) && part.len <= used);
        if (e == IMAP_OCTETS)
            add(&t, part.data, part.len);
        else
            add_piece(&t, part.data, part.len, e == IMAP_PIECE ? &r.literal : NULL);
        fuzz_feed_use(&f, used);
    }
    t.problem = r.problem;
    t.used = f.used;
    fuzz_feed_end(&f);
    return t;
}

/* --- the plain reading ---------------------------------------------------------------------------------- */

struct plain {
    const struct imap_reader *settings;
    size_t line_len, literals;
    bool text;
};

static bool begins_with(const char *s, size_t len, const char *word)
{
    size_t n = strlen(word);
    return len >= n && strncasecmp(s, word, n) == 0 && (len == n || s[n] == ' ');
}

static bool plain_text(const char *s, size_t len)
{
    static const char *const states[] = {"OK", "NO", "BAD", "BYE", "PREAUTH"};
    size_t i = 0;
    if (begins_with(s, len, "+"))
        return true;
    while (i < len && s[i] != ' ')
        i++;
    for (size_t k = 0; i < len && k < 5; k++)
        if (begins_with(s + i + 1, len - i - 1, states[k]))
            return true;
    return false;
}

/* The marker at the end as a person would: from `}` back over an optional `+` and digits to `{`. Returns its length. */
static size_t plain_marker(const char *s, size_t len, struct imap_literal *l, bool *wrong)
{
    size_t i = len, digits = 0;
    *l = (struct imap_literal){.asked_for = true};
    *wrong = false;
    if (i == 0 || s[--i] != '}')
        return 0;
    if (i > 0 && s[i - 1] == '+') {
        l->asked_for = false;
        i--;
    }
    for (; i > 0 && s[i - 1] >= '0' && s[i - 1] <= '9'; i--)
        digits++;
    if (digits == 0 || i == 0 || s[i - 1] != '{')
        return 0;
    unsigned __int128 size = 0;
    for (size_t k = 0; k < digits && size <= INT64_MAX; k++)
        size = size * 10 + (unsigned)(s[i + k] - '0');
    *wrong = size > INT64_MAX;
    l->size = *wrong ? 0 : (uint64_t)size;
    i--;
    l->binary = i > 0 && s[i - 1] == '~';
    return len - i + l->binary;
}

static bool plain_quotes(const char *s, size_t len)
{
    size_t i = 0;
    while (i < len) {
        if (s[i++] != '"')
            continue;
        while (i < len && s[i] != '"')
            i += s[i] == '\\' ? 2 : 1;
        if (i >= len)
            return false;
        i++;
    }
    return true;
}

/* One piece without its line end; octets of its literal are to be skipped: *skip. */
static enum imap_problem plain_piece(struct plain *x, struct told *t, const char *s, size_t len, bool cr,
                                     uint64_t *skip)
{
    struct imap_literal literal;
    bool wrong = false;
    size_t marker = 0;
    *skip = 0;
    if (!cr)
        return IMAP_LINE_END;
    if (memchr(s, 0, len) || memchr(s, '\r', len))
        return IMAP_BYTE;
    if (x->literals == 0)
        x->text = x->settings->side == IMAP_RESPONSES && plain_text(s, len);
    if (!x->text)
        marker = plain_marker(s, len, &literal, &wrong);
    if (!x->text && !plain_quotes(s, len - marker))
        return IMAP_QUOTE;
    if (marker && (wrong || (x->settings->side == IMAP_RESPONSES && !literal.asked_for)))
        return IMAP_NUMBER;
    if (marker && x->settings->literals_max && x->literals >= x->settings->literals_max)
        return IMAP_MANY;
    add_piece(t, s, len - marker, marker ? &literal : NULL);
    x->line_len = marker ? x->line_len + len : 0;
    x->literals = marker ? x->literals + 1 : 0;
    *skip = marker ? literal.size : 0;
    return IMAP_FINE;
}

static struct told plain_lines(const struct fuzz_input *in, const struct imap_reader *settings)
{
    struct told t = {.digest = FUZZ_DIGEST};
    struct plain x = {.settings = settings};
    while (t.used < in->len && t.problem == IMAP_FINE) {
        uint64_t skip;
        const char *s = in->data + t.used, *end = memchr(s, '\n', in->len - t.used);
        size_t len = end ? (size_t)(end - s) : in->len - t.used;
        bool cr = len > 0 && s[len - 1] == '\r';
        if (settings->line_max && x.line_len + len - cr > settings->line_max)
            t.problem = IMAP_LONG;
        else if (!end)
            break;
        else
            t.problem = plain_piece(&x, &t, s, len - cr, cr, &skip);
        if (t.problem != IMAP_FINE)
            break;
        t.used += len + 1;
        size_t left = in->len - t.used, n = skip < left ? (size_t)skip : left;
        add(&t, in->data + t.used, n);
        t.used += n;
        if (n < skip)
            break;
    }
    return t;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input in;
    struct imap_reader r;
    if (!fuzz_input_read(&in, data, size))
        return 0;
    bool small = (in.setup & 2) != 0;
    imap_read_init(&r, in.setup & 1 ? IMAP_RESPONSES : IMAP_COMMANDS, small ? LINE_SMALL : 0,
                   small ? LITERALS_SMALL : 0);
    const struct told plain = plain_lines(&in, &r);
    for (int how = FUZZ_WHOLE; how < FUZZ_DELIVERIES; how++) {
        const struct told t = read_lines(&in, (enum fuzz_delivery)how, r);
        FUZZ_CHECK(t.problem == plain.problem && t.events == plain.events && t.used == plain.used);
        FUZZ_CHECK(t.digest == plain.digest);
    }
    return 0;
}
