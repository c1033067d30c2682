/* Operations on bodies, chunks, trailers, and on messages as a whole. */
#include "fuzz/mutator_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A number with room for its signs: 2^64 has 20 digits. */
#define NUMBER 32

bool op_body(struct draft *d)
{
    const struct piece *p = draft_any(d, PIECE_EMPTY);
    return p != NULL && word_put(d, p->at, p->len + p->end, words_bodies);
}

/* The bytes behind the head of `field`, up to the next start line. */
static size_t body_behind(const struct draft *d, const struct piece *field)
{
    const struct piece *p = field, *last = d->pieces + d->count;
    while (p < last && p->kind == PIECE_FIELD)
        p++;
    size_t from = p < last ? p->at + p->len + p->end : d->len;
    while (p < last && p->kind != PIECE_START)
        p++;
    size_t to = p < last ? p->at : d->len;
    return to > from ? to - from : 0;
}

/* A length as it has been written to be read in two ways. */
static int disguise_length(struct draft *d, char *text, size_t cap, size_t length)
{
    switch (draft_pick(d, 10)) {
    case 0:
        return snprintf(text, cap, "+%zu", length);
    case 1:
        return snprintf(text, cap, "-%zu", length);
    case 2:
        return snprintf(text, cap, "0x%zx", length);
    case 3:
        return snprintf(text, cap, "%zu, %zu", length, length + draft_pick(d, 2));
    case 4:
        return snprintf(text, cap, "%zu,%zu", length + draft_pick(d, 2), length);
    case 5:
        return snprintf(text, cap, "%zu %zu", length / 10, length % 10);
    case 6: /* the same modulo 2^64 */
        return snprintf(text, cap, "184467440737095516%02zu", 16 + length % 84);
    case 7:
        return snprintf(text, cap, "%0*zu", 2 + (int)draft_pick(d, 30), length);
    case 8:
        return snprintf(text, cap, "%zu%c", length, " ;.a,\t"[draft_pick(d, 6)]);
    default:
        return snprintf(text, cap, "\t");
    }
}

bool op_length(struct draft *d)
{
    const struct piece *p = draft_any(d, PIECE_FIELD);
    if (p == NULL)
        return false;
    char value[2 * NUMBER], line[4 * NUMBER];
    size_t length = body_behind(d, p) + draft_pick(d, 3);
    length -= length > 0;
    if (draft_pick(d, 2) == 0)
        disguise_length(d, value, sizeof value, length);
    else
        snprintf(value, sizeof value, "%zu", length);
    int n = snprintf(line, sizeof line, "Content-Length: %s\r\n", value);
    const struct piece *old = draft_field(d, (size_t)(p - d->pieces), "Content-Length");
    if (old != NULL && draft_pick(d, 4) > 0)
        return draft_replace(d, old->at, old->len + old->end, line, (size_t)n);
    return draft_replace(d, p->at, 0, line, (size_t)n);
}

/* The number of hexadecimal digits that a chunk line begins with. */
static size_t size_digits(const struct draft *d, const struct piece *p)
{
    size_t n = 0;
    while (n < p->len && d->data[p->at + n] != 0 && strchr("0123456789abcdefABCDEF", d->data[p->at + n]) != NULL)
        n++;
    return n;
}

/* The same size again for who keeps 32 or 64 bits of it, or forgets a sign; or one off. */
static bool disguise_size(struct draft *d, const struct piece *p, size_t digits)
{
    char text[2 * NUMBER], was[NUMBER] = "0";
    if (digits < sizeof was && digits > 0) {
        memcpy(was, d->data + p->at, digits);
        was[digits] = '\0';
    }
    int width = draft_pick(d, 2) == 0 ? 8 : 16, n;
    unsigned long value = strtoul(was, NULL, 16);
    switch (draft_pick(d, 6)) {
    case 0: /* 2^32 or 2^64 more */
        n = snprintf(text, sizeof text, "%x%0*lx", 1 + (unsigned)draft_pick(d, 15), width, value);
        break;
    case 1:
        n = snprintf(text, sizeof text, "%0*lx", 1 + (int)draft_pick(d, 24), value);
        break;
    case 2:
        n = snprintf(text, sizeof text, "0%c%lx", draft_pick(d, 2) == 0 ? 'x' : 'X', value);
        break;
    case 3:
        n = snprintf(text, sizeof text, "%c%lx", draft_pick(d, 2) == 0 ? '+' : '-', value);
        break;
    case 4:
        n = snprintf(text, sizeof text, "%lX", value + 1);
        break;
    default:
        n = snprintf(text, sizeof text, "%lx", value > 0 ? value - 1 : value);
        break;
    }
    return draft_replace(d, p->at, digits, text, (size_t)n);
}

bool op_chunk_size(struct draft *d)
{
    const struct piece *p = draft_any(d, PIECE_CHUNK);
    if (p == NULL)
        return false;
    size_t digits = size_digits(d, p);
    if (draft_pick(d, 2) == 0)
        return disguise_size(d, p, digits);
    return word_put(d, p->at, digits, words_sizes);
}

bool op_chunk_extension(struct draft *d)
{
    const struct piece *p = draft_any(d, PIECE_CHUNK);
    if (p == NULL)
        return false;
    size_t digits = size_digits(d, p);
    bool keep = draft_pick(d, 2) == 0;
    return word_put(d, p->at + (keep ? p->len : digits), keep ? 0 : p->len - digits, words_extensions);
}

/* A chunk in two: its first `n` bytes become one of their own. */
static bool split_chunk(struct draft *d, const struct piece *size, const struct piece *data)
{
    char text[2 * NUMBER];
    size_t first = 1 + draft_pick(d, data->len - 1);
    int n = snprintf(text, sizeof text, "\r\n%zx\r\n", data->len - first);
    if ((size_t)n + NUMBER > d->max - d->len)
        return false;
    size_t at = size->at, len = size->len;
    draft_replace(d, data->at + first, 0, text, (size_t)n);
    n = snprintf(text, sizeof text, "%zx", first);
    return draft_replace(d, at, len, text, (size_t)n);
}

bool op_chunk_data(struct draft *d)
{
    static const struct word chunks[] = {{"1\r\na\r\n", 6}, {"5\r\n0\r\n\r\n\r\n", 10}, {"A;b\r\n0123456789\r\n", 17},
                                         {"0\r\n\r\n", 5},  {"2\r\n\r\n\r\n", 7},       {NULL, 0}};
    const struct piece *p = draft_any(d, PIECE_CHUNK);
    if (p == NULL)
        return false;
    const struct piece *next = p + 1 < d->pieces + d->count ? p + 1 : NULL;
    if (next == NULL || next->kind != PIECE_DATA || draft_pick(d, 4) == 0)
        return word_put(d, p->at, 0, chunks);
    if (draft_pick(d, 2) == 0 && next->len >= 2)
        return split_chunk(d, p, next);
    if (draft_pick(d, 2) == 0) /* a byte more or less than was told */
        return draft_replace(d, next->at, 0, "x", 1);
    return draft_replace(d, next->at + next->len, next->end, NULL, 0);
}

bool op_trailer(struct draft *d)
{
    static const struct word trailers[] = {{"T: v\r\n", 6},
                                           {"T:\r\n", 4},
                                           {"T\r\n", 3},
                                           {" T: v\r\n", 7},
                                           {"T : v\r\n", 7},
                                           {"T: a\0b\r\n", 8},
                                           {"T: v\n", 5},
                                           {"\0: v\r\n", 6},
                                           {"T: v\r\n w\r\n", 10},
                                           {"T: v\rU: w\r\n", 11},
                                           {"Content-Length: 5\r\n", 19},
                                           {NULL, 0}};
    const struct piece *p = draft_any(d, PIECE_TRAILER | PIECE_EMPTY);
    return p != NULL && word_put(d, p->at, 0, trailers);
}

bool op_message(struct draft *d)
{
    if (d->len < 2)
        return false;
    if (d->len == 2 || draft_pick(d, 4) > 0) {
        const struct piece *p = draft_any(d, PIECE_START);
        return word_put(d, p != NULL && draft_pick(d, 4) == 0 ? p->at : d->len, 0, words_messages);
    }
    /* The whole once more: a pipeline of twins. */
    size_t n = d->len - 2;
    if (n > d->max - d->len)
        return false;
    memcpy(d->data + d->len, d->data + 2, n);
    d->len += n;
    return true;
}

bool op_cross(struct draft *d)
{
    struct draft o = {.data = (uint8_t *)d->other.data, .len = d->other.len, .max = d->other.len, .chance = d->chance};
    if (o.data == NULL || d->data == NULL)
        return false;
    draft_split(&o); /* only looks */
    const struct piece *p = draft_any(&o, ~0u), *q = draft_any(d, ~0u);
    draft_pick(d, 2); /* o began with our state: go on from another */
    if (p == NULL || q == NULL)
        return false;
    /* A line stays a line: insert before one, or put it in the place of one of its kind. */
    bool same = p->kind == q->kind;
    return draft_replace(d, q->at, same ? q->len + q->end : 0, o.data + p->at, p->len + p->end);
}
