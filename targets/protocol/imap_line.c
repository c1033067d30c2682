#include "protocol/imap_line.h"

#include "protocol/planted.h"

#include <string.h>
#include <strings.h>

const char *imap_problem_text(enum imap_problem p)
{
    static const char *const texts[] = {
        [IMAP_FINE] = "nothing is wrong",
        [IMAP_LINE_END] = "a line ends in LF alone",
        [IMAP_BYTE] = "NUL, or CR without LF, in a line",
        [IMAP_QUOTE] = "a quoted string does not end on its line",
        [IMAP_NUMBER] = "a literal of a size that cannot be",
        [IMAP_LONG] = "a line is too long",
        [IMAP_MANY] = "a line has too many literals",
    };
    return texts[p];
}

void imap_read_init(struct imap_reader *r, enum imap_side side, size_t line_max, size_t literals_max)
{
    *r = (struct imap_reader){.side = side, .line_max = line_max, .literals_max = literals_max};
    line_init(&r->lines, '\n', true, line_max);
}

static enum imap_event bad(struct imap_reader *r, enum imap_problem problem, size_t *used)
{
    *used = 0;
    r->problem = problem;
    return IMAP_BAD;
}

/* The line is over: the next piece begins one. */
static void begin_line(struct imap_reader *r)
{
    r->line_len = r->literals = 0;
    r->only_text = false;
    r->lines.limit = r->line_max;
}

/* --- what a piece is ------------------------------------------------------------------------------------ */

/* The word at `*at` (which moves behind it and one blank), at most up to `end`. */
static struct imap_part next_word(const char **at, const char *end)
{
    const char *begin = *at, *blank = memchr(begin, ' ', (size_t)(end - begin));
    const char *behind = blank ? blank : end;
    *at = blank ? blank + 1 : end;
    return (struct imap_part){begin, (size_t)(behind - begin)};
}

static bool is_word(struct imap_part w, const char *word)
{
    return w.len == strlen(word) && strncasecmp(w.data, word, w.len) == 0;
}

/* Whether a response is one whose rest is text for people (RFC 3501, 9: resp-cond-state and the like; continue-req). */
static bool is_only_text(const struct line *l)
{
    static const char *const states[] = {"OK", "NO", "BAD", "BYE", "PREAUTH"};
    const char *at = l->data, *end = l->data + l->len;
    struct imap_part tag = next_word(&at, end), state = next_word(&at, end);
    if (is_word(tag, "+"))
        return true;
    for (size_t i = 0; i < sizeof states / sizeof *states; i++)
        if (is_word(state, states[i]))
            return true;
    return false;
}

/* Whether a quoted string begins in these bytes and does not end there. */
static bool ends_in_quotes(const char *data, size_t len)
{
    bool inside = false;
    for (size_t i = 0; i < len; i++) {
        if (data[i] == '"')
            inside = !inside;
        else if (inside && data[i] == '\\')
            i++;
    }
    return inside;
}

/* Reads {n} or {n+} at the end of the piece. Returns the index at which it (or its `~`) begins, l->len without one. */
static size_t find_marker(const struct line *l, struct imap_literal *out, bool *too_large)
{
    const char *s = l->data;
    size_t i = l->len;
    *out = (struct imap_literal){.asked_for = true};
    *too_large = false;
    if (i < 3 || s[--i] != '}')
        return l->len;
    if (s[i - 1] == '+') {
        out->asked_for = false;
        i--;
    }
    size_t end = i;
    while (i > 0 && s[i - 1] >= '0' && s[i - 1] <= '9')
        i--;
    if (i == end || i == 0 || s[i - 1] != '{')
        return l->len;
    for (size_t k = i; k < end && !*too_large; k++) {
        uint64_t digit = (uint64_t)(s[k] - '0');
        *too_large = out->size > ((uint64_t)INT64_MAX - digit) / 10;
        out->size = out->size * 10 + digit;
        if (BUG(LITERAL_32))
            out->size = (uint32_t)out->size;
    }
    i--;
    out->binary = i > 0 && s[i - 1] == '~';
    return i - out->binary;
}

static enum imap_event piece(struct imap_reader *r, const struct line *l, struct imap_part *part, size_t *used)
{
    bool too_large = false;
    if (*used != l->len + 2)
        return bad(r, IMAP_LINE_END, used);
    if (memchr(l->data, '\0', l->len) || memchr(l->data, '\r', l->len))
        return bad(r, IMAP_BYTE, used);
    if (r->side == IMAP_RESPONSES && r->literals == 0)
        r->only_text = is_only_text(l);
    size_t marker = r->only_text ? l->len : find_marker(l, &r->literal, &too_large);
    if (!r->only_text && ends_in_quotes(l->data, marker) && !BUG(LITERAL_IN_QUOTES))
        return bad(r, IMAP_QUOTE, used);
    *part = (struct imap_part){l->data, marker};
    if (marker == l->len) {
        begin_line(r);
        return IMAP_LAST;
    }
    if (too_large || (r->side == IMAP_RESPONSES && !r->literal.asked_for))
        return bad(r, IMAP_NUMBER, used);
    if (r->literals_max > 0 && r->literals == r->literals_max)
        return bad(r, IMAP_MANY, used);
    r->literals++;
    r->line_len += l->len;
    r->left = r->literal.size;
    return IMAP_PIECE;
}

/* --- reading -------------------------------------------------------------------------------------------- */

/* Whether earlier pieces have taken all that the line may have: nothing but its end may follow. */
static bool nothing_left(const struct imap_reader *r)
{
    return r->line_max > 0 && r->literals > 0 && r->line_len >= r->line_max;
}

static bool may_end_line(const char *data, size_t len)
{
    return data[0] == '\n' || (data[0] == '\r' && (len == 1 || data[1] == '\n'));
}

enum imap_event imap_read(struct imap_reader *r, const char *data, size_t len, struct imap_part *part, size_t *used)
{
    struct line l;
    *used = 0;
    if (r->problem != IMAP_FINE)
        return IMAP_BAD;
    if (r->left > 0) {
        if (len == 0)
            return IMAP_MORE;
        *used = len < r->left ? len : (size_t)r->left;
        const char *cr = BUG(LITERAL_PARENS) ? memchr(data, '\r', *used) : NULL;
        *used = cr ? (size_t)(cr - data) : *used;
        r->left = cr ? 0 : r->left - *used;
        *part = (struct imap_part){data, *used};
        return IMAP_OCTETS;
    }
    if (nothing_left(r) && len > 0 && !may_end_line(data, len))
        return bad(r, IMAP_LONG, used);
    if (r->line_max > 0 && r->literals > 0)
        r->lines.limit = nothing_left(r) ? 1 : r->line_max - r->line_len; /* 0 would be no limit */
    switch (line_next(&r->lines, data, len, &l, used)) {
    case LINE_TOO_LONG:
        return bad(r, IMAP_LONG, used);
    case LINE_FOUND:
        return piece(r, &l, part, used);
    case LINE_MORE:
        break;
    }
    return IMAP_MORE;
}

void imap_refuse_literal(struct imap_reader *r)
{
    r->left = 0;
    begin_line(r);
}

/* --- writing -------------------------------------------------------------------------------------------- */

size_t imap_write_quoted(char *out, size_t cap, const char *data, size_t len)
{
    size_t at = 0;
    if (cap < 2)
        return 0;
    out[at++] = '"';
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)data[i];
        bool escaped = c == '"' || c == '\\';
        if (c == '\r' || c == '\n' || c == '\0' || c > 0x7f || cap - at < 2u + escaped)
            return 0;
        if (escaped)
            out[at++] = '\\';
        out[at++] = (char)c;
    }
    out[at++] = '"';
    return at;
}
