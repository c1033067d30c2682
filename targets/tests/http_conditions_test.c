/* Preconditions (RFC 9110, 13) and If-Range against validators, request by request. */
#include "servers/http_conditions.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define SAME   "Sun, 06 Nov 1994 08:49:37 GMT"
#define BEFORE "Sun, 06 Nov 1994 08:49:36 GMT"
#define AFTER  "Sun, 06 Nov 1994 08:49:38 GMT"
#define NOW    1767225600

static const struct http_validators strong = {"\"a,b\"", true, 784111777};
static const struct http_validators weak = {"W/\"a,b\"", true, 784111777};
static const struct http_validators none;

struct request {
    struct http_head head;
    char text[512];
};

static void parse(struct request *r, const char *fields)
{
    int len = snprintf(r->text, sizeof r->text, "GET / HTTP/1.1\r\nHost: a\r\n%s\r\n", fields);
    http_head_init(&r->head, HTTP_REQUEST, NULL);
    assert_int_equal(http_head_parse(&r->head, r->text, (size_t)len), len);
}

static void conditions_in_their_order(void **state)
{
    static const struct {
        const char *fields;
        int strong, weak, none;
    } cases[] = {
        {"", 0, 0, 0},
        {"If-None-Match: \"a,b\"\r\n", 304, 304, 0},
        {"If-None-Match: W/\"a,b\"\r\n", 304, 304, 0},
        {"If-None-Match: \"x\", W/\"y\" ,, \"a,b\"\r\n", 304, 304, 0},
        {"If-None-Match: \"x\"\r\nIf-None-Match: \"a,b\"\r\n", 304, 304, 0},
        {"If-None-Match: \"a\"\r\n", 0, 0, 0},
        {"If-None-Match: a,b\r\n", 0, 0, 0},
        {"If-None-Match: \"a,b\r\n", 0, 0, 0},
        {"If-None-Match:\r\n", 0, 0, 0},
        {"If-None-Match: *\r\n", 304, 304, 304},
        {"If-Match: \"a,b\"\r\n", 0, 412, 412},
        {"If-Match: W/\"a,b\"\r\n", 412, 412, 412},
        {"If-Match: \"x\", \"a,b\"\r\n", 0, 412, 412},
        {"If-Match: \"x\"\r\n", 412, 412, 412},
        {"If-Match: *\r\n", 0, 0, 0},
        {"If-Modified-Since: " SAME "\r\n", 304, 304, 0},
        {"If-Modified-Since: " AFTER "\r\n", 304, 304, 0},
        {"If-Modified-Since: " BEFORE "\r\n", 0, 0, 0},
        {"If-Modified-Since: tomorrow\r\n", 0, 0, 0},
        {"If-Modified-Since: " SAME "\r\nIf-Modified-Since: " SAME "\r\n", 0, 0, 0},
        {"If-Modified-Since: Sunday, 06-Nov-94 08:49:37 GMT\r\n", 304, 304, 0},
        {"If-Unmodified-Since: " SAME "\r\n", 0, 0, 0},
        {"If-Unmodified-Since: " BEFORE "\r\n", 412, 412, 0},
        {"If-Unmodified-Since: yesterday\r\n", 0, 0, 0},
        /* precedence */
        {"If-Match: *\r\nIf-Unmodified-Since: " BEFORE "\r\n", 0, 0, 0},
        {"If-None-Match: \"x\"\r\nIf-Modified-Since: " SAME "\r\n", 0, 0, 0},
        {"If-None-Match: \"a,b\"\r\nIf-Modified-Since: " BEFORE "\r\n", 304, 304, 0},
        {"If-Match: \"x\"\r\nIf-None-Match: \"a,b\"\r\n", 412, 412, 412},
        {"If-Match: \"a,b\"\r\nIf-None-Match: \"a,b\"\r\n", 304, 412, 412},
        {"If-Unmodified-Since: " SAME "\r\nIf-Modified-Since: " SAME "\r\n", 304, 304, 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct request r;
        parse(&r, cases[i].fields);
        assert_int_equal(http_conditions(&r.head, r.text, &strong, NOW), cases[i].strong);
        assert_int_equal(http_conditions(&r.head, r.text, &weak, NOW), cases[i].weak);
        assert_int_equal(http_conditions(&r.head, r.text, &none, NOW), cases[i].none);
    }
}

static void a_range_needs_the_very_same(void **state)
{
    static const struct {
        const char *fields;
        bool strong, weak, none;
    } cases[] = {
        {"", true, true, true},
        {"If-Range: \"a,b\"\r\n", true, false, false},
        {"If-Range: W/\"a,b\"\r\n", false, false, false},
        {"If-Range: \"x\"\r\n", false, false, false},
        {"If-Range: " SAME "\r\n", true, false, false},
        {"If-Range: " AFTER "\r\n", false, false, false},
        {"If-Range: " BEFORE "\r\n", false, false, false},
        {"If-Range:\r\n", false, false, false},
        {"If-Range: \"a,b\", \"x\"\r\n", false, false, false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct request r;
        parse(&r, cases[i].fields);
        assert_int_equal(http_if_range(&r.head, r.text, &strong, NOW), cases[i].strong);
        assert_int_equal(http_if_range(&r.head, r.text, &weak, NOW), cases[i].weak);
        assert_int_equal(http_if_range(&r.head, r.text, &none, NOW), cases[i].none);
    }
}

static void a_fresh_file_has_a_weak_tag(void **state)
{
    struct http_validators old, fresh, other, future;
    (void)state;
    http_validators_of(&old, 13, (struct timespec){1000, 5}, (struct timespec){2000, 0});
    http_validators_of(&fresh, 13, (struct timespec){1999, 5}, (struct timespec){2000, 0});
    http_validators_of(&other, 14, (struct timespec){1000, 5}, (struct timespec){2000, 0});
    http_validators_of(&future, 13, (struct timespec){3000, 0}, (struct timespec){2000, 0});
    assert_string_equal(old.etag, "\"d-3e8-5\"");
    assert_string_equal(fresh.etag, "W/\"d-7cf-5\"");
    assert_string_not_equal(old.etag, other.etag);
    assert_true(old.dated && old.modified == 1000);
    assert_true(future.dated && future.modified == 2000);
    http_validators_of(&future, UINT64_MAX, (struct timespec){INT64_MAX, 999999999}, (struct timespec){INT64_MAX, 0});
    assert_int_equal(future.etag[strlen(future.etag) - 1], '"');
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(conditions_in_their_order),
        cmocka_unit_test(a_range_needs_the_very_same),
        cmocka_unit_test(a_fresh_file_has_a_weak_tag),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
