/* What is written is read back the same; what does not fit or would split a message is refused. */
#include "protocol/http.h"
#include "protocol/http_write.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <string.h>

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
    const char want[] = "HTTP/1.1 404 Not Found\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
                        "Content-Length: 18446744073709551615\r\n\r\n";
    assert_int_equal(w.len, sizeof want - 1);
    assert_memory_equal(text, want, w.len);
    struct http_head h;
    http_head_init(&h, HTTP_RESPONSE, NULL);
    assert_int_equal(http_head_parse(&h, text, w.len), w.len);
    assert_int_equal(h.status, 404);
}

static void test_chunks(void **state)
{
    (void)state;
    char text[512];
    struct http_writer w;
    http_write_init(&w, text, sizeof text);
    http_write_request(&w, "POST", "/x");
    http_write_field(&w, "Host", "a");
    http_write_field(&w, "Transfer-Encoding", "chunked");
    http_write_end(&w);
    http_write_chunk(&w, "0123456789abcdef!", 17);
    http_write_last_chunk(&w);
    http_write_end(&w);
    struct http_head h;
    struct http_framing f;
    struct http_body b;
    struct http_part p;
    size_t used;
    http_head_init(&h, HTTP_REQUEST, NULL);
    long n = http_head_parse(&h, text, w.len);
    assert_true(n > 0);
    assert_int_equal(http_framing_decide(&f, &h, text, HTTP_GET), 0);
    http_body_init(&b, &f, NULL);
    assert_int_equal(http_body_read(&b, text + n, w.len - (size_t)n, &used, &p), HTTP_EVENT_DATA);
    assert_int_equal(p.len, 17);
    n += (long)used;
    assert_int_equal(http_body_read(&b, text + n, w.len - (size_t)n, &used, &p), HTTP_EVENT_END);
    assert_int_equal((size_t)n + used, w.len);
}

static void test_refused(void **state)
{
    (void)state;
    char text[32];
    struct http_writer w;
    http_write_init(&w, text, sizeof text);
    http_write_field(&w, "A", "b\r\nSet-Cookie: c");
    assert_true(w.overflow);
    http_write_init(&w, text, 10);
    http_write_field(&w, "Name", "too long");
    assert_true(w.overflow);
    assert_true(w.len <= 10);
    http_write_init(&w, text, sizeof text);
    http_write_request(&w, "GET", "/a b");
    assert_true(w.overflow);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_response), cmocka_unit_test(test_chunks),
                                       cmocka_unit_test(test_refused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
