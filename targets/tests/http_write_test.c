/* What is written is read back the same; what does not fit or would split a message is refused. */
#include "protocol/http_stream.h"
#include "protocol/http_write.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void assert_written(const struct http_writer *w, const char *want)
{
    if (w->len != strlen(want) || memcmp(w->data, want, w->len) != 0)
        fail_msg("written: %.*s\nnot: %s", (int)w->len, w->data, want);
}

static void test_response(void **state)
{
    (void)state;
    char text[512];
    struct http_writer w;
    http_write_init(&w, text, sizeof text);
    http_write_status(&w, 404);
    http_write_date(&w, 784111777); /* the example of RFC 9110, 5.6.7 */
    http_write_length(&w, UINT64_MAX);
    http_write_end(&w);
    assert_false(w.overflow);
    assert_written(&w, "HTTP/1.1 404 Not Found\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
                       "Content-Length: 18446744073709551615\r\n\r\n");
    struct http_head h;
    http_head_init(&h, HTTP_RESPONSE, NULL);
    assert_int_equal(http_head_parse(&h, text, w.len), w.len);
    assert_int_equal(h.status, 404);
}

/* A status without reason keeps the space before it (RFC 9112, 4). */
static void test_status(void **state)
{
    (void)state;
    static const struct {
        int status;
        const char *line; /* NULL: refused */
    } cases[] = {
        {100, "HTTP/1.1 100 Continue\r\n"},
        {299, "HTTP/1.1 299 \r\n"},
        {599, "HTTP/1.1 599 \r\n"},
        {99, NULL},
        {600, NULL},
        {0, NULL},
        {-200, NULL},
        {2000, NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[64];
        struct http_writer w;
        http_write_init(&w, text, sizeof text);
        http_write_status(&w, cases[i].status);
        assert_int_equal(w.invalid, cases[i].line == NULL);
        assert_written(&w, cases[i].line == NULL ? "" : cases[i].line);
    }
}

static void test_dates(void **state)
{
    (void)state;
    static const struct {
        long long now;
        const char *line;
    } cases[] = {
        {0, "Date: Thu, 01 Jan 1970 00:00:00 GMT\r\n"},
        {951782399, "Date: Mon, 28 Feb 2000 23:59:59 GMT\r\n"},
        {951782400, "Date: Tue, 29 Feb 2000 00:00:00 GMT\r\n"},
        {-1, "Date: Wed, 31 Dec 1969 23:59:59 GMT\r\n"},
        {253402300799, "Date: Fri, 31 Dec 9999 23:59:59 GMT\r\n"},
        {-62167219200, "Date: Sat, 01 Jan 0000 00:00:00 GMT\r\n"},
        {253402300800, ""},
        {-62167219201, ""},
        {INT64_MAX, ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[64];
        struct http_writer w;
        http_write_init(&w, text, sizeof text);
        http_write_date(&w, (time_t)cases[i].now);
        assert_false(w.overflow);
        assert_written(&w, cases[i].line);
    }
}

/* A chunked request with trailers, read back by the reader of streams. */
static void test_chunks(void **state)
{
    (void)state;
    char text[512], seen[64] = "";
    struct http_writer w;
    http_write_init(&w, text, sizeof text);
    http_write_request(&w, "POST", "/x");
    http_write_field(&w, "Host", "a");
    assert_int_equal(http_write_request_framing(&w, HTTP_POST, HTTP_LENGTH_UNKNOWN), HTTP_BODY_CHUNKED);
    http_write_end(&w);
    http_write_chunk(&w, "0123456789abcdef!", 17);
    http_write_chunk(&w, "", 0); /* would end the body */
    http_write_chunk(&w, "\0", 1);
    http_write_last_chunk(&w);
    http_write_trailer(&w, "Digest", "b c");
    http_write_end(&w);
    assert_false(w.overflow);
    const char want[] = "POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                        "11\r\n0123456789abcdef!\r\n1\r\n\0\r\n0\r\nDigest: b c\r\n\r\n";
    assert_int_equal(w.len, sizeof want - 1);
    assert_memory_equal(text, want, w.len);
    struct http_stream s;
    struct http_part p;
    size_t at = 0, used, content = 0;
    enum http_stream_event event;
    http_stream_init(&s, HTTP_REQUEST, NULL, NULL, 0);
    while ((event = http_stream_read(&s, text + at, w.len - at, &used, &p)) > HTTP_STREAM_MORE) {
        content += p.len;
        if (event == HTTP_STREAM_TRAILER)
            snprintf(seen, sizeof seen, "%.*s=%.*s", (int)p.name_len, p.name, (int)p.value_len, p.value);
        at += used;
    }
    assert_int_equal(event, HTTP_STREAM_MORE);
    assert_int_equal(at, w.len);
    assert_int_equal(s.messages, 1);
    assert_int_equal(content, 18);
    assert_string_equal(seen, "Digest=b c");
}

static void test_response_framing(void **state)
{
    (void)state;
    static const struct {
        int status;
        enum http_method request;
        int minor;
        uint64_t length;
        enum http_body_kind kind;
        const char *field;
    } cases[] = {
        {200, HTTP_GET, 1, 5, HTTP_BODY_LENGTH, "Content-Length: 5\r\n"},
        {200, HTTP_GET, 0, 5, HTTP_BODY_LENGTH, "Content-Length: 5\r\n"},
        {200, HTTP_POST, 1, 0, HTTP_BODY_LENGTH, "Content-Length: 0\r\n"},
        {200, HTTP_GET, 1, HTTP_LENGTH_UNKNOWN, HTTP_BODY_CHUNKED, "Transfer-Encoding: chunked\r\n"},
        {200, HTTP_GET, 0, HTTP_LENGTH_UNKNOWN, HTTP_BODY_UNTIL_CLOSE, ""},
        {200, HTTP_HEAD, 1, 5, HTTP_BODY_NONE, "Content-Length: 5\r\n"},
        {404, HTTP_HEAD, 0, HTTP_LENGTH_UNKNOWN, HTTP_BODY_NONE, ""},
        {304, HTTP_GET, 1, 5, HTTP_BODY_NONE, "Content-Length: 5\r\n"},
        {304, HTTP_GET, 1, HTTP_LENGTH_UNKNOWN, HTTP_BODY_NONE, ""},
        {204, HTTP_GET, 1, 0, HTTP_BODY_NONE, ""},
        {204, HTTP_GET, 1, HTTP_LENGTH_UNKNOWN, HTTP_BODY_NONE, ""},
        {204, HTTP_HEAD, 1, 5, HTTP_BODY_NONE, ""},
        {100, HTTP_POST, 1, 0, HTTP_BODY_NONE, ""},
        {103, HTTP_HEAD, 1, 5, HTTP_BODY_NONE, ""},
        {200, HTTP_CONNECT, 1, HTTP_LENGTH_UNKNOWN, HTTP_BODY_TUNNEL, ""},
        {204, HTTP_CONNECT, 1, 0, HTTP_BODY_TUNNEL, ""},
        {407, HTTP_CONNECT, 1, 3, HTTP_BODY_LENGTH, "Content-Length: 3\r\n"},
        {205, HTTP_POST, 1, 0, HTTP_BODY_LENGTH, "Content-Length: 0\r\n"},
        {205, HTTP_HEAD, 1, 0, HTTP_BODY_NONE, "Content-Length: 0\r\n"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[512];
        struct http_writer w;
        http_write_init(&w, text, sizeof text);
        assert_int_equal(
            http_write_response_framing(&w, cases[i].status, cases[i].request, cases[i].minor, cases[i].length),
            cases[i].kind);
        assert_false(w.overflow);
        assert_written(&w, cases[i].field);
        /* The parser decides the same of it. */
        struct http_head h;
        struct http_framing f;
        http_write_init(&w, text, sizeof text);
        http_write_status(&w, cases[i].status);
        http_write_response_framing(&w, cases[i].status, cases[i].request, cases[i].minor, cases[i].length);
        http_write_end(&w);
        http_head_init(&h, HTTP_RESPONSE, NULL);
        assert_int_equal(http_head_parse(&h, text, w.len), w.len);
        assert_int_equal(http_framing_decide(&f, &h, text, cases[i].request), 0);
        assert_int_equal(f.kind, cases[i].kind);
        assert_int_equal(f.findings.count, 0);
    }
    char text[64];
    struct http_writer w;
    http_write_init(&w, text, sizeof text);
    assert_int_equal(http_write_response_framing(&w, 205, HTTP_POST, 1, 1), HTTP_BODY_NONE);
    assert_true(w.invalid && w.len == 0);
    http_write_init(&w, text, sizeof text);
    assert_int_equal(http_write_response_framing(&w, 205, HTTP_POST, 1, HTTP_LENGTH_UNKNOWN), HTTP_BODY_NONE);
    assert_true(w.invalid && w.len == 0);
}

static void test_request_framing(void **state)
{
    (void)state;
    static const struct {
        enum http_method method;
        uint64_t length;
        enum http_body_kind kind;
        const char *field; /* NULL: refused */
    } cases[] = {
        {HTTP_GET, 0, HTTP_BODY_NONE, ""},
        {HTTP_DELETE, 0, HTTP_BODY_NONE, ""},
        {HTTP_METHOD_OTHER, 0, HTTP_BODY_NONE, ""},
        {HTTP_TRACE, 0, HTTP_BODY_NONE, ""},
        {HTTP_CONNECT, 0, HTTP_BODY_NONE, ""},
        {HTTP_POST, 0, HTTP_BODY_LENGTH, "Content-Length: 0\r\n"},
        {HTTP_PUT, 0, HTTP_BODY_LENGTH, "Content-Length: 0\r\n"},
        {HTTP_PATCH, 0, HTTP_BODY_LENGTH, "Content-Length: 0\r\n"},
        {HTTP_GET, 7, HTTP_BODY_LENGTH, "Content-Length: 7\r\n"},
        {HTTP_PUT, HTTP_LENGTH_UNKNOWN, HTTP_BODY_CHUNKED, "Transfer-Encoding: chunked\r\n"},
        {HTTP_TRACE, 1, HTTP_BODY_NONE, NULL},
        {HTTP_CONNECT, HTTP_LENGTH_UNKNOWN, HTTP_BODY_NONE, NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[64];
        struct http_writer w;
        http_write_init(&w, text, sizeof text);
        assert_int_equal(http_write_request_framing(&w, cases[i].method, cases[i].length), cases[i].kind);
        assert_int_equal(w.invalid, cases[i].field == NULL);
        assert_written(&w, cases[i].field == NULL ? "" : cases[i].field);
    }
}

/* What would be read as something else than what was meant. */
static void test_invalid(void **state)
{
    (void)state;
    static const struct {
        const char *method, *target, *name, *value;
    } cases[] = {
        {"", "/", NULL, NULL},
        {"GE T", "/", NULL, NULL},
        {"GET ", "/", NULL, NULL},
        {"G\r\nX", "/", NULL, NULL},
        {"G(T", "/", NULL, NULL},
        {"G\xc3", "/", NULL, NULL},
        {"GET", "", NULL, NULL},
        {"GET", "/a b", NULL, NULL},
        {"GET", "/a\tb", NULL, NULL},
        {"GET", "/ HTTP/1.1\r\nX: y", NULL, NULL},
        {"GET", "/a\nb", NULL, NULL},
        {"GET", "/a\rb", NULL, NULL},
        {"GET", "/\x01", NULL, NULL},
        {"GET", "/\x7f", NULL, NULL},
        {NULL, NULL, "", "b"},
        {NULL, NULL, "A ", "b"},
        {NULL, NULL, " A", "b"},
        {NULL, NULL, "A:", "b"},
        {NULL, NULL, "A\r\nB", "b"},
        {NULL, NULL, "A\nB", "b"},
        {NULL, NULL, "A", "b\r\nSet-Cookie: c"},
        {NULL, NULL, "A", "b\nSet-Cookie: c"},
        {NULL, NULL, "A", "b\rc"},
        {NULL, NULL, "A", "b\r\n c"},
        {NULL, NULL, "A", "\x1b[0m"},
        {NULL, NULL, "A", "b\x7f"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[64];
        struct http_writer w;
        http_write_init(&w, text, sizeof text);
        if (cases[i].method != NULL)
            http_write_request(&w, cases[i].method, cases[i].target);
        else
            http_write_field(&w, cases[i].name, cases[i].value);
        assert_true(w.invalid && w.overflow);
        assert_int_equal(w.len, 0);
        http_write_field(&w, "A", "b"); /* nothing after that */
        http_write_end(&w);
        http_write_bytes(&w, "x", 1);
        http_write_last_chunk(&w);
        assert_int_equal(w.len, 0);
    }
    char text[64];
    struct http_writer w;
    http_write_init(&w, text, sizeof text);
    http_write_field(&w, "X", "\ta b\xff\x80 ");
    http_write_field(&w, "Y", "");
    assert_false(w.overflow);
    assert_written(&w, "X: \ta b\xff\x80 \r\nY: \r\n");
}

static void test_trailers(void **state)
{
    (void)state;
    static const char *const refused[] = {"Content-Length", "transfer-encoding", "HOST", "Trailer", "Set-Cookie",
                                          "Authorization",  "Content-Type",      "Date", "Location"};
    char text[64];
    struct http_writer w;
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        http_write_init(&w, text, sizeof text);
        http_write_trailer(&w, refused[i], "1");
        assert_true(w.invalid);
        assert_int_equal(w.len, 0);
    }
    http_write_init(&w, text, sizeof text);
    http_write_trailer(&w, "ETag", "\"a\"");
    http_write_trailer(&w, "Hos", "a");
    http_write_trailer(&w, "Hosts", "a");
    assert_false(w.overflow);
    assert_written(&w, "ETag: \"a\"\r\nHos: a\r\nHosts: a\r\n");
    http_write_trailer(&w, "A", "\n");
    assert_true(w.invalid);
}

static void write_all(struct http_writer *w)
{
    http_write_status(w, 200);
    http_write_date(w, 784111777);
    http_write_field(w, "Name", "value");
    http_write_response_framing(w, 200, HTTP_GET, 1, HTTP_LENGTH_UNKNOWN);
    http_write_end(w);
    http_write_chunk(w, "hello", 5);
    http_write_last_chunk(w);
    http_write_end(w);
}

/* With any room too small, whole lines and pieces are there, and nothing of the one that did not fit. */
static void test_room(void **state)
{
    (void)state;
    static const char *const pieces[] = {"HTTP/1.1 200 OK\r\n",
                                         "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n",
                                         "Name: value\r\n",
                                         "Transfer-Encoding: chunked\r\n",
                                         "\r\n",
                                         "5\r\nhello\r\n",
                                         "0\r\n",
                                         "\r\n"};
    char whole[256] = "";
    for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++)
        strcat(whole, pieces[i]);
    size_t len = strlen(whole);
    for (size_t cap = 0; cap <= len; cap++) {
        char *text = malloc(cap > 0 ? cap : 1);
        struct http_writer w;
        assert_non_null(text);
        http_write_init(&w, text, cap);
        write_all(&w);
        size_t fits = 0;
        for (size_t i = 0; i < sizeof pieces / sizeof pieces[0] && fits + strlen(pieces[i]) <= cap; i++)
            fits += strlen(pieces[i]);
        assert_int_equal(w.len, fits);
        assert_memory_equal(text, whole, fits);
        assert_int_equal(w.overflow, cap < len);
        assert_false(w.invalid);
        free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_response),
        cmocka_unit_test(test_status),
        cmocka_unit_test(test_dates),
        cmocka_unit_test(test_chunks),
        cmocka_unit_test(test_response_framing),
        cmocka_unit_test(test_request_framing),
        cmocka_unit_test(test_invalid),
        cmocka_unit_test(test_trailers),
        cmocka_unit_test(test_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
