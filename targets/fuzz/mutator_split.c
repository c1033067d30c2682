/*
 * An input taken apart: lines as a lenient reader sees them, bodies as their fields frame them. Wrong framing
 * only makes odd pieces, so nothing here is strict.
 */
#include "fuzz/mutator_internal.h"

#include <string.h>
#include <strings.h>

/* The settings in front of the message. */
#define SETTINGS 2

static bool blank(uint8_t b)
{
    return b == ' ' || b == '\t';
}

static int hex_value(uint8_t b)
{
    if (b >= '0' && b <= '9')
        return b - '0';
    b |= 0x20;
    return b >= 'a' && b <= 'f' ? b - 'a' + 10 : -1;
}

/* How far the splitting is. */
struct split {
    struct draft *d;
    size_t at;
    size_t body;  /* Content-Length of the message at hand, SIZE_MAX without */
    bool chunked; /* its Transfer-Encoding says so somewhere */
};

static bool add(struct split *s, enum piece_kind kind, size_t len, size_t end)
{
    if (s->d->count == PIECES_MOST)
        return false;
    s->d->pieces[s->d->count++] = (struct piece){.kind = kind, .at = s->at, .len = len, .end = end};
    s->at += len + end;
    return true;
}

/* The length of the line at hand, and of its end. */
static size_t line_len(const struct split *s, size_t *end)
{
    const uint8_t *from = s->d->data + s->at;
    size_t left = s->d->len - s->at;
    const uint8_t *lf = left > 0 ? memchr(from, '\n', left) : NULL;
    size_t len = lf == NULL ? left : (size_t)(lf - from);
    *end = lf != NULL;
    if (len > 0 && from[len - 1] == '\r') {
        len--;
        ++*end;
    }
    return len;
}

/* What a field says of the body behind it. */
static void note_field(struct split *s, size_t len)
{
    const char *line = (const char *)s->d->data + s->at;
    if (len > 15 && strncasecmp(line, "Content-Length", 14) == 0) {
        size_t value = 0, i = 14;
        while (i < len && (line[i] == ':' || blank((uint8_t)line[i])))
            i++;
        for (; i < len && line[i] >= '0' && line[i] <= '9' && value < s->d->max; i++)
            value = value * 10 + (size_t)(line[i] - '0');
        s->body = value;
    } else if (len > 18 && strncasecmp(line, "Transfer-Encoding", 17) == 0) {
        s->chunked = memmem(line, len, "hunked", 6) != NULL || memmem(line, len, "HUNKED", 6) != NULL;
    }
}

/* Lines of this kind up to and with an empty one; false when there are no more bytes or no more room. */
static bool split_lines(struct split *s, enum piece_kind kind)
{
    while (s->at < s->d->len) {
        size_t end, len = line_len(s, &end);
        if (kind == PIECE_FIELD)
            note_field(s, len);
        if (!add(s, len == 0 ? PIECE_EMPTY : kind, len, end))
            return false;
        if (len == 0)
            return true;
    }
    return false;
}

static bool split_chunks(struct split *s)
{
    while (s->at < s->d->len) {
        size_t end, len = line_len(s, &end), size = 0;
        const uint8_t *line = s->d->data + s->at;
        for (size_t i = 0; i < len && hex_value(line[i]) >= 0 && size <= s->d->len; i++)
            size = size * 16 + (size_t)hex_value(line[i]);
        if (!add(s, PIECE_CHUNK, len, end))
            return false;
        if (size == 0)
            return split_lines(s, PIECE_TRAILER);
        size_t left = s->d->len - s->at;
        size = size < left ? size : left;
        left -= size;
        const uint8_t *behind = s->d->data + s->at + size;
        size_t ends = left >= 2 && behind[0] == '\r' && behind[1] == '\n' ? 2 : left >= 1 && behind[0] == '\n';
        if (!add(s, PIECE_DATA, size, ends))
            return false;
    }
    return false;
}

/* A chunked body without a head, as the target chunked takes it: hexadecimal digits and then nothing of a
 * word. */
static bool begins_with_chunk(const struct split *s)
{
    size_t end, len = line_len(s, &end), i = 0;
    const uint8_t *line = s->d->data + s->at;
    while (i < len && hex_value(line[i]) >= 0)
        i++;
    return len > 0 && i > 0 && (i == len || line[i] == ';' || blank(line[i])) && memmem(line, len, "HTTP/", 5) == NULL;
}

static bool split_message(struct split *s)
{
    size_t end, len = line_len(s, &end);
    s->body = SIZE_MAX;
    s->chunked = false;
    if (begins_with_chunk(s))
        return split_chunks(s);
    while (len == 0 && end > 0) { /* empty lines before the message */
        if (!add(s, PIECE_EMPTY, len, end))
            return false;
        len = line_len(s, &end);
    }
    if (len == 0 || !add(s, PIECE_START, len, end) || !split_lines(s, PIECE_FIELD))
        return false;
    if (s->chunked)
        return split_chunks(s);
    size_t left = s->d->len - s->at;
    if (s->body == SIZE_MAX)
        return memmem(s->d->data + s->at, left, "HTTP/", 5) != NULL;
    return s->body == 0 || left == 0 || add(s, PIECE_DATA, s->body < left ? s->body : left, 0);
}

void draft_split(struct draft *d)
{
    struct split s = {.d = d, .at = SETTINGS};
    d->count = 0;
    while (s.at < d->len && split_message(&s))
        continue;
    if (s.at < d->len)
        add(&s, PIECE_REST, d->len - s.at, 0);
}

const struct piece *draft_field(const struct draft *d, size_t from, const char *name)
{
    size_t len = strlen(name);
    for (size_t i = from; i < d->count; i++) {
        const struct piece *p = &d->pieces[i];
        if (p->kind == PIECE_FIELD && p->len > len && d->data[p->at + len] == ':' &&
            strncasecmp((const char *)d->data + p->at, name, len) == 0)
            return p;
    }
    return NULL;
}

size_t piece_find(const struct draft *d, const struct piece *p, size_t at, uint8_t b)
{
    const uint8_t *found = at < p->at + p->len ? memchr(d->data + at, b, p->at + p->len - at) : NULL;
    return found == NULL ? p->at + p->len : (size_t)(found - d->data);
}
