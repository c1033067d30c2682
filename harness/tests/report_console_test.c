/* What people see: golden failures and endings, progress with a clock of the test's own, and nothing that a
 * terminal would obey. */
#include "data/report/sample.h"

#include "base/clock.h"
#include "report/console.h"
#include "report/diff.h"
#include "report/failure.h"

#include <unistd.h>

static void failure_without_colour(void **state)
{
    (void)state;
    struct run r = sample_run();
    struct buf out = {0};
    failure_add(&out, &(struct look){0}, &r.results[1], DETAIL_FULL);
    assert_harmless(out.data, out.len, false);
    assert_golden("failure.txt", out.data, out.len);
    buf_free(&out);
    sample_free(&r);
}

static void failure_in_colour_at_80_columns(void **state)
{
    (void)state;
    struct run r = sample_run();
    struct buf out = {0};
    failure_add(&out, &(struct look){.colour = true, .width = 80}, &r.results[1], DETAIL_FULL);
    assert_harmless(out.data, out.len, true);
    assert_golden("failure-colour.txt", out.data, out.len);
    buf_free(&out);
    sample_free(&r);
}

static uint64_t test_time;

static uint64_t test_clock(void)
{
    return test_time;
}

/* A whole console report into memory; 30 ms between results. */
static struct buf whole(const struct console_options *o, struct run *r, const struct baseline *b)
{
    char *data = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&data, &len);
    assert_non_null(out);
    test_time = 1000000;
    struct console *c = console_new(out, o);
    console_begin(c, r->profile, r->subject, r->count, r->seed, r->machine);
    for (size_t i = 0; i < r->count; i++) {
        test_time += 30000;
        console_result(c, i + 1, r->count, &r->results[i]);
    }
    console_end(c, r, b);
    console_free(c);
    assert_int_equal(fclose(out), 0);
    return (struct buf){.data = data, .len = len, .cap = len + 1};
}

static void console_in_a_log(void **state)
{
    (void)state;
    static const char text[] = "http-server/host-twice  upstream bug 12\n"
                               "tcp-server/fixed  was broken\nhttp-server/gone*  nobody knows\n";
    struct run r = sample_run();
    struct baseline b;
    struct err e;
    assert_int_equal(baseline_parse(&b, "known.txt", text, strlen(text), &e), 0);
    baseline_apply(&b, &r);
    struct buf out = whole(&(struct console_options){.now = test_clock}, &r, &b);
    assert_harmless(out.data, out.len, false);
    assert_golden("console.txt", out.data, out.len);
    buf_free(&out);
    baseline_free(&b);
    sample_free(&r);
}

/* Columns that each redrawn line takes, colours left out; -1 where there is none. */
static int widest_redraw(const char *text)
{
    int widest = -1;
    for (const char *p = strchr(text, '\r'); p; p = strchr(p + 1, '\r')) {
        int columns = 0;
        for (const char *q = p + 1; *q && *q != '\r' && *q != '\n'; q++) {
            if (*q == '\x1b')
                q += strcspn(q, "mK");
            else
                columns++;
        }
        widest = columns > widest ? columns : widest;
    }
    return widest;
}

static void progress_line_fits_any_terminal(void **state)
{
    (void)state;
    static const size_t widths[] = {1, 2, 5, 10, 20, 21, 30, 40, 80, 120, 500};
    for (size_t i = 0; i < sizeof(widths) / sizeof(widths[0]); i++) {
        struct run r = {.seconds = 0.1, .count = 300};
        r.results = mem_new(r.count, sizeof(*r.results));
        for (size_t k = 0; k < r.count; k++)
            r.results[k] = (struct result){.name = mem_dup("tcp-server/a-name-of-some-length[value=\xc3\xa9]")};
        struct buf out =
            whole(&(struct console_options){.terminal = true, .colour = true, .width = widths[i], .now = test_clock},
                  &r, NULL);
        int columns = widest_redraw(out.data);
        assert_true(columns >= 0);
        assert_true((size_t)columns < widths[i] || widths[i] == 1);
        buf_free(&out);
        sample_free(&r);
    }
}

static size_t count_of(const char *text, const char *part)
{
    size_t n = 0;
    for (const char *p = strstr(text, part); p; p = strstr(p + 1, part))
        n++;
    return n;
}

static void at_most_20_redraws_a_second(void **state)
{
    (void)state;
    struct run r = {.seconds = 0.1, .count = 1000};
    r.results = mem_new(r.count, sizeof(*r.results));
    char *data = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&data, &len);
    struct console *c = console_new(out, &(struct console_options){.terminal = true, .width = 80, .now = test_clock});
    console_begin(c, NULL, NULL, r.count, 1, NULL);
    for (size_t i = 0; i < r.count; i++) {
        test_time += 1000; /* one second in all */
        console_result(c, i + 1, r.count, &r.results[i]);
    }
    fflush(out);
    size_t redraws = count_of(data, "\r");
    assert_in_range(redraws, 15, 21);
    console_end(c, &r, NULL);
    console_free(c);
    fclose(out);
    assert_non_null(strstr(data, "\r\x1b[K\n1000 cases: 1000 pass in 0.10 s\n")); /* the line is taken away */
    free(data);
    sample_free(&r);
}

static void a_log_tells_every_10_s_that_it_is_alive(void **state)
{
    (void)state;
    struct result pass = {0};
    char *data = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&data, &len);
    struct console *c = console_new(out, &(struct console_options){.now = test_clock});
    console_begin(c, NULL, NULL, 60, 1, NULL);
    for (size_t i = 0; i < 60; i++) {
        test_time += 1000000;
        console_result(c, i + 1, 60, &pass);
    }
    console_free(c);
    fclose(out);
    assert_int_equal(count_of(data, "\n... "), 6);
    assert_int_equal(count_of(data, "\r"), 0);
    free(data);
}

static void interruption_is_told(void **state)
{
    (void)state;
    struct run r = sample_run();
    r.interrupted = true;
    char *data = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&data, &len);
    struct console *c = console_new(out, &(struct console_options){.now = test_clock});
    console_begin(c, NULL, NULL, 100, 1, NULL);
    console_end(c, &r, NULL);
    console_free(c);
    fclose(out);
    assert_non_null(strstr(data, "interrupted: 9 of 100 cases were run\n9 cases: 2 pass, 2 fail, 1 flaky"));
    free(data);
    sample_free(&r);
}

static void colours_as_asked(void **state)
{
    (void)state;
    struct console_options o;
    FILE *file = tmpfile();
    console_options_init(&o, file, COLOUR_AUTO);
    assert_false(o.colour || o.terminal);
    setenv("NO_COLOR", "1", 1);
    console_options_init(&o, file, COLOUR_ALWAYS); /* what the user says now beats the environment */
    assert_true(o.colour);
    console_options_init(&o, file, COLOUR_NEVER);
    assert_false(o.colour);
    fclose(file);
}

static void assert_diff(size_t width, const char *expected, const char *received, const char *want)
{
    struct buf out = {0};
    diff_add(&out, &(struct look){.width = width}, 0, expected, received);
    assert_string_equal(buf_text(&out), want);
    buf_free(&out);
}

static void diffs(void **state)
{
    (void)state;
    assert_diff(0, "a\\r\\nb\\r\\nc", "a\\r\\nX\\r\\nc", "  a\\r\\n\n- b\\r\\n\n+ X\\r\\n\n  c\n");
    assert_diff(0, "Length: 10", "Length: 11", "- Length: 10\n+ Length: 11\n           ^\n");
    assert_diff(0, "\"a\\n\"", "\"a\\n\"", "  \"a\\n\"\n");
    assert_diff(0, "a\\\\nb", NULL, "- a\\\\nb\n"); /* an escaped backslash, then a plain n */
    assert_diff(0, NULL, "\x1b[0m\xff\n2", "+ \\x1b[0m\\xff\n+ 2\n");
    assert_diff(0, NULL, NULL, "");
    assert_diff(0, "1\n2\n3\n4\n5\n6\n7\n8\n9\nx", "1\n2\n3\n4\n5\n6\n7\n8\n9\ny",
                "  ... 6 more equal lines\n  7\n  8\n  9\n- x\n+ y\n");
    assert_diff(0, "keep\ndrop", "new\nkeep", "+ new\n  keep\n- drop\n");
}

static void long_diff_lines_are_cut_around_the_difference(void **state)
{
    (void)state;
    struct buf a = {0}, b = {0}, out = {0};
    for (int i = 0; i < 5000; i++) {
        buf_puts(&a, "0123456789");
        buf_puts(&b, i == 3000 ? "01234X6789" : "0123456789");
    }
    diff_add(&out, &(struct look){.width = 60}, 4, buf_text(&a), buf_text(&b));
    const char *x = strchr(buf_text(&out), 'X'), *caret = strchr(buf_text(&out), '^');
    assert_non_null(x);
    assert_non_null(caret);
    const char *begin = buf_text(&out);
    for (const char *line = begin; *line; line = strchr(line, '\n') + 1)
        assert_true(strcspn(line, "\n") <= 60);
    const char *x_line = x, *caret_line = caret;
    while (x_line[-1] != '\n')
        x_line--;
    while (caret_line[-1] != '\n')
        caret_line--;
    assert_int_equal(x - x_line, caret - caret_line); /* the caret stands under the byte */
    buf_free(&a);
    buf_free(&b);
    buf_free(&out);
}

static void wild_diffs_end_and_stay_harmless(void **state)
{
    (void)state;
    static const char letters[] = "\\n\\r\\x00ab\n\"\xc3\xa9\xff\x1b";
    struct rng g = {3};
    for (int i = 0; i < 500; i++) {
        char a[400], b[400];
        size_t na = rng_below(&g, sizeof(a) - 1), nb = rng_below(&g, sizeof(b) - 1);
        for (size_t k = 0; k < na; k++)
            a[k] = letters[rng_below(&g, sizeof(letters) - 1)];
        for (size_t k = 0; k < nb; k++)
            b[k] = letters[rng_below(&g, sizeof(letters) - 1)];
        a[na] = b[nb] = '\0';
        struct buf out = {0};
        diff_add(&out, &(struct look){.width = rng_below(&g, 100)}, rng_below(&g, 10), a, b);
        for (size_t k = 0; k < out.len; k++)
            assert_true((unsigned char)out.data[k] >= 0x20 || out.data[k] == '\n');
        buf_free(&out);
    }
}

static void same_errors_are_told_once(void **state)
{
    (void)state;
    struct run r = {.count = 50};
    r.results = mem_new(r.count, sizeof(*r.results));
    for (size_t i = 0; i < r.count; i++) {
        r.results[i].name = mem_printf("echo-server/case-%zu", i);
        r.results[i].verdict = VERDICT_ERROR;
        r.results[i].message = mem_dup("the subject did not start");
        r.results[i].output = mem_dup("no such file");
    }
    struct buf out = whole(&(struct console_options){.now = test_clock}, &r, NULL);
    assert_int_equal(count_of(out.data, "| no such file"), 1);
    assert_non_null(strstr(out.data, "the same in 49 more cases:"));
    /* 50 lines as they happened, the first in full, 40 names; the rest is counted */
    assert_int_equal(count_of(out.data, "echo-server/case-"), 50 + 1 + 40);
    assert_null(strstr(strstr(out.data, "the same in"), "case-41"));
    buf_free(&out);
    sample_free(&r);
}

static void long_timelines_are_folded(void **state)
{
    (void)state;
    struct result r = {0};
    for (uint64_t i = 0; i < 1000; i++)
        result_event(&r, i, i % 2 ? "client" : "a server whose name is far too long", (int)(i % 7), "FIN");
    struct buf out = {0};
    timeline_add(&out, &(struct look){.width = 80}, 4, &r);
    assert_int_equal(count_of(out.data, "FIN"), 24 + 40);
    assert_non_null(strstr(out.data, "... 336 more events (kept in the JSON report)"));
    assert_non_null(strstr(out.data, "... 600 more events that were not kept"));
    buf_free(&out);
    result_clear(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(failure_without_colour),
        cmocka_unit_test(failure_in_colour_at_80_columns),
        cmocka_unit_test(console_in_a_log),
        cmocka_unit_test(progress_line_fits_any_terminal),
        cmocka_unit_test(at_most_20_redraws_a_second),
        cmocka_unit_test(a_log_tells_every_10_s_that_it_is_alive),
        cmocka_unit_test(interruption_is_told),
        cmocka_unit_test(colours_as_asked),
        cmocka_unit_test(diffs),
        cmocka_unit_test(long_diff_lines_are_cut_around_the_difference),
        cmocka_unit_test(wild_diffs_end_and_stay_harmless),
        cmocka_unit_test(same_errors_are_told_once),
        cmocka_unit_test(long_timelines_are_folded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
