#include "base/typo.h"

#include <string.h>

#define WORD_MAX 63

static size_t min_of(size_t a, size_t b)
{
    return a < b ? a : b;
}

size_t typo_distance(const char *a, const char *b)
{
    size_t la = strlen(a), lb = strlen(b);
    if (la > WORD_MAX || lb > WORD_MAX)
        return la > lb ? la : lb;
    /* Three rows suffice: a swap looks two rows back. */
    size_t rows[3][WORD_MAX + 1];
    for (size_t j = 0; j <= lb; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= la; i++) {
        size_t *now = rows[i % 3], *last = rows[(i + 2) % 3], *before = rows[(i + 1) % 3];
        now[0] = i;
        for (size_t j = 1; j <= lb; j++) {
            size_t best = last[j - 1] + (a[i - 1] != b[j - 1]);
            best = min_of(best, min_of(last[j], now[j - 1]) + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                best = min_of(best, before[j - 2] + 1);
            now[j] = best;
        }
    }
    return rows[la % 3][lb];
}

const char *typo_nearest(const char *word, const char *const *words, size_t count)
{
    size_t len = strlen(word), limit = len / 3;
    if (limit == 0)
        limit = 1;
    const char *best = NULL;
    size_t best_distance = limit + 1;
    for (size_t i = 0; i < count; i++) {
        size_t other = strlen(words[i]), apart = len > other ? len - other : other - len;
        if (apart >= best_distance) /* it takes as many changes at least */
            continue;
        size_t d = typo_distance(word, words[i]);
        if (d < best_distance) {
            best = words[i];
            best_distance = d;
        }
    }
    return best;
}
