/*
 * What the pages list is what the program knows. A part of a page between `<!-- made: NAME -->` and `<!-- end -->` is
 * made here from the tables that the program works by; where one differs, the test fails and leaves the page as it
 * should be in build/.../pages. The grammar, which is written by hand, has every word of the tables and no other.
 */
#include "base/mem.h"
#include "fault/inject_calls.h"
#include "scenario/load.h"

#include <ctype.h>
#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <cmocka.h>

/* Lines of pages end before. */
#define COLUMNS 118

static char *read_file(const char *path)
{
    FILE *f = fopen(path, "r");
    if (!f)
        fail_msg("cannot open %s", path);
    struct buf text = {0};
    char part[4096];
    size_t n;
    while ((n = fread(part, 1, sizeof(part), f)) > 0)
        buf_add(&text, part, n);
    fclose(f);
    return buf_take(&text);
}

/* --- what is made --------------------------------------------------------------------------------------- */

static void add_word(struct buf *out, const struct scn_word *w)
{
    buf_printf(out, "- `%s`: %s\n\n  ```text\n", w->synopsis, w->purpose);
    for (const char *line = w->example; line;) {
        const char *nl = strchr(line, '\n');
        buf_printf(out, "  %.*s\n", nl ? (int)(nl - line) : (int)strlen(line), line);
        line = nl ? nl + 1 : NULL;
    }
    buf_puts(out, "  ```\n");
}

/* All words of the language, each with its example. */
static void make_words(struct buf *out)
{
    struct scn_word w;
    const char *where = "";
    for (size_t i = 0; scn_word_at(i, &w); i++) {
        if (strcmp(w.where, where) != 0)
            buf_printf(out, "\n### In: %s\n\n", w.where);
        where = w.where;
        add_word(out, &w);
    }
    buf_putc(out, '\n');
}

/* One word of a list, on a line that has room for it. */
static void add_item(struct buf *out, size_t *column, const char *word, bool first)
{
    size_t len = strlen(word) + 5;
    if (!first && *column + len > COLUMNS) {
        buf_printf(out, "\n%11s", "");
        *column = 11;
    }
    buf_printf(out, first ? " \"%s\"" : " | \"%s\"", word);
    *column += len;
}

/* The closed lists, as the grammar has them. */
static void make_lists(struct buf *out)
{
    buf_puts(out, "\n```ebnf\n");
    for (int list = 0; list < SCN_LIST_COUNT; list++) {
        const char *const *words = scn_list_words((enum scn_list)list);
        size_t column = 12;
        buf_printf(out, "%-10s =", scn_list_name((enum scn_list)list));
        for (size_t i = 0; words[i]; i++)
            add_item(out, &column, words[i], i == 0);
        buf_puts(out, " ;\n");
    }
    buf_puts(out, "```\n\n");
}

/* A call by meaning, and those of the kernel that it is. */
static void make_calls(struct buf *out)
{
    size_t count;
    const struct inject_row *rows = inject_rows(&count);
    buf_puts(out, "\n| CALL | the kernel's calls |\n| --- | --- |\n");
    for (int call = 0; call < SCN_SYSTEM_CALL_COUNT; call++) {
        buf_printf(out, "| `%s` |", scn_call_name((enum scn_call)call));
        const char *separator = " ";
        for (size_t i = 0; i < count; i++) {
            if (rows[i].call != (enum scn_call)call)
                continue;
            buf_printf(out, "%s%s", separator, rows[i].name);
            separator = ", ";
        }
        if (*separator != ',')
            fail_msg("no call of the kernel is a `%s`: a row in fault/inject_calls.c is missing",
                     scn_call_name((enum scn_call)call));
        buf_puts(out, " |\n");
    }
    buf_putc(out, '\n');
}

static void add_table(struct buf *out, const char *where, const char *head, const char *leave_out)
{
    struct scn_word w;
    buf_printf(out, "\n| %s | what it does |\n| --- | --- |\n", head);
    for (size_t i = 0; scn_word_at(i, &w); i++)
        if (strcmp(w.where, where) == 0 && !(leave_out && strstr(leave_out, w.word)))
            buf_printf(out, "| `%s` | %s |\n", w.synopsis, w.purpose);
    buf_putc(out, '\n');
}

/* What becomes of a call, and when. */
static void make_fault(struct buf *out)
{
    add_table(out, "fault", "EFFECT, CONDITION", "on connections from"); /* which only a scenario knows */
}

static void make_stream_faults(struct buf *out)
{
    struct buf packets = {0};
    for (int kind = 0; kind <= SCN_LINK_DUPLICATE; kind++)
        if (scn_link_is_of_packets((enum scn_link_kind)kind))
            buf_printf(&packets, "%s ", scn_link_name((enum scn_link_kind)kind));
    add_table(out, "link", "fault", buf_text(&packets));
    buf_free(&packets);
}

static const struct made {
    const char *name;
    void (*make)(struct buf *out);
} MADE[] = {
    {"words", make_words}, {"lists", make_lists},
#ifdef SYS_poll /* elsewhere the kernel has fewer calls, and the page tells of this machine's */
    {"calls", make_calls},
#endif
    {"fault", make_fault}, {"stream-faults", make_stream_faults},
};
enum { MADE_COUNT = sizeof(MADE) / sizeof(*MADE) };

/* --- the pages ------------------------------------------------------------------------------------------ */

#define MARK "<!-- made: "
#define END  "<!-- end -->"

/* Adds what stands between the marks as it should be. Returns the end mark. */
static const char *remake(const char *page, const char *at, struct buf *out, size_t used[MADE_COUNT])
{
    const char *name = at + strlen(MARK), *line = strchr(at, '\n'), *end = strstr(at, END);
    size_t len = strcspn(name, " ");
    if (!line || !end)
        fail_msg("%s: a part that is made has no end", page);
    for (size_t i = 0; i < MADE_COUNT; i++) {
        if (strlen(MADE[i].name) != len || memcmp(MADE[i].name, name, len) != 0)
            continue;
        buf_add(out, at, (size_t)(line - at) + 1);
        MADE[i].make(out);
        used[i]++;
        return end;
    }
    buf_add(out, at, (size_t)(end - at)); /* "calls", on other machines */
    return end;
}

/* The page with all its made parts. */
static void remake_page(const char *page, const char *text, struct buf *out, size_t used[MADE_COUNT])
{
    for (const char *mark; (mark = strstr(text, MARK));) {
        buf_add(out, text, (size_t)(mark - text));
        text = remake(page, mark, out, used);
    }
    buf_puts(out, text);
}

static void leave(const char *page, const struct buf *text)
{
    mkdir(BINARY_DIR "/pages", 0777);
    char *name = mem_printf("%s/pages/%s", BINARY_DIR, page + strlen(SOURCE_DIR) + 1);
    for (char *at = name + strlen(BINARY_DIR "/pages/"); *at; at++)
        if (*at == '/')
            *at = '-';
    FILE *f = fopen(name, "w");
    if (f) {
        fwrite(text->data, 1, text->len, f);
        fclose(f);
    }
    print_error("%s differs from the tables: cp %s %s\n", page, name, page);
    free(name);
}

static void pages_list_what_the_tables_have(void **state)
{
    (void)state;
    glob_t pages;
    size_t used[MADE_COUNT] = {0}, wrong = 0;
    assert_int_equal(glob(SOURCE_DIR "/*.md", 0, NULL, &pages), 0);
    assert_int_equal(glob(SOURCE_DIR "/*/*.md", GLOB_APPEND, NULL, &pages), 0);
    for (size_t i = 0; i < pages.gl_pathc; i++) {
        char *text = read_file(pages.gl_pathv[i]);
        struct buf want = {0};
        remake_page(pages.gl_pathv[i], text, &want, used);
        if (strcmp(text, buf_text(&want)) != 0) {
            leave(pages.gl_pathv[i], &want);
            wrong++;
        }
        buf_free(&want);
        free(text);
    }
    globfree(&pages);
    assert_int_equal(wrong, 0);
    for (size_t i = 0; i < MADE_COUNT; i++)
        if (!used[i])
            fail_msg("no page has a part `%s%s -->`", MARK, MADE[i].name);
}

/* --- the grammar ---------------------------------------------------------------------------------------- */

/* Calls `visit` for each word of small letters in `text`; with `quoted`, those between quotes only. */
static void each_word(const char *text, bool quoted, void (*visit)(const char *word, void *data), void *data)
{
    for (const char *at = text; *at;) {
        size_t len = 0;
        while (islower((unsigned char)at[len]) || (len && at[len] == '-'))
            len++;
        bool whole = len && (at == text || !isalnum((unsigned char)at[-1])) && !isalnum((unsigned char)at[len]);
        if (whole && (!quoted || (at > text && at[-1] == '"' && at[len] == '"'))) {
            char *word = mem_printf("%.*s", (int)len, at);
            visit(word, data);
            free(word);
        }
        at += len ? len : 1;
    }
}

struct grammar {
    char *text;
    size_t words;
};

static void is_in_grammar(const char *word, void *data)
{
    struct grammar *g = data;
    char *quoted = mem_printf("\"%s\"", word);
    if (!strstr(g->text, quoted))
        fail_msg("the grammar of scenarios/README.md does not have the word \"%s\"", word);
    g->words++;
    free(quoted);
}

struct search {
    const char *word;
    bool found;
};

static void is_same(const char *word, void *data)
{
    struct search *s = data;
    s->found |= strcmp(word, s->word) == 0;
}

static void is_in_tables(const char *word, void *data)
{
    struct search s = {.word = word};
    struct scn_word w;
    (void)data;
    for (int list = 0; list < SCN_LIST_COUNT; list++)
        s.found |= scn_list_find((enum scn_list)list, word) >= 0;
    for (size_t i = 0; !s.found && scn_word_at(i, &w); i++)
        each_word(w.synopsis, false, is_same, &s);
    if (!s.found)
        fail_msg("no table has the word \"%s\" of the grammar in scenarios/README.md", word);
}

static void the_grammar_has_the_words_of_the_tables(void **state)
{
    (void)state;
    char *readme = read_file(SOURCE_DIR "/scenarios/README.md");
    const char *from = strstr(readme, "```ebnf\n");
    assert_non_null(from);
    const char *end = strstr(from + 8, "```");
    struct grammar g = {.text = mem_printf("%.*s", (int)(end - from), from)};
    struct scn_word w;
    for (size_t i = 0; scn_word_at(i, &w); i++)
        if (isalnum((unsigned char)w.word[0]))
            each_word(w.word, false, is_in_grammar, &g);
    assert_true(g.words > 80);
    each_word(g.text, true, is_in_tables, NULL);
    for (int list = 0; list < SCN_LIST_COUNT; list++)
        if (list != SCN_LIST_GIVEN && list != SCN_LIST_COMMON_FACT &&
            list != SCN_LIST_ROLE && /* names, of other files */
            !strstr(g.text, scn_list_name((enum scn_list)list)))
            fail_msg("the grammar of scenarios/README.md does not use %s", scn_list_name((enum scn_list)list));
    free(g.text);
    free(readme);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pages_list_what_the_tables_have),
        cmocka_unit_test(the_grammar_has_the_words_of_the_tables),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
