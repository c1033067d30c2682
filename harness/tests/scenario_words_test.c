/*
 * The specification cannot rot: every example of the vocabulary and every block of scenarios/README.md is
 * parsed and checked. (That its lists are those of the tables: pages_test.c.)
 */
#include "base/mem.h"
#include "scenario/load.h"
#include "scenario/vocabulary.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define README SOURCE_DIR "/scenarios/README.md"

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

static void must_parse(const char *what, const char *source)
{
    struct scn_messages messages = {0};
    struct scn_scenario *s = scn_parse("tests/example", "example.scn", source, strlen(source), NULL, &messages);
    if (!s) {
        struct buf out = {0};
        for (size_t i = 0; i < messages.count; i++)
            scn_message_print(&out, &messages.items[i], false);
        print_error("%s\n%s", source, buf_text(&out));
        buf_free(&out);
        fail_msg("the example of '%s' is refused", what);
    }
    scn_free(s);
    scn_messages_free(&messages);
}

/* A whole scenario around an example; what it uses is put beside it. */
static void wrap(const struct scn_word *w, struct buf *out)
{
    bool is_signal = strcmp(w->word, "signal") == 0;
    const char *open = "client { connect\n", *more = "";
    buf_puts(out, strcmp(w->word, "scenario") == 0 ? "" : "scenario \"t\"\n");
    if (strcmp(w->word, "sockspec") == 0) {
        buf_clear(out);
        buf_printf(out, "%s\nscenario \"t\"\nclient { connect }\n", w->example);
        return;
    }
    if (strcmp(w->where, "head") == 0) {
        buf_printf(out, "%s\nclient { connect ; send \"%s\" }\n", w->example,
                   strcmp(w->word, "with") == 0 ? "{size}" : "x");
        return;
    }
    if (strcmp(w->where, "actor") == 0) {
        buf_printf(out, "%s\n", w->example);
        return;
    }
    if (strncmp(w->word, "from other ", strlen("from other ")) == 0)
        buf_puts(out, "transport udp\n");
    if (strcmp(w->where, "server") == 0)
        open = "server {\n";
    else if (strcmp(w->word, "request") == 0)
        open = "server { accept\n";
    else if (strncmp(w->where, "subject", 7) == 0 || strcmp(w->where, "fault") == 0)
        open = "subject {\n";
    else if (strcmp(w->where, "link") == 0)
        open = "link {\n";
    if (strcmp(w->word, "wait") == 0 || strcmp(w->word, "on connections from") == 0 || is_signal)
        more = "client other { connect ; signal ready }\n";
    buf_printf(out, "%s%s\n}\n%s", open, w->example, more);
}

static void examples_of_the_table_parse(void **state)
{
    (void)state;
    struct scn_word w;
    size_t i = 0;
    for (; scn_word_at(i, &w); i++) {
        struct buf source = {0};
        wrap(&w, &source);
        must_parse(w.word, buf_text(&source));
        buf_free(&source);
    }
    assert_true(i > 80);
}

/* The example shows its word: without this a row could show anything. */
static void examples_show_their_word(void **state)
{
    (void)state;
    struct scn_word w;
    for (size_t i = 0; scn_word_at(i, &w); i++) {
        const char *word = strncmp(w.word, "N ", 2) == 0 ? w.word + 2 : w.word;
        char first[32];
        size_t len = strcspn(word, " .");
        if (word[0] == '"')
            len = 1;
        snprintf(first, sizeof(first), "%.*s", (int)len, word);
        assert_non_null(strstr(w.example, first));
        assert_true(strlen(w.purpose) > 5 && strlen(w.synopsis) > 0);
    }
}

static bool is_word(const char *name)
{
    struct scn_word w;
    for (size_t i = 0; scn_word_at(i, &w); i++)
        if (strcmp(w.word, name) == 0)
            return true;
    return false;
}

static void every_step_has_its_word(void **state)
{
    (void)state;
    for (int kind = 0; kind < SCN_STEP_COUNT; kind++) {
        const char *name = scn_step_name((enum scn_step_kind)kind);
        if (kind != SCN_STEP_STATE && !is_word(name)) /* the states have rows of their own */
            fail_msg("step '%s' has no row", name);
    }
}

/* --- names ---------------------------------------------------------------------------------------------- */

/* Whether a number or a string begins at `at`; then where it ends. */
static const char *value_end(const char *example, const char *at)
{
    if (*at == '"') {
        const char *end = at + 1;
        while (*end != '"')
            end += *end == '\\' ? 2 : 1;
        return end + 1;
    }
    bool first = at == example || strchr(" +", at[-1]);
    return first && *at >= '0' && *at <= '9' ? at + strcspn(at, " ,\n}") : NULL;
}

/* The example with {fact} in place of what stands from `at` to `end`: its value where that is a text or number. */
static void put_fact(const struct scn_word *w, const char *at, const char *end, bool in_quotes, struct buf *out)
{
    char *example =
        mem_printf(in_quotes ? "%.*s\"{fact}\"%s" : "%.*s{fact}%s", (int)(at - w->example), w->example, end);
    struct scn_word changed = *w;
    changed.example = example;
    wrap(&changed, out);
    free(example);
}

/* Whether it is refused, or read with the fact among its facts. */
static bool fact_is_known(const char *source, bool *taken)
{
    struct scn_messages messages = {0};
    struct scn_scenario *s = scn_parse("tests/example", "example.scn", source, strlen(source), NULL, &messages);
    bool known = s == NULL;
    *taken = s != NULL;
    for (size_t i = 0; s && i < s->fact_count; i++)
        known |= strcmp(s->facts[i].name, "fact") == 0;
    scn_free(s);
    scn_messages_free(&messages);
    return known;
}

/*
 * Wherever the language takes a number or a text, it may be {fact}, and then the scenario says that it needs it: else
 * it would run without one, and a program be failed for what nobody knew. A new word is held to it by its example.
 */
static void a_fact_is_known_wherever_it_stands(void **state)
{
    (void)state;
    struct scn_word w;
    size_t places = 0;
    for (size_t i = 0; scn_word_at(i, &w); i++) {
        for (const char *at = w.example; *at; at++) {
            const char *end = value_end(w.example, at);
            bool head = strcmp(w.where, "head") == 0; /* in the strings there braces are braces */
            for (int quoted = 0; end && quoted < (head ? 1 : 2); quoted++) {
                struct buf source = {0};
                bool taken;
                if (head && *at == '"')
                    continue;
                put_fact(&w, at, end, quoted, &source);
                if (!fact_is_known(buf_text(&source), &taken))
                    fail_msg("the fact is forgotten in:\n%s", buf_text(&source));
                places += taken;
                buf_free(&source);
            }
            if (end)
                at = end - 1;
        }
    }
    assert_true(places > 60);
}

/* --- the README ----------------------------------------------------------------------------------------- */

/* The n-th block fenced with ```kind, or NULL. The caller frees it. */
static char *fenced(const char *readme, const char *kind, size_t n)
{
    char fence[32];
    snprintf(fence, sizeof(fence), "```%s\n", kind);
    const char *at = readme;
    for (size_t i = 0; (at = strstr(at, fence)); i++) {
        at += strlen(fence);
        if (i == n)
            return mem_printf("%.*s", (int)(strstr(at, "```") - at), at);
    }
    return NULL;
}

static void readme_scenarios_parse(void **state)
{
    (void)state;
    char *readme = read_file(README), *source;
    size_t n = 0;
    for (; (source = fenced(readme, "scn", n)); n++) {
        must_parse("README", source);
        free(source);
    }
    assert_true(n >= 3);
    free(readme);
}

static const char *temporary(const char *readme, const char *kind, char *path, size_t size)
{
    char *text = fenced(readme, kind, 0);
    assert_non_null(text);
    snprintf(path, size, "%s/readme-%s-%d", BINARY_DIR, kind, (int)getpid());
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
    free(text);
    return path;
}

static void readme_files_load(void **state)
{
    (void)state;
    char *readme = read_file(README), path[512];
    struct scn_messages messages = {0};
    struct scn_profile *profile =
        scn_profile_load(temporary(readme, "profile", path, sizeof(path)), "http-server", &messages);
    unlink(path);
    assert_non_null(profile);
    assert_int_equal(profile->fact_count, 4);
    assert_int_equal(profile->premise_count, 4);
    assert_string_equal(profile->premises[0].scenario, "get");
    assert_null(profile->premises[0].fact);
    assert_string_equal(profile->premises[1].fact, "missing");
    assert_true(profile->premises[2].when_needed);
    assert_string_equal(profile->premises[2].assumes, "HEAD of what GET finds is answered");
    assert_true(profile->premises[3].learns);
    struct scn_rules *rules = scn_rules_load(temporary(readme, "rules", path, sizeof(path)), &messages);
    unlink(path);
    assert_non_null(rules);
    assert_int_equal(rules->count, 1);
    struct scn_subject_file *subject =
        scn_subject_file_load(temporary(readme, "subject", path, sizeof(path)), &messages);
    unlink(path);
    assert_non_null(subject);
    assert_int_equal(subject->argc, 5);
    assert_int_equal(messages.count, 0);
    scn_profile_free(profile);
    scn_rules_free(rules);
    scn_subject_file_free(subject);
    free(readme);
}

/* Whether a word is in a table (as its first) or in a list. */
static bool is_a_word(const char *word)
{
    struct scn_word w;
    size_t len = strlen(word);
    for (size_t i = 0; scn_word_at(i, &w); i++)
        if (strncmp(w.word, word, len) == 0 && (w.word[len] == '\0' || w.word[len] == ' '))
            return true;
    for (int list = 0; list < SCN_LIST_COUNT; list++)
        if (scn_list_find((enum scn_list)list, word) >= 0)
            return true;
    return false;
}

static void habits_lead_to_words(void **state)
{
    (void)state;
    struct scn_habit h;
    size_t i = 0;
    for (; scn_habit_at(i, &h); i++)
        if (!is_a_word(h.instead))
            fail_msg("'%s' is told for '%s', and is no word", h.instead, h.typed);
    assert_true(i > 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(habits_lead_to_words),
        cmocka_unit_test(examples_of_the_table_parse),
        cmocka_unit_test(examples_show_their_word),
        cmocka_unit_test(every_step_has_its_word),
        cmocka_unit_test(a_fact_is_known_wherever_it_stands),
        cmocka_unit_test(readme_scenarios_parse),
        cmocka_unit_test(readme_files_load),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
