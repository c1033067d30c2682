/*
 * What becomes of URLs: every example of RFC 3986, 5.4, dot segments, decoding, what a request says.
 */
#include "protocol/url.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The text in memory of its own size, so that the sanitizers see each byte too much that is read. */
static char *exact(const char *text, size_t len)
{
    char *copy = malloc(len > 0 ? len : 1);
    assert_non_null(copy);
    memcpy(copy, text, len);
    return copy;
}

struct resolve_case {
    const char *base, *reference, *target;
};

static void check_resolve(const struct resolve_case *c)
{
    struct url base, reference, target;
    char out[URL_RESOLVED_MAX];
    size_t want = strlen(c->target);
    assert_int_equal(url_parse_reference(&base, c->base, strlen(c->base)), 0);
    assert_int_equal(url_parse_reference(&reference, c->reference, strlen(c->reference)), 0);
    long len = url_resolve(&base, c->base, &reference, c->reference, out, sizeof out);
    assert_true(len >= 0);
    out[len] = '\0';
    if (strcmp(out, c->target) != 0)
        fail_msg("%s against %s: %s, not %s", c->reference, c->base, out, c->target);
    assert_int_equal(url_parse_reference(&target, out, (size_t)len), 0);
    assert_int_not_equal(target.scheme_kind, URL_NO_SCHEME);
    /* Room for exactly this, and not a byte less; a path is written with its dots
     * before they are taken out. */
    if (strchr(c->reference, '.') != NULL)
        return;
    char *small = malloc(want);
    assert_non_null(small);
    assert_int_equal(url_resolve(&base, c->base, &reference, c->reference, small, want), want);
    for (size_t cap = 0; cap < want; cap++) {
        errno = 0;
        assert_int_equal(url_resolve(&base, c->base, &reference, c->reference, small, cap), -1);
        assert_int_equal(errno, ENOSPC);
    }
    free(small);
}

/* RFC 3986, 5.4.1 and 5.4.2: all of them, the strict answer where there are two. */
static void test_resolve_examples(void **state)
{
    (void)state;
    static const char *const examples[][2] = {
        {"g:h", "g:h"},
        {"g", "http://a/b/c/g"},
        {"./g", "http://a/b/c/g"},
        {"g/", "http://a/b/c/g/"},
        {"/g", "http://a/g"},
        {"//g", "http://g"},
        {"?y", "http://a/b/c/d;p?y"},
        {"g?y", "http://a/b/c/g?y"},
        {"#s", "http://a/b/c/d;p?q#s"},
        {"g#s", "http://a/b/c/g#s"},
        {"g?y#s", "http://a/b/c/g?y#s"},
        {";x", "http://a/b/c/;x"},
        {"g;x", "http://a/b/c/g;x"},
        {"g;x?y#s", "http://a/b/c/g;x?y#s"},
        {"", "http://a/b/c/d;p?q"},
        {".", "http://a/b/c/"},
        {"./", "http://a/b/c/"},
        {"..", "http://a/b/"},
        {"../", "http://a/b/"},
        {"../g", "http://a/b/g"},
        {"../..", "http://a/"},
        {"../../", "http://a/"},
        {"../../g", "http://a/g"},
        {"../../../g", "http://a/g"},
        {"../../../../g", "http://a/g"},
        {"/./g", "http://a/g"},
        {"/../g", "http://a/g"},
        {"g.", "http://a/b/c/g."},
        {".g", "http://a/b/c/.g"},
        {"g..", "http://a/b/c/g.."},
        {"..g", "http://a/b/c/..g"},
        {"./../g", "http://a/b/g"},
        {"./g/.", "http://a/b/c/g/"},
        {"g/./h", "http://a/b/c/g/h"},
        {"g/../h", "http://a/b/c/h"},
        {"g;x=1/./y", "http://a/b/c/g;x=1/y"},
        {"g;x=1/../y", "http://a/b/c/y"},
        {"g?y/./x", "http://a/b/c/g?y/./x"},
        {"g?y/../x", "http://a/b/c/g?y/../x"},
        {"g#s/./x", "http://a/b/c/g#s/./x"},
        {"g#s/../x", "http://a/b/c/g#s/../x"},
        {"http:g", "http:g"},
    };
    for (size_t i = 0; i < sizeof examples / sizeof examples[0]; i++)
        check_resolve(&(struct resolve_case){"http://a/b/c/d;p?q", examples[i][0], examples[i][1]});
}

static void test_resolve_more(void **state)
{
    (void)state;
    static const struct resolve_case cases[] = {
        {"http://a", "g", "http://a/g"},
        {"http://a?q", "g", "http://a/g"},
        {"http://a?q", "", "http://a?q"},
        {"http://a?q#f", "", "http://a?q"},
        {"http://a?q#f", "?", "http://a?"},
        {"http://u@a:1/b", "c", "http://u@a:1/c"},
        {"https://[::1]:8/b", "//c:9", "https://c:9"},
        {"http://a/b", "https://c/../d?e#f", "https://c/d?e#f"},
        {"http://a/b/c", "//d/../e/./f", "http://d/e/f"},
        {"http://a/b//c", "../d", "http://a/b/d"},
        {"http://a/b", "/.//c", "http://a//c"},
        {"mailto:x", "y", "mailto:y"},
        {"x:/a/b", "../../..", "x:/"},
        {"x:a/b", "../c", "x:/c"}, /* a relative path that goes up once too often: 5.2.4 leaves a "/" */
        {"x:/a", "/.//b", "x:/.//b"},
        {"x:/a", "..//b", "x:/.//b"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        check_resolve(&cases[i]);
    struct url base, reference;
    char out[16];
    assert_int_equal(url_parse_reference(&base, "/a", 2), 0);
    assert_int_equal(url_parse_reference(&reference, "b", 1), 0);
    assert_int_equal(url_resolve(&base, "/a", &reference, "b", out, sizeof out), -1);
    assert_int_equal(errno, EINVAL);
}

/* The most that url_resolve can need fits into what the header says. */
static void test_resolve_longest(void **state)
{
    (void)state;
    char *base = malloc(URL_LENGTH_MAX), *reference = malloc(URL_LENGTH_MAX), *out = malloc(URL_RESOLVED_MAX);
    struct url b, r;
    assert_true(base && reference && out);
    memset(base, 'a', URL_LENGTH_MAX);
    memset(reference, 'b', URL_LENGTH_MAX);
    memcpy(base, "http://a/", 9);
    base[URL_LENGTH_MAX - 1] = '/';
    assert_int_equal(url_parse(&b, base, URL_LENGTH_MAX), 0);
    assert_int_equal(url_parse_reference(&r, reference, URL_LENGTH_MAX), 0);
    assert_int_equal(url_resolve(&b, base, &r, reference, out, URL_RESOLVED_MAX), 2 * URL_LENGTH_MAX);
    free(base);
    free(reference);
    free(out);
}

static void test_dot_segments(void **state)
{
    (void)state;
    static const char *const paths[][2] = {
        {"/a/b/c/./../../g", "/a/g"},
        {"mid/content=5/../6", "mid/6"},
        {"", ""},
        {"/", "/"},
        {".", ""},
        {"..", ""},
        {"...", "..."},
        {"/.", "/"},
        {"/..", "/"},
        {"/...", "/..."},
        {"/.../.", "/.../"},
        {"../../a", "a"},
        {"./../.a", ".a"},
        {"./", ""},
        {"../", ""},
        {"..a/b", "..a/b"},
        {"a/..", "/"},
        {"a/../..", "/"},
        {"a/.", "a/"},
        {"//", "//"},
        {"/a//../b", "/a/b"},
        {"//..", "/"},
        {"/./../..", "/"},
        {"/..a/.b/..", "/..a/"},
        {"/%2e%2e/a", "/%2e%2e/a"}, /* not decoded: equivalence is a later question (6.2.2.2) */
    };
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        size_t len = strlen(paths[i][0]);
        char *path = exact(paths[i][0], len);
        size_t got = url_remove_dot_segments(path, len);
        if (got != strlen(paths[i][1]) || memcmp(path, paths[i][1], got) != 0)
            fail_msg("%s: %.*s, not %s", paths[i][0], (int)got, path, paths[i][1]);
        free(path);
    }
}

static void test_decode(void **state)
{
    (void)state;
    char out[32] = "%41b%2f%2F%00%ffz";
    assert_int_equal(url_decode(out, strlen(out), out, sizeof out), 7);
    assert_memory_equal(out, "Ab//\0\xffz", 7);
    assert_int_equal(url_decode("", 0, out, 0), 0);
    assert_int_equal(url_decode("%2541", 5, out, sizeof out), 3); /* once: not "A" */
    assert_memory_equal(out, "%41", 3);
    static const char *const wrong[] = {"%", "%4", "a%4g", "%g4", "%%41"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        char *text = exact(wrong[i], strlen(wrong[i]));
        assert_int_equal(url_decode(text, strlen(wrong[i]), out, sizeof out), -1);
        assert_int_equal(errno, EILSEQ);
        free(text);
    }
    assert_int_equal(url_decode("abc", 3, out, 2), -1);
    assert_int_equal(errno, ENOSPC);
}

static void test_request(void **state)
{
    (void)state;
    static const struct {
        const char *url, *target, *host, *name; /* name NULL: none that can be looked up */
    } cases[] = {
        {"http://a", "/", "a", "a"},
        {"http://a?", "/?", "a", "a"},
        {"http://A.example:80/b?c#d", "/b?c", "A.example", "A.example"},
        {"http://a:0080/", "/", "a", "a"},
        {"http://a:/", "/", "a", "a"},
        {"https://a:80//b", "//b", "a:80", "a"},
        {"https://a:443", "/", "a", "a"},
        {"http://user:secret@a:8080/", "/", "a:8080", "a"},
        {"http://[::1]:81?q", "/?q", "[::1]:81", "::1"},
        {"http://[v1.a]/", "/", "[v1.a]", NULL},
        {"http://%61%2Db/", "/", "%61%2Db", "a-b"},
        {"http://a%00b/", "/", "a%00b", NULL},
        {"http://a%2fb/", "/", "a%2fb", NULL},
        {"http://%c3%a4/", "/", "%c3%a4", NULL},
        {"http://127.0.0.1/", "/", "127.0.0.1", "127.0.0.1"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct url u;
        char out[64];
        const char *text = cases[i].url;
        assert_int_equal(url_parse(&u, text, strlen(text)), 0);
        assert_int_equal(url_target(&u, text, out, sizeof out), strlen(cases[i].target));
        assert_string_equal(out, cases[i].target);
        assert_int_equal(url_host_field(&u, text, out, sizeof out), strlen(cases[i].host));
        assert_string_equal(out, cases[i].host);
        assert_int_equal(url_target(&u, text, out, strlen(cases[i].target)), -1);
        assert_int_equal(errno, ENOSPC);
        assert_int_equal(url_host_field(&u, text, out, strlen(cases[i].host)), -1);
        assert_int_equal(errno, ENOSPC);
        long len = url_host_name(&u, text, out, sizeof out);
        if (cases[i].name == NULL) {
            assert_int_equal(len, -1);
            assert_int_equal(errno, u.host_kind == URL_HOST_FUTURE ? EINVAL : EILSEQ);
            continue;
        }
        assert_int_equal(len, strlen(cases[i].name));
        assert_string_equal(out, cases[i].name);
        for (size_t cap = 0; cap <= strlen(cases[i].name); cap++) {
            assert_int_equal(url_host_name(&u, text, out, cap), -1);
            assert_int_equal(errno, ENOSPC);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_resolve_examples), cmocka_unit_test(test_resolve_more),
        cmocka_unit_test(test_resolve_longest),  cmocka_unit_test(test_dot_segments),
        cmocka_unit_test(test_decode),           cmocka_unit_test(test_request),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
