/* Operations inside lines: their ends, blanks, folds, single bytes, lengths. */
#include "fuzz/mutator_internal.h"

#include <ctype.h>
#include <string.h>

bool op_case(struct draft *d)
{
    const struct piece *p = draft_any(d, PIECE_START | PIECE_FIELD | PIECE_TRAILER | PIECE_CHUNK);
    if (p == NULL || p->len == 0)
        return false;
    uint8_t *b = d->data + p->at + draft_pick(d, p->len);
    if (!isalpha(*b))
        return false;
    *b ^= draft_pick(d, 4) == 0 ? 0x80 : 0x20;
    return true;
}

bool op_line_end(struct draft *d)
{
    const struct piece *p = draft_any(d, PIECE_LINES | PIECE_DATA);
    return p != NULL && word_put(d, p->at + p->len, p->end, words_ends);
}

bool op_blanks(struct draft *d)
{
    const struct piece *p = draft_any(d, PIECE_START | PIECE_FIELD | PIECE_TRAILER | PIECE_CHUNK);
    if (p == NULL)
        return false;
    size_t end = p->at + p->len;
    size_t mark = piece_find(d, p, p->at, p->kind == PIECE_START ? ' ' : p->kind == PIECE_CHUNK ? ';' : ':');
    switch (draft_pick(d, 5)) {
    case 0:
        return word_put(d, p->at, 0, words_blanks);
    case 1:
        return word_put(d, mark, 0, words_blanks);
    case 2: /* behind it, or in place of what is there */
        return mark < end && word_put(d, mark + 1, mark + 1 < end && d->data[mark + 1] == ' ', words_blanks);
    case 3:
        return p->kind == PIECE_START && mark < end && word_put(d, mark, 1, words_blanks);
    default:
        return word_put(d, end, 0, words_blanks);
    }
}

bool op_fold(struct draft *d)
{
    static const struct word folds[] = {{"\r\n ", 3}, {"\r\n\t", 3},     {"\n ", 2},
                                        {"\r ", 2},   {"\r\n \r\n ", 6}, {NULL, 0}};
    const struct piece *p = draft_any(d, PIECE_START | PIECE_FIELD | PIECE_TRAILER);
    if (p == NULL)
        return false;
    size_t colon = piece_find(d, p, p->at, ':'), end = p->at + p->len;
    size_t from = draft_pick(d, 4) == 0 ? p->at : colon;
    return word_put(d, from + draft_pick(d, end - from + 1), 0, folds);
}

bool op_control(struct draft *d)
{
    const struct piece *p = draft_any(d, PIECE_LINES);
    if (p == NULL)
        return false;
    size_t at = p->at + draft_pick(d, p->len + 1);
    size_t old = at < p->at + p->len && draft_pick(d, 2) == 0;
    if (draft_pick(d, 4) > 0)
        return word_put(d, at, old, words_controls);
    uint8_t any = (uint8_t)draft_pick(d, 256);
    return draft_replace(d, at, old, &any, 1);
}

/* A line, with its end, of a length just below, at or above a limit: the small ones of the targets, then
 * powers of two, which are the sizes of buffers, and the defaults. */
bool op_stretch(struct draft *d)
{
    static const uint16_t limits[] = {12, 20, 24, 32, 64, 120, 128, 256, 512, 1024, 4096, 8192, 16384};
    const struct piece *p = draft_any(d, PIECE_LINES);
    if (p == NULL)
        return false;
    size_t wanted = limits[draft_pick(d, sizeof limits / sizeof limits[0])] - 1 + draft_pick(d, 3);
    if (draft_pick(d, 4) == 0 && wanted > d->len)
        wanted -= d->len - 2 - p->len - p->end; /* the message in place of the line */
    size_t size = p->len + p->end, at = p->at + (p->len > 0 ? draft_pick(d, p->len) : 0);
    if (wanted <= size || wanted - size > d->max - d->len)
        return false;
    const uint8_t fill = p->len > 0 && draft_pick(d, 4) > 0 ? d->data[at] : 'a';
    size_t n = wanted - size;
    memmove(d->data + at + n, d->data + at, d->len - at);
    memset(d->data + at, fill, n);
    d->len += n;
    return true;
}
