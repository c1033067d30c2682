/* Lines at every cut. */
#include "protocol/line.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

struct line_case {
    char delimiter;
    bool strip_cr;
    size_t limit;
    const char *text;
    const char *want; /* lines, each followed by "|"; the rest by "~"; "!" where a line is too long */
};

static const struct line_case cases[] = {
    {'\n', true, 0, "", ""},
    {'\n', true, 0, "a\nbc\r\n\n\r\nd", "a|bc|||d~"},
    {'\n', true, 0, "a\rb\r\r\n", "a\rb\r|"},
    {'\n', false, 0, "a\r\n", "a\r|"},
    {'\n', true, 0, "a\r", "a\r~"},
    {';', false, 0, "a;;b", "a||b~"},
    {'\n', true, 3, "abc\r\nabc\nabc", "abc|abc|abc~"},
    {'\n', true, 3, "abc\r\nabcd\nx\n", "abc|!"},
    {'\n', true, 3, "abcd", "!"},
    {'\n', true, 3, "abc\r", "!"},
    {'\n', true, 3, "abc\rx\n", "!"},
    {'\n', false, 3, "abc\r\n", "!"},
};

static void split(const struct line_case *c, size_t first, size_t then, char *out, size_t cap)
{
    struct line_splitter s;
    struct line line;
    size_t at = 0, used, len = strlen(c->text), k = 0;
    line_init(&s, c->delimiter, c->strip_cr, c->limit);
    out[0] = '\0';
    enum line_event e = LINE_MORE;
    for (size_t n = first < len ? first : len;; n = n + then < len ? n + then : len) {
        while ((e = line_next(&s, c->text + at, n - at, &line, &used)) == LINE_FOUND) {
            assert_true(line.terminated);
            at += used;
            k += (size_t)snprintf(out + k, cap - k, "%.*s|", (int)line.len, line.data);
        }
        if (e == LINE_TOO_LONG || n == len)
            break;
    }
    if (e == LINE_MORE)
        e = line_rest(&s, c->text + at, len - at, &line);
    if (e == LINE_FOUND)
        snprintf(out + k, cap - k, "%.*s~", (int)line.len, line.data);
    if (e == LINE_TOO_LONG) {
        snprintf(out + k, cap - k, "!");
        assert_int_equal(line_next(&s, "x\n", 2, &line, &used), LINE_TOO_LONG);
        assert_int_equal(line_rest(&s, "x", 1, &line), LINE_TOO_LONG);
    }
}

static void test_cuts(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        for (size_t cut = 0; cut <= strlen(cases[i].text); cut++) {
            char got[256];
            split(&cases[i], cut == 0 ? 1 : cut, cut == 0 ? 1 : 100, got, sizeof got);
            assert_string_equal(got, cases[i].want);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_cuts)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
