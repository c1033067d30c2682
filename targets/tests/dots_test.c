/* Texts with a line of one period at their end: read at every cut, stuffed at every cut. */
#include "protocol/dots.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <string.h>

struct read_case {
    const char *sent, *text;
    long end; /* the offset behind the end line; -1: it has not come */
    uint64_t bare_cr, bare_lf, unstuffed;
};

static const struct read_case reads[] = {
    {".\r\n", "", 3, 0, 0, 0},
    {"a\r\n.\r\nQUIT\r\n", "a\r\n", 6, 0, 0, 0},
    {"..\r\n..two\r\n...\r\n.\r\n", ".\r\n.two\r\n..\r\n", 19, 0, 0, 0},
    {"a\n.\nb\r\n.\r\n", "a\n.\nb\r\n", 10, 0, 2, 0},
    {"a\n.\r\nb\r\n.\r\n", "a\n.\r\nb\r\n", 11, 0, 1, 0},
    {"a\r\n.\nb\r\n.\r\n", "a\r\n\nb\r\n", 11, 0, 1, 1},
    {"a\r\n.\r\r\n.\r\n", "a\r\n\r\r\n", 10, 1, 0, 1},
    {"a\r\n.\rb\r\n.\r\n", "a\r\n\rb\r\n", 11, 1, 0, 1},
    {"a\r.\r\n.\r\n", "a\r.\r\n", 8, 1, 0, 0},
    {"a\r\r\n.\r\n", "a\r\r\n", 7, 1, 0, 0},
    {".one\r\n.\r\n", "one\r\n", 9, 0, 0, 1},
    {"a\r\n.", "a\r\n", -1, 0, 0, 0},
    {"a\r\n.\r", "a\r\n", -1, 0, 0, 0},
    {"a.\r\n.b", "a.\r\nb", -1, 0, 0, 1},
};

static void read_cut(const struct read_case *c, size_t first, size_t then)
{
    struct dots_reader r;
    struct dots_part part;
    char text[64];
    size_t at = 0, used, k = 0, len = strlen(c->sent);
    enum dots_event e = DOTS_MORE;
    dots_read_init(&r);
    for (size_t n = first < len ? first : len;; n = n + then < len ? n + then : len) {
        while ((e = dots_read(&r, c->sent + at, n - at, &part, &used)) == DOTS_PART) {
            at += used;
            memcpy(text + k, part.data, part.len);
            k += part.len;
        }
        at += used;
        if (e == DOTS_END || n == len)
            break;
        assert_int_equal(at, n);
    }
    assert_int_equal(e, c->end < 0 ? DOTS_MORE : DOTS_END);
    assert_int_equal(at, c->end < 0 ? (long)len : c->end);
    assert_int_equal(k, strlen(c->text));
    assert_memory_equal(text, c->text, k);
    assert_int_equal(r.content, k);
    assert_int_equal(r.bare_cr, c->bare_cr);
    assert_int_equal(r.bare_lf, c->bare_lf);
    assert_int_equal(r.unstuffed, c->unstuffed);
    assert_int_equal(dots_read(&r, c->sent, c->end < 0 ? 0 : len, &part, &used), e);
    assert_int_equal(used, 0);
}

static void test_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof reads / sizeof *reads; i++)
        for (size_t cut = 0; cut <= strlen(reads[i].sent); cut++)
            read_cut(&reads[i], cut == 0 ? 1 : cut, cut == 0 ? 1 : 100);
}

struct write_case {
    bool lf;
    const char *text, *sent;
};

static const struct write_case writes[] = {
    {false, "", ".\r\n"},
    {false, ".\r\n", "..\r\n.\r\n"},
    {false, "a\r\n.b", "a\r\n..b\r\n.\r\n"},
    {false, "a\n.b\r\n", "a\n.b\r\n.\r\n"},
    {false, "a\r.b\r\n", "a\r.b\r\n.\r\n"},
    {true, "a\n.b\n", "a\r\n..b\r\n.\r\n"},
    {true, "a\r\n.\n\n", "a\r\n..\r\n\r\n.\r\n"},
    {true, "..", "...\r\n.\r\n"},
};

/* `room` bytes at a time, of which some are written. */
static void write_by(const struct write_case *c, size_t room)
{
    struct dots_writer w;
    char out[64];
    size_t at = 0, used, k = 0, len = strlen(c->text);
    dots_write_init(&w, c->lf);
    while (at < len) {
        k += dots_write(&w, c->text + at, len - at, out + k, room, &used);
        assert_true(used > 0);
        at += used;
    }
    k += dots_write_end(&w, out + k);
    assert_int_equal(k, strlen(c->sent));
    assert_memory_equal(out, c->sent, k);
}

static void test_write(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof writes / sizeof *writes; i++)
        for (size_t room = 2; room <= 12; room++)
            write_by(&writes[i], room);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_read), cmocka_unit_test(test_write)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
