/* Lines with literals at every cut. */
#include "protocol/imap_line.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

struct imap_case {
    enum imap_side side;
    const char *text;
    const char *want; /* (piece){size}=octets ... (last); "!N" with the problem */
};

static const struct imap_case cases[] = {
    {IMAP_COMMANDS, "a NOOP\r\nb NOOP\r\n", "(a NOOP)(b NOOP)"},
    {IMAP_COMMANDS, "a X {3}\r\na\r\n\r\nb NOOP\r\n", "(a X ){3}=a\r\n()(b NOOP)"},
    {IMAP_COMMANDS, "a X {3+}\r\n\"{1 {0}\r\n y\r\n", "(a X ){3+}=\"{1( ){0}( y)"},
    {IMAP_COMMANDS, "a X ~{2}\r\n\1\1 z\r\n", "(a X ){2~}=\1\1( z)"},
    {IMAP_COMMANDS, "a X \"{3}\"\r\n", "(a X \"{3}\")"},
    {IMAP_COMMANDS, "a X \"y\\\"{3}\r\n", "!3"},
    {IMAP_COMMANDS, "a X \"y\r\n", "!3"},
    {IMAP_COMMANDS, "a X {}\r\n{+}\r\n{1-}\r\n}\r\n3}\r\n", "(a X {})({+})({1-})(})(3})"},
    {IMAP_COMMANDS, "a X {9223372036854775808}\r\n", "!4"},
    {IMAP_COMMANDS, "a\n", "!1"},
    {IMAP_COMMANDS, "a\rb\r\n", "!2"},
    {IMAP_COMMANDS, "a 34567890123456789012345678901\r\n", "!5"},
    {IMAP_COMMANDS, "a {1}\r\nx 3456789012345678901234567\r\n", "(a ){1}=x!5"},
    {IMAP_COMMANDS, "{1}\r\nx{1}\r\ny{1}\r\nz\r\n", "(){1}=x(){1}=y!6"},
    {IMAP_RESPONSES, "* 1 FETCH (B {2}\r\n)\r FLAGS ())\r\n", "(* 1 FETCH (B ){2}=)\r( FLAGS ()))"},
    {IMAP_RESPONSES, "* OK say \"hi {5}\r\na no x{1}\r\n+ {2}\r\n", "(* OK say \"hi {5})(a no x{1})(+ {2})"},
    {IMAP_RESPONSES, "* LIST {1+}\r\n", "!4"},
};

static void read_cut(const struct imap_case *c, size_t first, size_t then, char *out, size_t cap)
{
    struct imap_reader r;
    struct imap_part part;
    size_t at = 0, used, k = 0, len = strlen(c->text);
    imap_read_init(&r, c->side, 30, 2);
    out[0] = '\0';
    for (size_t n = first < len ? first : len;; n = n + then < len ? n + then : len) {
        enum imap_event e;
        while ((e = imap_read(&r, c->text + at, n - at, &part, &used)) > 0) {
            at += used;
            bool octets = e == IMAP_OCTETS;
            k += (size_t)snprintf(out + k, cap - k, "%s%.*s%s", octets ? "" : "(", (int)part.len, part.data,
                                  octets ? "" : ")");
            if (e == IMAP_PIECE)
                k += (size_t)snprintf(out + k, cap - k, "{%d%s%s}%s", (int)r.literal.size,
                                      r.literal.asked_for ? "" : "+", r.literal.binary ? "~" : "",
                                      r.literal.size ? "=" : "");
        }
        if (e == IMAP_BAD) {
            snprintf(out + k, cap - k, "!%d", r.problem);
            assert_int_equal(imap_read(&r, "a\r\n", 3, &part, &used), IMAP_BAD);
            assert_true(strlen(imap_problem_text(r.problem)) > 10);
        }
        if (e == IMAP_BAD || n == len)
            return;
    }
}

static void test_cuts(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        for (size_t cut = 0; cut <= strlen(cases[i].text); cut++) {
            char got[256];
            read_cut(&cases[i], cut == 0 ? 1 : cut, cut == 0 ? 1 : 100, got, sizeof got);
            assert_string_equal(got, cases[i].want);
        }
    }
}

static void test_refused(void **state)
{
    (void)state;
    struct imap_reader r;
    struct imap_part part;
    size_t used;
    imap_read_init(&r, IMAP_COMMANDS, 30, 2);
    assert_int_equal(imap_read(&r, "a X {10}\r\n", 10, &part, &used), IMAP_PIECE);
    imap_refuse_literal(&r);
    assert_int_equal(imap_read(&r, "b NOOP\r\n", 8, &part, &used), IMAP_LAST);
    assert_int_equal(part.len, 6);
}

static void test_quoted(void **state)
{
    (void)state;
    char out[16];
    assert_int_equal(imap_write_quoted(out, sizeof out, "a\"b\\c", 5), 9);
    assert_memory_equal(out, "\"a\\\"b\\\\c\"", 9);
    assert_int_equal(imap_write_quoted(out, 8, "a\"b\\c", 5), 0);
    assert_int_equal(imap_write_quoted(out, 9, "a\"b\\c", 5), 9);
    assert_int_equal(imap_write_quoted(out, sizeof out, "", 0), 2);
    assert_int_equal(imap_write_quoted(out, sizeof out, "a\nb", 3), 0);
    assert_int_equal(imap_write_quoted(out, sizeof out, "\0", 1), 0);
    assert_int_equal(imap_write_quoted(out, sizeof out, "\xc3\xa4", 2), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_cuts), cmocka_unit_test(test_refused),
                                       cmocka_unit_test(test_quoted)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
