/* The recogniser of ABNF on small grammars, and the table of HTTP and URIs on words whose answer is known. */
#include "fuzz/abnf.h"
#include "fuzz/http_grammar.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static bool is(struct abnf *a, const char *text)
{
    return abnf_is(a, text, strlen(text));
}

static void test_elements(void **state)
{
    (void)state;
    static const struct abnf_rule rules[] = {
        {"s", "%x41 2b [ \"x\" ] *1( %x30-32 / c ) 1*%x7A", "test"},
        {"b", "%x42.43", "test"},
        {"c", "\"\" %x2D", "test"},
        {NULL, NULL, NULL},
    };
    struct abnf *a = abnf_new(rules, "s");
    assert_true(is(a, "ABCBCz"));
    assert_true(is(a, "ABCBCX1zz"));
    assert_true(is(a, "ABCBCx-z"));
    assert_false(is(a, "ABCz"));
    assert_false(is(a, "aBCBCz"));
    assert_false(is(a, "ABCBCx01z"));
    assert_false(is(a, "ABCBC3z"));
    assert_false(is(a, "ABCBC"));
    assert_false(is(a, ""));
    abnf_free(a);
}

/* Every way to read an ambiguous rule counts, whichever is written first. */
static void test_ambiguity(void **state)
{
    (void)state;
    static const struct abnf_rule rules[] = {
        {"s", "*\"a\" 2*3\"a\" ( \"b\" / \"bc\" ) \"c\"", "test"},
        {NULL, NULL, NULL},
    };
    struct abnf *a = abnf_new(rules, "s");
    assert_true(is(a, "aabc"));
    assert_true(is(a, "aaaaaabcc"));
    assert_false(is(a, "abc"));
    assert_false(is(a, "aab"));
    abnf_free(a);
}

static void test_beginnings(void **state)
{
    (void)state;
    size_t end;
    struct abnf *a = grammar_of(GRAMMAR_CHUNK_LINE);
    assert_int_equal(abnf_begins(a, "5\r\nhello", 8, &end), ABNF_WHOLE);
    assert_int_equal(end, 3);
    assert_int_equal(abnf_begins(a, "5;a=\"", 5, &end), ABNF_OPEN);
    assert_int_equal(end, 5);
    assert_int_equal(abnf_begins(a, "5 \r\n", 4, &end), ABNF_NONE);
    assert_int_equal(end, 2);
    assert_int_equal(abnf_begins(a, "", 0, &end), ABNF_OPEN);
}

/* More sets of states than are remembered at a time: what was forgotten is made again. */
static void test_forgets(void **state)
{
    (void)state;
    static const struct abnf_rule rules[] = {
        {"s", "*ab \"a\" 14ab", "a's place from the end is one of 2^15 sets"},
        {"ab", "\"a\" / \"b\"", "test"},
        {NULL, NULL, NULL},
    };
    struct abnf *a = abnf_new(rules, "s");
    uint32_t chance = 1;
    char text[64];
    for (int round = 0; round < 2000; round++) {
        for (size_t i = 0; i < sizeof text; i++) {
            chance = chance * 1664525 + 1013904223;
            text[i] = chance >> 31 ? 'a' : 'b';
        }
        assert_int_equal(abnf_is(a, text, sizeof text), text[sizeof text - 15] == 'a');
    }
    abnf_free(a);
}

static const struct {
    enum grammar_start start;
    bool right;
    const char *text;
} words[] = {
    {GRAMMAR_HOST, true, "example.org:80"},
    {GRAMMAR_HOST, true, ""},
    {GRAMMAR_HOST, true, "[::1]:"},
    {GRAMMAR_HOST, true, "[1:2:3:4:5:6:7::]"},
    {GRAMMAR_HOST, true, "[1:2:3:4:5:6:77.77.88.88]"},
    {GRAMMAR_HOST, true, "[v1.a:b]"},
    {GRAMMAR_HOST, true, "a%41"},
    {GRAMMAR_HOST, true, "256.1.1.1"}, /* a reg-name then */
    {GRAMMAR_HOST, false, "[1:2:3:4:5:6:7:8:9]"},
    {GRAMMAR_HOST, false, "[1:2:3:4:5:6:7:8::]"},
    {GRAMMAR_HOST, false, "[::1.2.3.256]"},
    {GRAMMAR_HOST, false, "[::12345]"},
    {GRAMMAR_HOST, false, "[1::2::3]"},
    {GRAMMAR_HOST, false, "a%4"},
    {GRAMMAR_HOST, false, "u@h"},
    {GRAMMAR_HOST, false, "a:8o"},
    {GRAMMAR_ORIGIN_FORM, true, "//a/../?b?/"},
    {GRAMMAR_ORIGIN_FORM, false, "/a#b"},
    {GRAMMAR_ORIGIN_FORM, false, "?a"},
    {GRAMMAR_ABSOLUTE_FORM, true, "urn:a:b?c"},
    {GRAMMAR_ABSOLUTE_FORM, true, "x:"},
    {GRAMMAR_ABSOLUTE_FORM, true, "x:///p"},
    {GRAMMAR_ABSOLUTE_FORM, false, "1x:a"},
    {GRAMMAR_ABSOLUTE_FORM, false, "x://a[b"},
    {GRAMMAR_AUTHORITY_FORM, true, "a:"},
    {GRAMMAR_AUTHORITY_FORM, false, "a"},
    {GRAMMAR_WEB_URI, true, "HTTP://a?b"},
    {GRAMMAR_WEB_URI, false, "http:/a"},
    {GRAMMAR_REQUEST_LINE, true, "a!b * HTTP/9.9"},
    {GRAMMAR_REQUEST_LINE, false, "GET / http/1.1"},
    {GRAMMAR_REQUEST_LINE, false, "GET  / HTTP/1.1"},
    {GRAMMAR_STATUS_LINE, true, "HTTP/1.1 999 "},
    {GRAMMAR_STATUS_LINE, true, "HTTP/1.1 200 a\tb\xff"},
    {GRAMMAR_STATUS_LINE, false, "HTTP/1.1 200"},
    {GRAMMAR_TRANSFER_ENCODING, true, ", ,gzip;a = \"b,\\\"c\" , chunked,"},
    {GRAMMAR_TRANSFER_ENCODING, false, "gzip chunked"},
    {GRAMMAR_TRANSFER_ENCODING, false, "gzip;a"},
    {GRAMMAR_TRANSFER_ENCODING, false, "gzip;a=\"b"},
    {GRAMMAR_CONTENT_LENGTH, false, "+1"},
    {GRAMMAR_CHUNK_LINE, true, "0000f ; a\t=\"\\\"\";b=c;d\r\n"},
    {GRAMMAR_CHUNK_LINE, false, "5;\r\n"},
    {GRAMMAR_CHUNK_LINE, false, "5;a \r\n"},
    {GRAMMAR_CHUNK_LINE, false, "0x5\r\n"},
    {GRAMMAR_TRAILERS, true, "\r\n"},
    {GRAMMAR_TRAILERS, true, "A:\t b \r\nC:\r\n\r\n"},
    {GRAMMAR_TRAILERS, false, "A : b\r\n\r\n"},
    {GRAMMAR_REQUEST_HEAD, true, "\r\nGET / HTTP/1.1\r\nHost:a\r\n\r\n"},
    {GRAMMAR_REQUEST_HEAD, false, "\r\n\r\nGET / HTTP/1.1\r\nHost:a\r\n\r\n"},
    {GRAMMAR_REQUEST_HEAD, false, "GET / HTTP/1.1\nHost:a\r\n\r\n"},
    {GRAMMAR_REQUEST_HEAD, false, "GET / HTTP/1.1\r\nA: b\r\n c\r\n\r\n"},
    {GRAMMAR_RESPONSE_HEAD, true, "HTTP/1.1 200 OK\r\n\r\n"},
    {GRAMMAR_RESPONSE_HEAD, false, "\r\nHTTP/1.1 200 OK\r\n\r\n"},
    {GRAMMAR_URI, true, "http://u:p@h:1/p?q#f"},
    {GRAMMAR_URI, false, "//h/p"},
    {GRAMMAR_URI_REFERENCE, true, "//h/p"},
    {GRAMMAR_URI_REFERENCE, true, ""},
    {GRAMMAR_URI_REFERENCE, true, "./a:b"},
    {GRAMMAR_URI_REFERENCE, false, "1a:b"},
};

static void test_words(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (is(grammar_of(words[i].start), words[i].text) != words[i].right)
            fail_msg("word %zu: \"%s\" is %staken", i, words[i].text, words[i].right ? "not " : "");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_elements), cmocka_unit_test(test_ambiguity), cmocka_unit_test(test_beginnings),
        cmocka_unit_test(test_forgets),  cmocka_unit_test(test_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
