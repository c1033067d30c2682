/* Baselines: what people write by hand, what they get wrong, and writing one back. */
#include "data/report/sample.h"

#include "base/clock.h"
#include "report/baseline.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static void parse(struct baseline *b, const char *text)
{
    struct err e = {0};
    if (baseline_parse(b, "known.txt", text, strlen(text), &e))
        fail_msg("%s", e.text);
}

static void entries_and_comments(void **state)
{
    (void)state;
    struct baseline b;
    parse(&b, "# head\n\na/one  two spaces\r\na/two\ttab\tinside\n   # indented\na/x y   spaces  kept\n# tail");
    assert_int_equal(b.count, 3);
    assert_string_equal(b.entries[0].name, "a/one");
    assert_string_equal(b.entries[0].reason, "two spaces");
    assert_string_equal(b.entries[0].comment, "# head\n\n");
    assert_int_equal(b.entries[0].line, 3);
    assert_string_equal(b.entries[1].reason, "tab\tinside");
    assert_string_equal(b.entries[2].name, "a/x y");
    assert_string_equal(b.entries[2].reason, "spaces  kept");
    assert_string_equal(b.tail, "# tail\n");
    baseline_free(&b);
    parse(&b, "");
    assert_int_equal(b.count, 0);
    baseline_free(&b);
}

static void assert_refused(const char *text, size_t len, const char *want)
{
    struct baseline b;
    struct err e = {0};
    assert_int_equal(baseline_parse(&b, "known.txt", text, len, &e), -1);
    if (!strstr(e.text, want))
        fail_msg("wanted `%s`, got `%s`", want, e.text);
    assert_int_equal(b.count, 0);
    assert_null(b.entries);
}

static void mistakes_are_told_with_their_line(void **state)
{
    (void)state;
    static const struct {
        const char *text, *want;
    } cases[] = {
        {"a  b\nname\n", "known.txt:2: `name` has no reason"},
        {"name   \n", "known.txt:1: `name` has no reason"},
        {"name one space\n", "known.txt:1: `name one space` has no reason"},
        {"  name  reason\n", "known.txt:1: a name must begin the line"},
        {"a  b\n\na  c\n", "known.txt:3: `a` stands in line 1 already"},
        {"a  b\nx\x1b[2J  y\n", "known.txt:2: control character 0x1b in column 2"},
        {"\\", "known.txt:1: `\\` has no reason"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_refused(cases[i].text, strlen(cases[i].text), cases[i].want);
    char *line = mem_new(10001, 1);
    memset(line, 'a', 10000);
    assert_refused(line, 10000, "known.txt:1: a line of more than");
    free(line);
    assert_refused("a\0b  c", 6, "known.txt:1: control character 0x00 in column 2");
    struct baseline b;
    struct err e = {0};
    assert_int_equal(baseline_load(&b, "/nonexistent/known.txt", &e), -1);
    assert_non_null(strstr(e.text, "/nonexistent/known.txt: No such file"));
}

static void exact_names_come_before_patterns(void **state)
{
    (void)state;
    struct result results[] = {
        {.name = mem_dup("p/a"), .verdict = VERDICT_FAIL}, {.name = mem_dup("p/b"), .verdict = VERDICT_FLAKY},
        {.name = mem_dup("p/c"), .verdict = VERDICT_PASS}, {.name = mem_dup("q/a"), .verdict = VERDICT_PASS},
        {.name = mem_dup("q/b"), .verdict = VERDICT_PASS}, {.name = mem_dup("r/a"), .verdict = VERDICT_ERROR},
        {.name = mem_dup("r/*"), .verdict = VERDICT_WARN},
    };
    struct run r = {.results = results, .count = 7};
    struct baseline b;
    parse(&b, "p/*  any\np/*b  late\np/a  exact\nq/*b  now passes\nr/a  no excuse\nr/\\*  star\nz/*  none\n");
    baseline_apply(&b, &r);
    assert_string_equal(results[0].known, "exact");
    assert_string_equal(results[1].known, "any"); /* the earlier line */
    assert_null(results[2].known);                /* another case of its entry still fails */
    assert_null(results[3].known);
    assert_string_equal(results[4].known, "now passes");
    assert_null(results[5].known);
    assert_string_equal(results[6].known, "star");
    assert_true(baseline_passes_now(&b.entries[3]));
    assert_false(baseline_passes_now(&b.entries[0]));
    assert_true(baseline_matches_nothing(&b.entries[1]));
    assert_true(baseline_matches_nothing(&b.entries[6]));
    assert_false(baseline_matches_nothing(&b.entries[4]));
    assert_int_equal(run_summary(&r).known, 3);
    assert_int_equal(run_summary(&r).known_passing, 1);
    baseline_apply(&b, &r); /* again: nothing is counted or leaked twice */
    assert_int_equal(b.entries[0].failing, 1);
    struct baseline empty = {0};
    baseline_apply(&empty, &r); /* a subject file's known failures survive a run without a baseline of the user's */
    assert_int_equal(run_summary(&r).known, 3);
    baseline_free(&empty);
    baseline_free(&b);
    for (size_t i = 0; i < r.count; i++)
        result_clear(&results[i]);
}

static void writing_keeps_what_people_wrote(void **state)
{
    (void)state;
    struct result results[] = {
        {.name = mem_dup("p/kept"), .verdict = VERDICT_FAIL, .message = mem_dup("x")},
        {.name = mem_dup("p/fixed"), .verdict = VERDICT_PASS},
        {.name = mem_dup("p/skipped"), .verdict = VERDICT_SKIP},
        {.name = mem_dup("p/new"),
         .verdict = VERDICT_FAIL,
         .diagnosis = DIAGNOSIS_RESET,
         .message = mem_dup("RST\n\x1b")},
        {.name = mem_dup("p/warned"), .verdict = VERDICT_WARN, .message = mem_dup("should")},
    };
    struct run r = {.results = results, .count = 5};
    struct baseline b;
    parse(&b, "# mine\np/kept  my reason\n# gone soon\np/fixed  old\np/skipped  later\np/elsewhere*  other run\n"
              "# end\n");
    baseline_apply(&b, &r);
    for (int strict = 0; strict < 2; strict++) {
        char *data = NULL;
        size_t len = 0;
        FILE *out = open_memstream(&data, &len);
        assert_non_null(out);
        assert_int_equal(baseline_write(out, &r, &b, strict), 0);
        assert_int_equal(fclose(out), 0);
        assert_golden(strict ? "baseline-strict.txt" : "baseline.txt", data, len);
        free(data);
    }
    baseline_free(&b);
    for (size_t i = 0; i < r.count; i++)
        result_clear(&results[i]);
}

/* Results that all fail, with names made of what is hard to write into a line; no two are alike. */
static void name_wildly(struct result *results, size_t count)
{
    static const char letters[] = "ab* \\#\t\n[]\"";
    struct rng g = {4};
    for (size_t i = 0; i < count; i++) {
        struct buf name = {0};
        for (uint64_t n = 1 + rng_below(&g, 8); n > 0; n--)
            buf_putc(&name, letters[rng_below(&g, sizeof(letters) - 1)]);
        buf_printf(&name, "%zu%s", i, i % 3 == 0 ? " " : "");
        results[i] = (struct result){.name = buf_take(&name), .verdict = VERDICT_FAIL};
    }
}

/* Whatever a case is called, the baseline that was written names it and nothing else. */
static void any_name_comes_back(void **state)
{
    (void)state;
    struct result results[200] = {0};
    name_wildly(results, 200);
    struct run r = {.results = results, .count = 200};
    char folder[] = "/tmp/sockspec-baseline-XXXXXX";
    assert_non_null(mkdtemp(folder));
    char *file = mem_printf("%s/known.txt", folder);
    struct err e = {0};
    struct baseline b;
    assert_int_equal(baseline_save(file, &r, NULL, false, &e), 0);
    if (baseline_load(&b, file, &e))
        fail_msg("%s", e.text);
    baseline_apply(&b, &r);
    assert_int_equal(b.count, 200);
    for (size_t i = 0; i < 200; i++) {
        assert_non_null(results[i].known);
        assert_int_equal(b.entries[i].failing, 1);
        result_clear(&results[i]);
    }
    baseline_free(&b);
    assert_int_equal(unlink(file), 0);
    assert_int_equal(rmdir(folder), 0); /* no half-written file stays behind */
    free(file);
}

/* A file that others write too: what this run says nothing of stays, and what is no baseline is left alone. */
static void a_file_keeps_what_others_have_written(void **state)
{
    (void)state;
    struct result results[] = {{.name = mem_dup("p/new"), .verdict = VERDICT_FAIL, .message = mem_dup("x")},
                               {.name = mem_dup("p/fixed"), .verdict = VERDICT_PASS},
                               {.name = mem_dup("p/kept"), .verdict = VERDICT_FAIL, .message = mem_dup("y")}};
    struct run r = {.results = results, .count = 3};
    char file[] = "/tmp/sockspec-baseline-XXXXXX";
    struct err e = {0};
    struct baseline b;
    int fd = mkstemp(file);
    assert_true(fd >= 0);
    assert_true(dprintf(fd, "# mine\nq/other  another run's\np/fixed  old\np/kept  my reason\n") > 0);
    close(fd);
    assert_int_equal(baseline_save(file, &r, NULL, false, &e), 0);
    assert_null(results[2].known); /* this run was not told of it */
    if (baseline_load(&b, file, &e))
        fail_msg("%s", e.text);
    assert_int_equal(b.count, 3);
    assert_string_equal(b.entries[0].name, "q/other");
    assert_string_equal(b.entries[0].comment, "# mine\n");
    assert_string_equal(b.entries[1].reason, "my reason");
    assert_string_equal(b.entries[2].name, "p/new");
    baseline_free(&b);
    fd = open(file, O_WRONLY | O_TRUNC | O_CLOEXEC);
    assert_true(dprintf(fd, "int main(void)\n{\n}\n") > 0);
    close(fd);
    assert_int_equal(baseline_save(file, &r, NULL, false, &e), -1);
    assert_non_null(strstr(e.text, "what stands there is no baseline"));
    struct stat st;
    assert_int_equal(stat(file, &st), 0);
    assert_int_equal(st.st_size, strlen("int main(void)\n{\n}\n"));
    unlink(file);
    for (size_t i = 0; i < r.count; i++)
        result_clear(&results[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(entries_and_comments),
        cmocka_unit_test(mistakes_are_told_with_their_line),
        cmocka_unit_test(exact_names_come_before_patterns),
        cmocka_unit_test(writing_keeps_what_people_wrote),
        cmocka_unit_test(any_name_comes_back),
        cmocka_unit_test(a_file_keeps_what_others_have_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
