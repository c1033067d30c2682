/* Operations on settings, start lines and fields. */
#include "fuzz/mutator_internal.h"

#include <string.h>

/* Beyond the 100 fields that a parser takes by default, and its most, 128. */
#define REPEAT_MOST 130

bool op_settings(struct draft *d)
{
    uint8_t settings[2] = {(uint8_t)'0', (uint8_t)draft_pick(d, 256)};
    size_t old = d->len < 2 ? d->len : 2;
    if (old > 0 && draft_pick(d, 2) == 0)
        settings[0] = (uint8_t)('0' + (((unsigned)d->data[0] - '0') ^ 1u << draft_pick(d, 7)));
    else if (draft_pick(d, 2) == 0)
        settings[0] = (uint8_t)('0' + draft_pick(d, 128));
    return draft_replace(d, 0, old, settings, 2);
}

/* A start line and its words: method, target, version, or version, status, reason. */
struct start {
    size_t at, first_end, second, second_end, third, end;
};

/* A start line whose first word is a version (responses) or is none; false when there is none such. */
static bool any_start(struct draft *d, bool response, struct start *s)
{
    const struct piece *p = draft_any(d, PIECE_START);
    if (p == NULL || (p->len >= 5 && memcmp(d->data + p->at, "HTTP/", 5) == 0) != response)
        return false;
    s->at = p->at;
    s->end = p->at + p->len;
    s->first_end = piece_find(d, p, p->at, ' ');
    s->second = s->first_end < s->end ? s->first_end + 1 : s->end;
    s->second_end = piece_find(d, p, s->second, ' ');
    s->third = s->second_end < s->end ? s->second_end + 1 : s->end;
    return true;
}

bool op_method(struct draft *d)
{
    struct start s;
    return any_start(d, false, &s) && word_put(d, s.at, s.first_end - s.at, words_methods);
}

bool op_target(struct draft *d)
{
    struct start s;
    return any_start(d, false, &s) && word_put(d, s.second, s.second_end - s.second, words_targets);
}

bool op_version(struct draft *d)
{
    struct start s;
    bool response = draft_pick(d, 2) == 0;
    if (!any_start(d, response, &s))
        return false;
    return response ? word_put(d, s.at, s.first_end - s.at, words_versions)
                    : word_put(d, s.third, s.end - s.third, words_versions);
}

bool op_status(struct draft *d)
{
    struct start s;
    if (!any_start(d, true, &s))
        return false;
    if (draft_pick(d, 4) == 0) /* without reason, or without the space before it */
        return draft_replace(d, s.second_end, s.end - s.second_end, " ", draft_pick(d, 2));
    return word_put(d, s.second, s.second_end - s.second, words_statuses);
}

/* A line of its own at an offset: "text CR LF". */
static bool insert_line(struct draft *d, size_t at, struct word text)
{
    if (text.len + 2 > d->max - d->len)
        return false;
    return draft_replace(d, at, 0, "\r\n", 2) && draft_replace(d, at, 0, text.text, text.len);
}

/* Where a field may be put: before a field or the empty line behind them. SIZE_MAX when there is no such
 * place. */
static size_t any_field_place(struct draft *d)
{
    const struct piece *p = draft_any(d, PIECE_FIELD | PIECE_EMPTY);
    return p == NULL ? SIZE_MAX : p->at;
}

bool op_field_insert(struct draft *d)
{
    size_t at = any_field_place(d), names = 0;
    if (at == SIZE_MAX)
        return false;
    if (draft_pick(d, 2) == 0)
        return insert_line(d, at, word_any(d, words_fields));
    while (words_by_name[names].name != NULL)
        names++;
    const struct word_field *field = &words_by_name[draft_pick(d, names)];
    if (!insert_line(d, at, word_any(d, field->values)))
        return false;
    return draft_replace(d, at, 0, ": ", 2) && draft_replace(d, at, 0, field->name, strlen(field->name));
}

/* What decides whether the connection stays open: HTTP/1.0 or 1.1, and Connection. */
bool op_persistence(struct draft *d)
{
    const struct piece *p = draft_any(d, PIECE_START);
    const uint8_t *name = p == NULL ? NULL : memmem(d->data + p->at, p->len, "HTTP/1.", 7);
    if (name == NULL || name + 7 == d->data + p->at + p->len)
        return false;
    size_t minor = (size_t)(name - d->data) + 7, fields = p->at + p->len + p->end;
    d->data[minor] ^= 1;
    if (draft_pick(d, 2) == 0 && insert_line(d, fields, word_any(d, words_connections)))
        draft_replace(d, fields, 0, "Connection: ", 12);
    return true;
}

bool op_field_copy(struct draft *d)
{
    const struct piece *p = draft_any(d, PIECE_FIELD | PIECE_TRAILER);
    size_t to = any_field_place(d), size = p == NULL ? 0 : p->len + p->end;
    if (p == NULL || to == SIZE_MAX || size > d->max - d->len)
        return false;
    /* Room first: the bytes to copy lie behind it by as much when they were behind it before. */
    size_t from = p->at >= to ? p->at + size : p->at;
    memmove(d->data + to + size, d->data + to, d->len - to);
    d->len += size;
    memmove(d->data + to, d->data + from, size);
    return true;
}

bool op_field_remove(struct draft *d)
{
    const struct piece *p = draft_any(d, PIECE_FIELD | PIECE_TRAILER | PIECE_EMPTY);
    return p != NULL && draft_replace(d, p->at, p->len + p->end, NULL, 0);
}

/* Reverses data[from .. to). */
static void reverse(struct draft *d, size_t from, size_t to)
{
    for (; to > from + 1; from++, to--) {
        uint8_t b = d->data[from];
        d->data[from] = d->data[to - 1];
        d->data[to - 1] = b;
    }
}

bool op_field_swap(struct draft *d)
{
    const struct piece *p = draft_any(d, PIECE_LINES);
    if (p == NULL || p + 1 == d->pieces + d->count)
        return false;
    size_t first = p->len + p->end, second = p[1].len + p[1].end;
    reverse(d, p->at, p->at + first);
    reverse(d, p->at + first, p->at + first + second);
    reverse(d, p->at, p->at + first + second);
    return second > 0;
}

bool op_field_value(struct draft *d)
{
    const struct piece *p = draft_any(d, PIECE_FIELD | PIECE_TRAILER);
    if (p == NULL)
        return false;
    const struct word *list = words_values;
    for (const struct word_field *f = words_by_name; f->name != NULL; f++) {
        if (draft_field(d, (size_t)(p - d->pieces), f->name) == p)
            list = f->values;
    }
    size_t end = p->at + p->len, at = piece_find(d, p, p->at, ':');
    for (at += at < end; at < end && d->data[at] == ' ';)
        at++;
    return word_put(d, at, end - at, list);
}

bool op_field_repeat(struct draft *d)
{
    size_t at = any_field_place(d), times = 1 + draft_pick(d, draft_pick(d, 2) == 0 ? 5 : REPEAT_MOST);
    if (at == SIZE_MAX)
        return false;
    bool some = false;
    while (times-- > 0 && draft_replace(d, at, 0, "a:\r\n", 4))
        some = true;
    return some;
}
