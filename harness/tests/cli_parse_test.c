/*
 * `sockspec parse`: golden files, exit codes, cuts, errors. In data/parse, NAME.args holds the exit code and
 * the arguments, NAME.in the input, NAME.out the events.
 */
#include "cli/parse.h"
#include "shell.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DATA SOURCE_DIR "/harness/tests/data/parse/"

static void read_file(struct buf *out, const char *name, const char *suffix)
{
    char path[512];
    snprintf(path, sizeof path, DATA "%s%s", name, suffix);
    FILE *f = fopen(path, "rb");
    if (f == NULL)
        fail_msg("%s: %s", path, strerror(errno));
    char piece[4096];
    buf_clear(out);
    for (size_t n; (n = fread(piece, 1, sizeof piece, f)) > 0;)
        buf_add(out, piece, n);
    fclose(f);
}

static void same(const char *name, const char *how, const struct buf *want, const struct buf *got)
{
    if (strcmp(buf_text(want), buf_text(got)) != 0)
        fail_msg("%s%s\nwanted:\n%s\ngot:\n%s", name, how, buf_text(want), buf_text(got));
}

static void check_golden(const char *name)
{
    static const char *const cuts[] = {"", " --cut 1", " --cut 7", " --cut all"};
    struct buf args = {0}, want = {0}, got = {0};
    char *rest;
    read_file(&args, name, ".args");
    read_file(&want, name, ".out");
    int code = (int)strtol(buf_text(&args), &rest, 10);
    rest[strcspn(rest, "\n")] = '\0';
    size_t count = strstr(rest, "url") != NULL ? 1 : sizeof cuts / sizeof cuts[0];
    for (size_t i = 0; i < count; i++) {
        int have = shell_run(&got, "sockspec parse%s%s - <" DATA "%s.in", rest, cuts[i], name);
        same(name, cuts[i], &want, &got);
        if (have != code)
            fail_msg("%s%s: exit code %d, not %d", name, cuts[i], have, code);
    }
    buf_free(&args);
    buf_free(&want);
    buf_free(&got);
}

static void test_golden(void **state)
{
    (void)state;
    DIR *dir = opendir(DATA);
    assert_non_null(dir);
    size_t seen = 0;
    for (const struct dirent *entry; (entry = readdir(dir)) != NULL;) {
        char name[256];
        snprintf(name, sizeof name, "%s", entry->d_name);
        char *dot = strrchr(name, '.');
        if (dot == NULL || strcmp(dot, ".args") != 0)
            continue;
        *dot = '\0';
        check_golden(name);
        seen++;
    }
    closedir(dir);
    assert_true(seen >= 15);
}

static void test_usage(void **state)
{
    (void)state;
    static const struct usage_case cases[] = {
        {"sockspec parse", "what to read is missing"},
        {"sockspec parse http-reqest -", "did you mean 'http-request'?"},
        {"sockspec parse http-request", "the file is missing"},
        {"sockspec parse http-request a b", "too much is 'b'"},
        {"sockspec parse http-request -- a", "takes no command"},
        {"sockspec parse http-request --method GET -", "only responses answer a method"},
        {"sockspec parse http-response --method get -", "in capitals: 'get'"},
        {"sockspec parse http-response --method GET, -", "no list of methods"},
        {"sockspec parse http-response --method $(printf 'A,%.0s' $(seq 70))A -", "more methods"},
        {"sockspec parse lines --cut 0 -", "1 to 1048576, or all"},
        {"sockspec parse lines --cut -1 -", "1 to 1048576, or all"},
        {"sockspec parse lines --cut 1x -", "1 to 1048576, or all"},
        {"sockspec parse lines --cut 99999999999999999999 -", "1 to 1048576, or all"},
        {"sockspec parse url --cut 1 -", "a URL is read whole"},
        {"sockspec parse lines --base http://a/ -", "only a URL has a base"},
        {"sockspec parse url --base /a -", "no scheme: the URL is not absolute"},
        {"sockspec parse lines --limit 0 -", "--limit"},
        {"sockspec parse lines /no/such/file", "cannot open /no/such/file"},
        {"sockspec parse lines /", "cannot read /"},
        {"head -c 65537 /dev/zero | sockspec parse lines --cut all -", "64 KiB at most"},
        {"echo a | sockspec parse lines - >/dev/full", "cannot write to standard output"},
        {"echo a | sockspec parse lines --cut all - >/dev/full", "cannot write to standard output"},
    };
    ASSERT_USAGE(cases);
}

/* The last line of what was told. */
static const char *verdict(const struct buf *out)
{
    const char *at = strstr(buf_text(out), "{\"verdict\":");
    return at == NULL ? buf_text(out) : at;
}

/* Limits refuse early what never ends: the input is not read on. */
static void test_endless(void **state)
{
    (void)state;
    static const struct {
        const char *command;
        int code;
        const char *verdict;
    } cases[] = {
        {"yes | tr -d '\\n' | sockspec parse http-request -", 1,
         "{\"verdict\":\"rejected\",\"rule\":\"RFC9112-3\",\"sentence\":\"the method is longer than any that "
         "is "
         "implemented\",\"offset\":8192,\"status\":501,\"limit\":true,\"messages\":0}\n"},
        {"{ printf 'GET / HTTP/1.1\\r\\n'; yes 'A: b\r'; } | sockspec parse http-request -", 1,
         "{\"verdict\":\"rejected\",\"rule\":\"RFC6585-5\",\"sentence\":\"there are more fields than the "
         "limit\","
         "\"offset\":616,\"status\":431,\"limit\":true,\"messages\":0}\n"},
        {"yes | tr -d '\\n' | sockspec parse lines --limit 1000 -", 1,
         "{\"verdict\":\"rejected\",\"rule\":\"LIMIT-LINE\",\"sentence\":\"a line is longer than the limit\","
         "\"offset\":1000,\"limit\":true,\"messages\":0}\n"},
        {"yes | tr -d '\\n' | sockspec parse url -", 1,
         "{\"verdict\":\"rejected\",\"rule\":\"RFC9110-4.1\",\"sentence\":\"the URL is longer than the "
         "limit\","
         "\"offset\":8192,\"limit\":true,\"messages\":0}\n"},
        {"{ printf 'GET / HTTP/1.0\\r\\n\\r\\n'; yes; } | sockspec parse http-request -", 0,
         "{\"verdict\":\"complete\",\"rule\":null,\"sentence\":null,\"offset\":18,\"messages\":1}\n"},
    };
    struct buf out = {0};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int code = shell_run(&out, "%s", cases[i].command);
        assert_string_equal(verdict(&out), cases[i].verdict);
        assert_int_equal(code, cases[i].code);
    }
    buf_free(&out);
}

/* --cut all above 4 KiB: line ends and samples. */
static void test_cuts_of_a_long_input(void **state)
{
    (void)state;
    struct buf out = {0};
    int code = shell_run(&out, "{ printf 'GET / HTTP/1.1\\r\\nHost: a\\r\\nContent-Length: 9000\\r\\n\\r\\n'; "
                               "head -c 9000 /dev/zero; } | sockspec parse http-request --cut all -");
    assert_int_equal(code, 0);
    assert_non_null(strstr(buf_text(&out), "{\"event\":\"data\",\"offset\":49,\"length\":4096,\"hex\":\"0000"));
    assert_non_null(strstr(buf_text(&out), "{\"event\":\"data\",\"offset\":8241,\"length\":808,\"hex\":\"0000"));
    buf_free(&out);
}

/* What --cut all lives by: an event that differs, or is missing, is seen. */
static void test_comparison(void **state)
{
    (void)state;
    struct buf kept = {0};
    struct sink keep = {.keep = &kept};
    sink_put(&keep, sink_event("a", 1));
    sink_put(&keep, sink_event("b", 2));
    assert_string_equal(buf_text(&kept), "{\"event\":\"a\",\"offset\":1}\n{\"event\":\"b\",\"offset\":2}\n");
    struct sink alike = {.want = &kept};
    sink_put(&alike, sink_event("a", 1));
    assert_null(alike.differing);
    assert_true(alike.compared < kept.len);
    sink_put(&alike, sink_event("b", 2));
    assert_null(alike.differing);
    assert_int_equal(alike.compared, kept.len);
    sink_put(&alike, sink_event("c", 3));
    assert_string_equal(alike.differing, "{\"event\":\"c\",\"offset\":3}\n");
    free(alike.differing);
    struct sink other = {.want = &kept};
    sink_put(&other, sink_event("a", 2));
    sink_put(&other, sink_event("b", 2));
    assert_string_equal(other.differing, "{\"event\":\"a\",\"offset\":2}\n");
    free(other.differing);
    buf_free(&kept);
}

/* Bytes become text only where that says it all. */
static void test_bytes(void **state)
{
    (void)state;
    static const struct {
        const char *data;
        size_t len;
        const char *json;
    } cases[] = {
        {"a\tb\r\n", 5, "{\"text\":\"a\\tb\\r\\n\"}"},
        {"\xc3\xa4", 2, "{\"text\":\"\\u00E4\"}"},
        {"", 0, "{\"text\":\"\"}"},
        {"a\0", 2, "{\"hex\":\"6100\"}"},
        {"\x1b[1m", 4, "{\"hex\":\"1b5b316d\"}"},
        {"\x7f", 1, "{\"hex\":\"7f\"}"},
        {"\xff", 1, "{\"hex\":\"ff\"}"},
        {"\xc3", 1, "{\"hex\":\"c3\"}"},
        {"\xc0\x80", 2, "{\"hex\":\"c080\"}"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        json_t *o = json_object();
        sink_add_bytes(o, "text", cases[i].data, cases[i].len);
        char *text = json_dumps(o, JSON_COMPACT | JSON_ENSURE_ASCII);
        assert_string_equal(text, cases[i].json);
        free(text);
        json_decref(o);
    }
    json_t *o = json_object();
    sink_add_bytes(o, "value", "\xff", 1);
    assert_string_equal(json_string_value(json_object_get(o, "value_hex")), "ff");
    json_decref(o);
}

/* However much comes through, the feed keeps what was not used. */
static void test_feed_is_bounded(void **state)
{
    (void)state;
    struct feed f;
    struct err e = {0};
    size_t len, total = 0;
    assert_int_equal(feed_open(&f, "/dev/zero", 1000, &e), 0);
    while (total < 20000000) {
        assert_int_equal(feed_more(&f, &e), 1);
        feed_bytes(&f, &len);
        assert_true(len >= 1000 && len <= 1500);
        feed_use(&f, len - 500); /* half a piece stays each time */
        total += len - 500;
        assert_int_equal(f.offset, total);
        assert_true(f.bytes.cap <= 512 * 1024);
    }
    feed_close(&f);
    assert_int_equal(feed_open(&f, "/proc/self/mem", 0, &e), 0);
    assert_int_equal(feed_more(&f, &e), -1);
    assert_non_null(strstr(e.text, "cannot read the input: "));
    feed_close(&f);
}

/* Pieces of memory: the first, then the others, then no more. */
static void test_feed_pieces(void **state)
{
    (void)state;
    struct buf bytes = {0};
    struct feed f;
    struct err e = {0};
    size_t len;
    buf_puts(&bytes, "0123456789");
    feed_memory(&f, &bytes, 3, 5);
    static const size_t want[] = {3, 8, 10};
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(feed_more(&f, &e), 1);
        feed_bytes(&f, &len);
        assert_int_equal(len, want[i]);
    }
    assert_int_equal(feed_more(&f, &e), 0);
    feed_use(&f, 4);
    assert_memory_equal(feed_bytes(&f, &len), "456789", 6);
    assert_int_equal(len, 6);
    feed_close(&f);
    buf_free(&bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_golden),          cmocka_unit_test(test_usage),
        cmocka_unit_test(test_endless),         cmocka_unit_test(test_cuts_of_a_long_input),
        cmocka_unit_test(test_comparison),      cmocka_unit_test(test_bytes),
        cmocka_unit_test(test_feed_is_bounded), cmocka_unit_test(test_feed_pieces),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
