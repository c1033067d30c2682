/*
 * What the checker says of wrong scenarios, word for word: data/scenario/errors.golden holds cases of
 *     === NAME
 *     the scenario
 *     ---
 *     the messages
 */
#include "base/mem.h"
#include "scenario/load.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define DATA SOURCE_DIR "/harness/tests/data/scenario"

struct fixture {
    struct scn_profile *profile;
    struct scn_rules *rules;
    char *golden;
};

static int set_up(void **state)
{
    struct fixture *f = mem_new(1, sizeof(*f));
    struct scn_messages messages = {0};
    f->profile = scn_profile_load(DATA "/profile", "tests", &messages);
    f->rules = scn_rules_load(DATA "/rules", &messages);
    FILE *file = fopen(DATA "/errors.golden", "r");
    if (!f->profile || !f->rules || !file)
        return -1;
    struct buf text = {0};
    char part[4096];
    size_t n;
    while ((n = fread(part, 1, sizeof(part), file)) > 0)
        buf_add(&text, part, n);
    fclose(file);
    f->golden = buf_take(&text);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    scn_profile_free(f->profile);
    scn_rules_free(f->rules);
    free(f->golden);
    free(f);
    return 0;
}

static void check_case(const struct fixture *f, const char *name, const char *source, size_t len, const char *want)
{
    struct scn_context context = {.profile = f->profile, .rules = f->rules};
    struct scn_messages messages = {0};
    struct scn_scenario *s = scn_parse("tests/x", "x.scn", source, len, &context, &messages);
    if (s)
        fail_msg("'%s' is accepted", name);
    struct buf got = {0};
    for (size_t i = 0; i < messages.count; i++)
        scn_message_print(&got, &messages.items[i], false);
    if (strcmp(buf_text(&got), want) != 0)
        fail_msg("'%s' says\n%sand should say\n%s", name, buf_text(&got), want);
    buf_free(&got);
    scn_messages_free(&messages);
}

static void messages_are_as_agreed(void **state)
{
    const struct fixture *f = *state;
    size_t count = 0;
    char *at = f->golden;
    while (at && *at) {
        char *name_end = strchr(at, '\n'), *source = name_end + 1;
        char *split = strstr(source, "---\n");
        assert_non_null(split);
        char *next = strstr(split, "\n=== ");
        char *name = mem_printf("%.*s", (int)(name_end - at - 4), at + 4);
        char *want = mem_printf("%.*s", next ? (int)(next + 1 - split - 4) : (int)strlen(split + 4), split + 4);
        check_case(f, name, source, (size_t)(split - source), want);
        free(name);
        free(want);
        count++;
        at = next ? next + 1 : NULL;
    }
    assert_true(count >= 90);
}

static void at_most_twenty_a_file(void **state)
{
    (void)state;
    struct buf source = {0};
    buf_puts(&source, "scenario \"t\"\nclient {\n");
    for (int i = 0; i < 100; i++)
        buf_puts(&source, "conect\n");
    buf_puts(&source, "}\n");
    struct scn_messages messages = {0};
    assert_null(scn_parse("t/x", "x", buf_text(&source), source.len, NULL, &messages));
    assert_int_equal(messages.count, 20);
    assert_null(scn_parse("t/y", "y", buf_text(&source), source.len, NULL, &messages));
    assert_int_equal(messages.count, 40);
    scn_messages_free(&messages);
    buf_free(&source);
}

static void colour_and_long_lines(void **state)
{
    (void)state;
    struct buf source = {0}, out = {0};
    buf_puts(&source, "scenario \"t\"\nclient { connect ; send \"");
    for (int i = 0; i < 5000; i++)
        buf_putc(&source, 'x');
    buf_puts(&source, "\" ; sned \"\xc3\xa4\" }\n");
    struct scn_messages messages = {0};
    assert_null(scn_parse("t/x", "x", buf_text(&source), source.len, NULL, &messages));
    scn_message_print(&out, &messages.items[0], true);
    assert_true(out.len < 600);
    assert_non_null(strstr(buf_text(&out), "\033[31merror:\033[0m unknown step 'sned'"));
    assert_non_null(strstr(buf_text(&out), "sned \"\\xc3\\xa4\""));
    scn_messages_free(&messages);
    buf_free(&source);
    buf_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_are_as_agreed),
        cmocka_unit_test(at_most_twenty_a_file),
        cmocka_unit_test(colour_and_long_lines),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
