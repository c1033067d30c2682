/*
 * Words of a message for the plain reading: a few lines each, over text that is known to be what it should.
 */
#ifndef SOCKSPEC_FUZZ_PLAIN_TEXT_H
#define SOCKSPEC_FUZZ_PLAIN_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

struct text {
    const char *data;
    size_t len;
};

static inline bool blank(char c)
{
    return c == ' ' || c == '\t';
}

static inline struct text trimmed(struct text t)
{
    for (; t.len > 0 && blank(t.data[0]); t.len--)
        t.data++;
    while (t.len > 0 && blank(t.data[t.len - 1]))
        t.len--;
    return t;
}

/* What stands before the first `c`, which is taken away with it; all when there is none. */
static inline struct text cut(struct text *t, char c)
{
    const char *at = t->len == 0 ? NULL : memchr(t->data, c, t->len);
    struct text before = {t->data, at == NULL ? t->len : (size_t)(at - t->data)};
    size_t gone = at == NULL ? t->len : before.len + 1;
    t->data += gone;
    t->len -= gone;
    return before;
}

/* The next member of a list whose commas may stand in quotes; false when there is none left. */
static inline bool next_member(struct text *list, struct text *member)
{
    bool quoted = false;
    size_t i = 0;
    if (list->data == NULL)
        return false;
    for (; i < list->len && (quoted || list->data[i] != ','); i++) {
        if (quoted && list->data[i] == '\\')
            i++;
        else if (list->data[i] == '"')
            quoted = !quoted;
    }
    i = i < list->len ? i : list->len;
    *member = trimmed((struct text){list->data, i});
    *list = i < list->len ? (struct text){list->data + i + 1, list->len - i - 1} : (struct text){NULL, 0};
    return true;
}

static inline bool is_word(struct text t, const char *word)
{
    return t.len == strlen(word) && strncasecmp(t.data, word, t.len) == 0;
}

static inline bool is_exactly(struct text t, const char *word)
{
    return t.len == strlen(word) && memcmp(t.data, word, t.len) == 0;
}

/* A number in decimal or hex, which is known to be one; false above 2^63 - 1. */
static inline bool number(struct text t, unsigned base, uint64_t *value)
{
    *value = 0;
    for (size_t i = 0; i < t.len; i++) {
        const char c = t.data[i];
        unsigned digit = c <= '9' ? (unsigned)(c - '0') : (unsigned)((c | 0x20) - 'a') + 10;
        if (*value > ((uint64_t)INT64_MAX - digit) / base)
            return false;
        *value = *value * base + digit;
    }
    return true;
}

#endif
