#include "manual/syntax.h"

#include "base/mem.h"
#include "scenario/load.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static bool has(const struct syntax_words *w, const char *word, size_t len)
{
    for (size_t i = 0; i < w->count; i++)
        if (strlen(w->items[i]) == len && memcmp(w->items[i], word, len) == 0)
            return true;
    return false;
}

static void add(struct syntax_words *w, const char *word, size_t len)
{
    if (has(w, word, len))
        return;
    w->items = mem_realloc(w->items, (w->count + 1) * sizeof(*w->items));
    w->items[w->count++] = mem_printf("%.*s", (int)len, word);
}

static size_t word_length(const char *text)
{
    size_t n = 0;
    while (isalnum((unsigned char)text[n]) || (n && (text[n] == '-' || text[n] == '_')))
        n++;
    return n;
}

/* The words of a synopsis that are not holes: what is in capitals stands for something, what is quoted is an example.
 */
static void add_all(struct syntax_words *w, const char *text)
{
    while (*text) {
        size_t n = word_length(text);
        if (*text == '"' || *text == '/') {
            const char *end = strchr(text + 1, *text);
            text = end ? end + 1 : text + 1;
        } else if (n == 0) {
            text++;
        } else {
            bool plain = islower((unsigned char)*text) != 0;
            for (size_t i = 0; i < n; i++)
                plain = plain && !isupper((unsigned char)text[i]);
            if (plain)
                add(w, text, n);
            text += n;
        }
    }
}

static enum syntax_class class_of(const struct scn_word *w)
{
    return strcmp(w->where, "head") == 0 ? SYNTAX_HEAD : strcmp(w->where, "actor") == 0 ? SYNTAX_ACTOR : SYNTAX_STEP;
}

static void add_lists(struct syntax_words *out)
{
    for (int list = 0; list < SCN_LIST_COUNT; list++) {
        const char *const *words = scn_list_words((enum scn_list)list);
        for (size_t i = 0; words[i]; i++)
            if (word_length(words[i]) == strlen(words[i]))
                add(out, words[i], strlen(words[i]));
    }
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void leave_out(struct syntax_words *out, const struct syntax_words *those)
{
    size_t kept = 0;
    for (size_t i = 0; i < out->count; i++) {
        if (has(those, out->items[i], strlen(out->items[i])))
            free(out->items[i]);
        else
            out->items[kept++] = out->items[i];
    }
    out->count = kept;
}

void syntax_words_of(enum syntax_class class, struct syntax_words *out)
{
    struct scn_word w;
    *out = (struct syntax_words){0};
    if (class == SYNTAX_VALUE)
        add_lists(out);
    for (size_t i = 0; class != SYNTAX_VALUE && scn_word_at(i, &w); i++)
        if (class_of(&w) == class)
            add_all(out, class == SYNTAX_STEP ? w.synopsis : w.word);
    for (int before = 0; before < (int)class; before++) {
        struct syntax_words earlier;
        syntax_words_of((enum syntax_class)before, &earlier);
        leave_out(out, &earlier);
        syntax_words_free(&earlier);
    }
    if (out->count)
        qsort(out->items, out->count, sizeof(*out->items), by_name);
}

void syntax_words_free(struct syntax_words *w)
{
    for (size_t i = 0; i < w->count; i++)
        free(w->items[i]);
    free(w->items);
    *w = (struct syntax_words){0};
}
