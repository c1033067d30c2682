/* What documents and help say of verbs, options and exit codes is what the tables have. */
#include "cli/reports.h"
#include "cli/test_settings.h"
#include "cli/verb.h"
#include "engine/engine.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* The file of the project as one text; the caller frees it. */
static char *read_page(const char *name)
{
    struct buf path = {0}, text = {0};
    buf_printf(&path, "%s/%s", SOURCE_DIR, name);
    FILE *in = fopen(buf_text(&path), "r");
    if (!in)
        fail_msg("%s is missing", buf_text(&path));
    for (size_t n = 1; n > 0; text.len += n)
        n = fread(buf_reserve(&text, 65536), 1, 65536, in);
    fclose(in);
    buf_free(&path);
    return buf_take(&text);
}

/* The README must have the lines as they stand; where not, all of them are told, to be put there. */
static void assert_in_readme(const struct buf *lines)
{
    char *readme = read_page("README.md");
    if (!strstr(readme, buf_text(lines)))
        fail_msg("README.md has not these lines, which the tables give:\n%s", buf_text(lines));
    free(readme);
}

/* A cell of a Markdown table. */
static void add_cell(struct buf *out, const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        buf_printf(out, "%s%c", text[i] == '|' ? "\\" : "", text[i]);
}

static void test_the_readme_has_the_verbs(void **state)
{
    (void)state;
    struct buf rows = {0};
    buf_puts(&rows, "| verb | purpose |\n| --- | --- |\n");
    for (size_t i = 0; verbs[i]; i++) {
        buf_puts(&rows, "| `");
        add_cell(&rows, verbs[i]->synopsis, strcspn(verbs[i]->synopsis, "\n"));
        buf_puts(&rows, "` | ");
        add_cell(&rows, verbs[i]->purpose, strlen(verbs[i]->purpose));
        buf_puts(&rows, " |\n");
    }
    buf_putc(&rows, '\n'); /* and no row more */
    assert_in_readme(&rows);
    buf_free(&rows);
}

static void test_the_readme_has_the_exit_codes(void **state)
{
    (void)state;
    struct buf rows = {0};
    buf_puts(&rows, "| exit code | meaning |\n| --- | --- |\n");
#define EXIT_ROW(id, code, meaning) buf_printf(&rows, "| %d | %s |\n", code, meaning);
    EXIT_CODES(EXIT_ROW)
#undef EXIT_ROW
    buf_putc(&rows, '\n');
    assert_in_readme(&rows);
    buf_free(&rows);
}

/* The option of any verb, or of one where `verb` is not NULL. */
static bool is_option(const struct verb *verb, const char *name, size_t len)
{
    struct option o;
    if (len == 4 && memcmp(name, "help", 4) == 0)
        return true;
    for (size_t i = 0; verbs[i]; i++)
        if ((!verb || verb == verbs[i]) && verbs[i]->options && options_find(verbs[i]->options, name, len, &o))
            return true;
    return false;
}

#define OPTION_LETTERS "abcdefghijklmnopqrstuvwxyz-"

/* Each option between `at` and `end` is one of the verb (of any, where NULL). */
static void assert_options(const char *page, const struct verb *verb, const char *at, const char *end)
{
    for (; (at = strstr(at, "--")) && at < end; at += 2) {
        size_t len = strspn(at + 2, OPTION_LETTERS);
        if (len == 0)
            return; /* what stands behind a bare -- is another program's */
        if (!is_option(verb, at + 2, len))
            fail_msg("%s: sockspec%s%s has no option --%.*s", page, verb ? " " : "", verb ? verb->name : "", (int)len,
                     at + 2);
        at += len;
    }
}

/* Lines that are commands of ours: indented in a page, at the beginning of a line in the examples of a help. */
static size_t check_commands(const char *page, const char *text, const char *indent)
{
    char ours[16];
    snprintf(ours, sizeof(ours), "%ssockspec ", indent);
    size_t checked = 0;
    for (const char *line = text; *line; line += strcspn(line, "\n"), line += *line == '\n') {
        const char *at = line, *end = line + strcspn(line, "\n#|");
        if (strncmp(at, ours, strlen(ours)) != 0)
            continue;
        at += strlen(ours);
        size_t len = strcspn(at, " \n");
        char name[32];
        snprintf(name, sizeof(name), "%.*s", (int)len, at);
        if (strspn(name, OPTION_LETTERS) != strlen(name) && name[0] != '-')
            continue; /* `sockspec VERB` and the like */
        const struct verb *verb = verb_find(name);
        if (!verb)
            fail_msg("%s: there is no verb %s", page, name);
        assert_options(page, verb, at + len, end);
        checked++;
    }
    return checked;
}

/* Options in running text: `--junit FILE`. */
static size_t check_mentions(const char *page, const char *text)
{
    size_t checked = 0;
    for (const char *at = text; (at = strstr(at, "`--")); at++) {
        const char *end = strchr(at + 1, '`');
        if (!end)
            break;
        assert_options(page, NULL, at + 1, end);
        checked++;
    }
    return checked;
}

static void test_pages_name_options_that_are(void **state)
{
    (void)state;
    static const char *const pages[] = {"README.md",        "harness/TEST.md",  "harness/INJECT.md",
                                        "harness/PROXY.md", "harness/PARSE.md", "scenarios/README.md"};
    for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
        char *text = read_page(pages[i]);
        assert_true(check_mentions(pages[i], text) + check_commands(pages[i], text, "    ") > 0);
        free(text);
    }
    for (size_t i = 0; verbs[i]; i++) {
        if (!verbs[i]->examples)
            fail_msg("sockspec help %s has no example", verbs[i]->name);
        assert_true(check_commands(verbs[i]->name, verbs[i]->examples, "") > 0);
    }
}

static void assert_row(const struct verb *verb, const struct option *o, size_t before)
{
    struct option other;
    struct option_walk walk = {0};
    if (!o->name || !*o->name || !o->purpose || !*o->purpose)
        fail_msg("%s: --%s has no name or no purpose", verb->name, o->name ? o->name : "");
    if ((o->kind == OPTION_FLAG) != !o->value)
        fail_msg("%s: --%s: a flag has no value, any other one has", verb->name, o->name);
    if ((o->kind == OPTION_CHOICE) != (o->choices != NULL))
        fail_msg("%s: --%s: choices are for a choice", verb->name, o->name);
    if ((o->kind == OPTION_COUNT || o->kind == OPTION_FACTOR) && !(o->low < o->high))
        fail_msg("%s: --%s has no range", verb->name, o->name);
    for (size_t i = 0; i < before && options_next(verb->options, &walk, &other); i++) {
        if (other.kind == OPTION_HEADING)
            continue;
        bool twice =
            strcmp(other.name, o->name) == 0 || (o->letter && o->letter == other.letter) ||
            (o->also && (strcmp(other.name, o->also) == 0 || (other.also && strcmp(other.also, o->also) == 0)));
        if (twice)
            fail_msg("%s: --%s and --%s share a spelling", verb->name, other.name, o->name);
    }
}

static void test_every_option_is_whole(void **state)
{
    (void)state;
    for (size_t i = 0; verbs[i]; i++) {
        struct option o;
        struct option_walk walk = {0};
        for (size_t k = 0; verbs[i]->options && options_next(verbs[i]->options, &walk, &o); k++)
            if (o.kind != OPTION_HEADING)
                assert_row(verbs[i], &o, k);
    }
}

static void test_formats_are_options(void **state)
{
    (void)state;
    static const struct verb *const writers[] = {&verb_test, &verb_report};
    for (size_t v = 0; v < 2; v++) {
        for (size_t i = 0; i < REPORT_FORMAT_COUNT; i++) {
            const struct report_format *f = report_formats[i];
            struct option o;
            assert_true(options_find(writers[v]->options, f->name, strlen(f->name), &o));
            assert_int_equal(o.kind, f->place == REPORT_FILE ? OPTION_TEXT : OPTION_FLAG);
            assert_string_equal(o.purpose, f->purpose);
            if (f->letter)
                assert_true(options_find_letter(writers[v]->options, f->letter, &o));
        }
    }
}

/* "(5s)" at the end of a purpose is the default that the settings have. */
static void assert_default(const struct option *o, const void *settings)
{
    const char *told = strrchr(o->purpose, '(');
    char *end = NULL;
    double number = told ? strtod(told + 1, &end) : 0;
    if (!told || end == told + 1 || (strcmp(end, ")") != 0 && strcmp(end, "s)") != 0))
        return;
    const char *at = (const char *)settings + o->at;
    double has = o->kind == OPTION_COUNT ? *(const int *)(const void *)at : *(const double *)(const void *)at;
    if (has != number)
        fail_msg("--%s: the help says %g, and the default is %g", o->name, number, has);
}

static void test_defaults_are_those_of_the_help(void **state)
{
    (void)state;
    const struct test_settings settings = test_settings_default();
    struct option o;
    struct option_walk walk = {0};
    size_t choices = 0;
    while (options_next(&test_options, &walk, &o)) {
        if (o.kind == OPTION_COUNT || o.kind == OPTION_SECONDS || o.kind == OPTION_FACTOR)
            assert_default(&o, &settings);
        if (o.kind != OPTION_CHOICE)
            continue;
        choices++; /* the help tells the first as the default */
        assert_int_equal(*(const int *)(const void *)((const char *)&settings + o.at), 0);
    }
    assert_int_equal(choices, 5);
}

static size_t length_of(const char *const *words)
{
    size_t count = 0;
    while (words[count])
        count++;
    return count;
}

/* Choices are read as the place of their word: the lists end where the enums do. */
static void test_choices_end_with_their_enums(void **state)
{
    (void)state;
    assert_int_equal(length_of(isolation_words), ISOLATION_PROCESS + 1);
    assert_int_equal(length_of(delivery_words), DELIVERY_RANDOM + 1);
    assert_int_equal(length_of(capture_words), CAPTURE_ALWAYS + 1);
    assert_int_equal(length_of(colour_words), COLOUR_NEVER + 1);
    assert_string_equal(isolation_words[ISOLATION_USER], "user");
    assert_string_equal(delivery_words[DELIVERY_DELAYED], "delayed");
    assert_string_equal(capture_words[CAPTURE_FAILED], "failed");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_readme_has_the_verbs),     cmocka_unit_test(test_the_readme_has_the_exit_codes),
        cmocka_unit_test(test_pages_name_options_that_are),  cmocka_unit_test(test_every_option_is_whole),
        cmocka_unit_test(test_formats_are_options),          cmocka_unit_test(test_defaults_are_those_of_the_help),
        cmocka_unit_test(test_choices_end_with_their_enums),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
