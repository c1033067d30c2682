#include "cli/options.h"

#include "base/mem.h"
#include "scenario/scenario.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Where the purposes begin in the help, and where its lines end. */
#define HELP_COLUMN 27
#define HELP_WIDTH  100

/* What is being read. */
struct reading {
    const struct options *table;
    const struct line *line;
    char *settings;
    struct operands *operands;
    struct buf *error;
    int next; /* the next word of argv */
};

bool options_next(const struct options *table, struct option_walk *walk, struct option *out)
{
    while (walk->row < table->count) {
        const struct option *row = &table->rows[walk->row];
        if (row->kind != OPTION_GROUP) {
            *out = *row;
            walk->row++;
            return true;
        }
        if (row->member(walk->member++, out)) {
            out->at += row->at;
            return true;
        }
        *walk = (struct option_walk){.row = walk->row + 1};
    }
    return false;
}

static bool is_named(const char *name, const char *word, size_t len)
{
    return name && strlen(name) == len && memcmp(name, word, len) == 0;
}

bool options_find(const struct options *table, const char *word, size_t len, struct option *out)
{
    struct option_walk walk = {0};
    while (options_next(table, &walk, out))
        if (is_named(out->name, word, len) || is_named(out->also, word, len))
            return true;
    return false;
}

bool options_find_letter(const struct options *table, char letter, struct option *out)
{
    struct option_walk walk = {0};
    while (options_next(table, &walk, out))
        if (letter && out->letter == letter)
            return true;
    return false;
}

static int unknown_option(struct reading *r, const struct word *w, size_t name_len)
{
    char *name = mem_printf("%.*s", (int)name_len, w->text);
    struct option o;
    struct option_walk walk = {0};
    const char **known = mem_new(1, sizeof(*known));
    size_t count = 0;
    known[count++] = "help";
    while (options_next(r->table, &walk, &o)) {
        if (!o.name)
            continue;
        known = mem_realloc(known, (count + 1) * sizeof(*known));
        known[count++] = o.name;
    }
    char *near = suggestion(name, known, count, NULL);
    char *hint = near ? mem_printf("did you mean '--%s", near + strlen("did you mean '"))
                      : mem_printf("'sockspec %s --help' lists the options", r->line->argv[1]);
    usage_error(r->error, r->line, w, hint, "unknown option '%s'", r->line->argv[w->index]);
    free(hint);
    free(near);
    free(known);
    free(name);
    return -1;
}

static void words_add(struct words *list, struct word w)
{
    list->items = mem_realloc(list->items, (list->count + 1) * sizeof(*list->items));
    list->items[list->count++] = w;
}

static int read_count(struct reading *r, const struct option *o, const struct word *w)
{
    char *end;
    errno = 0;
    long n = strtol(w->text, &end, 10);
    if (end == w->text || *end || isspace((unsigned char)*w->text))
        return usage_error(r->error, r->line, w, NULL, "--%s takes a whole number, not '%s'", o->name, w->text);
    if (errno || (double)n < o->low || (double)n > o->high)
        return usage_error(r->error, r->line, w, NULL, "--%s takes %.0f to %.0f", o->name, o->low, o->high);
    *(int *)(r->settings + o->at) = (int)n;
    return 0;
}

static int read_seed(struct reading *r, const struct option *o, const struct word *w)
{
    char *end;
    errno = 0;
    unsigned long long n = strtoull(w->text, &end, 0);
    if (!isdigit((unsigned char)*w->text) || *end || errno)
        return usage_error(r->error, r->line, w, NULL, "--%s takes a number of 64 bits, not '%s'", o->name, w->text);
    *(uint64_t *)(r->settings + o->at) = n;
    return 0;
}

static int read_factor(struct reading *r, const struct option *o, const struct word *w)
{
    char *end;
    double n = strtod(w->text, &end);
    if (end == w->text || *end || !isfinite(n))
        return usage_error(r->error, r->line, w, NULL, "--%s takes a number, not '%s'", o->name, w->text);
    if (n < o->low || n > o->high)
        return usage_error(r->error, r->line, w, NULL, "--%s takes %g to %g", o->name, o->low, o->high);
    *(double *)(r->settings + o->at) = n;
    return 0;
}

/* A time as in the scenarios; a bare number is seconds, as users of timeout(1) expect. */
static int read_seconds(struct reading *r, const struct option *o, const struct word *w)
{
    bool bare = *w->text && strspn(w->text, "0123456789.") == strlen(w->text);
    char *text = mem_printf("%s%s", w->text, bare ? "s" : "");
    double seconds = 0;
    int rc = scn_number_parse(text, SCN_UNIT_TIME, &seconds);
    free(text);
    if (rc < 0 || seconds <= 0)
        return usage_error(r->error, r->line, w, NULL, "--%s takes a time above 0 such as 5s or 250ms, not '%s'",
                           o->name, w->text);
    *(double *)(r->settings + o->at) = seconds;
    return 0;
}

static size_t choice_count(const struct option *o)
{
    size_t count = 0;
    while (o->choices[count])
        count++;
    return count;
}

static int read_choice(struct reading *r, const struct option *o, const struct word *w)
{
    size_t count = choice_count(o);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(o->choices[i], w->text) == 0) {
            *(int *)(r->settings + o->at) = (int)i;
            return 0;
        }
    }
    char *all = enumerate(o->choices, count, "or");
    char *hint = suggestion(w->text, o->choices, count, NULL);
    usage_error(r->error, r->line, w, hint, "--%s takes %s; not '%s'", o->name, all, w->text);
    free(hint);
    free(all);
    return -1;
}

static int read_value(struct reading *r, const struct option *o, struct word w)
{
    if (!*w.text && (o->kind == OPTION_TEXT || o->kind == OPTION_LIST))
        return usage_error(r->error, r->line, &w, NULL, "--%s takes %s, not an empty word", o->name, o->value);
    switch (o->kind) {
    case OPTION_TEXT:
        *(struct word *)(r->settings + o->at) = w;
        return 0;
    case OPTION_LIST:
        words_add((struct words *)(r->settings + o->at), w);
        return 0;
    case OPTION_COUNT:
        return read_count(r, o, &w);
    case OPTION_SEED:
        return read_seed(r, o, &w);
    case OPTION_SECONDS:
        return read_seconds(r, o, &w);
    case OPTION_FACTOR:
        return read_factor(r, o, &w);
    case OPTION_CHOICE:
        return read_choice(r, o, &w);
    case OPTION_FLAG:
    case OPTION_HEADING:
    case OPTION_GROUP:
        break;
    }
    return 0;
}

/* The value is the next word of the command line. */
static int read_next_word(struct reading *r, const struct option *o, const struct word *option)
{
    if (r->next >= r->line->argc || strcmp(r->line->argv[r->next], "--") == 0)
        return usage_error(r->error, r->line, option, NULL, "--%s wants %s behind it", o->name, o->value);
    struct word w = {r->line->argv[r->next], r->next, 0};
    r->next++;
    return read_value(r, o, w);
}

static int read_long(struct reading *r, int index)
{
    const char *name = r->line->argv[index] + 2;
    size_t len = strcspn(name, "=");
    struct word whole = {name, index, 0};
    if (len == 4 && memcmp(name, "help", 4) == 0) {
        r->operands->help = true;
        return 0;
    }
    struct option o;
    if (!options_find(r->table, name, len, &o))
        return unknown_option(r, &whole, len);
    struct word value = {name + len + 1, index, len + 3};
    if (o.kind == OPTION_FLAG) {
        if (name[len] == '=')
            return usage_error(r->error, r->line, &value, NULL, "--%s takes no value", o.name);
        *(bool *)(r->settings + o.at) = true;
        return 0;
    }
    return name[len] == '=' ? read_value(r, &o, value) : read_next_word(r, &o, &whole);
}

/* -q, -qv, -j4, -j 4, -j=4 is 4 as well. */
static int read_letters(struct reading *r, int index)
{
    const char *word = r->line->argv[index];
    struct word whole = {word + 1, index, 0};
    for (size_t i = 1; word[i]; i++) {
        if (word[i] == 'h') {
            r->operands->help = true;
            return 0;
        }
        struct option o;
        if (!options_find_letter(r->table, word[i], &o))
            return unknown_option(r, &whole, strlen(word + 1));
        if (o.kind == OPTION_FLAG) {
            *(bool *)(r->settings + o.at) = true;
            continue;
        }
        size_t from = i + 1 + (word[i + 1] == '=');
        if (word[from])
            return read_value(r, &o, (struct word){word + from, index, from});
        return read_next_word(r, &o, &whole);
    }
    return 0;
}

int options_parse(const struct options *table, const struct line *line, void *settings, struct operands *operands,
                  struct buf *error)
{
    struct reading r = {table, line, settings, operands, error, 2};
    while (r.next < line->argc && !operands->help) {
        int index = r.next++;
        const char *word = line->argv[index];
        if (strcmp(word, "--") == 0) {
            operands->command = r.next;
            return 0;
        }
        int rc = 0;
        if (word[0] == '-' && word[1] == '-')
            rc = read_long(&r, index);
        else if (word[0] == '-' && word[1])
            rc = read_letters(&r, index);
        else
            words_add(&operands->words, (struct word){word, index, 0});
        if (rc < 0)
            return -1;
    }
    return 0;
}

void help_wrap(struct buf *out, const char *text, size_t column)
{
    size_t room = HELP_WIDTH - column;
    while (strlen(text) > room) {
        size_t cut = room;
        while (cut > 0 && text[cut] != ' ')
            cut--;
        if (cut == 0)
            break;
        buf_printf(out, "%.*s\n%*s", (int)cut, text, (int)column, "");
        text += cut + 1;
    }
    buf_printf(out, "%s\n", text);
}

char *option_purpose(const struct option *o)
{
    if (o->kind != OPTION_CHOICE)
        return mem_dup(o->purpose);
    char *all = enumerate(o->choices, choice_count(o), "or");
    char *text = mem_printf("%s: %s (%s)", o->purpose, all, o->choices[0]);
    free(all);
    return text;
}

void option_spelling(const struct option *o, struct buf *out)
{
    if (o->letter)
        buf_printf(out, "-%c, ", o->letter);
    buf_printf(out, "--%s%s%s", o->name, o->value ? " " : "", o->value ? o->value : "");
}

static void add_option(struct buf *out, const struct option *o)
{
    size_t begin = out->len;
    buf_puts(out, "  ");
    option_spelling(o, out);
    if (out->len - begin + 2 > HELP_COLUMN) {
        buf_putc(out, '\n');
        begin = out->len;
    }
    buf_printf(out, "%*s", (int)(HELP_COLUMN - (out->len - begin)), "");
    char *purpose = option_purpose(o);
    help_wrap(out, purpose, HELP_COLUMN);
    free(purpose);
}

void options_help(const struct options *table, struct buf *out)
{
    struct option o;
    struct option_walk walk = {0};
    while (options_next(table, &walk, &o)) {
        if (o.kind == OPTION_HEADING)
            buf_printf(out, "\n%s\n", o.purpose);
        else
            add_option(out, &o);
    }
}
