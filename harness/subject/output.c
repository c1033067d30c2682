#include "subject/internal.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

/*
 * What is kept of each stream. Twice as much is held before the old half is dropped, so that bytes move
 * seldom.
 */
static const size_t TAIL_KEEP = 65536;

void tail_add(struct tail *t, const char *data, size_t len)
{
    t->total += len;
    if (len >= TAIL_KEEP) {
        data += len - TAIL_KEEP;
        len = TAIL_KEEP;
        t->len = 0;
    }
    if (t->len + len > 2 * TAIL_KEEP) {
        memmove(t->data, t->data + t->len - TAIL_KEEP, TAIL_KEEP);
        t->len = TAIL_KEEP;
    }
    if (t->len + len > t->cap) {
        t->cap = t->cap ? t->cap : 256;
        while (t->cap < t->len + len)
            t->cap *= 2;
        t->data = mem_realloc(t->data, t->cap);
    }
    if (len)
        memcpy(t->data + t->len, data, len);
    t->len += len;
}

const char *tail_text(const struct tail *t, size_t *len)
{
    size_t skip = t->len > TAIL_KEEP ? t->len - TAIL_KEEP : 0;
    *len = t->len - skip;
    return t->data ? t->data + skip : "";
}

void tail_clear(struct tail *t)
{
    t->len = 0;
    t->total = 0;
}

void tail_free(struct tail *t)
{
    free(t->data);
    *t = (struct tail){0};
}

const char *subject_output(const struct subject *s, int which, size_t *len, uint64_t *total)
{
    const struct tail *t = &s->tails[which >= 0 && which <= 2 ? which : 0];
    if (total)
        *total = t->total;
    return tail_text(t, len);
}

void subject_output_mark(struct subject *s)
{
    for (int i = 0; i < 3; i++)
        tail_clear(&s->tails[i]);
}
