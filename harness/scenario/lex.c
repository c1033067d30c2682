#include "scenario/lex.h"

#include <string.h>

void lex_start(struct lexer *l, const char *source, size_t len)
{
    *l = (struct lexer){.p = source, .end = source + len, .line_start = source, .line = 1};
    if (len >= 3 && memcmp(source, "\xef\xbb\xbf", 3) == 0)
        l->p = l->line_start = source + 3; /* a byte order mark is no word */
}

bool lex_is_name_start(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

bool lex_is_name_char(char c)
{
    return lex_is_name_start(c) || (c >= '0' && c <= '9') || c == '-' || c == '.';
}

size_t lex_braced_name(const char *p, const char *end)
{
    const char *q = p;
    if (q == end || !lex_is_name_start(*q))
        return 0;
    while (q < end && lex_is_name_char(*q))
        q++;
    return q < end && *q == '}' ? (size_t)(q - p) : 0;
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static bool is_control(char c)
{
    return ((unsigned char)c < 0x20 && c != '\t') || c == 0x7f;
}

static const char *line_end(const struct lexer *l)
{
    const char *nl = memchr(l->p, '\n', (size_t)(l->end - l->p));
    return nl ? nl : l->end;
}

static void skip_blank(struct lexer *l)
{
    while (l->p < l->end && is_space(*l->p))
        l->p++;
    if (l->p < l->end && *l->p == '#')
        l->p = line_end(l);
}

static void new_line(struct lexer *l)
{
    l->p++;
    l->line++;
    l->line_start = l->p;
}

static struct scn_at place(const struct lexer *l, const char *from, const char *to)
{
    int len = (int)(to - from);
    return (struct scn_at){.line = l->line, .col = (int)(from - l->line_start) + 1, .len = len > 0 ? len : 1};
}

static struct tok make(const struct lexer *l, enum tok_kind kind, const char *from, const char *to)
{
    return (struct tok){.kind = kind, .text = from, .len = (size_t)(to - from), .at = place(l, from, to)};
}

static struct tok bad(struct lexer *l, const char *from, const char *to, const char *problem, const char *hint)
{
    struct tok t = make(l, TOK_BAD, from, to);
    t.problem = problem;
    t.hint = hint;
    l->p = to;
    return t;
}

/* Takes a run of line ends, `;` and comments. Returns whether a `;` was among them. */
static bool separators(struct lexer *l)
{
    bool semicolon = false;
    for (;;) {
        skip_blank(l);
        if (l->p < l->end && *l->p == ';') {
            semicolon = true;
            l->p++;
        } else if (l->p < l->end && *l->p == '\n') {
            new_line(l);
        } else {
            return semicolon;
        }
    }
}

/*
 * Text between two equal delimiters on one line; a backslash takes the next byte along. It looks no further
 * than the closing one: a line of a megabyte of strings must not be read once for each of them.
 */
static struct tok piece(struct lexer *l, enum tok_kind kind, const char *problem, const char *hint)
{
    const char *from = l->p, *q = from + 1;
    while (q < l->end && *q != *from && *q != '\n') {
        bool line_end_cr = *q == '\r' && (q + 1 == l->end || q[1] == '\n');
        if (is_control(*q) && !line_end_cr)
            return bad(l, q, q + 1, "a control byte in the text", "write it as \\xHH");
        q += *q == '\\' && q + 1 < l->end && q[1] != '\n' ? 2 : 1;
    }
    if (q == l->end || *q == '\n') {
        struct tok t = bad(l, from, from + 1, problem, hint);
        l->p = q;
        return t;
    }
    struct tok t = make(l, kind, from, q + 1);
    t.text++;
    t.len -= 2;
    l->p = q + 1;
    return t;
}

/* Whether the line that comes next begins with `delimiter`: goes there if so. */
static bool goes_on_with(struct lexer *l, char delimiter)
{
    struct lexer ahead = *l;
    skip_blank(&ahead);
    if (ahead.p == ahead.end || *ahead.p != '\n' || separators(&ahead) || ahead.p == ahead.end || *ahead.p != delimiter)
        return false;
    *l = ahead;
    return true;
}

/* One token of all pieces that stand below each other. Its place is that of the first. */
static struct tok delimited(struct lexer *l, enum tok_kind kind, const char *problem, const char *hint)
{
    struct tok whole = piece(l, kind, problem, hint);
    while (whole.kind == kind && goes_on_with(l, whole.text[-1])) {
        struct tok next = piece(l, kind, problem, hint);
        if (next.kind != kind)
            return next;
        whole.len = (size_t)(next.text + next.len - whole.text);
    }
    return whole;
}

const char *lex_next_piece(const char *p, const char *end, struct scn_at *at)
{
    struct lexer l = {.p = p + 1, .end = end, .line_start = p - at->col + 1, .line = at->line};
    separators(&l);
    *at = place(&l, l.p, l.p + 1);
    return l.p + 1;
}

static struct tok pipe_line(struct lexer *l)
{
    const char *from = l->p, *stop = line_end(l), *text = from + 1, *end = stop;
    if (end > text && end[-1] == '\r')
        end--;
    if (text < end && *text == ' ')
        text++;
    for (const char *q = text; q < end; q++) {
        if (is_control(*q)) {
            struct tok t = bad(l, q, q + 1, "a control byte in a | line", "write it as \\xHH in a string");
            l->p = stop;
            return t;
        }
    }
    struct tok t = make(l, TOK_PIPE, text, end);
    l->p = stop;
    return t;
}

static bool ends_word(char c)
{
    return is_space(c) || is_control(c) || strchr(";{},\"", c) != NULL;
}

static struct tok word(struct lexer *l)
{
    const char *from = l->p;
    if (is_control(*from))
        return bad(l, from, from + 1, "a control byte that means nothing here", NULL);
    while (l->p < l->end && !ends_word(*l->p))
        l->p++;
    return make(l, TOK_WORD, from, l->p);
}

static struct tok brace(struct lexer *l)
{
    const char *from = l->p++;
    size_t len = lex_braced_name(l->p, l->end);
    if (!len)
        return make(l, TOK_OPEN, from, l->p);
    l->p += len + 1;
    struct tok t = make(l, TOK_NAME, from, l->p);
    t.text++;
    t.len -= 2;
    return t;
}

/* Whether what comes next can begin no step: then it goes on with the one above. */
static bool goes_on(const struct lexer *l)
{
    if (l->p == l->end)
        return false;
    if (*l->p == '|' || *l->p == '"' || *l->p == '/')
        return true;
    if (*l->p == '{')
        return lex_braced_name(l->p + 1, l->end) > 0;
    return l->end - l->p > 3 && memcmp(l->p, "or", 2) == 0 && is_space(l->p[2]);
}

static struct tok comma(struct lexer *l)
{
    const char *from = l->p++;
    struct tok t = make(l, TOK_COMMA, from, l->p);
    struct lexer ahead = *l;
    if (!separators(&ahead))
        *l = ahead;
    return t;
}

struct tok lex_next(struct lexer *l)
{
    skip_blank(l);
    if (l->p < l->end && (*l->p == '\n' || *l->p == ';')) {
        struct tok t = make(l, TOK_NEWLINE, l->p, l->p + 1);
        bool semicolon = separators(l);
        if (semicolon || !goes_on(l))
            return t;
    }
    if (l->p == l->end)
        return make(l, TOK_END, l->p, l->p);
    const char *from = l->p;
    switch (*from) {
    case '{':
        return brace(l);
    case '}':
        l->p++;
        return make(l, TOK_CLOSE, from, l->p);
    case ',':
        return comma(l);
    case '"':
        return delimited(l, TOK_STRING, "a string without its closing quote", "a string ends on its line: \"...\"");
    case '/':
        return delimited(l, TOK_REGEX, "a regex without its closing slash",
                         "a path is written in quotes, a regex between slashes");
    case '|':
        return pipe_line(l);
    default:
        return word(l);
    }
}
