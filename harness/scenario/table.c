#include "scenario/table.h"

#include "base/buf.h"

#include <stdlib.h>
#include <string.h>

/* More words than any table has. */
#define WORDS_MAX 64
/* More than so many are no help where nothing was written. */
#define WORDS_TOLD 12

const void *table_row(const struct table *t, size_t i)
{
    return (const char *)t->rows + i * t->size;
}

static const struct word_row *row_at(const struct table *t, size_t i)
{
    return table_row(t, i);
}

static bool is_hole(char c)
{
    return c >= 'A' && c <= 'Z';
}

/* What is to be read, behind `taken` bytes of it: the next word and its length; 0 at its end. */
static size_t next_word(const struct table *t, const struct word_row *row, size_t taken, const char **word)
{
    size_t skip = t->prefix && strncmp(row->word, t->prefix, strlen(t->prefix)) == 0 ? strlen(t->prefix) : 0;
    const char *at = row->word + skip + taken;
    at += *at == ' ';
    *word = at;
    return is_hole(*at) ? 0 : strcspn(at, " ");
}

static bool fits(const struct parser *p, const struct table *t, size_t i)
{
    return !t->fits || t->fits(p, row_at(t, i));
}

/* Whether a row begins with the words taken so far. */
static bool begins(const struct table *t, const struct word_row *row, const char *taken, size_t len)
{
    const char *word;
    next_word(t, row, 0, &word);
    return len == 0 || (strncmp(word, taken, len) == 0 && (word[len] == ' ' || word[len] == '\0'));
}

/* Whether the row's words are those taken and then the token. Every word of every file is looked up by this, so it
 * looks at bytes before it counts words. */
static bool has_next(const struct parser *p, const struct table *t, const struct word_row *row, const char *taken,
                     size_t len)
{
    const char *at = row->word;
    if (t->prefix && strncmp(at, t->prefix, strlen(t->prefix)) == 0)
        at += strlen(t->prefix);
    if (len > 0) {
        if (strncmp(at, taken, len) != 0 || at[len] != ' ')
            return false;
        at += len + 1;
    }
    size_t n = p->tok.len;
    return *at == *p->tok.text && !is_hole(*at) && strncmp(at, p->tok.text, n) == 0 && (at[n] == ' ' || at[n] == '\0');
}

/* The row whose words are those taken and then the token; NULL: none. */
static const struct word_row *row_with(const struct parser *p, const struct table *t, const char *taken, size_t len)
{
    if (p->tok.kind != TOK_WORD)
        return NULL;
    for (size_t i = 0; i < t->count; i++)
        if (has_next(p, t, row_at(t, i), taken, len) && fits(p, t, i))
            return row_at(t, i);
    return NULL;
}

bool table_has(const struct parser *p, const struct table *t)
{
    return row_with(p, t, "", 0) != NULL;
}

size_t table_words(struct parser *p, const struct table *t, const char **words, size_t count, size_t max)
{
    for (size_t i = 0; i < t->count && count < max; i++) {
        const char *word;
        size_t len = next_word(t, row_at(t, i), 0, &word);
        if (len && fits(p, t, i) && lex_is_name_start(*word))
            words[count++] = arena_copy(p->arena, word, len);
    }
    return count;
}

bool table_begins(const struct table *t, const char *word)
{
    size_t len = strlen(word);
    for (size_t i = 0; i < t->count; i++) {
        const char *first;
        if (strncmp(row_at(t, i)->word, word, len) == 0 && row_at(t, i)->word[len] == ' ')
            return true; /* its prefix too */
        if (next_word(t, row_at(t, i), 0, &first) == len && memcmp(first, word, len) == 0)
            return true;
    }
    return false;
}

/* The first words of one table or two. */
static const char **first_words(struct parser *p, const struct table *a, const struct table *b, size_t *count)
{
    const char **words = arena_new(p->arena, WORDS_MAX + 1, sizeof(*words));
    *count = table_words(p, a, words, 0, WORDS_MAX);
    if (b)
        *count = table_words(p, b, words, *count, WORDS_MAX);
    return words;
}

void table_unknown(struct parser *p, const struct table *a, const struct table *b)
{
    size_t count;
    fail_unknown(p, p->tok.at, a->what, tok_copy(p), first_words(p, a, b, &count), NULL);
}

/* Nothing of the table stands here: the nearest of its words, or all that could. */
static void fail_first(struct parser *p, const struct table *t)
{
    if (p->tok.kind == TOK_WORD) {
        table_unknown(p, t, NULL);
        return;
    }
    struct buf all = {0};
    size_t count;
    const char **words = first_words(p, t, NULL, &count);
    for (size_t i = 0; i < count && count <= WORDS_TOLD; i++)
        if (i == 0 || strcmp(words[i], words[i - 1]) != 0)
            buf_printf(&all, "%s%s", i ? ", " : "", words[i]);
    char *what = mem_printf("%s %s", strchr("aeiou", t->what[0]) ? "an" : "a", t->what);
    fail_expected(p, what, all.len ? buf_text(&all) : NULL);
    free(what);
    buf_free(&all);
}

/* Words were taken that need more. */
static void fail_next(struct parser *p, const struct table *t, const char *taken, size_t len)
{
    struct buf what = {0};
    const char *words[WORDS_MAX + 1] = {0};
    size_t count = 0;
    for (size_t i = 0; i < t->count && count < WORDS_MAX; i++) {
        const char *word;
        size_t n = 0;
        if (fits(p, t, i) && begins(t, row_at(t, i), taken, len))
            n = next_word(t, row_at(t, i), len, &word);
        if (!n)
            continue;
        words[count] = arena_copy(p->arena, word, n);
        buf_printf(&what, "%s'%s'", count ? " or " : "", words[count]);
        count++;
    }
    buf_printf(&what, " after '%.*s'", (int)len, taken);
    const char *habit = habit_instead(taken, len);
    char *otherwise = habit ? mem_printf("did you mean '%s'?", habit) : NULL;
    fail_expected_near(p, buf_text(&what), words, count, otherwise);
    free(otherwise);
    buf_free(&what);
}

/* Whether a row ends with the words taken; then the first such row. */
static const struct word_row *row_done(const struct parser *p, const struct table *t, const char *taken, size_t len)
{
    const char *word;
    for (size_t i = 0; i < t->count; i++) {
        const struct word_row *row = row_at(t, i);
        if (fits(p, t, i) && begins(t, row, taken, len) && next_word(t, row, len, &word) == 0)
            return row;
    }
    return NULL;
}

const void *table_take(struct parser *p, const struct table *t)
{
    const struct word_row *row = table_has(p, t) ? row_with(p, t, "", 0) : NULL, *more;
    const char *taken, *word;
    if (!row) {
        fail_first(p, t);
        return NULL;
    }
    size_t len = next_word(t, row, 0, &taken);
    advance(p);
    while ((more = row_with(p, t, taken, len))) {
        row = more;
        size_t n = next_word(t, row, len, &word);
        next_word(t, row, 0, &taken);
        len = (size_t)(word - taken) + n;
        advance(p);
    }
    row = row_done(p, t, taken, len);
    if (!row)
        fail_next(p, t, taken, len);
    return row;
}
