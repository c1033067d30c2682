/* Dates of RFC 9110, 5.6.7: the three forms, what is none, and what is written. */
#include "protocol/http_date.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* The example of RFC 9110, 5.6.7, and 1 January 2026. */
#define EXAMPLE 784111777
#define NOW     1767225600

static bool parse(const char *text, time_t *when)
{
    return http_date_parse(text, strlen(text), NOW, when);
}

static void each_form_is_read(void **state)
{
    static const struct {
        const char *text;
        time_t when;
    } cases[] = {
        {"Sun, 06 Nov 1994 08:49:37 GMT", EXAMPLE},    {"Sunday, 06-Nov-94 08:49:37 GMT", EXAMPLE},
        {"Sun Nov  6 08:49:37 1994", EXAMPLE},         {"Wed Nov 16 08:49:37 1994", EXAMPLE + 10 * 86400},
        {"Thu, 01 Jan 1970 00:00:00 GMT", 0},          {"Sat, 31 Dec 2016 23:59:60 GMT", 1483228800},
        {"Thu, 29 Feb 2024 00:00:00 GMT", 1709164800},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        time_t when = -7;
        assert_true(parse(cases[i].text, &when));
        assert_int_equal(when, cases[i].when);
    }
}

static void two_digits_are_at_most_fifty_years_ahead(void **state)
{
    time_t ahead, past;
    (void)state;
    assert_true(parse("Wednesday, 01-Jan-76 00:00:00 GMT", &ahead));
    assert_int_equal(ahead, 3345062400); /* 2076: 50 years, not more */
    assert_true(parse("Saturday, 01-Jan-77 00:00:00 GMT", &past));
    assert_int_equal(past, 220924800); /* 1977 */
}

static void anything_else_is_no_date(void **state)
{
    static const char *const cases[] = {
        "",
        "0",
        "-1",
        "yesterday",
        "Sun, 06 Nov 1994",
        "Sun, 6 Nov 1994 08:49:37 GMT",
        "sun, 06 Nov 1994 08:49:37 GMT",
        "Sun, 06 nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 08:49:37 UTC",
        "Sun, 06 Nov 1994 08:49:37 GMT ",
        " Sun, 06 Nov 1994 08:49:37 GMT",
        "Sun,  06 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 08:49:37 GMT, Sun, 06 Nov 1994 08:49:37 GMT",
        "Sun, 00 Nov 1994 08:49:37 GMT",
        "Sun, 31 Nov 1994 08:49:37 GMT",
        "Thu, 29 Feb 2023 00:00:00 GMT",
        "Sun, 06 Nov 1994 24:00:00 GMT",
        "Sun, 06 Nov 1994 08:60:37 GMT",
        "Sun, 06 Nov 1994 08:49:61 GMT",
        "Sun, 06-Nov-94 08:49:37 GMT",
        "Sunday, 06-Nov-1994 08:49:37 GMT",
        "Sun Nov 6 08:49:37 1994",
        "Sun Nov 06 08:49:37 1994 GMT",
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        time_t when = -7;
        assert_false(parse(cases[i], &when));
        assert_int_equal(when, -7);
    }
}

/* Any prefix of a date, from memory of exactly its size, so that AddressSanitizer sees a read past it. */
static void a_cut_date_is_none(void **state)
{
    static const char date[] = "Sun, 06 Nov 1994 08:49:37 GMT";
    (void)state;
    for (size_t len = 0; len < sizeof date - 1; len++) {
        char *cut = test_malloc(len + 1);
        time_t when;
        memcpy(cut, date, len);
        assert_false(http_date_parse(cut, len, NOW, &when));
        test_free(cut);
    }
}

static void what_is_written_is_read_again(void **state)
{
    static const time_t times[] = {EXAMPLE, 0, 951782400, 253402300799};
    char text[HTTP_DATE_ROOM];
    (void)state;
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
        time_t when;
        assert_true(http_date_format(times[i], text));
        assert_true(parse(text, &when));
        assert_int_equal(when, times[i]);
    }
    assert_true(http_date_format(EXAMPLE, text));
    assert_string_equal(text, "Sun, 06 Nov 1994 08:49:37 GMT");
    assert_false(http_date_format(253402300800, text)); /* the year 10000 */
    assert_string_equal(text, "Sun, 06 Nov 1994 08:49:37 GMT");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_form_is_read),
        cmocka_unit_test(two_digits_are_at_most_fifty_years_ahead),
        cmocka_unit_test(anything_else_is_no_date),
        cmocka_unit_test(a_cut_date_is_none),
        cmocka_unit_test(what_is_written_is_read_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
