/*
 * The parser reads what others wrote: it must not crash, leak or take long, whatever comes. Run with
 * sanitizers this finds what a plain build hides. SCENARIO_MUTATIONS sets how many random changes are tried.
 */
#include "base/clock.h"
#include "base/mem.h"
#include "scenario/load.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#define DATA SOURCE_DIR "/harness/tests/data/scenario"
/* Even a loaded machine with sanitizers reads a megabyte in a fraction of this; what
 * is quadratic does not. */
#define LONG_US 4000000

/* Processor time: what others do beside must not count. */
static uint64_t worked_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

static size_t try_bytes(const char *what, const char *source, size_t len)
{
    struct scn_messages messages = {0};
    uint64_t from = worked_us();
    struct scn_scenario *s = scn_parse("p/x", "x.scn", source, len, NULL, &messages);
    struct buf out = {0};
    for (size_t i = 0; i < messages.count; i++)
        scn_message_print(&out, &messages.items[i], false);
    /* Refused with a reason, or taken without one. */
    assert_true((s != NULL) == (messages.count == 0));
    assert_true(messages.count <= 20);
    if (worked_us() - from > LONG_US)
        fail_msg("'%s' takes %llu us", what, (unsigned long long)(worked_us() - from));
    size_t count = messages.count;
    buf_free(&out);
    scn_messages_free(&messages);
    scn_free(s);
    return count;
}

/* `before`, then `unit` until a megabyte is nearly full, then `after`. */
static size_t try_many(const char *before, const char *unit, const char *after)
{
    struct buf b = {0};
    buf_puts(&b, before);
    size_t len = strlen(unit);
    while (b.len + len + strlen(after) < SCN_SOURCE_MAX)
        buf_add(&b, unit, len);
    buf_puts(&b, after);
    size_t count = try_bytes(unit, buf_text(&b), b.len);
    buf_free(&b);
    return count;
}

#define HEAD   "scenario \"t\"\n"
#define CLIENT HEAD "client { connect\n"

static void megabytes(void **state)
{
    (void)state;
    static const char *const units[] = {
        "x",
        " ",
        "\n",
        ";",
        "{",
        "}",
        "{ ",
        "\"",
        "/",
        "|",
        "|\n",
        "#",
        ",",
        "\t",
        "\x80",
        "a ",
        "a\n",
        "\"\" ",
        "{a} ",
        "{a",
        "wait x\n",
        "\\",
        "=",
        "1 ",
        "send \"{x}\"\n",
        "send x\n",
        "expect 1 bytes\n",
        "repeat 2 {\n",
        "expect line /a/\n",
        "let a = \"x\"\n",
        "signal a\n",
        "or ",
        "send {n} bytes\n",
        "expect close or ",
        "conect\n",
    };
    for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++) {
        assert_true(try_many("", units[i], "") > 0);
        try_many(CLIENT, units[i], "}\n");
        try_many(CLIENT "send \"", units[i], "\"\n}\n");
        try_many(CLIENT "expect line /", units[i], "/\n}\n");
        try_many(HEAD "with n in ", units[i], "\nclient { connect }\n");
        try_many(HEAD "needs ", units[i], "\nclient { connect }\n");
    }
}

static void many_of_a_kind(void **state)
{
    (void)state;
    assert_int_equal(try_many(CLIENT, "send \"x\"\n", "}\n"), 0);
    assert_int_equal(try_many(HEAD "with n in 1..1000\nclient { connect\n", "send random {n}\n", "}\n"), 0);
    assert_int_equal(try_many(CLIENT "signal a\n", "wait a ; signal a\n", "}\n"), 0);
    assert_int_equal(try_many(CLIENT, "repeat 2 { repeat 2 { send \"x\" } }\n", "}\n"), 0);
    assert_true(try_many(HEAD, "link { }\n", "") > 0);
    assert_true(try_many(HEAD, "client { }\n", "") > 0);
    struct buf b = {0};
    buf_puts(&b, HEAD);
    for (int i = 0; i < 70; i++)
        buf_printf(&b, "client c%d { connect ; signal s%d ; wait s%d }\n", i, i, (i + 1) % 70);
    assert_true(try_bytes("many actors", buf_text(&b), b.len) > 0);
    buf_free(&b);
}

static void odd_ends(void **state)
{
    (void)state;
    static const char text[] =
        "scenario \"t\"\nclient { connect ; send \"a\\x41{host}\" in 1 byte pieces\n | x {path}\n}";
    assert_int_equal(try_bytes("no line end", text, sizeof(text) - 1), 0);
    for (size_t len = 0; len < sizeof(text) - 1; len++) {
        char *copy = mem_new(len ? len : 1, 1); /* exactly so large, so that a sanitizer sees a read behind it */
        memcpy(copy, text, len);
        assert_true(try_bytes("cut", copy, len) > 0);
        free(copy);
    }
    assert_true(try_bytes("empty", "", 0) > 0);
    static const char nuls[64] = {0};
    assert_true(try_bytes("NULs", nuls, sizeof(nuls)) > 0);
    char *large = mem_new(SCN_SOURCE_MAX + 1, 1);
    assert_int_equal(try_bytes("too large", large, SCN_SOURCE_MAX + 1), 1);
    free(large);
}

static void depth(void **state)
{
    (void)state;
    for (int deep = 1; deep <= SCN_DEPTH_MAX + 1; deep++) {
        struct buf b = {0};
        buf_puts(&b, CLIENT);
        for (int i = 1; i < deep; i++)
            buf_puts(&b, "repeat 2 {\n");
        for (int i = 0; i < deep; i++)
            buf_puts(&b, "}\n");
        assert_int_equal(try_bytes("depth", buf_text(&b), b.len) > 0, deep > SCN_DEPTH_MAX);
        buf_free(&b);
    }
}

/* --- random changes ------------------------------------------------------------------------------------- */

static size_t read_seeds(struct buf *seeds, size_t max)
{
    static const char *const names[] = {"design/bytewise.scn",     "design/head-of-line.scn", "design/short-body.scn",
                                        "design/short-writes.scn", "design/emfile.scn",       "errors.golden"};
    size_t count = 0;
    for (; count < sizeof(names) / sizeof(*names) && count < max; count++) {
        char *path = mem_printf("%s/%s", DATA, names[count]);
        FILE *f = fopen(path, "r");
        assert_non_null(f);
        free(path);
        char part[4096];
        size_t n;
        while ((n = fread(part, 1, sizeof(part), f)) > 0)
            buf_add(&seeds[count], part, n);
        fclose(f);
    }
    struct scn_word w;
    for (size_t i = 0; scn_word_at(i, &w) && count < max; i++, count++)
        buf_printf(&seeds[count],
                   HEAD "with size in 1, 2\n%s\nclient { connect\n%s\n}\nserver { accept\n%s\n}\nsubject "
                        "{\n%s\n}\nlink {\n%s\n}\n",
                   w.example, w.example, w.example, w.example, w.example);
    return count;
}

static void mutate(struct rng *r, const struct buf *seeds, size_t count, struct buf *out)
{
    const struct buf *from = &seeds[rng_below(r, count)];
    size_t start = from->len > 2000 ? rng_below(r, from->len - 2000) : 0;
    buf_clear(out);
    buf_add(out, from->data + start, from->len > 2000 ? 2000 : from->len);
    for (uint64_t changes = 1 + rng_below(r, 6); changes && out->len; changes--) {
        size_t at = rng_below(r, out->len), len = 1 + rng_below(r, out->len - at < 40 ? out->len - at : 40);
        const struct buf *other = &seeds[rng_below(r, count)];
        struct buf tail = {0};
        buf_add(&tail, out->data + at, out->len - at);
        switch (rng_below(r, 5)) {
        case 0:
            out->data[at] = (char)rng_next(r);
            break;
        case 1:
            out->data[at] = "{}\"/|;#\\\n ,0"[rng_below(r, 12)];
            break;
        case 2: /* take some out */
            out->len = at;
            buf_add(out, tail.data + len, tail.len - len);
            break;
        case 3: /* double some */
            out->len = at;
            buf_add(out, tail.data, len);
            buf_add(out, tail.data, tail.len);
            break;
        default: /* put some of another in */
            out->len = at;
            size_t there = rng_below(r, other->len);
            buf_add(out, other->data + there, other->len - there < 30 ? other->len - there : 30);
            buf_add(out, tail.data, tail.len);
        }
        buf_free(&tail);
    }
}

static void random_changes(void **state)
{
    (void)state;
    enum { SEEDS_MAX = 128 };
    struct buf seeds[SEEDS_MAX] = {0}, source = {0};
    size_t count = read_seeds(seeds, SEEDS_MAX), refused = 0;
    const char *wish = getenv("SCENARIO_MUTATIONS"), *seed = getenv("SCENARIO_SEED");
    long runs = wish ? atol(wish) : 5000;
    struct rng r = {seed ? (uint64_t)atol(seed) : 20};
    for (long i = 0; i < runs; i++) {
        mutate(&r, seeds, count, &source);
        char *exact = mem_new(source.len ? source.len : 1, 1);
        memcpy(exact, buf_text(&source), source.len);
        refused += try_bytes("mutation", exact, source.len) > 0;
        free(exact);
    }
    assert_true(refused > 0);
    buf_free(&source);
    for (size_t i = 0; i < count; i++)
        buf_free(&seeds[i]);
}

/* How long `check` takes for a thousand files: for the reader, no verdict on a shared machine. */
static void thousand_files(void **state)
{
    (void)state;
    struct buf seeds[5] = {0};
    size_t count = read_seeds(seeds, 5);
    uint64_t from = clock_us();
    for (int i = 0; i < 1000; i++)
        assert_int_equal(try_bytes("design", seeds[(size_t)i % count].data, seeds[(size_t)i % count].len), 0);
    print_message("1000 scenarios: %llu us\n", (unsigned long long)(clock_us() - from));
    for (size_t i = 0; i < count; i++)
        buf_free(&seeds[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(megabytes), cmocka_unit_test(many_of_a_kind), cmocka_unit_test(odd_ends),
        cmocka_unit_test(depth),     cmocka_unit_test(random_changes), cmocka_unit_test(thousand_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
