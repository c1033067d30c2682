/* The fast ways to look at bytes say what the slow ones say: classes, runs, words of eight bytes, names. */
#include "protocol/http_internal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <strings.h>

#include <cmocka.h>

/* Longer than two words and some bytes behind them. */
#define LINE 21

static bool value_byte(int c)
{
    return c == '\t' || (c >= 0x20 && c != 0x7f);
}

static void a_line_end_is_of_no_class(void **state)
{
    (void)state;
    assert_int_equal(http_class['\r'], 0);
    assert_int_equal(http_class['\n'], 0);
    for (int c = 0; c < 256; c++) {
        assert_int_equal(http_is((char)c, HTTP_VALUE), value_byte(c));
        assert_int_equal(http_blank((char)c), c == ' ' || c == '\t');
        assert_true(!http_is((char)c, HTTP_TCHAR) || http_is((char)c, HTTP_VALUE));
    }
}

/* Every byte at every place among bytes of every kind that borrows could run through. */
static void a_word_is_plain_only_if_each_byte_is(void **state)
{
    static const unsigned char around[] = {' ', '!', 'a', '~', 0x80, 0x81, 0x9f, 0xff};
    (void)state;
    for (size_t k = 0; k < sizeof around; k++) {
        for (size_t at = 0; at < 8; at++) {
            for (int c = 0; c < 256; c++) {
                unsigned char text[8];
                memset(text, around[k], sizeof text);
                text[at] = (unsigned char)c;
                bool plain = http_plain_word(http_word((const char *)text));
                assert_int_equal(plain, value_byte(c) && c != '\t');
            }
        }
    }
}

/* Memory of exactly the line and its end, so that AddressSanitizer sees a read past them. */
static char *line_of(char filler, size_t len)
{
    char *line = malloc(len + 1);
    assert_non_null(line);
    memset(line, filler, len);
    line[len] = '\r';
    return line;
}

static void runs_end_at_the_first_other_byte(void **state)
{
    static const unsigned bits[] = {HTTP_TCHAR, HTTP_VALUE, HTTP_URI, HTTP_REGNAME, HTTP_ALPHA | HTTP_DIGIT};
    (void)state;
    for (size_t len = 0; len <= LINE; len++) {
        char *line = line_of('x', len);
        for (size_t k = 0; k < sizeof bits / sizeof bits[0]; k++) {
            assert_int_equal(http_run(line, 0, len, bits[k]), len);
            assert_int_equal(http_line_run(line, 0, bits[k]), len);
        }
        assert_int_equal(http_value_run(line, 0, len), len);
        for (size_t at = 0; at < len; at++) {
            for (int c = 0; c < 256; c++) {
                line[at] = (char)c;
                for (size_t k = 0; k < sizeof bits / sizeof bits[0]; k++) {
                    size_t end = http_is((char)c, bits[k]) ? len : at;
                    assert_int_equal(http_run(line, 0, len, bits[k]), end);
                    assert_int_equal(http_line_run(line, 0, bits[k]), end);
                }
                assert_int_equal(http_value_run(line, 0, len), value_byte(c) ? len : at);
            }
            line[at] = 'x';
        }
        assert_int_equal(http_run(line, len, len, HTTP_TCHAR), len);
        free(line);
    }
}

/* Each name in mixed case, then with every byte of it changed to every tchar, cut short and made longer. */
static void names_are_told_as_strcasecmp_tells_them(void **state)
{
    static const struct {
        const char *name;
        enum http_field_id id;
    } names[] = {{"hOSt", HTTP_FIELD_HOST},
                 {"eXPEct", HTTP_FIELD_EXPECT},
                 {"CONnection", HTTP_FIELD_CONNECTION},
                 {"cONTENT-lENGTH", HTTP_FIELD_CONTENT_LENGTH},
                 {"Transfer-ENCODING", HTTP_FIELD_TRANSFER_ENCODING}};
    (void)state;
    for (size_t k = 0; k < sizeof names / sizeof names[0]; k++) {
        char line[32];
        size_t len = strlen(names[k].name);
        for (size_t at = 0; at < len; at++) {
            for (int c = 1; c < 256; c++) {
                strcpy(line, names[k].name);
                strcat(line, ":");
                line[at] = http_is((char)c, HTTP_TCHAR) ? (char)c : line[at];
                bool same = strncasecmp(line, names[k].name, len) == 0;
                assert_int_equal(http_field_id_of(line, len), same ? names[k].id : HTTP_FIELD_OTHER);
            }
        }
        strcpy(line, names[k].name);
        strcpy(line + len - 1, ":"); /* the last letter is missing */
        assert_int_equal(http_field_id_of(line, len - 1), HTTP_FIELD_OTHER);
        strcpy(line, names[k].name);
        strcpy(line + len, "s:");
        assert_int_equal(http_field_id_of(line, len + 1), HTTP_FIELD_OTHER);
    }
}

static void methods_are_told_by_every_byte(void **state)
{
    (void)state;
    for (int m = HTTP_GET; m < HTTP_METHOD_OTHER; m++) {
        char text[16];
        strcpy(text, http_method_name((enum http_method)m));
        size_t len = strlen(text);
        assert_int_equal(http_method_of(text, len), m);
        assert_int_equal(http_method_of(text, len - 1), HTTP_METHOD_OTHER);
        assert_int_equal(http_method_of(text, len + 1), HTTP_METHOD_OTHER); /* with a NUL */
        for (size_t at = 0; at < len; at++) {
            text[at] ^= 0x20;
            assert_int_equal(http_method_of(text, len), HTTP_METHOD_OTHER);
            text[at] ^= 0x20;
        }
    }
    assert_int_equal(http_method_of("GETGETGETGET", 12), HTTP_METHOD_OTHER);
    assert_int_equal(http_method_of("", 0), HTTP_METHOD_OTHER);
}

/* What a head remembers of its fields for the framing. */
static void a_head_knows_its_fields(void **state)
{
    static const char text[] = "GET / HTTP/1.1\r\nAccept: a\r\nhost: a\r\nContent-Length: 1\r\nHOST: b\r\n\r\n";
    const struct http_options two_hosts = {.allow = HTTP_ALLOW_HOST};
    struct http_head h;
    (void)state;
    memset(&h, 0xa5, sizeof h); /* nothing that was there before counts */
    http_head_init(&h, HTTP_REQUEST, &two_hosts);
    assert_int_equal(http_head_parse(&h, text, sizeof text - 1), sizeof text - 1);
    assert_int_equal(h.host, 1);
    assert_int_equal(h.ids, 1u << HTTP_FIELD_OTHER | 1u << HTTP_FIELD_HOST | 1u << HTTP_FIELD_CONTENT_LENGTH);
    assert_int_equal(h.again, 1u << HTTP_FIELD_HOST);
    assert_ptr_equal(http_field_find_id(&h, HTTP_FIELD_HOST, 2), &h.fields[3]);
    assert_null(http_field_find_id(&h, HTTP_FIELD_HOST, 4));
    assert_null(http_field_find_id(&h, HTTP_FIELD_EXPECT, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_end_is_of_no_class),        cmocka_unit_test(a_word_is_plain_only_if_each_byte_is),
        cmocka_unit_test(runs_end_at_the_first_other_byte), cmocka_unit_test(names_are_told_as_strcasecmp_tells_them),
        cmocka_unit_test(methods_are_told_by_every_byte),   cmocka_unit_test(a_head_knows_its_fields),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
