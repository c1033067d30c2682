/*
 * Heads: what must be accepted and what must be refused, with the rule and the byte. Every case is parsed
 * whole, byte by byte and in two pieces at every cut, from a buffer of exactly its size: the answer must be
 * the same.
 */
#include "protocol/http.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct head_case {
    const char *text;
    size_t len;
    const char *rule; /* NULL: accepted */
    int offset;       /* of the refusal; -1: not looked at */
    int status;       /* refusals of requests */
};

#define ACCEPT(text)                                                                                                   \
    {                                                                                                                  \
        text, sizeof text - 1, NULL, 0, 0                                                                              \
    }
#define REFUSE(text, rule, offset)                                                                                     \
    {                                                                                                                  \
        text, sizeof text - 1, rule, offset, 400                                                                       \
    }
#define REFUSE_AS(status, text, rule, offset)                                                                          \
    {                                                                                                                  \
        text, sizeof text - 1, rule, offset, status                                                                    \
    }
#define H "Host: a\r\n\r\n"

static const struct head_case requests[] = {
    ACCEPT("GET / HTTP/1.1\r\n" H),
    ACCEPT("\r\nGET / HTTP/1.1\r\n" H),
    REFUSE("\r\n\r\nGET / HTTP/1.1\r\n" H, "RFC9112-2.2", 2),
    ACCEPT("GET / HTTP/1.0\r\n\r\n"),
    ACCEPT("GET / HTTP/1.9\r\n" H),
    ACCEPT("get / HTTP/1.1\r\n" H),
    ACCEPT("M-SEARCH!#$%&'*+.^_`|~ / HTTP/1.1\r\n" H),
    ACCEPT("GET /a/b;c=d?e=f&g=%20%fF/?:@!$&'()*+,;= HTTP/1.1\r\n" H),
    ACCEPT("GET http://example.org/x HTTP/1.1\r\n" H),
    ACCEPT("GET HTTP://[::1]:8080?q HTTP/1.1\r\n" H),
    ACCEPT("GET urn:isbn:1 HTTP/1.1\r\n" H),
    ACCEPT("GET ftp://u:p%20:@a/ HTTP/1.1\r\n" H),
    ACCEPT("OPTIONS * HTTP/1.1\r\n" H),
    ACCEPT("CONNECT example.org:443 HTTP/1.1\r\n" H),
    ACCEPT("CONNECT [2001:db8::1]:443 HTTP/1.1\r\n" H),
    ACCEPT("GET / HTTP/1.1\r\nHost:\r\n\r\n"),
    ACCEPT("GET / HTTP/1.1\r\nHost: 127.0.0.1:80\r\n\r\n"),
    ACCEPT("GET / HTTP/1.1\r\nhOsT:\ta:\t\r\n\r\n"),
    ACCEPT("GET / HTTP/1.1\r\nHost: [::ffff:1.2.3.4]:1\r\n\r\n"),
    ACCEPT("GET / HTTP/1.1\r\nHost: [v1.a:b]\r\n\r\n"),
    ACCEPT("GET / HTTP/1.1\r\nHost: a%20b\r\n\r\n"),
    ACCEPT("GET / HTTP/1.1\r\nX: \xff\x80 ~!\tz\r\nX:\r\nY:  \t \r\n" H),
    ACCEPT("GET / HTTP/1.1\r\nA:b:c\r\n" H),
    /* request line (RFC 9112, 3) */
    REFUSE(" GET / HTTP/1.1\r\n" H, "RFC9112-3", 0),
    REFUSE("GET  / HTTP/1.1\r\n" H, "RFC9112-3", 4),
    REFUSE("GET\t/ HTTP/1.1\r\n" H, "RFC9112-3", 3),
    REFUSE("GET /  HTTP/1.1\r\n" H, "RFC9112-3", 6),
    REFUSE("GET / HTTP/1.1 \r\n" H, "RFC9112-3", 14),
    REFUSE("GET / HTTP/1.1x\r\n" H, "RFC9112-3", 14),
    REFUSE("GET / HTTP/1.10\r\n" H, "RFC9112-3", 14),
    REFUSE("GET /\r\n" H, "RFC9112-3", 5),
    REFUSE("GET\r\n" H, "RFC9112-3", 3),
    REFUSE("GET \r\n" H, "RFC9112-3", 4),
    REFUSE("G(T / HTTP/1.1\r\n" H, "RFC9112-3", 1),
    REFUSE("G\x80T / HTTP/1.1\r\n" H, "RFC9112-3", 1),
    REFUSE("GET / a HTTP/1.1\r\n" H, "RFC9112-3", 6),
    REFUSE("GET / http/1.1\r\n" H, "RFC9112-2.3", 6),
    REFUSE("GET / HTTP/11\r\n" H, "RFC9112-3", 6),
    REFUSE("GET / HTTP/1,1\r\n" H, "RFC9112-3", 6),
    REFUSE("GET / HTTP/1.\r\n" H, "RFC9112-3", 6),
    REFUSE("GET / HTTPS/1.1\r\n" H, "RFC9112-3", 6),
    REFUSE_AS(505, "GET / HTTP/2.0\r\n" H, "RFC9110-15.6.6", 6),
    REFUSE_AS(505, "PRI * HTTP/2.0\r\n\r\n", "RFC9110-15.6.6", 6),
    REFUSE_AS(505, "GET / HTTP/0.9\r\n" H, "RFC9110-15.6.6", 6),
    /* targets (3.2) */
    REFUSE("GET /a#b HTTP/1.1\r\n" H, "RFC9112-3.2.1", 6),
    REFUSE("GET /%2 HTTP/1.1\r\n" H, "RFC9112-3.2.1", 5),
    REFUSE("GET /%zz HTTP/1.1\r\n" H, "RFC9112-3.2.1", 5),
    REFUSE("GET /\"<> HTTP/1.1\r\n" H, "RFC9112-3.2.1", 5),
    REFUSE("GET /\x80 HTTP/1.1\r\n" H, "RFC9112-3.2.1", 5),
    REFUSE("GET /\0 HTTP/1.1\r\n" H, "RFC9112-3.2.1", 5),
    REFUSE("GET /\t HTTP/1.1\r\n" H, "RFC9112-3.2.1", 5),
    REFUSE("GET * HTTP/1.1\r\n" H, "RFC9112-3.2.4", 4),
    REFUSE("GET index.html HTTP/1.1\r\n" H, "RFC9112-3.2.2", 14),
    REFUSE("GET ?a HTTP/1.1\r\n" H, "RFC9112-3.2", 4),
    REFUSE("GET http:///x HTTP/1.1\r\n" H, "RFC9110-4.2.1", -1),
    REFUSE("GET http:/x HTTP/1.1\r\n" H, "RFC9112-3.2.2", -1),
    REFUSE("GET http://:80/ HTTP/1.1\r\n" H, "RFC9110-4.2.1", -1),
    REFUSE("GET http://u:p@a/ HTTP/1.1\r\n" H, "RFC9110-4.2.4", -1),
    REFUSE("GET http://a b/ HTTP/1.1\r\n" H, "RFC9112-3", 13),
    REFUSE("GET http://[::1/ HTTP/1.1\r\n" H, "RFC9112-3.2.2", -1),
    REFUSE("GET ftp://u\xff@a/ HTTP/1.1\r\n" H, "RFC9112-3.2.2", 11),
    REFUSE("GET ftp://u:\0@a/ HTTP/1.1\r\n" H, "RFC9112-3.2.2", 12),
    REFUSE("GET ftp://%4@a/ HTTP/1.1\r\n" H, "RFC9112-3.2.2", 10),
    REFUSE("GET ftp://u@b@a/ HTTP/1.1\r\n" H, "RFC9112-3.2.2", 12),
    REFUSE("CONNECT example.org HTTP/1.1\r\n" H, "RFC9112-3.2.3", 8),
    REFUSE("CONNECT example.org: HTTP/1.1\r\n" H, "RFC9112-3.2.3", 8),
    REFUSE("CONNECT example.org:0 HTTP/1.1\r\n" H, "RFC9112-3.2.3", 8),
    REFUSE("CONNECT example.org:65536 HTTP/1.1\r\n" H, "RFC9112-3.2.3", 8),
    REFUSE("CONNECT :1 HTTP/1.1\r\n" H, "RFC9112-3.2.3", 8),
    REFUSE("CONNECT / HTTP/1.1\r\n" H, "RFC9112-3.2.3", 8),
    /* line ends (2.2) */
    REFUSE("GET / HTTP/1.1\nHost: a\r\n\r\n", "RFC9112-2.2", 14),
    REFUSE("GET / HTTP/1.1\r\nHost: a\n\r\n", "RFC9112-2.2", 23),
    REFUSE("GET / HTTP/1.1\r\nHost: a\r\n\n", "RFC9112-2.2", 25),
    REFUSE("GET / HTTP/1.1\r\nHost: a\rX: b\r\n\r\n", "RFC9112-2.2", 23),
    REFUSE("GET / HTTP/1.1\r\r\nHost: a\r\n\r\n", "RFC9112-3", 14),
    REFUSE("GET / HTTP/1.1\r\nHost: a\r\r\n\r\n", "RFC9112-2.2", 23),
    REFUSE("GET / HTTP/1.1\r\nHo\rst: a\r\n\r\n", "RFC9112-2.2", 18),
    REFUSE("GET / HTTP/1.1\r\n Host: a\r\n\r\n", "RFC9112-2.2", 16),
    REFUSE("GET / HTTP/1.1\r\n \r\n" H, "RFC9112-2.2", 16),
    /* fields (5) */
    REFUSE("GET / HTTP/1.1\r\nHost : a\r\n\r\n", "RFC9112-5.1", 20),
    REFUSE("GET / HTTP/1.1\r\nHost\t: a\r\n\r\n", "RFC9112-5.1", 20),
    REFUSE("GET / HTTP/1.1\r\nX: a\r\n b\r\n" H, "RFC9112-5.2", 22),
    REFUSE("GET / HTTP/1.1\r\n: a\r\n" H, "RFC9110-5.1", 16),
    REFUSE("GET / HTTP/1.1\r\nX\r\n" H, "RFC9112-5", 16),
    REFUSE("GET / HTTP/1.1\r\nX a: b\r\n" H, "RFC9110-5.1", 17),
    REFUSE("GET / HTTP/1.1\r\nX(: b\r\n" H, "RFC9110-5.1", 17),
    REFUSE("GET / HTTP/1.1\r\nX\0: b\r\n" H, "RFC9110-5.1", 17),
    REFUSE("GET / HTTP/1.1\r\nX\x80: b\r\n" H, "RFC9110-5.1", 17),
    REFUSE("GET / HTTP/1.1\r\nX: a\0b\r\n" H, "RFC9110-5.5", 20),
    REFUSE("GET / HTTP/1.1\r\nX: a\x01\r\n" H, "RFC9110-5.5", 20),
    REFUSE("GET / HTTP/1.1\r\nX: a\x7f\r\n" H, "RFC9110-5.5", 20),
    REFUSE("GET / HTTP/1.1\r\nX: \v\r\n" H, "RFC9110-5.5", 19),
    /* Host (3.2) */
    REFUSE("GET / HTTP/1.1\r\n\r\n", "RFC9112-3.2", 18),
    REFUSE("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", "RFC9112-3.2", 25),
    REFUSE("GET / HTTP/1.0\r\nHost: a\r\nhost: b\r\n\r\n", "RFC9112-3.2", 25),
    REFUSE("GET / HTTP/1.1\r\nHost: a b\r\n\r\n", "RFC9112-3.2", 22),
    REFUSE("GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", "RFC9112-3.2", 22),
    REFUSE("GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", "RFC9112-3.2", 22),
    REFUSE("GET / HTTP/1.1\r\nHost: a:b\r\n\r\n", "RFC9112-3.2", 22),
    REFUSE("GET / HTTP/1.1\r\nHost: u@a\r\n\r\n", "RFC9112-3.2", 22),
    REFUSE("GET / HTTP/1.1\r\nHost: http://a\r\n\r\n", "RFC9112-3.2", 22),
    REFUSE("GET / HTTP/1.1\r\nHost: [::1\r\n\r\n", "RFC9112-3.2", 22),
    REFUSE("GET / HTTP/1.1\r\nHost: [1:2]\r\n\r\n", "RFC9112-3.2", 22),
    REFUSE("GET / HTTP/1.1\r\nHost: [::1::]\r\n\r\n", "RFC9112-3.2", 22),
    REFUSE("GET / HTTP/1.1\r\nHost: [::1.2.3.256]\r\n\r\n", "RFC9112-3.2", 22),
    REFUSE("GET / HTTP/1.1\r\nHost: a%2\r\n\r\n", "RFC9112-3.2", 22),
};

static const struct head_case responses[] = {
    ACCEPT("HTTP/1.1 200 OK\r\n\r\n"),
    ACCEPT("HTTP/1.1 200 \r\n\r\n"),
    ACCEPT("HTTP/1.0 404 Not \xffound\tat all\r\nA: b\r\n\r\n"),
    ACCEPT("HTTP/1.1 599  x \r\nServer:\r\n\r\n"),
    REFUSE("HTTP/1.1 200\r\n\r\n", "RFC9112-4", 12),
    REFUSE("HTTP/1.1  200 OK\r\n\r\n", "RFC9112-4", 9),
    REFUSE("HTTP/1.1\r\n\r\n", "RFC9112-4", 8),
    REFUSE("HTTP/1.1 20 OK\r\n\r\n", "RFC9112-4", 9),
    REFUSE("HTTP/1.1 2000 OK\r\n\r\n", "RFC9112-4", 12),
    REFUSE("HTTP/1.1 2xx OK\r\n\r\n", "RFC9112-4", 9),
    REFUSE("HTTP/1.1 099 OK\r\n\r\n", "RFC9110-15", 9),
    REFUSE("HTTP/1.1 600 OK\r\n\r\n", "RFC9110-15", 9),
    REFUSE("HTTP/1.1 200 O\x01K\r\n\r\n", "RFC9110-5.5", 14),
    REFUSE("HTTP/1.1 200 O\rK\r\n\r\n", "RFC9112-2.2", 14),
    REFUSE("\r\nHTTP/1.1 200 OK\r\n\r\n", "RFC9112-2.2", 0),
    REFUSE("HTTP/1.1 200 OK\n\n", "RFC9112-2.2", 15),
    REFUSE("HTTP/1.1 200 OK\r\nA : b\r\n\r\n", "RFC9112-5.1", 18),
    REFUSE("HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n", "RFC9112-5.2", 23),
    REFUSE("HTTP 200 OK\r\n\r\n", "RFC9112-4", 0),
    REFUSE("http/1.1 200 OK\r\n\r\n", "RFC9112-2.3", 0),
    REFUSE_AS(505, "HTTP/2.0 200 OK\r\n\r\n", "RFC9110-15.6.6", 0),
};

/* Parses `n` bytes that lie in memory of exactly that size. */
static long parse_exact(struct http_head *h, const char *text, size_t n)
{
    char *copy = malloc(n > 0 ? n : 1);
    assert_non_null(copy);
    memcpy(copy, text, n);
    long got = http_head_parse(h, copy, n);
    free(copy);
    return got;
}

/* In pieces of `first` bytes and then `then` bytes each; the first answer that is not "more". */
static long parse_cut(struct http_head *h, enum http_kind kind, const struct http_options *o, const char *text,
                      size_t len, size_t first, size_t then)
{
    http_head_init(h, kind, o);
    for (size_t n = first;; n += then) {
        long got = parse_exact(h, text, n < len ? n : len);
        if (got != 0 || n >= len)
            return got;
    }
}

static void same_note(const struct http_note *a, const struct http_note *b)
{
    assert_string_equal(a->rule, b->rule);
    assert_string_equal(a->sentence, b->sentence);
    assert_int_equal(a->offset, b->offset);
    assert_int_equal(a->status, b->status);
    assert_int_equal(a->limit, b->limit);
}

/* Every cut gives what the whole gave. */
static void check_cuts(enum http_kind kind, const struct http_options *o, const char *text, size_t len, long want,
                       const struct http_head *whole)
{
    for (size_t cut = 0; cut <= len; cut++) {
        struct http_head h;
        long got = cut == 0 ? parse_cut(&h, kind, o, text, len, 1, 1) : parse_cut(&h, kind, o, text, len, cut, len);
        assert_int_equal(got, want);
        assert_int_equal(h.findings.count, whole->findings.count);
        for (size_t i = 0; i < h.findings.count; i++)
            same_note(&h.findings.items[i], &whole->findings.items[i]);
        if (got < 0)
            same_note(&h.error, &whole->error);
        assert_int_equal(h.field_count, whole->field_count);
        assert_memory_equal(h.fields, whole->fields, sizeof h.fields[0] * h.field_count);
    }
}

static void run_table(enum http_kind kind, const struct head_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct head_case *c = &cases[i];
        struct http_head h;
        http_head_init(&h, kind, NULL);
        long got = parse_exact(&h, c->text, c->len);
        if ((got < 0) != (c->rule != NULL) || got == 0)
            fail_msg("case %zu: %s\n%s", i, got < 0 ? h.error.sentence : "accepted or incomplete", c->text);
        if (c->rule == NULL) {
            assert_int_equal(got, c->len);
        } else {
            if (strcmp(h.error.rule, c->rule) != 0 || (c->offset >= 0 && h.error.offset != (uint64_t)c->offset))
                fail_msg("case %zu: %s at %d, not %s at %d\n%s", i, h.error.rule, (int)h.error.offset, c->rule,
                         c->offset, c->text);
            assert_int_equal(h.error.status, c->status);
            assert_false(h.error.limit);
        }
        check_cuts(kind, NULL, c->text, c->len, got, &h);
        /* With every leniency on: no crash, and still the same at every cut. */
        const struct http_options all = {.allow = HTTP_ALLOW_ALL};
        http_head_init(&h, kind, &all);
        got = parse_exact(&h, c->text, c->len);
        check_cuts(kind, &all, c->text, c->len, got, &h);
    }
}

static void test_requests(void **state)
{
    (void)state;
    run_table(HTTP_REQUEST, requests, sizeof requests / sizeof requests[0]);
}

static void test_responses(void **state)
{
    (void)state;
    run_table(HTTP_RESPONSE, responses, sizeof responses / sizeof responses[0]);
}

/* Bytes behind the head are not the parser's business. */
static void test_pipelined(void **state)
{
    (void)state;
    const char text[] = "GET /1 HTTP/1.1\r\n" H "GET /2 HTTP/1.1\r\n" H;
    struct http_head h;
    http_head_init(&h, HTTP_REQUEST, NULL);
    assert_int_equal(http_head_parse(&h, text, sizeof text - 1), (sizeof text - 1) / 2);
    assert_true(http_span_is(text, h.target, "/1"));
    assert_int_equal(h.method, HTTP_GET);
    assert_int_equal(h.form, HTTP_FORM_ORIGIN);
}

struct lenient_case {
    enum http_kind kind;
    const char *text;
    const char *rules; /* of the findings, in order, separated by blanks */
};

static const struct lenient_case lenients[] = {
    {HTTP_REQUEST, "GET / HTTP/1.1\n\n", "RFC9112-2.2 RFC9112-2.2 RFC9112-3.2"},
    {HTTP_REQUEST, "GET  /  HTTP/1.1 \r\nHost : a\r\n\r\n", "RFC9112-3 RFC9112-3 RFC9112-3 RFC9112-5.1"},
    {HTTP_REQUEST, "GET /{} HTTP/1.1\r\nHost: a\r\nHost: b c\r\n\r\n", "RFC9112-3.2.1 RFC9112-3.2"},
    {HTTP_REQUEST, "GET / HTTP/1.1\r\nHost: a\r\nX: b\r\n c\r\nnonsense\r\n\r\n", "RFC9112-5.2 RFC9112-5"},
    {HTTP_RESPONSE, "\r\nHTTP/1.1 200\nA: b\1\r\n\r\n", "RFC9112-2.2 RFC9112-4 RFC9112-2.2 RFC9110-5.5"},
    {HTTP_RESPONSE, "HTTP/1.1 999 x\ry\r\n\r\n", "RFC9110-15 RFC9112-2.2"},
    {HTTP_RESPONSE, "http/3.0 200 OK\r\n\r\n", "RFC9112-2.3 RFC9110-15.6.6"},
};

static void test_lenient(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof lenients / sizeof lenients[0]; i++) {
        const struct lenient_case *c = &lenients[i];
        const struct http_options all = {.allow = HTTP_ALLOW_ALL};
        struct http_head h;
        http_head_init(&h, c->kind, &all);
        assert_int_equal(http_head_parse(&h, c->text, strlen(c->text)), strlen(c->text));
        char rules[512] = "";
        for (size_t k = 0; k < h.findings.count; k++) {
            strcat(rules, k > 0 ? " " : "");
            strcat(rules, h.findings.items[k].rule);
        }
        assert_string_equal(rules, c->rules);
    }
}

/* An obs-fold that is allowed belongs to the value before it. */
static void test_fold_value(void **state)
{
    (void)state;
    const char text[] = "GET / HTTP/1.1\r\nHost: a\r\nX: b \r\n\tc \r\nY: d\r\n\r\n";
    const struct http_options o = {.allow = HTTP_ALLOW_OBS_FOLD};
    struct http_head h;
    http_head_init(&h, HTTP_REQUEST, &o);
    assert_true(http_head_parse(&h, text, sizeof text - 1) > 0);
    assert_int_equal(h.field_count, 3);
    assert_true(http_span_is(text, h.fields[1].value, "b \r\n\tc"));
    assert_true(http_span_is(text, h.fields[2].value, "d"));
}

/* Limits are no syntax errors, and the last byte within them still passes. */
static void check_limit(const struct http_options *o, const char *text, int status, const char *rule)
{
    struct http_head h;
    size_t len = strlen(text);
    http_head_init(&h, HTTP_REQUEST, o);
    long got = http_head_parse(&h, text, len);
    assert_int_equal(got, status == 0 ? (long)len : -1);
    if (status != 0) {
        assert_true(h.error.limit);
        assert_int_equal(h.error.status, status);
        assert_string_equal(h.error.rule, rule);
    }
    check_cuts(HTTP_REQUEST, o, text, len, got, &h);
}

static void test_limits(void **state)
{
    (void)state;
    const char text[] = "GET /123456789 HTTP/1.1\r\nHost: a\r\nLong: 0123456789\r\n\r\n";
    check_limit(&(struct http_options){.line_max = 25}, text, 0, NULL);
    check_limit(&(struct http_options){.line_max = 24}, text, 414, "RFC9110-15.5.15");
    check_limit(&(struct http_options){.line_max = 3}, text, 501, "RFC9112-3");
    check_limit(&(struct http_options){.field_max = 18}, text, 0, NULL);
    check_limit(&(struct http_options){.field_max = 17}, text, 431, "RFC6585-5");
    check_limit(&(struct http_options){.fields_max = 2}, text, 0, NULL);
    check_limit(&(struct http_options){.fields_max = 1}, text, 431, "RFC6585-5");
    check_limit(&(struct http_options){.head_max = sizeof text - 1}, text, 0, NULL);
    check_limit(&(struct http_options){.head_max = sizeof text - 2}, text, 431, "RFC6585-5");
    /* Where any number of empty lines may come first, they count as head. */
    const struct http_options empty = {.head_max = 8, .allow = HTTP_ALLOW_EMPTY_LINES};
    check_limit(&empty, "\r\n\r\n\r\n\r\n", 431, "RFC6585-5");
    check_limit(&empty, "\r\n\r\nGET / HTTP/1.0\r\n\r\n", 431, "RFC6585-5");
}

static void test_tokens(void **state)
{
    (void)state;
    const char text[] = "GET / HTTP/1.1\r\nHost: a\r\nConnection: foo ,\tCLOSE,, bar\r\nconnection: x\r\n\r\n";
    struct http_head h;
    http_head_init(&h, HTTP_REQUEST, NULL);
    assert_true(http_head_parse(&h, text, sizeof text - 1) > 0);
    assert_true(http_field_has_token(&h, text, "Connection", "close"));
    assert_true(http_field_has_token(&h, text, "CONNECTION", "x"));
    assert_true(http_field_has_token(&h, text, "connection", "bar"));
    assert_false(http_field_has_token(&h, text, "connection", "clos"));
    assert_false(http_field_has_token(&h, text, "connectio", "close"));
    assert_ptr_equal(http_field_find(&h, text, "connection", 2), &h.fields[2]);
}

/* --- targets -------------------------------------------------------------------------------------------- */

static void the_path_of_a_target(void **state)
{
    (void)state;
    static const struct {
        const char *request, *path;
        bool foreign;
    } rows[] = {
        {"GET / HTTP/1.1\r\n" H, "/", false},
        {"GET /a/b?c=/d HTTP/1.1\r\n" H, "/a/b", false},
        {"GET //a?b HTTP/1.1\r\n" H, "//a", false},
        {"GET http://a HTTP/1.1\r\n" H, "", false},
        {"GET HTTP://a:1?b=http://c/d HTTP/1.1\r\n" H, "", false},
        {"GET http://[::1]:80/x/?y HTTP/1.1\r\n" H, "/x/", false},
        {"GET https://a/b HTTP/1.1\r\n" H, "/b", true},
        {"GET ftp://u:p@a/b?c HTTP/1.1\r\n" H, "/b", true},
        {"GET urn:isbn:1?x HTTP/1.1\r\n" H, "isbn:1", true},
        {"GET httpx:/a HTTP/1.1\r\n" H, "/a", true},
        {"OPTIONS * HTTP/1.1\r\n" H, "*", false},
        {"CONNECT a:443 HTTP/1.1\r\n" H, "a:443", false},
        {"GET http:///a?b HTTP/1.1\r\n" H, "/a", false},
        {"GET a?b HTTP/1.1\r\n" H, "a", false},
    };
    static struct http_head head;
    const struct http_options lenient = {.allow = HTTP_ALLOW_TARGET};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        size_t len = strlen(rows[i].request);
        char *data = malloc(len);
        assert_non_null(data);
        memcpy(data, rows[i].request, len);
        http_head_init(&head, HTTP_REQUEST, &lenient);
        assert_int_equal(http_head_parse(&head, data, len), len);
        if (!http_span_is(data, http_target_path(&head, data), rows[i].path))
            fail_msg("%s: not %s", rows[i].request, rows[i].path);
        assert_int_equal(http_target_foreign(&head, data), rows[i].foreign);
        free(data);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_requests), cmocka_unit_test(test_responses),       cmocka_unit_test(test_pipelined),
        cmocka_unit_test(test_lenient),  cmocka_unit_test(test_fold_value),      cmocka_unit_test(test_limits),
        cmocka_unit_test(test_tokens),   cmocka_unit_test(the_path_of_a_target),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
