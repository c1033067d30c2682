/*
 * Fuzz target: replies. The bits of the settings: form (2 bits: SMTP, FTP, NNTP, SMTP), lenient (1), limits (1).
 * The plain reading cuts the input at each LF and looks at the lines one by one.
 */
#include "fuzz/fuzz.h"
#include "protocol/reply.h"

#include <string.h>

#define LINE_SMALL  12
#define LINES_SMALL 3

/* All that a reader of replies is told, in a form that compares. */
struct replies {
    uint64_t digest;
    size_t lines, used;
    enum reply_problem problem;
};

static void add_line(struct replies *t, int code, const char *text, size_t len, bool last)
{
    t->digest = fuzz_digest(fuzz_digest(t->digest, text, len), &code, sizeof code);
    t->digest = fuzz_digest(fuzz_digest(t->digest, &len, sizeof len), &last, sizeof last);
    t->lines++;
}

static struct replies read_replies(const struct fuzz_input *in, enum fuzz_delivery how, struct reply_parser p)
{
    struct replies t = {.digest = FUZZ_DIGEST};
    struct fuzz_feed f;
    struct reply_line line;
    fuzz_feed_begin(&f, how, in);
    for (;;) {
        size_t used;
        enum reply_event e = reply_next(&p, fuzz_feed_at(&f), fuzz_feed_left(&f), &line, &used);
        if (e <= 0)
            FUZZ_CHECK(used == 0);
        if (e == REPLY_BAD || (e == REPLY_MORE && !fuzz_feed_more(&f)))
            break;
        if (e == REPLY_MORE)
            continue;
        FUZZ_CHECK(line.text >= fuzz_feed_at(&f) && line.text + line.len < fuzz_feed_at(&f) + used);
        add_line(&t, line.code, line.text, line.len, e == REPLY_LAST);
        fuzz_feed_use(&f, used);
    }
    FUZZ_CHECK((p.problem != REPLY_FINE) == (reply_next(&p, "", 0, &line, &(size_t){0}) == REPLY_BAD));
    t.problem = p.problem;
    t.used = f.used;
    fuzz_feed_end(&f);
    return t;
}

/* --- the plain reading ---------------------------------------------------------------------------------- */

struct plain {
    const struct reply_parser *p;
    int code; /* of the reply that has begun; 0: none */
    size_t count;
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static int plain_code(enum reply_form form, const char *s, size_t len)
{
    if (len < 3 || !is_digit(s[0]) || !is_digit(s[1]) || !is_digit(s[2]))
        return 0;
    int code = (s[0] - '0') * 100 + (s[1] - '0') * 10 + s[2] - '0', second = code / 10 % 10;
    if (form == REPLY_SMTP)
        return code >= 200 && code <= 559 && second <= 5 ? code : 0;
    if (form == REPLY_FTP)
        return code >= 100 && code <= 659 && second <= 5 ? code : 0;
    return code >= 100 && code <= 599 ? code : 0;
}

static bool plain_text(enum reply_form form, const char *s, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        int c = (unsigned char)s[i];
        if (c != 9 && (c < 32 || c == 127 || (c > 127 && form == REPLY_SMTP)))
            return false;
    }
    return true;
}

static enum reply_problem plain_line(struct plain *x, struct replies *t, const char *s, size_t len, bool cr)
{
    const struct reply_parser *p = x->p;
    int code = plain_code(p->form, s, len);
    bool last = true, ends_ftp = code == x->code && len > 3 && s[3] == ' ';
    size_t head = len > 3 && (s[3] == ' ' || s[3] == '-') ? 4 : 3;
    if (!p->lenient && !cr)
        return REPLY_LINE_END;
    if (p->lines_max && x->count >= p->lines_max)
        return REPLY_ENDLESS;
    if (p->form == REPLY_FTP && x->code && !ends_ftp) {
        code = x->code;
        head = 0;
        last = false;
    } else {
        if (!code)
            return REPLY_NO_CODE;
        if (x->code && code != x->code)
            return REPLY_OTHER_CODE;
        if (len > 3 && s[3] == '-' && p->form != REPLY_NNTP)
            last = false;
        else if (!p->lenient && len > 3 && s[3] != ' ')
            return REPLY_NO_SEPARATOR;
        else if (!p->lenient && len == 3 && p->form == REPLY_FTP)
            return REPLY_NO_SEPARATOR;
    }
    if (!p->lenient && !plain_text(p->form, s + head, len - head))
        return REPLY_BYTE;
    add_line(t, code, s + head, len - head, last);
    x->code = last ? 0 : code;
    x->count = last ? 0 : x->count + 1;
    return REPLY_FINE;
}

static struct replies plain_replies(const struct fuzz_input *in, const struct reply_parser *p)
{
    struct replies t = {.digest = FUZZ_DIGEST};
    struct plain x = {.p = p};
    size_t limit = p->lines.limit;
    while (t.used < in->len && t.problem == REPLY_FINE) {
        const char *s = in->data + t.used, *end = memchr(s, '\n', in->len - t.used);
        size_t len = end ? (size_t)(end - s) : in->len - t.used;
        bool cr = len > 0 && s[len - 1] == '\r';
        if (limit && len - cr > limit)
            t.problem = REPLY_LONG;
        else if (!end)
            break;
        else
            t.problem = plain_line(&x, &t, s, len - cr, cr);
        if (t.problem == REPLY_FINE)
            t.used += len + 1;
    }
    return t;
}

/* --- written and read again ----------------------------------------------------------------------------- */

/* Takes the input for the lines of a reply: what is written must be read as one reply of as many lines. */
static void check_written(const struct fuzz_input *in, enum reply_form form)
{
    char text[256], out[1024];
    const char *lines[16];
    size_t len = in->len < sizeof text - 1 ? in->len : sizeof text - 1, count = 1, got = 0, used;
    memcpy(text, in->data, len);
    text[len] = '\0';
    lines[0] = text;
    for (char *lf = strchr(text, '\n'); lf && count < 16; lf = strchr(lf + 1, '\n')) {
        *lf = '\0';
        lines[count++] = lf + 1;
    }
    size_t n = reply_write(out, sizeof out, form, 250, lines, count);
    if (n == 0)
        return;
    struct reply_parser p;
    struct reply_line line;
    enum reply_event e = REPLY_LINE;
    reply_init(&p, form, true, 0, 0);
    for (size_t at = 0; at < n; at += used, got++) {
        FUZZ_CHECK(e == REPLY_LINE);
        e = reply_next(&p, out + at, n - at, &line, &used);
        FUZZ_CHECK(e > 0 && line.code == 250);
        bool padded = form == REPLY_FTP && got > 0 && got + 1 < count;
        FUZZ_CHECK(line.len == strlen(lines[got]) + padded &&
                   memcmp(line.text + padded, lines[got], line.len - padded) == 0);
    }
    FUZZ_CHECK(e == REPLY_LAST && got == count);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const enum reply_form forms[] = {REPLY_SMTP, REPLY_FTP, REPLY_NNTP, REPLY_SMTP};
    struct fuzz_input in;
    struct reply_parser p;
    if (!fuzz_input_read(&in, data, size))
        return 0;
    bool small = (in.setup & 8) != 0;
    reply_init(&p, forms[in.setup & 3], (in.setup & 4) != 0, small ? LINE_SMALL : 0, small ? LINES_SMALL : 0);
    const struct replies plain = plain_replies(&in, &p);
    for (int how = FUZZ_WHOLE; how < FUZZ_DELIVERIES; how++) {
        const struct replies t = read_replies(&in, (enum fuzz_delivery)how, p);
        FUZZ_CHECK(t.problem == plain.problem && t.lines == plain.lines && t.used == plain.used);
        FUZZ_CHECK(t.digest == plain.digest);
    }
    check_written(&in, p.form);
    return 0;
}
