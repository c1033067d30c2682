/* Regexes: read off the token and compiled once, so that what is wrong with one is told before a socket opens. */
#include "scenario/parse.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

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
    if (!compile(p, out))
        return false;
    advance(p);
    return true;
}
