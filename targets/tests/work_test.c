/*
 * The parsers' work grows with the input and no faster, byte by byte too: eight times the bytes take at most
 * eight times the branches (and a half, for what is not all the same), for each shape of input that invites
 * more. Counted in the copy that the replay programs link (fuzz/work.h).
 */
#include "fuzz/http_read.h"
#include "fuzz/work.h"
#include "protocol/line.h"
#include "protocol/url.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SMALL 1000
#define TIMES 8
#define GET   "GET / HTTP/1.1\r\nHost: a\r\n"
#define POST  "POST / HTTP/1.1\r\nHost: a\r\n"

/* `unit` as often as there is room between `before` and `behind`. */
struct shape {
    const char *name, *before, *unit, *behind;
};

static size_t build(const struct shape *s, size_t room, char *out)
{
    size_t at = strlen(s->before), unit = strlen(s->unit);
    memcpy(out, s->before, at);
    for (; at + unit + strlen(s->behind) <= room; at += unit)
        memcpy(out + at, s->unit, unit);
    memcpy(out + at, s->behind, strlen(s->behind));
    return at + strlen(s->behind);
}

static const struct http_options wide = {.line_max = 1 << 20,
                                         .head_max = 1 << 20,
                                         .field_max = 1 << 20,
                                         .chunk_line_max = 1 << 20,
                                         .trailer_max = 1 << 20,
                                         .fields_max = HTTP_FIELDS_MAX};

/* Branches and bytes alike: either may grow. */
static uint64_t work_since(struct work from)
{
    const struct work to = work_done();
    assert_true(to.branches > from.branches);
    return to.branches - from.branches + to.bytes - from.bytes;
}

/* Reads it as a request in one delivery; the feed's own bound on the work is asked too. */
static uint64_t work_of_request(const char *data, size_t len, enum fuzz_delivery how, unsigned allow)
{
    const struct fuzz_input in = {.data = data, .len = len, .cuts = 7};
    struct http_options options = wide;
    struct fuzz_feed f;
    struct read_message m;
    options.allow = allow;
    fuzz_feed_begin(&f, how, &in);
    const struct work from = work_done();
    read_message(&m, &f, HTTP_REQUEST, &options, HTTP_GET);
    const uint64_t work = work_since(from);
    fuzz_feed_end(&f);
    assert_true(work > 0);
    return work;
}

static const struct shape requests[] = {
    {"endless target", "GET /", "abcdefgh", ""},
    {"long target", "GET /", "a", " HTTP/1.1\r\nHost: a\r\n\r\n"},
    {"endless method", "", "A", ""},
    {"endless value", GET "X: ", "ab ", ""},
    {"endless name", GET, "name", ""},
    {"long value", GET "X:", " ", "\r\n\r\n"},
    {"many members of Connection", GET "Connection: ", "a,", "close\r\n\r\n"},
    {"many members of Transfer-Encoding", POST "Transfer-Encoding: ", ",", "chunked\r\n\r\n0\r\n\r\n"},
    {"many lengths", POST "Content-Length: ", "1,", "1\r\n\r\nx"},
    {"long number", POST "Content-Length: ", "0", "1\r\n\r\nx"},
    {"long Host", "GET / HTTP/1.1\r\nHost: ", "a.", "\r\n\r\n"},
    {"folds", GET "X: a\r\n", " b\r\n", "\r\n"},
    {"empty lines", "", "\r\n", GET "\r\n"},
    {"body", POST "Content-Length: 1000000\r\n\r\n", "abc", ""},
    {"small chunks", POST "Transfer-Encoding: chunked\r\n\r\n", "1\r\nx\r\n", "0\r\n\r\n"},
    {"long extension", POST "Transfer-Encoding: chunked\r\n\r\n1;a=\"", "b", "\"\r\nx\r\n0\r\n\r\n"},
    {"many extensions", POST "Transfer-Encoding: chunked\r\n\r\n1", ";a", "\r\nx\r\n0\r\n\r\n"},
    {"endless chunk line", POST "Transfer-Encoding: chunked\r\n\r\n1;", "a", ""},
    {"many trailers", POST "Transfer-Encoding: chunked\r\n\r\n0\r\n", "T: v\r\n", "\r\n"},
    {"long trailer", POST "Transfer-Encoding: chunked\r\n\r\n0\r\nT: ", "v", "\r\n\r\n"},
};

static void test_requests(void **state)
{
    (void)state;
    static char data[TIMES * SMALL];
    static const unsigned allow[] = {0, HTTP_ALLOW_ALL};
    for (size_t i = 0; i < 2 * sizeof requests / sizeof requests[0]; i++) {
        const struct shape *s = &requests[i / 2];
        for (int how = FUZZ_WHOLE; how < FUZZ_DELIVERIES; how++) {
            size_t len = build(s, SMALL, data);
            uint64_t small = work_of_request(data, len, (enum fuzz_delivery)how, allow[i % 2]);
            len = build(s, TIMES * SMALL, data);
            uint64_t large = work_of_request(data, len, (enum fuzz_delivery)how, allow[i % 2]);
            if (large > TIMES * small * 3 / 2)
                fail_msg("%s, delivery %d: %zu bytes cost %llu, %d times as many %llu", s->name, how, len / TIMES,
                         (unsigned long long)small, TIMES, (unsigned long long)large);
        }
    }
}

static uint64_t work_of_url(const char *data, size_t len)
{
    struct url u, base;
    static const char base_text[] = "http://a/b/c";
    static char out[URL_RESOLVED_MAX];
    assert_int_equal(url_parse(&base, base_text, strlen(base_text)), 0);
    const struct work from = work_done();
    if (url_parse_reference(&u, data, len) == 0)
        assert_true(url_resolve(&base, base_text, &u, data, out, sizeof out) > 0);
    return work_since(from);
}

static void test_urls(void **state)
{
    (void)state;
    static const struct shape urls[] = {
        {"host", "http://", "a", "/"},     {"users", "http://", "u:", "@a/"},  {"dots", "/", "../", ""},
        {"up and down", "/", "a/../", ""}, {"deep, then up", "", "a/", "../"}, {"query", "?", "a?", ""},
        {"port", "http://a:", "0", "1/"},  {"escapes", "/", "%41", ""},        {"stays", "/", "./", ""},
        {"slashes", "x:", "/", ""},
    };
    static char data[TIMES * SMALL];
    for (size_t i = 0; i < sizeof urls / sizeof urls[0]; i++) {
        uint64_t small = work_of_url(data, build(&urls[i], SMALL, data));
        uint64_t large = work_of_url(data, build(&urls[i], TIMES * SMALL, data));
        if (large > TIMES * small * 3 / 2 || small == 0)
            fail_msg("%s: %llu, then %llu", urls[i].name, (unsigned long long)small, (unsigned long long)large);
    }
}

/* A line without end, one byte more at a time. */
static uint64_t work_of_line(size_t len)
{
    static char data[TIMES * SMALL];
    struct line_splitter s;
    struct line line;
    size_t used;
    memset(data, 'a', sizeof data);
    line_init(&s, '\n', true, 0);
    const struct work from = work_done();
    for (size_t i = 1; i <= len; i++)
        assert_int_equal(line_next(&s, data, i, &line, &used), LINE_MORE);
    return work_since(from);
}

static void test_lines(void **state)
{
    (void)state;
    uint64_t small = work_of_line(SMALL), large = work_of_line(TIMES * SMALL);
    assert_true(small > SMALL && large <= TIMES * small * 3 / 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_requests),
        cmocka_unit_test(test_urls),
        cmocka_unit_test(test_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
