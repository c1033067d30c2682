/* How strong a rule is: MUST, SHOULD, MAY. */
#include "scenario/parse.h"

static const char *const LEVELS[] = {[SCN_MAY] = "MAY", [SCN_SHOULD] = "SHOULD", [SCN_MUST] = "MUST", NULL};

const char *scn_level_name(enum scn_level level)
{
    return LEVELS[level];
}

bool parse_level(struct parser *p, enum scn_level *out)
{
    for (size_t i = 0; LEVELS[i]; i++) {
        if (accept_word(p, LEVELS[i])) {
            *out = (enum scn_level)i;
            if (*out != SCN_MAY)
                accept_word(p, "NOT");
            return true;
        }
    }
    if (p->tok.kind == TOK_WORD)
        return fail_unknown(p, p->tok.at, "level", tok_copy(p), LEVELS, NULL);
    return fail_expected(p, "a level", "MUST, MUST NOT, SHOULD, SHOULD NOT or MAY");
}
