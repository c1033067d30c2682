/* Status lines of POP3. */
#include "protocol/status.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <string.h>

static const struct status_case {
    const char *line;
    size_t len;
    enum status_problem problem;
    bool ok;
    const char *text;
} cases[] = {
    {"+OK", 3, STATUS_FINE, true, ""},
    {"+OK ", 4, STATUS_FINE, true, ""},
    {"+OK 2 320", 9, STATUS_FINE, true, "2 320"},
    {"-ERR no such message", 20, STATUS_FINE, false, "no such message"},
    {"-ERR", 4, STATUS_FINE, false, ""},
    {"+ok", 3, STATUS_NO_INDICATOR, false, NULL},
    {"-ER", 3, STATUS_NO_INDICATOR, false, NULL},
    {"", 0, STATUS_NO_INDICATOR, false, NULL},
    {" +OK", 4, STATUS_NO_INDICATOR, false, NULL},
    {"+OKAY", 5, STATUS_NO_BLANK, false, NULL},
    {"-ERR\tx", 6, STATUS_NO_BLANK, false, NULL},
    {"+OK a\0b", 7, STATUS_BYTE, true, "a"},
    {"+OK a\r", 6, STATUS_BYTE, true, "a\r"},
};

static void lines_are_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct status_line got = {0};
        assert_int_equal(status_read(cases[i].line, cases[i].len, &got), cases[i].problem);
        assert_non_null(status_problem_text(cases[i].problem));
        if (!cases[i].text) {
            assert_null(got.text);
            continue;
        }
        assert_int_equal(got.ok, cases[i].ok);
        assert_memory_equal(got.text, cases[i].text, strlen(cases[i].text));
    }
}

static void a_line_has_512_bytes_at_most(void **state)
{
    char line[511] = "+OK ";
    struct status_line got;
    (void)state;
    memset(line + 4, 'x', sizeof line - 4);
    assert_int_equal(status_read(line, 510, &got), STATUS_FINE);
    assert_int_equal(status_read(line, 511, &got), STATUS_LONG);
    assert_int_equal(got.len, 507);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_are_read),
        cmocka_unit_test(a_line_has_512_bytes_at_most),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
