/* Each class of disagreement with http-parser really occurs, is told apart from the others, and has its
 * sentence. */
#include "fuzz/http_agree.h"
#include "fuzz/http_differ.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define HOST "Host: a\r\n"

static const struct {
    const char *id;
    enum http_kind kind;
    enum http_method request; /* that a response answers */
    const char *bytes;
} examples[] = {
    {"method-unknown", HTTP_REQUEST, 0, "BREW / HTTP/1.1\r\n" HOST "\r\n"},
    {"target-narrow", HTTP_REQUEST, 0, "GET a2:b HTTP/1.1\r\n" HOST "\r\n"},
    {"length-unread", HTTP_RESPONSE, HTTP_HEAD, "HTTP/1.1 200 OK\r\nContent-Length: 5, 5\r\n\r\n"},
    {"chunk-line-tab", HTTP_REQUEST, 0,
     "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n1\t;a\r\nx\r\n0\r\n\r\n"},
    {"longer-name", HTTP_REQUEST, 0, "POST / HTTP/1.1\r\n" HOST "Transfer-Encodings: x\r\nContent-Length: 1\r\n\r\nx"},
    {"body-by-status", HTTP_RESPONSE, HTTP_GET, "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nHTTP/"},
    {"tab-behind-value", HTTP_REQUEST, 0, "GET / HTTP/1.1\r\n" HOST "Connection: close\t\r\n\r\n"},
    {"empty-members", HTTP_REQUEST, 0, "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: ,chunked\r\n\r\n0\r\n\r\n"},
    {"connection-no-tokens", HTTP_REQUEST, 0, "GET / HTTP/1.1\r\n" HOST "Connection: a,(b),close\r\n\r\n"},
    {"connection-cut-option", HTTP_REQUEST, 0, "GET / HTTP/1.1\r\n" HOST "Connection: kee, close\r\n\r\n"},
    {"trailer-read", HTTP_REQUEST, 0,
     "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n0\r\nConnection: close\r\n\r\n"},
    {"close-wins", HTTP_REQUEST, 0, "GET / HTTP/1.0\r\nConnection: close, keep-alive\r\n\r\n"},
    {"coding-in-1.0", HTTP_REQUEST, 0,
     "POST / HTTP/1.0\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
    {"proxy-connection", HTTP_REQUEST, 0, "GET / HTTP/1.1\r\n" HOST "Proxy-Connection: close\r\n\r\n"},
    {"upgrade", HTTP_REQUEST, 0, "GET / HTTP/1.1\r\n" HOST "Connection: upgrade\r\nUpgrade: h2c\r\n\r\n"},
    {"goes-on-line-end", HTTP_REQUEST, 0, "GET / HTTP/1.1\nHost: a\n\n"},
    {"goes-on-version", HTTP_RESPONSE, HTTP_GET, "Http/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"},
    {"goes-on-request-line", HTTP_REQUEST, 0, "GET  / HTTP/1.1\r\n" HOST "\r\n"},
    {"goes-on-host", HTTP_REQUEST, 0, "GET / HTTP/1.1\r\n\r\n"},
    {"goes-on-origin-form", HTTP_REQUEST, 0, "GET /a#b HTTP/1.1\r\n" HOST "\r\n"},
    {"goes-on-absolute-form", HTTP_REQUEST, 0, "GET x://a[b HTTP/1.1\r\n" HOST "\r\n"},
    {"goes-on-authority-form", HTTP_REQUEST, 0, "CONNECT a:0 HTTP/1.1\r\n" HOST "\r\n"},
    {"goes-on-asterisk", HTTP_REQUEST, 0, "GET * HTTP/1.1\r\n" HOST "\r\n"},
    {"goes-on-no-host", HTTP_REQUEST, 0, "GET http://:80/ HTTP/1.1\r\n" HOST "\r\n"},
    {"goes-on-user", HTTP_REQUEST, 0, "GET http://u@h/ HTTP/1.1\r\n" HOST "\r\n"},
    {"goes-on-status-line", HTTP_RESPONSE, HTTP_GET, "HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n"},
    {"goes-on-status-range", HTTP_RESPONSE, HTTP_GET, "HTTP/1.1 700 OK\r\nContent-Length: 0\r\n\r\n"},
    {"goes-on-major", HTTP_REQUEST, 0, "GET / HTTP/2.0\r\n" HOST "\r\n"},
    {"goes-on-blank-colon", HTTP_REQUEST, 0, "GET / HTTP/1.1\r\n" HOST "A : b\r\n\r\n"},
    {"goes-on-name", HTTP_REQUEST, 0, "GET / HTTP/1.1\r\n" HOST "a b: c\r\n\r\n"},
    {"goes-on-fold", HTTP_REQUEST, 0, "GET / HTTP/1.1\r\n" HOST "A: b\r\n c\r\n\r\n"},
    {"goes-on-control", HTTP_REQUEST, 0, "GET / HTTP/1.1\r\n" HOST "A: \x01\r\n\r\n"},
    {"goes-on-coding", HTTP_REQUEST, 0, "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"},
    {"goes-on-length", HTTP_REQUEST, 0, "POST / HTTP/1.1\r\n" HOST "Content-Length: 9223372036854775808\r\n\r\nx"},
    {"goes-on-chunk", HTTP_REQUEST, 0,
     "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n1 \r\nx\r\n0\r\n\r\n"},
    {"goes-on-extension", HTTP_REQUEST, 0,
     "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n1;=\r\nx\r\n0\r\n\r\n"},
};

/* What both say of one message; false where they agree. */
static const struct difference *row_of(enum http_kind kind, enum http_method request, const char *bytes, bool *agree)
{
    static const struct http_options strict;
    struct fuzz_input in = {.data = bytes, .len = strlen(bytes)};
    struct fuzz_feed feed;
    struct read_message ours;
    struct plain_message plain;
    fuzz_feed_begin(&feed, FUZZ_WHOLE, &in);
    read_message(&ours, &feed, kind, &strict, request);
    fuzz_feed_end(&feed);
    plain_read(&plain, kind, in.data, in.len, request);
    agree_message(&ours, &plain, in.data, in.len);
    const struct peer_reading peer = peer_read(kind == HTTP_RESPONSE, in.data, in.len, differ_body(kind, request));
    const struct differ_case c = {.ours = &ours, .plain = &plain, .peer = &peer, .data = in.data, .len = in.len};
    *agree = differ_agree(&c);
    return differ_row(&c);
}

static void test_every_class_occurs(void **state)
{
    (void)state;
    if (!peer_is_here())
        skip();
    size_t rows;
    const struct difference *table = differ_table(&rows);
    for (size_t i = 0; i < rows; i++) {
        size_t k = 0;
        while (k < sizeof examples / sizeof examples[0] && strcmp(examples[k].id, table[i].id) != 0)
            k++;
        if (k == sizeof examples / sizeof examples[0])
            fail_msg("%s has no example", table[i].id);
        bool agree;
        const struct difference *row = row_of(examples[k].kind, examples[k].request, examples[k].bytes, &agree);
        if (agree || row != &table[i])
            fail_msg("%s: %s", table[i].id, agree ? "both agree" : row == NULL ? "no row" : row->id);
    }
}

static void test_agreement(void **state)
{
    (void)state;
    static const char *const same[] = {
        "GET / HTTP/1.1\r\n" HOST "\r\n",
        "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
        "POST / HTTP/1.1\r\n" HOST "Content-Length: 3\r\n\r\nabcGET",
        "POST / HTTP/1.1\r\n" HOST "Content-Length: 3\r\n\r\nab",
        "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n3;a\r\nabc\r\n0\r\nT: v\r\n\r\n",
        "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n",
        ("GET / HTTP/1.1\r\n" HOST),
    };
    if (!peer_is_here())
        skip();
    for (size_t i = 0; i < sizeof same / sizeof same[0]; i++) {
        bool agree;
        row_of(HTTP_REQUEST, HTTP_GET, same[i], &agree);
        if (!agree)
            fail_msg("message %zu", i);
    }
}

/* A row says what they do, what decides and where that stands; no two have one name. */
static void test_rows(void **state)
{
    (void)state;
    size_t rows;
    const struct difference *table = differ_table(&rows);
    assert_true(rows > 30);
    for (size_t i = 0; i < rows; i++) {
        assert_true(table[i].theirs[0] != '\0' && table[i].sentence[0] != '\0');
        assert_true(strncmp(table[i].rule, "RFC", 3) == 0);
        for (size_t k = 0; k < i; k++)
            assert_string_not_equal(table[i].id, table[k].id);
    }
}

/* The tables of the README are these. */
static void test_readme(void **state)
{
    (void)state;
    static char page[64 * 1024];
    FILE *file = fopen(SOURCE_DIR "/targets/fuzz/README.md", "r");
    assert_non_null(file);
    size_t len = fread(page, 1, sizeof page - 1, file);
    fclose(file);
    page[len] = '\0';
    size_t rows;
    char row[512];
    const struct difference *table = differ_table(&rows);
    for (size_t i = 0; i < rows; i++) {
        const struct difference *d = &table[i];
        snprintf(row, sizeof row, "| %s | %s | %s: %s | %s |\n", d->id, d->theirs, d->rule, d->sentence,
                 d->right == RIGHT_OURS ? "we" : "both");
        if (strstr(page, row) == NULL)
            fail_msg("README.md lacks: %s", row);
    }
    const struct plain_problem *p;
    for (size_t i = 0; (p = plain_problem_at(i)) != NULL; i++) {
        snprintf(row, sizeof row, "| %s | %s |\n", p->rule, p->sentence);
        if (p->choice && strstr(page, row) == NULL)
            fail_msg("README.md lacks: %s", row);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_class_occurs),
        cmocka_unit_test(test_agreement),
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_readme),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
