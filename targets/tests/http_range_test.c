/* Range (RFC 9110, 14.1): what is asked for, of representations of 1,000 bytes and of none. */
#include "servers/http_range.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static const struct {
    const char *text;
    enum http_range_kind kind;
    uint64_t first, length;
} cases[] = {
    {"bytes=0-499", HTTP_RANGE_PART, 0, 500},
    {"bytes=500-999", HTTP_RANGE_PART, 500, 500},
    {"bytes=-500", HTTP_RANGE_PART, 500, 500},
    {"bytes=990-", HTTP_RANGE_PART, 990, 10},
    {"bytes=0-", HTTP_RANGE_PART, 0, 1000},
    {"bytes=999-5000", HTTP_RANGE_PART, 999, 1},
    {"bytes=-5000", HTTP_RANGE_PART, 0, 1000},
    {"BYTES=7-7", HTTP_RANGE_PART, 7, 1},
    {"bytes= , 7-7 ,,", HTTP_RANGE_PART, 7, 1},
    {"bytes=0-99999999999999999999999999", HTTP_RANGE_PART, 0, 1000},
    {"bytes=0-18446744073709551619", HTTP_RANGE_PART, 0, 1000},
    {"bytes=-18446744073709551619", HTTP_RANGE_PART, 0, 1000},
    {"bytes=1000-", HTTP_RANGE_NOWHERE, 0, 0},
    {"bytes=18446744073709551616-18446744073709551617", HTTP_RANGE_NOWHERE, 0, 0},
    {"bytes=-0", HTTP_RANGE_NOWHERE, 0, 0},
    {"bytes=2000-3000, 5000-", HTTP_RANGE_NOWHERE, 0, 0},
    {"bytes=2000-3000, 0-0", HTTP_RANGE_PART, 0, 1},
    {"bytes=0-0, 5-5", HTTP_RANGE_IGNORED, 0, 0},
    {"bytes=500-499", HTTP_RANGE_IGNORED, 0, 0},
    {"bytes=0-0, 9-8", HTTP_RANGE_IGNORED, 0, 0},
    {"bytes=", HTTP_RANGE_IGNORED, 0, 0},
    {"bytes=-", HTTP_RANGE_IGNORED, 0, 0},
    {"bytes=,", HTTP_RANGE_IGNORED, 0, 0},
    {"bytes=a-b", HTTP_RANGE_IGNORED, 0, 0},
    {"bytes=0x0-0x9", HTTP_RANGE_IGNORED, 0, 0},
    {"bytes=0 - 9", HTTP_RANGE_IGNORED, 0, 0},
    {"bytes=5", HTTP_RANGE_IGNORED, 0, 0},
    {"bytes 0-9", HTTP_RANGE_IGNORED, 0, 0},
    {"bytes", HTTP_RANGE_IGNORED, 0, 0},
    {"lines=0-9", HTTP_RANGE_IGNORED, 0, 0},
    {"", HTTP_RANGE_IGNORED, 0, 0},
};

static void each_value_asks_for_its_part(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct http_range range = {0};
        size_t len = strlen(cases[i].text);
        char *text = test_malloc(len + 1); /* of exactly its size and one */
        memcpy(text, cases[i].text, len);
        assert_int_equal(http_range_parse(text, len, 1000, &range), cases[i].kind);
        if (cases[i].kind == HTTP_RANGE_PART) {
            assert_int_equal(range.first, cases[i].first);
            assert_int_equal(range.length, cases[i].length);
        }
        assert_int_equal(http_range_parse(text, len, 0, &range), HTTP_RANGE_IGNORED); /* of nothing */
        test_free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(each_value_asks_for_its_part)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
