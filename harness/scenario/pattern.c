/* Regexes: read off the token and compiled once, so that what is wrong with one is told before a socket opens. */
#include "scenario/parse.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "base/buf.h"

#include <string.h>

/* A longer pattern is no condition that a person can check; compiling costs more than reading. */
#define REGEX_MAX 4096

/* Reads a regex token up to `stop` bytes of its pattern; `at` becomes the place where it stops. Returns its length. */
static size_t read_pattern(const struct tok *t, char *pattern, size_t stop, struct scn_at *at)
{
    const char *q = t->text, *end = t->text + t->len;
    size_t len = 0;
    *at = t->at;
    at->col++;
    at->len = 1;
    while (q < end && len < stop) {
        const char *from = q;
        if (*q == '/') {
            q = lex_next_piece(q, end, at);
            at->col++;
            continue;
        }
        if (*q == '\\' && q + 1 < end && *++q != '/')
            pattern[len++] = '\\';
        pattern[len++] = *q++;
        at->col += (int)(q - from);
    }
    return len;
}

static bool compile(struct parser *p, const struct scn_regex *r)
{
    int code;
    PCRE2_SIZE offset;
    pcre2_code *re = pcre2_compile((PCRE2_SPTR)r->pattern, r->len, 0, &code, &offset, NULL);
    if (re) {
        pcre2_code_free(re);
        return true;
    }
    char why[128];
    pcre2_get_error_message(code, (PCRE2_UCHAR *)why, sizeof(why));
    struct scn_at at;
    read_pattern(&p->tok, arena_new(p->arena, p->tok.len + 1, 1), offset, &at);
    return fail_at(p, at, NULL, "the regex does not compile: %s (at offset %zu)", why, (size_t)offset);
}

/* Behind a backslash and one of these a brace is PCRE2's: \x{41}, \p{L}, \g{1}. */
#define BRACED_ESCAPES "xpPgkoN"

/* The length of the name in braces that begins at `at`, 0: none does. A quantifier begins with a digit. */
static size_t name_at(const char *pattern, size_t len, size_t at)
{
    size_t slashes = 0;
    if (pattern[at] != '{')
        return 0;
    for (size_t i = at; i-- > 0 && pattern[i] == '\\';)
        slashes++;
    if (slashes % 2 == 1)
        return 0;
    if (at >= 2 && strchr(BRACED_ESCAPES, pattern[at - 1])) {
        for (size_t i = at - 1; i-- > 0 && pattern[i] == '\\';)
            slashes++;
        if (slashes % 2 == 1)
            return 0;
    }
    return lex_braced_name(pattern + at + 1, pattern + len);
}

static void add_part(struct parser *p, struct scn_regex *r, enum scn_part_kind kind, const char *bytes, size_t len)
{
    if (len == 0)
        return;
    struct scn_part *part = arena_push(p->arena, &r->text.parts, &r->text.count, sizeof(*part));
    *part = (struct scn_part){.kind = kind, .bytes = arena_copy(p->arena, bytes, len), .len = len, .at = r->at};
}

/* Whether `at` is inside of [ ], where a value would be a choice of its bytes. A ] that comes first is one of them. */
static bool in_class(const char *pattern, size_t at)
{
    bool in = false;
    for (size_t i = 0; i < at; i++) {
        if (pattern[i] == '\\') {
            i++;
        } else if (!in && pattern[i] == '[') {
            in = true;
            i += pattern[i + 1] == '^';
            i += pattern[i + 1] == ']';
        } else if (in && pattern[i] == '[' && pattern[i + 1] == ':') { /* [:alpha:] */
            const char *end = strstr(pattern + i, ":]");
            i = end ? (size_t)(end - pattern) + 1 : i;
        } else if (in && pattern[i] == ']') {
            in = false;
        }
    }
    return in;
}

/* Takes the pattern apart where there are names in it. */
static bool find_names(struct parser *p, struct scn_regex *r)
{
    size_t done = 0;
    bool any = false;
    for (size_t i = 0; i < r->len; i++) {
        size_t len = name_at(r->pattern, r->len, i);
        if (len == 0)
            continue;
        if (in_class(r->pattern, i))
            return fail_at(p, r->at, "\\{ is a brace", "a name in braces does not stand inside of [ ]");
        any = true;
        add_part(p, r, SCN_PART_BYTES, r->pattern + done, i - done);
        add_part(p, r, SCN_PART_NAME, r->pattern + i + 1, len);
        names_use(p, r->text.parts[r->text.count - 1].bytes, r->at, false);
        done = i + len + 2;
        i = done - 1;
    }
    if (any)
        add_part(p, r, SCN_PART_BYTES, r->pattern + done, r->len - done);
    return true;
}

/* As it will be, with some value for each name. */
static struct scn_regex with_values(struct parser *p, const struct scn_regex *r)
{
    struct buf text = {0};
    for (size_t i = 0; i < r->text.count; i++) {
        if (r->text.parts[i].kind == SCN_PART_NAME)
            buf_puts(&text, "(?:x)");
        else
            buf_add(&text, r->text.parts[i].bytes, r->text.parts[i].len);
    }
    struct scn_regex all = {.pattern = arena_copy(p->arena, buf_text(&text), text.len), .len = text.len, .at = r->at};
    buf_free(&text);
    return all;
}

bool parse_regex(struct parser *p, struct scn_regex *out)
{
    if (p->tok.kind != TOK_REGEX)
        return fail_expected(p, "a regex", "a regex is written between slashes: /[0-9]+/");
    struct scn_at end;
    char *pattern = arena_new(p->arena, p->tok.len + 1, 1);
    size_t len = read_pattern(&p->tok, pattern, p->tok.len, &end);
    if (len > REGEX_MAX)
        return fail_at(p, p->tok.at, NULL, "a regex of more than %d bytes", REGEX_MAX);
    *out = (struct scn_regex){.pattern = pattern, .len = len, .at = p->tok.at};
    if (!p->plain && !find_names(p, out))
        return false;
    struct scn_regex filled = out->text.count ? with_values(p, out) : *out;
    if (!compile(p, &filled))
        return false;
    advance(p);
    return true;
}
