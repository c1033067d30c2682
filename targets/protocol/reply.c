#include "protocol/reply.h"

#include "protocol/planted.h"

#include <string.h>

/* Digits of a code, and where its text begins behind the separator. */
#define CODE_LEN 3

const char *reply_problem_text(enum reply_problem p)
{
    static const char *const texts[] = {
        [REPLY_FINE] = "nothing is wrong",
        [REPLY_NO_CODE] = "a line does not begin with a code of three digits",
        [REPLY_OTHER_CODE] = "the lines of a reply have different codes",
        [REPLY_NO_SEPARATOR] = "behind the code stands neither a blank nor a hyphen",
        [REPLY_LINE_END] = "a line ends in LF alone",
        [REPLY_BYTE] = "a byte that no text may hold",
        [REPLY_LONG] = "a line is too long",
        [REPLY_ENDLESS] = "a reply has too many lines",
    };
    return texts[p];
}

void reply_init(struct reply_parser *p, enum reply_form form, bool lenient, size_t line_max, size_t lines_max)
{
    *p = (struct reply_parser){.form = form, .lenient = lenient, .lines_max = lines_max};
    line_init(&p->lines, '\n', true, line_max);
}

static enum reply_event bad(struct reply_parser *p, enum reply_problem problem, size_t *used)
{
    *used = 0;
    p->problem = problem;
    return REPLY_BAD;
}

/* First digits: SMTP 2 to 5 (RFC 5321, 4.2.1: no 1yz), FTP 1 to 6 (RFC 959; 6yz RFC 2228), NNTP 1 to 5. Second ones go
 * to 5, but in NNTP, where 8 and 9 are for extensions and private use (RFC 3977, 3.2). Returns 0: no code. */
static int code_of(enum reply_form form, const char *s, size_t len)
{
    static const struct {
        char first_low, first_high, second_high;
    } ranges[] = {[REPLY_SMTP] = {'2', '5', '5'}, [REPLY_FTP] = {'1', '6', '5'}, [REPLY_NNTP] = {'1', '5', '9'}};
    if (len < CODE_LEN || s[0] < ranges[form].first_low || s[0] > ranges[form].first_high || s[1] < '0' ||
        s[1] > ranges[form].second_high || s[2] < '0' || s[2] > '9')
        return 0;
    return (s[0] - '0') * 100 + (s[1] - '0') * 10 + (s[2] - '0');
}

/* SMTP texts are printable ASCII and HTAB (RFC 5321, 4.2); FTP and NNTP have UTF-8 besides (RFC 2640; RFC 3977, 3.2).
 */
static bool right_text(enum reply_form form, const char *s, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)s[i];
        if ((c < ' ' && c != '\t') || c == 0x7f || (c > 0x7f && form == REPLY_SMTP))
            return false;
    }
    return true;
}

/* What may stand behind the code of a line that ends a reply, and what says that others follow. */
static enum reply_event separator(const struct reply_parser *p, const struct line *l)
{
    char c = l->len > CODE_LEN ? l->data[CODE_LEN] : '\0';
    if (c == '-' && l->len > CODE_LEN && p->form != REPLY_NNTP)
        return REPLY_LINE;
    bool nothing_is_right = p->form != REPLY_FTP; /* the text is optional there (RFC 5321, 4.2.1; RFC 3977, 9.4.2) */
    if (p->lenient || (l->len > CODE_LEN ? c == ' ' : nothing_is_right))
        return REPLY_LAST;
    return REPLY_BAD;
}

/* A line inside of an FTP reply: the end is the same code and a blank, everything else is text. */
static bool is_middle(const struct reply_parser *p, const struct line *l)
{
    if (p->form != REPLY_FTP || p->count == 0)
        return false;
    int code = code_of(p->form, l->data, l->len);
    if (BUG(REPLY_CODE_INSIDE) && code && l->len > CODE_LEN && l->data[CODE_LEN] == ' ')
        return false;
    return code != p->code || l->len == CODE_LEN || l->data[CODE_LEN] != ' ';
}

static enum reply_event take(struct reply_parser *p, const struct line *l, struct reply_line *line, size_t *used)
{
    if (!p->lenient && *used != l->len + 2)
        return bad(p, REPLY_LINE_END, used);
    if (p->lines_max > 0 && p->count == p->lines_max)
        return bad(p, REPLY_ENDLESS, used);
    *line = (struct reply_line){.code = p->code, .text = l->data, .len = l->len};
    enum reply_event e = REPLY_LINE;
    if (!is_middle(p, l)) {
        int code = code_of(p->form, l->data, l->len);
        if (code == 0)
            return bad(p, REPLY_NO_CODE, used);
        if (p->count > 0 && code != p->code && !BUG(REPLY_CODES_DIFFER) && !BUG(REPLY_CODE_INSIDE))
            return bad(p, REPLY_OTHER_CODE, used);
        e = separator(p, l);
        if (e == REPLY_BAD)
            return bad(p, REPLY_NO_SEPARATOR, used);
        size_t behind = l->len > CODE_LEN && strchr(" -", l->data[CODE_LEN]) && l->data[CODE_LEN] ? 1 : 0;
        p->code = code;
        *line = (struct reply_line){code, l->data + CODE_LEN + behind, l->len - CODE_LEN - behind};
    }
    if (!p->lenient && !right_text(p->form, line->text, line->len))
        return bad(p, REPLY_BYTE, used);
    p->count = e == REPLY_LAST ? 0 : p->count + 1;
    return e;
}

enum reply_event reply_next(struct reply_parser *p, const char *data, size_t len, struct reply_line *line, size_t *used)
{
    struct line l;
    *used = 0;
    if (p->problem != REPLY_FINE)
        return REPLY_BAD;
    enum line_event e = line_next(&p->lines, data, len, &l, used);
    if (e == LINE_MORE)
        return REPLY_MORE;
    if (e == LINE_TOO_LONG)
        return bad(p, REPLY_LONG, used);
    return take(p, &l, line, used);
}

size_t reply_write(char *out, size_t cap, enum reply_form form, int code, const char *const *lines, size_t count)
{
    const char digits[] = {(char)('0' + code / 100 % 10), (char)('0' + code / 10 % 10), (char)('0' + code % 10)};
    size_t at = 0;
    if (code < 100 || code > 699 || count == 0 || (form == REPLY_NNTP && count > 1))
        return 0;
    for (size_t i = 0; i < count; i++) {
        size_t len = strlen(lines[i]);
        bool padded = form == REPLY_FTP && i > 0 && i + 1 < count;
        size_t head = padded ? 1 : CODE_LEN + 1;
        if (strpbrk(lines[i], "\r\n") || cap - at < head + len + 2)
            return 0;
        if (padded) {
            out[at] = ' ';
        } else {
            memcpy(out + at, digits, CODE_LEN);
            out[at + CODE_LEN] = i + 1 < count ? '-' : ' ';
        }
        memcpy(out + at + head, lines[i], len);
        memcpy(out + at + head + len, "\r\n", 2);
        at += head + len + 2;
    }
    return at;
}
