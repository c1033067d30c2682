#include "run/names.h"

#include "base/mem.h"
#include "base/typo.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* A longer word between braces is no name of ours. */
#define NAME_MAX_LEN 63

/* The length of the name between the braces at `text` ("{name}"), or 0 when none stands there. */
static size_t name_at(const char *text)
{
    size_t len = 0;
    if (text[0] != '{' || !isalpha((unsigned char)text[1]))
        return 0;
    while (isalnum((unsigned char)text[1 + len]) || (text[1 + len] && strchr("-_.", text[1 + len])))
        len++;
    return text[1 + len] == '}' && len <= NAME_MAX_LEN ? len : 0;
}

bool names_in(const char *text, const char *name)
{
    for (const char *at = text; (at = strchr(at, '{')); at++) {
        if (at[1] == '{' && name_at(at + 1)) {
            at++;
            continue;
        }
        size_t len = name_at(at);
        if (len && strlen(name) == len && strncmp(at + 1, name, len) == 0)
            return true;
    }
    return false;
}

bool names_used(char *const *argv, const char *name)
{
    for (size_t i = 0; argv && argv[i]; i++)
        if (names_in(argv[i], name))
            return true;
    return false;
}

static int unknown(const char *name, const struct names *n, struct err *e)
{
    const char *const *ours = scn_list_words(SCN_LIST_GIVEN);
    const char *near = NULL;
    for (size_t i = 0; !near && ours[i]; i++)
        near = typo_nearest(name, &ours[i], 1);
    for (size_t i = 0; !near && n->facts && i < n->facts->count; i++)
        near = typo_nearest(name, &n->facts->items[i].name, 1);
    if (near && strcmp(near, name) != 0)
        return err_set(e, 0, "the command's {%s} stands for nothing; did you mean {%s}?", name, near);
    return err_set(e, 0, "the command's {%s} stands for nothing (--set %s=..., or {{%s} for the braces themselves)",
                   name, name, name);
}

/* What the run itself puts in. Returns whether it has a value. */
static bool put_given(struct buf *out, enum scn_given given, const struct names *n)
{
    bool v6 = n->host && strchr(n->host, ':'), place = n->host && n->port > 0;
    const char *text = NULL;
    switch (given) {
    case SCN_GIVEN_HOST:
        text = n->host;
        break;
    case SCN_GIVEN_PORT:
        if (n->port > 0)
            buf_printf(out, "%d", n->port);
        return n->port > 0;
    case SCN_GIVEN_AUTHORITY:
        if (place)
            buf_printf(out, v6 ? "[%s]:%d" : "%s:%d", n->host, n->port);
        return place;
    case SCN_GIVEN_URL:
        if (place)
            buf_printf(out, v6 ? "http://[%s]:%d" : "http://%s:%d", n->host, n->port);
        return place;
    case SCN_GIVEN_SOCKET:
        text = n->socket;
        break;
    case SCN_GIVEN_ROOT:
        text = n->root;
        break;
    case SCN_GIVEN_DIR:
        text = n->dir;
        break;
    }
    if (text)
        buf_puts(out, text);
    return text != NULL;
}

static int put(struct buf *out, const char *name, const struct names *n, struct err *e)
{
    int given = scn_list_find(SCN_LIST_GIVEN, name);
    if (given >= 0 && put_given(out, (enum scn_given)given, n))
        return 0;
    const char *fact = n->facts ? scn_facts_get(n->facts, name) : NULL;
    if (fact)
        buf_puts(out, fact);
    else if (!(n->servers && strchr(name, '.')))
        return unknown(name, n, e);
    return 0;
}

int names_expand(struct buf *out, const char *text, const struct names *names, struct err *e)
{
    while (*text) {
        size_t plain = strcspn(text, "{");
        buf_add(out, text, plain);
        text += plain;
        if (!*text)
            break;
        size_t len = name_at(text);
        if (len) {
            char name[NAME_MAX_LEN + 1];
            memcpy(name, text + 1, len);
            name[len] = '\0';
            if (put(out, name, names, e) < 0)
                return -1;
            text += len + 2;
        } else {
            /* `{{name}` is the way to write `{name}`; other braces mean themselves. */
            if (text[1] == '{' && name_at(text + 1))
                text++;
            buf_putc(out, '{');
            text++;
        }
    }
    return 0;
}

int names_expand_text(struct buf *out, const struct scn_text *text, const struct names *names, struct err *e)
{
    for (size_t i = 0; i < text->count; i++) {
        const struct scn_part *part = &text->parts[i];
        if (part->kind == SCN_PART_BYTES)
            buf_add(out, part->bytes, part->len);
        else if (put(out, part->bytes, names, e) < 0)
            return -1;
    }
    return 0;
}

char **names_expand_words(char *const *argv, const struct names *names, struct err *e)
{
    size_t count = 0;
    while (argv[count])
        count++;
    char **words = mem_new(count + 1, sizeof(*words));
    for (size_t i = 0; i < count; i++) {
        struct buf word = {0};
        if (names_expand(&word, argv[i], names, e) < 0) {
            buf_free(&word);
            names_free(words);
            return NULL;
        }
        words[i] = mem_dup(buf_text(&word));
        buf_free(&word);
    }
    return words;
}

void names_free(char **words)
{
    for (size_t i = 0; words && words[i]; i++)
        free(words[i]);
    free(words);
}
