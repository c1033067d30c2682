/* Framing (RFC 9112, 6.3 and 9.3) and bodies (6 and 7): tables, and every cut of each. */
#include "protocol/http.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CLOSE = 0, KEEP = 1 };

struct framing_case {
    const char *head; /* start line and fields; Host is added to requests, and the empty line to all */
    const char *rule; /* of the refusal, or NULL */
    int status;
    enum http_body_kind kind;
    int length;
    int keep;
    enum http_method request; /* that a response answers */
    unsigned allow;
};

#define RQ       "POST / HTTP/1.1\r\n"
#define RQ10     "POST / HTTP/1.0\r\n"
#define RS(code) "HTTP/1.1 " code " x\r\n"
#define CL       "Content-Length: "
#define TE       "Transfer-Encoding: "
#define REQUEST_OK(head, kind, length, keep)                                                                           \
    {                                                                                                                  \
        head, NULL, 0, kind, length, keep, HTTP_GET, 0                                                                 \
    }
#define RESPONSE_OK(head, to, kind, length, keep)                                                                      \
    {                                                                                                                  \
        head, NULL, 0, kind, length, keep, to, 0                                                                       \
    }
#define BAD(head, rule, status)                                                                                        \
    {                                                                                                                  \
        head, rule, status, HTTP_BODY_NONE, 0, 0, HTTP_GET, 0                                                          \
    }
#define ALLOWED(bits, head, kind, length, keep)                                                                        \
    {                                                                                                                  \
        head, NULL, 0, kind, length, keep, HTTP_GET, bits                                                              \
    }

static const struct framing_case framings[] = {
    REQUEST_OK(RQ, HTTP_BODY_NONE, 0, KEEP),
    REQUEST_OK(RQ10, HTTP_BODY_NONE, 0, CLOSE),
    REQUEST_OK(RQ10 "Connection: Keep-Alive\r\n", HTTP_BODY_NONE, 0, KEEP),
    REQUEST_OK(RQ10 "Connection: keep-alive, close\r\n", HTTP_BODY_NONE, 0, CLOSE),
    REQUEST_OK(RQ "Connection: a\r\nConnection: Close\r\n", HTTP_BODY_NONE, 0, CLOSE),
    REQUEST_OK(RQ CL "0\r\n", HTTP_BODY_LENGTH, 0, KEEP),
    REQUEST_OK(RQ CL "0042 \r\n", HTTP_BODY_LENGTH, 42, KEEP),
    REQUEST_OK(RQ TE "chunked\r\n", HTTP_BODY_CHUNKED, 0, KEEP),
    REQUEST_OK(RQ TE "\t, CHUNKED ,\r\n", HTTP_BODY_CHUNKED, 0, KEEP),
    REQUEST_OK(RQ10 TE "chunked\r\nConnection: keep-alive\r\n", HTTP_BODY_CHUNKED, 0, CLOSE),
    BAD(RQ CL "\r\n", "RFC9112-6.3", 400),
    BAD(RQ CL "+5\r\n", "RFC9112-6.3", 400),
    BAD(RQ CL "-5\r\n", "RFC9112-6.3", 400),
    BAD(RQ CL "5a\r\n", "RFC9112-6.3", 400),
    BAD(RQ CL "0x5\r\n", "RFC9112-6.3", 400),
    BAD(RQ CL "5 5\r\n", "RFC9112-6.3", 400),
    BAD(RQ CL "5.0\r\n", "RFC9112-6.3", 400),
    BAD(RQ CL "5,\r\n", "RFC9112-6.3", 400),
    BAD(RQ CL "5, 6\r\n", "RFC9112-6.3", 400),
    BAD(RQ CL "5\r\n" CL "6\r\n", "RFC9112-6.3", 400),
    BAD(RQ CL "5\r\n" CL "x\r\n", "RFC9112-6.3", 400),
    BAD(RQ CL "9223372036854775808\r\n", "RFC9112-6.3", 400),
    BAD(RQ CL "18446744073709551621\r\n", "RFC9112-6.3", 400),
    BAD(RQ CL "5, 5\r\n", "RFC9110-8.6", 400),
    BAD(RQ CL "5\r\n" CL "5\r\n", "RFC9110-8.6", 400),
    ALLOWED(HTTP_ALLOW_SAME_LENGTHS, RQ CL "5, 05\r\n", HTTP_BODY_LENGTH, 5, KEEP),
    ALLOWED(HTTP_ALLOW_SAME_LENGTHS, RQ CL "5\r\n" CL "5\r\n", HTTP_BODY_LENGTH, 5, KEEP),
    {RQ CL "5, 6\r\n", "RFC9112-6.3", 400, HTTP_BODY_NONE, 0, 0, HTTP_GET, HTTP_ALLOW_ALL},
    BAD(RQ TE "chunked\r\n" CL "5\r\n", "RFC9112-6.3", 400),
    BAD(RQ10 TE "chunked\r\n" CL "5\r\n", "RFC9112-6.3", 400),
    ALLOWED(HTTP_ALLOW_TE_AND_LENGTH, RQ TE "chunked\r\n" CL "5\r\n", HTTP_BODY_CHUNKED, 0, CLOSE),
    BAD(RQ TE "\r\n", "RFC9112-6.1", 400),
    BAD(RQ TE "xchunked\r\n", "RFC9112-6.3", 400),
    BAD(RQ TE "gzip\r\n", "RFC9112-6.3", 400),
    BAD(RQ TE "identity\r\n", "RFC9112-6.3", 400),
    BAD(RQ TE "chunked, gzip\r\n", "RFC9112-6.3", 400),
    BAD(RQ TE "chunked\r\n" TE "gzip\r\n", "RFC9112-6.3", 400),
    BAD(RQ TE "chunked, chunked\r\n", "RFC9112-6.1", 400),
    BAD(RQ TE "chunked\r\n" TE "chunked\r\n", "RFC9112-6.1", 400),
    BAD(RQ TE "chunked;q=1\r\n", "RFC9112-6.1", 400),
    BAD(RQ TE "chunked x\r\n", "RFC9112-6.1", 400),
    BAD(RQ TE "\"chunked\"\r\n", "RFC9112-6.1", 400),
    BAD(RQ TE "gzip, chunked\r\n", "RFC9112-6.1", 501),
    BAD(RQ TE "gzip;a=\", chunked\r\n", "RFC9112-6.1", 400),
    ALLOWED(HTTP_ALLOW_CODINGS, RQ TE "gzip;a=\",x\", chunked\r\n", HTTP_BODY_CHUNKED, 0, KEEP),
    RESPONSE_OK(RS("200"), HTTP_GET, HTTP_BODY_UNTIL_CLOSE, 0, CLOSE),
    RESPONSE_OK(RS("200") CL "7\r\n", HTTP_GET, HTTP_BODY_LENGTH, 7, KEEP),
    RESPONSE_OK(RS("200") CL "7\r\n", HTTP_HEAD, HTTP_BODY_NONE, 0, KEEP),
    RESPONSE_OK(RS("200") TE "chunked\r\n", HTTP_HEAD, HTTP_BODY_NONE, 0, KEEP),
    RESPONSE_OK(RS("200") TE "chunked\r\n", HTTP_GET, HTTP_BODY_CHUNKED, 0, KEEP),
    RESPONSE_OK(RS("204"), HTTP_GET, HTTP_BODY_NONE, 0, KEEP),
    RESPONSE_OK(RS("204") CL "7\r\n", HTTP_GET, HTTP_BODY_NONE, 0, KEEP),
    RESPONSE_OK(RS("304") CL "7\r\n", HTTP_GET, HTTP_BODY_NONE, 0, KEEP),
    RESPONSE_OK(RS("100"), HTTP_POST, HTTP_BODY_NONE, 0, KEEP),
    RESPONSE_OK(RS("101"), HTTP_GET, HTTP_BODY_NONE, 0, KEEP),
    RESPONSE_OK(RS("200") CL "7\r\n", HTTP_CONNECT, HTTP_BODY_TUNNEL, 0, KEEP),
    RESPONSE_OK(RS("404") CL "7\r\n", HTTP_CONNECT, HTTP_BODY_LENGTH, 7, KEEP),
    RESPONSE_OK("HTTP/1.0 200 x\r\n" CL "7\r\n", HTTP_GET, HTTP_BODY_LENGTH, 7, CLOSE),
    RESPONSE_OK("HTTP/1.0 200 x\r\nConnection: keep-alive\r\n", HTTP_GET, HTTP_BODY_UNTIL_CLOSE, 0, CLOSE),
    BAD(RS("200") CL "x\r\n", "RFC9112-6.3", 400),
    BAD(RS("200") CL "1\r\n" CL "2\r\n", "RFC9112-6.3", 400),
    BAD(RS("200") CL "1\r\n" TE "chunked\r\n", "RFC9112-6.3", 400),
    BAD(RS("200") TE "gzip, chunked\r\n", "RFC9112-6.1", 501),
    ALLOWED(HTTP_ALLOW_CODINGS, RS("200") TE "chunked, gzip\r\n", HTTP_BODY_UNTIL_CLOSE, 0, CLOSE),
};

static void parse_head(struct http_head *h, const char *start, unsigned allow, char *text, size_t cap)
{
    enum http_kind kind = strncmp(start, "HTTP/", 5) == 0 ? HTTP_RESPONSE : HTTP_REQUEST;
    const struct http_options o = {.allow = allow};
    snprintf(text, cap, "%s%s\r\n", start, kind == HTTP_REQUEST ? "Host: a\r\n" : "");
    http_head_init(h, kind, &o);
    assert_int_equal(http_head_parse(h, text, strlen(text)), strlen(text));
}

static void test_framing(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof framings / sizeof framings[0]; i++) {
        const struct framing_case *c = &framings[i];
        struct http_head h;
        struct http_framing f;
        char text[1024];
        parse_head(&h, c->head, c->allow, text, sizeof text);
        int got = http_framing_decide(&f, &h, text, c->request);
        if ((got < 0) != (c->rule != NULL))
            fail_msg("%s%s", c->head, got < 0 ? f.error.sentence : "accepted");
        if (c->rule != NULL) {
            assert_string_equal(f.error.rule, c->rule);
            assert_int_equal(f.error.status, c->status);
            continue;
        }
        if ((int)f.keep_alive != c->keep || f.kind != c->kind)
            fail_msg("%skind %d, keep-alive %d", c->head, f.kind, f.keep_alive);
        assert_int_equal(f.length, c->length);
        assert_int_equal(f.interim, strncmp(c->head, RS("100"), 12) == 0);
    }
}

static void test_expect(void **state)
{
    (void)state;
    static const struct {
        const char *head;
        bool expected;
    } cases[] = {
        {RQ CL "5\r\nExpect: 100-continue\r\n", true},    {RQ TE "chunked\r\nexpect: 100-Continue\r\n", true},
        {RQ CL "0\r\nExpect: 100-continue\r\n", false},   {RQ "Expect: 100-continue\r\n", false},
        {RQ10 CL "5\r\nExpect: 100-continue\r\n", false}, {RQ CL "5\r\nExpect: x\r\n", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct http_head h;
        struct http_framing f;
        char text[256];
        parse_head(&h, cases[i].head, 0, text, sizeof text);
        assert_int_equal(http_framing_decide(&f, &h, text, HTTP_GET), 0);
        assert_int_equal(f.expect_continue, cases[i].expected);
    }
}

/* What a response must not say is found, though it does not change the framing. */
static void test_findings(void **state)
{
    (void)state;
    struct http_head h;
    struct http_framing f;
    char text[256];
    parse_head(&h, RS("204") CL "7\r\n" TE "chunked\r\n", 0, text, sizeof text);
    assert_int_equal(http_framing_decide(&f, &h, text, HTTP_GET), 0);
    assert_int_equal(f.findings.count, 2);
    assert_string_equal(f.findings.items[0].rule, "RFC9110-8.6");
    assert_string_equal(f.findings.items[1].rule, "RFC9112-6.1");
}

struct body_case {
    enum http_body_kind kind;
    unsigned length;
    const char *text;
    const char *rule;    /* of the refusal; "" for a body that is not complete yet */
    int offset;          /* of the refusal, or where the body ends */
    const char *content; /* and trailers as name=value; */
    unsigned allow;
};

#define CHUNKED(text, content)                                                                                         \
    {                                                                                                                  \
        HTTP_BODY_CHUNKED, 0, text, NULL, sizeof text - 1, content, 0                                                  \
    }
#define BAD_CHUNKED(text, rule, offset, content)                                                                       \
    {                                                                                                                  \
        HTTP_BODY_CHUNKED, 0, text, rule, offset, content, 0                                                           \
    }
#define END "0\r\n\r\n"

static const struct body_case bodies[] = {
    CHUNKED(END, ""),
    CHUNKED("5\r\nhello\r\n" END, "hello"),
    CHUNKED("A\r\n0123456789\r\n00a\r\n9876543210\r\n000\r\n\r\n", "01234567899876543210"),
    CHUNKED("1;a\r\nx\r\n0;b=c;d=\"e;\\\"f\"\r\n\r\n", "x"),
    CHUNKED("1 ; a = \"b\" ;c\r\nx\r\n" END, "x"),
    CHUNKED("0\r\nA: b\r\nC:\r\n\r\n", "A=b;C=;"),
    {HTTP_BODY_CHUNKED, 0, END "GET / HTTP/1.1\r\n", NULL, 5, "", 0},
    {HTTP_BODY_CHUNKED, 0, "5\r\nhel", "", 0, "hel", 0},
    {HTTP_BODY_CHUNKED, 0, "5\r\nhello\r\n", "", 0, "hello", 0},
    {HTTP_BODY_CHUNKED, 0, "0\r\n", "", 0, "", 0},
    BAD_CHUNKED("\r\n" END, "RFC9112-7.1", 0, ""),
    BAD_CHUNKED("x\r\n" END, "RFC9112-7.1", 0, ""),
    BAD_CHUNKED("0x5\r\nhello\r\n" END, "RFC9112-7.1", 1, ""),
    BAD_CHUNKED("+5\r\nhello\r\n" END, "RFC9112-7.1", 0, ""),
    BAD_CHUNKED("-1\r\n" END, "RFC9112-7.1", 0, ""),
    BAD_CHUNKED(" 5\r\nhello\r\n" END, "RFC9112-7.1", 0, ""),
    BAD_CHUNKED("5 \r\nhello\r\n" END, "RFC9112-7.1", 1, ""),
    BAD_CHUNKED("5 5\r\nhello\r\n" END, "RFC9112-7.1", 1, ""),
    BAD_CHUNKED("5\nhello\r\n" END, "RFC9112-2.2", 1, ""),
    BAD_CHUNKED("5\r\nhello\n" END, "RFC9112-2.2", 8, "hello"),
    BAD_CHUNKED("5\r\nhelloX\r\n" END, "RFC9112-7.1", 8, "hello"),
    BAD_CHUNKED("5\r\nhello\rX\n" END, "RFC9112-7.1", 9, "hello"),
    BAD_CHUNKED("4\r\nhello\r\n" END, "RFC9112-7.1", 7, "hell"),
    BAD_CHUNKED("5;\r\nhello\r\n" END, "RFC9112-7.1.1", 2, ""),
    BAD_CHUNKED("5;a=\r\nhello\r\n" END, "RFC9112-7.1.1", 4, ""),
    BAD_CHUNKED("5;a=\"b\r\nhello\r\n" END, "RFC9112-7.1.1", 4, ""),
    BAD_CHUNKED("5;a\rb\r\nhello\r\n" END, "RFC9112-7.1.1", 3, ""),
    BAD_CHUNKED("8000000000000000\r\n", "RFC9112-7.1", 15, ""),
    BAD_CHUNKED("10000000000000000\r\n", "RFC9112-7.1", 16, ""),
    BAD_CHUNKED("0\r\nA : b\r\n\r\n", "RFC9112-5.1", 4, ""),
    BAD_CHUNKED("0\r\nA: b\1\r\n\r\n", "RFC9110-5.5", 7, ""),
    BAD_CHUNKED("0\r\n A: b\r\n\r\n", "RFC9112-5.2", 3, ""),
    BAD_CHUNKED("0\r\nA\r\n\r\n", "RFC9112-5", 3, ""),
    BAD_CHUNKED("0\r\nA: b\n\r\n", "RFC9112-2.2", 7, ""),
    {HTTP_BODY_CHUNKED, 0, "5 \nhello\n0\nA : b\n\n", NULL, 18, "helloA=b;", HTTP_ALLOW_ALL},
    {HTTP_BODY_LENGTH, 5, "hello", NULL, 5, "hello", 0},
    {HTTP_BODY_LENGTH, 5, "helloX", NULL, 5, "hello", 0},
    {HTTP_BODY_LENGTH, 0, "X", NULL, 0, "", 0},
    {HTTP_BODY_LENGTH, 5, "hell", "", 0, "hell", 0},
    {HTTP_BODY_NONE, 0, "X", NULL, 0, "", 0},
    {HTTP_BODY_UNTIL_CLOSE, 0, "hello", "", 0, "hello", 0},
};

struct seen {
    char content[512];
    enum http_body_event last;
    uint64_t at; /* bytes of the message consumed */
    struct http_note error;
};

/* Gives the reader text[0 .. n) for growing n, keeping what it did not use; memory is of exactly the size
 * given. */
static void read_cut(struct seen *s, const struct http_framing *f, const struct http_options *o, const char *text,
                     size_t len, size_t first, size_t then)
{
    struct http_body b;
    memset(s, 0, sizeof *s);
    http_body_init(&b, f, o);
    size_t at = 0;
    for (size_t n = first < len ? first : len;; n = n + then < len ? n + then : len) {
        do {
            char *copy = malloc(n - at > 0 ? n - at : 1);
            assert_non_null(copy);
            memcpy(copy, text + at, n - at);
            struct http_part p;
            size_t used;
            s->last = http_body_read(&b, copy, n - at, &used, &p);
            at += used;
            size_t k = strlen(s->content);
            if (s->last == HTTP_EVENT_DATA)
                snprintf(s->content + k, sizeof s->content - k, "%.*s", (int)p.len, p.data);
            if (s->last == HTTP_EVENT_TRAILER)
                snprintf(s->content + k, sizeof s->content - k, "%.*s=%.*s;", (int)p.name_len, p.name, (int)p.value_len,
                         p.value);
            free(copy);
        } while (s->last == HTTP_EVENT_DATA || s->last == HTTP_EVENT_TRAILER);
        if (s->last != HTTP_EVENT_MORE || n == len)
            break;
    }
    s->at = b.consumed;
    s->error = b.error;
}

static void check_body(const struct body_case *c, const struct http_options *o)
{
    struct http_framing f = {.kind = c->kind, .length = c->length};
    size_t len = strlen(c->text);
    for (size_t cut = 0; cut <= len + 1; cut++) {
        struct seen s;
        read_cut(&s, &f, o, c->text, len, cut == 0 ? 1 : cut, cut == 0 ? 1 : len);
        assert_string_equal(s.content, c->content);
        if (c->rule == NULL) {
            assert_int_equal(s.last, HTTP_EVENT_END);
            assert_int_equal(s.at, c->offset);
        } else if (c->rule[0] == '\0') {
            assert_int_equal(s.last, HTTP_EVENT_MORE);
        } else {
            assert_int_equal(s.last, HTTP_EVENT_ERROR);
            assert_string_equal(s.error.rule, c->rule);
            assert_int_equal(s.error.offset, c->offset);
        }
    }
}

static void test_bodies(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++)
        check_body(&bodies[i], &(struct http_options){.allow = bodies[i].allow});
}

static void test_limits(void **state)
{
    (void)state;
    const struct body_case size = BAD_CHUNKED("5\r\nhello\r\n1\r\nx\r\n" END, "RFC9110-15.5.14", 10, "hello");
    check_body(&size, &(struct http_options){.body_max = 5});
    const struct body_case close = {HTTP_BODY_UNTIL_CLOSE, 0, "hello!", "RFC9110-15.5.14", 5, "hello", 0};
    check_body(&close, &(struct http_options){.body_max = 5});
    const struct body_case line = BAD_CHUNKED("5;aaaa\r\nhello\r\n" END, "RFC9112-7.1.1", 7, "");
    check_body(&line, &(struct http_options){.chunk_line_max = 7});
    const struct body_case trailer = BAD_CHUNKED("0\r\nA: b\r\nC: d\r\n\r\n", "RFC6585-5", 3 + 12, "A=b;C=d;");
    check_body(&trailer, &(struct http_options){.trailer_max = 12});
    struct http_body b;
    http_body_init(&b, &(struct http_framing){.kind = HTTP_BODY_LENGTH, .length = 3}, NULL);
    assert_int_equal(http_body_eof(&b), HTTP_EVENT_ERROR);
    assert_string_equal(b.error.rule, "RFC9112-8");
    http_body_init(&b, &(struct http_framing){.kind = HTTP_BODY_UNTIL_CLOSE}, NULL);
    assert_int_equal(http_body_eof(&b), HTTP_EVENT_END);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_framing), cmocka_unit_test(test_expect), cmocka_unit_test(test_findings),
        cmocka_unit_test(test_bodies),  cmocka_unit_test(test_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
