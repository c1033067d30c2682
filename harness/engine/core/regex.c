/*
 * Regular expressions: PCRE2 does the work. The checker has compiled each pattern once, so none fails here.
 */
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "engine/core/regex.h"

/* What a subject sends decides how long a match takes: bounded, so that no answer can hang the harness. */
#define MATCH_LIMIT 1000000

bool regex_search(const struct scn_regex *r, const char *data, size_t len, size_t *begin, size_t *end)
{
    int error;
    PCRE2_SIZE where;
    pcre2_code *code = pcre2_compile((PCRE2_SPTR)r->pattern, r->len, PCRE2_DOLLAR_ENDONLY, &error, &where, NULL);
    if (!code)
        return false;
    pcre2_match_data *match = pcre2_match_data_create_from_pattern(code, NULL);
    pcre2_match_context *context = pcre2_match_context_create(NULL);
    pcre2_set_match_limit(context, MATCH_LIMIT);
    int n = pcre2_match(code, (PCRE2_SPTR)(data ? data : ""), len, 0, 0, match, context);
    if (n > 0) {
        PCRE2_SIZE *at = pcre2_get_ovector_pointer(match);
        size_t group = n > 1 && at[2] != PCRE2_UNSET ? 2 : 0;
        if (begin)
            *begin = at[group];
        if (end)
            *end = at[group + 1];
    }
    pcre2_match_context_free(context);
    pcre2_match_data_free(match);
    pcre2_code_free(code);
    return n > 0;
}
