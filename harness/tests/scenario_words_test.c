/*
 * The specification cannot rot: every example of the vocabulary and every block of scenarios/README.md is
 * parsed and checked, and the README's list of words is the one that the table makes.
 */
#include "base/mem.h"
#include "scenario/load.h"

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
    if (strcmp(w->where, "head") == 0) {
        buf_printf(out, "%s\nclient { connect ; send \"%s\" }\n", w->example,
                   strcmp(w->word, "with") == 0 ? "{size}" : "x");
        return;
    }
    if (strcmp(w->where, "actor") == 0) {
        buf_printf(out, "%s\n", w->example);
        return;
    }
    if (strcmp(w->word, "from other port") == 0)
        buf_puts(out, "transport udp\n");
    if (strcmp(w->where, "server") == 0)
        open = "server {\n";
    else if (strcmp(w->word, "request") == 0)
        open = "server { accept\n";
    else if (strncmp(w->where, "subject", 7) == 0)
        open = "subject {\n";
    else if (strcmp(w->where, "link") == 0)
        open = "link {\n";
    if (strcmp(w->word, "wait") == 0 || is_signal)
        more = "client other { connect ; signal ready }\n";
    buf_printf(out, "%s%s\n}\n%s", open, w->example, more);
}

static void examples_of_the_table_parse(void **state)
{
    (void)state;
    size_t count;
    const struct scn_word *words = scn_words(&count);
    assert_true(count > 70);
    for (size_t i = 0; i < count; i++) {
        struct buf source = {0};
        wrap(&words[i], &source);
        must_parse(words[i].word, buf_text(&source));
        buf_free(&source);
    }
}

/* The example shows its word: without this a row could show anything. */
static void examples_show_their_word(void **state)
{
    (void)state;
    size_t count;
    const struct scn_word *words = scn_words(&count);
    for (size_t i = 0; i < count; i++) {
        char first[32];
        size_t len = strcspn(words[i].word, " .");
        if (words[i].word[0] == '"')
            len = 1;
        snprintf(first, sizeof(first), "%.*s", (int)len, words[i].word);
        assert_non_null(strstr(words[i].example, first));
        assert_true(strlen(words[i].purpose) > 5 && strlen(words[i].synopsis) > 0);
    }
}

static void every_step_has_its_word(void **state)
{
    (void)state;
    size_t count;
    const struct scn_word *words = scn_words(&count);
    for (int kind = 0; kind < SCN_STEP_COUNT; kind++) {
        const char *name = scn_step_name((enum scn_step_kind)kind);
        size_t found = 0;
        for (size_t i = 0; i < count; i++)
            found += strcmp(words[i].word, name) == 0;
        if (!found)
            fail_msg("step '%s' has no row in words.c", name);
    }
}

/* --- the README ----------------------------------------------------------------------------------------- */

static void add_row(struct buf *out, const struct scn_word *w)
{
    buf_printf(out, "- `%s`: %s\n\n  ```text\n", w->synopsis, w->purpose);
    for (const char *line = w->example; line;) {
        const char *nl = strchr(line, '\n');
        buf_printf(out, "  %.*s\n", nl ? (int)(nl - line) : (int)strlen(line), line);
        line = nl ? nl + 1 : NULL;
    }
    buf_puts(out, "  ```\n");
}

static void add_list(struct buf *out)
{
    size_t count;
    const struct scn_word *words = scn_words(&count);
    for (size_t i = 0; i < count; i++) {
        if (i == 0 || strcmp(words[i].where, words[i - 1].where) != 0)
            buf_printf(out, "\n### In: %s\n\n", words[i].where);
        add_row(out, &words[i]);
    }
}

static void readme_lists_the_words(void **state)
{
    (void)state;
    char *readme = read_file(README);
    const char *from = strstr(readme, "<!-- words:"), *to = strstr(readme, "<!-- end of words -->");
    assert_non_null(from);
    assert_non_null(to);
    from = strchr(from, '\n') + 1;
    struct buf want = {0};
    add_list(&want);
    buf_putc(&want, '\n');
    size_t len = (size_t)(to - from);
    if (len != want.len || memcmp(from, buf_text(&want), len) != 0) {
        FILE *f = fopen(BINARY_DIR "/words.md", "w");
        if (f) {
            fputs(buf_text(&want), f);
            fclose(f);
        }
        fail_msg("%s differs from the table in words.c: put in what stands in %s", README, BINARY_DIR "/words.md");
    }
    buf_free(&want);
    free(readme);
}

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
    assert_int_equal(profile->fact_count, 3);
    assert_int_equal(profile->premise_count, 2);
    assert_string_equal(profile->premises[0].scenario, "get");
    assert_null(profile->premises[0].fact);
    assert_string_equal(profile->premises[1].fact, "missing");
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(examples_of_the_table_parse), cmocka_unit_test(examples_show_their_word),
        cmocka_unit_test(every_step_has_its_word),     cmocka_unit_test(readme_lists_the_words),
        cmocka_unit_test(readme_scenarios_parse),      cmocka_unit_test(readme_files_load),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
