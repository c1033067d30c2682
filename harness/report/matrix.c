#include "report/matrix.h"

#include <string.h>

static bool has_rule(const struct result *r, const char *rule)
{
    return r->rule && strcmp(r->rule, rule) == 0;
}

bool matrix_is_first(const struct run *r, size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (has_rule(&r->results[i], r->results[index].rule))
            return false;
    return true;
}

static bool find(const struct run *r, const char *rule, enum verdict verdict, bool known, size_t *index)
{
    for (size_t i = 0; i < r->count; i++)
        if (has_rule(&r->results[i], rule) && r->results[i].verdict == verdict &&
            (r->results[i].known != NULL) == known) {
            *index = i;
            return true;
        }
    return false;
}

enum verdict matrix_worst(const struct run *r, const char *rule, size_t *index)
{
    for (size_t o = 0; o < VERDICT_COUNT; o++)
        for (int known = 0; known < 2; known++)
            if (find(r, rule, verdict_worst_first(o), known, index))
                return verdict_worst_first(o);
    return VERDICT_COUNT;
}

bool matrix_starts_row(const struct run *runs, size_t run, size_t index)
{
    const char *rule = runs[run].results[index].rule;
    size_t other;
    if (!rule || !matrix_is_first(&runs[run], index))
        return false;
    for (size_t i = 0; i < run; i++)
        if (matrix_worst(&runs[i], rule, &other) != VERDICT_COUNT)
            return false;
    return true;
}
