/*
 * Regular expressions: PCRE2 does the work. The checker has compiled each pattern once, so none fails here but one that
 * a long value has made too large.
 */
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "engine/core/regex.h"

#include "engine/core/values.h"
#include "engine/core/verdict.h"

/* What a subject sends decides how long a match takes: bounded, so that no answer can hang the harness. */
#define MATCH_LIMIT 1000000
/* Of a value in a pattern: what is longer is no condition, and each byte becomes four. */
#define VALUE_MAX ((size_t)64 * 1024)

/* A value's bytes, none of which means anything to PCRE2. */
static void add_plain(struct buf *out, const char *value, size_t len)
{
    buf_puts(out, "(?:");
    for (size_t i = 0; i < len; i++)
        buf_printf(out, "\\x%02x", (unsigned char)value[i]);
    buf_puts(out, ")");
}

/* The pattern with its names put in. Returns 0, or -1 (the case has ended). */
static int fill_in(struct actor *a, const struct scn_text *text, struct buf *out)
{
    struct buf scratch = {0};
    int rc = 0;
    for (size_t i = 0; i < text->count && rc == 0; i++) {
        const struct scn_part *part = &text->parts[i];
        size_t len = 0;
        const char *value = part->kind == SCN_PART_NAME ? value_of(a->run, a, part->bytes, &len, &scratch) : NULL;
        if (part->kind == SCN_PART_BYTES)
            buf_add(out, part->bytes, part->len);
        else if (value && len <= VALUE_MAX)
            add_plain(out, value, len);
        else
            rc = -1;
        if (rc < 0)
            case_error(a->run, a, "{%s} (line %d) %s", part->bytes, part->at.line,
                       value ? "is too long for a regex" : "has no value here");
    }
    buf_free(&scratch);
    return rc;
}

static enum regex_found run_match(const pcre2_code *code, enum regex_where where, const char *data, size_t len,
                                  size_t *begin, size_t *end)
{
    if (where == REGEX_FIRST && len == 0)
        return REGEX_MORE; /* to PCRE2 a partial match has a byte at least */
    pcre2_match_data *match = pcre2_match_data_create_from_pattern(code, NULL);
    pcre2_match_context *context = pcre2_match_context_create(NULL);
    pcre2_set_match_limit(context, MATCH_LIMIT);
    uint32_t options = where == REGEX_WHOLE    ? PCRE2_ANCHORED | PCRE2_ENDANCHORED
                       : where == REGEX_FIRST  ? PCRE2_ANCHORED | PCRE2_PARTIAL_HARD
                       : where == REGEX_PREFIX ? PCRE2_ANCHORED
                                               : 0;
    int n = pcre2_match(code, (PCRE2_SPTR)(data ? data : ""), len, 0, options, match, context);
    if (n > 0) {
        PCRE2_SIZE *at = pcre2_get_ovector_pointer(match);
        size_t group = n > 1 && at[2] != PCRE2_UNSET && where == REGEX_ANYWHERE ? 2 : 0;
        if (begin)
            *begin = at[group];
        if (end)
            *end = at[group + 1];
    }
    pcre2_match_context_free(context);
    pcre2_match_data_free(match);
    return n > 0 ? REGEX_YES : n == PCRE2_ERROR_PARTIAL ? REGEX_MORE : REGEX_NO;
}

enum regex_found regex_find(struct actor *a, const struct scn_regex *r, enum regex_where where, const char *data,
                            size_t len, size_t *begin, size_t *end)
{
    int error;
    PCRE2_SIZE offset;
    struct buf filled = {0};
    if (r->text.count && fill_in(a, &r->text, &filled) < 0) {
        buf_free(&filled);
        return REGEX_NO;
    }
    const char *pattern = r->text.count ? buf_text(&filled) : r->pattern;
    size_t pattern_len = r->text.count ? filled.len : r->len;
    pcre2_code *code = pcre2_compile((PCRE2_SPTR)pattern, pattern_len, PCRE2_DOLLAR_ENDONLY, &error, &offset, NULL);
    enum regex_found found = code ? run_match(code, where, data, len, begin, end) : REGEX_NO;
    if (!code)
        case_error(a->run, a, "/%s/ (line %d) does not compile with its values", r->pattern, r->at.line);
    pcre2_code_free(code);
    buf_free(&filled);
    return found;
}

bool regex_search(struct actor *a, const struct scn_regex *r, const char *data, size_t len, size_t *begin, size_t *end)
{
    return regex_find(a, r, REGEX_ANYWHERE, data, len, begin, end) == REGEX_YES;
}
