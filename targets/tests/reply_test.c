/* Replies of SMTP, FTP and NNTP at every cut, and written again. */
#include "protocol/reply.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

struct reply_case {
    enum reply_form form;
    bool lenient;
    const char *text;
    const char *want; /* CODE(text) a line, "." behind the last of a reply; "!N" with the problem */
};

static const struct reply_case cases[] = {
    {REPLY_SMTP, false, "250 ok\r\n", "250(ok)."},
    {REPLY_SMTP, false, "250-a\r\n250-\r\n250 b\r\n221 x\r\n", "250(a)250()250(b).221(x)."},
    {REPLY_SMTP, false, "250\r\n354 \r\n", "250().354()."},
    {REPLY_SMTP, false, "250-a\r\n550 b\r\n", "250(a)!2"},
    {REPLY_SMTP, false, "150 a\r\n", "!1"},
    {REPLY_SMTP, false, "260 a\r\n", "!1"},
    {REPLY_SMTP, false, "25 a\r\n", "!1"},
    {REPLY_SMTP, false, "250a\r\n", "!3"},
    {REPLY_SMTP, false, "250\ta\r\n", "!3"},
    {REPLY_SMTP, false, "250 a\n", "!4"},
    {REPLY_SMTP, false, "250 a\rb\r\n", "!5"},
    {REPLY_SMTP, false, "250 \xc3\xa4\r\n", "!5"},
    {REPLY_SMTP, false, "250 12345678901\r\n", "!6"},
    {REPLY_SMTP, false, "250-1\r\n250-2\r\n250-3\r\n250-4\r\n250 5\r\n", "250(1)250(2)250(3)250(4)!7"},
    {REPLY_SMTP, true, "250-a\n250\tb\n", "250(a)250(\tb)."},
    {REPLY_SMTP, true, "\r\n", "!1"},
    {REPLY_FTP, false, "230-a\r\n331 no\r\n230\r\n230 c\r\n", "230(a)230(331 no)230(230)230(c)."},
    {REPLY_FTP, false, "120 a\r\n220 b\r\n631 c\r\n", "120(a).220(b).631(c)."},
    {REPLY_FTP, false, "220\r\n", "!3"},
    {REPLY_FTP, true, "220\n", "220()."},
    {REPLY_FTP, false, "211-\xc3\xa4\r\n\r\n211 end\r\n", "211(\xc3\xa4)211()211(end)."},
    {REPLY_NNTP, false, "200 a\r\n480\r\n", "200(a).480()."},
    {REPLY_NNTP, false, "200-a\r\n", "!3"},
    {REPLY_NNTP, false, "290 private\r\n", "290(private)."},
    {REPLY_NNTP, false, "999 a\r\n", "!1"},
};

static void read_cut(const struct reply_case *c, size_t first, size_t then, char *out, size_t cap)
{
    struct reply_parser p;
    struct reply_line line;
    size_t at = 0, used, k = 0, len = strlen(c->text);
    reply_init(&p, c->form, c->lenient, 14, 4);
    out[0] = '\0';
    for (size_t n = first < len ? first : len;; n = n + then < len ? n + then : len) {
        enum reply_event e;
        while ((e = reply_next(&p, c->text + at, n - at, &line, &used)) > 0) {
            at += used;
            k += (size_t)snprintf(out + k, cap - k, "%d(%.*s)%s", line.code, (int)line.len, line.text,
                                  e == REPLY_LAST ? "." : "");
        }
        assert_int_equal(used, 0);
        if (e == REPLY_BAD) {
            snprintf(out + k, cap - k, "!%d", p.problem);
            assert_int_equal(reply_next(&p, "250 ok\r\n", 8, &line, &used), REPLY_BAD);
            assert_true(strlen(reply_problem_text(p.problem)) > 10);
        }
        if (e == REPLY_BAD || n == len)
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

static void test_written(void **state)
{
    (void)state;
    static const char *const lines[] = {"Features:", "331 MDTM", "End"};
    static const char *const split[] = {"a\r\n250 b"};
    char out[64];
    size_t n = reply_write(out, sizeof out, REPLY_FTP, 211, lines, 3);
    assert_memory_equal(out, "211-Features:\r\n 331 MDTM\r\n211 End\r\n", n);
    assert_int_equal(n, 35);
    n = reply_write(out, sizeof out, REPLY_SMTP, 250, lines, 3);
    assert_memory_equal(out, "250-Features:\r\n250-331 MDTM\r\n250 End\r\n", n);
    assert_int_equal(n, 38);
    assert_int_equal(reply_write(out, 37, REPLY_SMTP, 250, lines, 3), 0);
    assert_int_equal(reply_write(out, sizeof out, REPLY_NNTP, 200, lines, 1), 15);
    assert_int_equal(reply_write(out, sizeof out, REPLY_NNTP, 200, lines, 2), 0);
    assert_int_equal(reply_write(out, sizeof out, REPLY_SMTP, 250, split, 1), 0);
    assert_int_equal(reply_write(out, sizeof out, REPLY_SMTP, 99, lines, 1), 0);
    assert_int_equal(reply_write(out, sizeof out, REPLY_SMTP, 250, lines, 0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_cuts), cmocka_unit_test(test_written)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
