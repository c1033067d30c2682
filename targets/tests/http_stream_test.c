/*
 * Streams of messages: which events come, and at which byte of the stream something is wrong. Every case is
 * read whole, byte by byte and in two pieces at every cut; the events must be the same.
 */
#include "protocol/http_stream.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * A log of events. R: a request with its target, S: a response with its status, (...): content, t: a trailer,
 * E: the end of a message; then "close", "upgrade", "connect" or "eof" with the offset where the stream was
 * over, or !rule@offset where it was refused, ?offset where it was cut short.
 */
struct log {
    char text[1024];
    bool content;
};

static void add(struct log *l, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void add(struct log *l, const char *format, ...)
{
    va_list args;
    size_t n = strlen(l->text);
    if (l->content)
        l->text[n++] = ')';
    l->content = false;
    va_start(args, format);
    vsnprintf(l->text + n, sizeof l->text - n, format, args);
    va_end(args);
}

static void add_content(struct log *l, const char *data, size_t len)
{
    if (!l->content)
        add(l, "(");
    l->content = true;
    size_t n = strlen(l->text);
    snprintf(l->text + n, sizeof l->text - n - 1, "%.*s", (int)len, data);
}

static void log_event(struct log *l, const struct http_stream *s, enum http_stream_event event, const char *data,
                      const struct http_part *part)
{
    static const char *const over[] = {"", "close", "upgrade", "connect", "eof"};
    switch (event) {
    case HTTP_STREAM_HEAD:
        if (s->kind == HTTP_REQUEST)
            add(l, "R%.*s", (int)s->head.target.len, http_text(data, s->head.target));
        else
            add(l, "S%d", s->head.status);
        break;
    case HTTP_STREAM_DATA:
        add_content(l, part->data, part->len);
        break;
    case HTTP_STREAM_TRAILER:
        add(l, "t");
        break;
    case HTTP_STREAM_END:
        add(l, "E");
        break;
    case HTTP_STREAM_OVER:
        add(l, "%s@%d", over[s->over], (int)s->offset);
        break;
    default:
        add(l, "!%s@%d", s->error.rule, (int)s->error.offset);
    }
}

struct stream_case {
    enum http_kind kind;
    const char *text;
    const char *log;
    unsigned allow;
    enum http_method methods[2];
    size_t method_count;
};

/* Gives the bytes in pieces of `first`, then `then`, each time from memory of exactly
 * the size that is there. */
static void read_cut(const struct stream_case *c, size_t first, size_t then, struct log *l)
{
    const struct http_options o = {.allow = c->allow};
    struct http_stream s;
    struct http_part part;
    size_t len = strlen(c->text), at = 0, used;
    enum http_stream_event event;
    *l = (struct log){0};
    http_stream_init(&s, c->kind, &o, c->methods, c->method_count);
    for (size_t n = first < len ? first : len;; n = n + then < len ? n + then : len) {
        do {
            char *copy = malloc(n - at > 0 ? n - at : 1);
            assert_non_null(copy);
            memcpy(copy, c->text + at, n - at);
            event = http_stream_read(&s, copy, n - at, &used, &part);
            if (event != HTTP_STREAM_MORE)
                log_event(l, &s, event, copy, &part);
            at += used;
            assert_int_equal(s.offset, at);
            free(copy);
        } while (event > HTTP_STREAM_MORE && event != HTTP_STREAM_OVER);
        if (event != HTTP_STREAM_MORE)
            return;
        if (n == len)
            break;
    }
    while ((event = http_stream_eof(&s, c->text + at, len - at)) == HTTP_STREAM_END)
        log_event(l, &s, event, NULL, NULL);
    if (event == HTTP_STREAM_ERROR)
        add(l, "?%d", (int)s.error.offset);
    else
        log_event(l, &s, event, NULL, NULL);
}

#define GET(target) "GET " target " HTTP/1.1\r\nHost: a\r\n\r\n"
#define REQUESTS(text, log)                                                                                            \
    {                                                                                                                  \
        HTTP_REQUEST, text, log, 0, {0}, 0                                                                             \
    }
#define RESPONSES(text, log)                                                                                           \
    {                                                                                                                  \
        HTTP_RESPONSE, text, log, 0, {0}, 0                                                                            \
    }
#define OK "HTTP/1.1 200 OK\r\n"

static const struct stream_case cases[] = {
    REQUESTS("", "?0"),
    REQUESTS("\r\n", "?2"),
    REQUESTS(GET("/1"), "R/1Eeof@28"),
    REQUESTS(GET("/1") GET("/2") "\r\n" GET("/3"), "R/1ER/2ER/3Eeof@86"),
    REQUESTS(GET("/1") "\r\n", "R/1Eeof@28"),
    REQUESTS(GET("/1") "\r", "R/1E?29"),
    REQUESTS(GET("/1") "GET /2 HT", "R/1E?37"),
    REQUESTS(GET("/1") "GET /{ HTTP/1.1\r\n", "R/1E!RFC9112-3.2.1@33"),
    REQUESTS(GET("/1") "GET /{ HTTP/1.1\r\nHost: a\r\n\r\n", "R/1E!RFC9112-3.2.1@33"),
    REQUESTS(GET("/1") "G(T", "R/1E?31"),
    REQUESTS(GET("/1") "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n", "R/1E!RFC9112-6.3@69"),
    REQUESTS("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc" GET("/2"), "R/(abc)ER/2Eeof@78"),
    REQUESTS("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nab", "R/(ab)?49"),
    REQUESTS("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nA: b\r\n\r\n" GET("/2"),
             "R/(abc)tER/2Eeof@103"),
    REQUESTS("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n", "R/(abc)!RFC9112-7.1@62"),
    REQUESTS("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n" GET("/2"), "R/Eclose@46"),
    REQUESTS("GET / HTTP/1.0\r\n\r\nmore", "R/Eclose@18"),
    REQUESTS("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n" GET("/2"), "R/ER/2Eeof@70"),
    REQUESTS("CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n\x16\x03", "Ra:1Econnect@33"),
    RESPONSES(OK "\r\nabc", "S200(abc)Eclose@22"),
    RESPONSES(OK "\r\n", "S200Eclose@19"),
    RESPONSES(OK "Content-Length: 1\r\n\r\na" OK "Content-Length: 0\r\n\r\n", "S200(a)ES200Eeof@77"),
    RESPONSES(OK "Content-Length: 2\r\n\r\na", "S200(a)?39"),
    RESPONSES("HTTP/1.1 100 Continue\r\n\r\n" OK "Content-Length: 0\r\n\r\n", "S100ES200Eeof@63"),
    RESPONSES("HTTP/1.1 100 Continue\r\n\r\n", "S100E?25"),
    RESPONSES("HTTP/1.1 101 Switching Protocols\r\n\r\n\x81\x02", "S101Eupgrade@36"),
    RESPONSES("HTTP/1.1 204 x\r\n\r\nHTTP/1.1 304 x\r\nContent-Length: 9\r\n\r\n", "S204ES304Eeof@55"),
    RESPONSES(OK "Content-Length: 1\r\n\r\nab", "S200(a)E?40"),
    {HTTP_RESPONSE,
     OK "Content-Length: 3\r\n\r\n" OK "Content-Length: 1\r\n\r\na",
     "S200ES200(a)Eeof@77",
     0,
     {HTTP_HEAD, HTTP_GET},
     2},
    {HTTP_RESPONSE,
     OK "Content-Length: 3\r\n\r\n" OK "Content-Length: 1\r\n\r\n",
     "S200ES200Eeof@76",
     0,
     {HTTP_HEAD},
     1},
    {HTTP_RESPONSE,
     "HTTP/1.1 100 x\r\n\r\n" OK "Content-Length: 3\r\n\r\n",
     "S100ES200Eeof@56",
     0,
     {HTTP_HEAD, HTTP_GET},
     2},
    {HTTP_RESPONSE, OK "Content-Length: 3\r\n\r\nabcdef", "S200(abcdef)Eeof@44", 0, {HTTP_CONNECT}, 1},
    {HTTP_RESPONSE, OK "Content-Length: 0\r\n\r\n\r\n", "S200Eeof@38", HTTP_ALLOW_ALL, {0}, 0},
    {HTTP_REQUEST, "GET / HTTP/1.1\nHost : a\n\n" GET("/2") "\n\n", "R/ER/2Eeof@53", HTTP_ALLOW_ALL, {0}, 0},
};

static void test_streams(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct log l;
        size_t len = strlen(cases[i].text);
        for (size_t cut = 0; cut <= len; cut++) {
            read_cut(&cases[i], cut == 0 ? 1 : cut, cut == 0 ? 1 : len, &l);
            if (strcmp(l.text, cases[i].log) != 0)
                fail_msg("case %zu, cut %zu: %s, not %s\n%s", i, cut, l.text, cases[i].log, cases[i].text);
        }
    }
}

/* What is found lies where message_at and body_at say. */
static void test_places(void **state)
{
    (void)state;
    const char text[] = GET("/1") "POST /2 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                                  "1 \r\na\r\n0\r\n\r\n";
    const struct http_options o = {.allow = HTTP_ALLOW_ALL};
    struct http_stream s;
    struct http_part part;
    size_t at = 0, used, heads = 0;
    enum http_stream_event event;
    http_stream_init(&s, HTTP_REQUEST, &o, NULL, 0);
    while ((event = http_stream_read(&s, text + at, sizeof text - 1 - at, &used, &part)) != HTTP_STREAM_MORE) {
        assert_true(event > HTTP_STREAM_MORE);
        if (event == HTTP_STREAM_HEAD && ++heads == 2)
            assert_int_equal(s.message_at, 28);
        if (event == HTTP_STREAM_DATA) {
            assert_int_equal(s.body_at, at + used - 5);
            assert_int_equal(s.body.findings.count, 1);
            assert_int_equal(text[s.body_at + s.body.findings.items[0].offset], ' ');
        }
        at += used;
    }
    assert_int_equal(s.messages, 2);
    assert_int_equal(http_stream_method(&s), HTTP_GET);
    assert_int_equal(http_stream_eof(&s, text + at, sizeof text - 1 - at), HTTP_STREAM_OVER);
    assert_int_equal(http_stream_read(&s, "x", 1, &used, &part), HTTP_STREAM_OVER);
    assert_int_equal(http_stream_eof(&s, "x", 1), HTTP_STREAM_OVER);
}

/* After a refusal there is nothing more to be had. */
static void test_refused_for_good(void **state)
{
    (void)state;
    struct http_stream s;
    struct http_part part;
    size_t used;
    http_stream_init(&s, HTTP_REQUEST, NULL, NULL, 0);
    assert_int_equal(http_stream_read(&s, "(\r\n\r\n", 5, &used, &part), HTTP_STREAM_ERROR);
    assert_int_equal(http_stream_read(&s, GET("/"), 28, &used, &part), HTTP_STREAM_ERROR);
    assert_int_equal(http_stream_eof(&s, NULL, 0), HTTP_STREAM_ERROR);
    assert_string_equal(s.error.rule, "RFC9112-3");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_streams),
        cmocka_unit_test(test_places),
        cmocka_unit_test(test_refused_for_good),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
