/* All formats: their rows, golden files, full disks, large runs. JSON has a test of its own. */
#include "data/report/sample.h"

#include "report/formats.h"
#include "report/json_read.h"

#include <dirent.h>

static void every_format_as_expected(void **state)
{
    (void)state;
    struct run r = marked_run();
    for (size_t i = 0; i < REPORT_FORMAT_COUNT; i++) {
        char name[64];
        struct buf out = written(report_formats[i]->name, &r, false);
        assert_harmless(out.data, out.len, false);
        snprintf(name, sizeof(name), "results.%s", report_formats[i]->name);
        assert_golden(name, out.data, out.len);
        buf_free(&out);
    }
    assert_null(report_format_find("morse"));
    sample_free(&r);
}

/* What was not reached is nobody's failure, in no format; the stop of a run is in each of them. */
static void inconclusive_is_told_and_blames_nobody(void **state)
{
    (void)state;
    static const struct {
        const char *format, *told, *strict;
    } expected[] = {
        {"tap", "\nok 1 - late # SKIP inconclusive: not reached\n", "\nnot ok 1 - late\n"},
        {"tap", "\nBail out! nobody is there\n", "\nBail out! nobody is there\n"},
        {"junit", "<skipped message=\"inconclusive: not reached\"/>", "<error message=\"inconclusive: not reached\""},
        {"junit", "name=\"stopped\" value=\"nobody is there\"", "value=\"nobody is there\""},
        {"github", "::warning title=late::not reached", "::error title=late::not reached"},
        {"github", "::error title=sockspec::nobody is there", "::error title=sockspec::nobody is there"},
        {"markdown", "| inconclusive | late |", "| inconclusive | late |"},
        {"markdown", "\nnobody is there\n", "\nnobody is there\n"},
        {"json", "\"verdict\": \"inconclusive\"", "\"inconclusive\": 1"},
        {"json", "\"stopped\": \"nobody is there\"", "\"schema\": 2"},
        {"html", "data-verdict=\"inconclusive\"", "nobody is there"},
    };
    char name[] = "late", message[] = "not reached", why[] = "nobody is there";
    struct result late = {.verdict = VERDICT_INCONCLUSIVE, .name = name, .scenario = name, .message = message};
    struct run r = {.results = &late, .count = 1, .stopped = why};
    for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
        struct buf lax = written(expected[i].format, &r, false), strict = written(expected[i].format, &r, true);
        assert_non_null(strstr(lax.data, expected[i].told));
        assert_non_null(strstr(strict.data, expected[i].strict));
        buf_free(&lax);
        buf_free(&strict);
    }
    struct buf json = written("json", &r, false);
    struct run again;
    struct err e = {0};
    assert_int_equal(json_read("x", json.data, json.len, &again, &e), 0);
    assert_int_equal(again.results[0].verdict, VERDICT_INCONCLUSIVE);
    assert_string_equal(again.stopped, why);
    json_read_free(&again);
    buf_free(&json);
}

/* A golden file of a format that is no more would be kept for ever. */
static void every_golden_is_of_a_format(void **state)
{
    (void)state;
    DIR *folder = opendir(SOURCE_DIR "/harness/tests/data/report");
    assert_non_null(folder);
    size_t count = 0;
    for (const struct dirent *e; (e = readdir(folder));) {
        if (strncmp(e->d_name, "results.", 8) != 0)
            continue;
        count++;
        if (!report_format_find(e->d_name + 8))
            fail_msg("harness/tests/data/report/%s is of no format", e->d_name);
    }
    closedir(folder);
    assert_int_equal(count, REPORT_FORMAT_COUNT);
}

/* What the options are made of: format_NAME.c defines the format of that name, and no two share a letter. */
static void every_row_is_whole(void **state)
{
    (void)state;
    static const char *const names[] = {
#define FORMAT(name) #name,
#include "report/formats.def"
#undef FORMAT
    };
    for (size_t i = 0; i < REPORT_FORMAT_COUNT; i++) {
        const struct report_format *f = report_formats[i];
        assert_string_equal(f->name, names[i]);
        assert_true(f->purpose && *f->purpose);
        assert_non_null(f->write);
        assert_true(!f->retells || f->place == REPORT_FILE);
        assert_true(!f->write_runs || f->place == REPORT_FILE);
        for (size_t k = 0; k < i && f->letter; k++)
            assert_int_not_equal(f->letter, report_formats[k]->letter);
    }
}

static void strict_turns_warnings_into_failures(void **state)
{
    (void)state;
    struct run r = sample_run();
    struct buf tap = written("tap", &r, true), junit = written("junit", &r, true);
    assert_non_null(strstr(tap.data, "\nnot ok 4 - http-server/date\n"));
    assert_non_null(strstr(junit.data, "tests=\"9\" failures=\"4\" errors=\"1\" skipped=\"2\""));
    buf_free(&tap);
    buf_free(&junit);
    sample_free(&r);
}

static void interrupted_runs_say_so(void **state)
{
    (void)state;
    struct run r = sample_run();
    r.interrupted = true;
    struct buf tap = written("tap", &r, false), json = written("json", &r, false);
    assert_non_null(strstr(tap.data, "\nBail out! interrupted"));
    assert_non_null(strstr(json.data, "\"interrupted\": true"));
    buf_free(&tap);
    buf_free(&json);
    sample_free(&r);
}

/* A full disk must not look like a report. */
static void write_errors_are_told(void **state)
{
    (void)state;
    struct run r = sample_run();
    for (size_t i = 0; i < REPORT_FORMAT_COUNT; i++) {
        FILE *out = fopen("/dev/full", "w");
        assert_non_null(out);
        assert_int_equal(report_formats[i]->write(out, &r, false), -1);
        fclose(out);
    }
    sample_free(&r);
}

/* Nothing here may be quadratic: a run of this size would be felt. */
static void ten_thousand_results(void **state)
{
    (void)state;
    struct run r = {.profile = "tcp-server", .count = 10000, .seconds = 9};
    r.results = mem_new(r.count, sizeof(*r.results));
    for (size_t i = 0; i < r.count; i++) {
        r.results[i].name = mem_printf("tcp-server/case[n=%zu]", i);
        r.results[i].scenario = mem_dup("tcp-server/case");
        r.results[i].verdict = i % 10 ? VERDICT_PASS : VERDICT_FAIL;
        for (uint64_t k = 0; k < 20 && i % 10 == 0; k++)
            result_event(&r.results[i], k, "client", (int)k, "sends");
    }
    struct buf tap = written("tap", &r, false), junit = written("junit", &r, false), json = written("json", &r, false);
    assert_non_null(strstr(tap.data, "\nok 10000 - tcp-server/case[n=9999]\n"));
    assert_non_null(strstr(junit.data, "tests=\"10000\" failures=\"1000\""));
    struct run back;
    struct err e;
    assert_int_equal(json_read("r.json", json.data, json.len, &back, &e), 0);
    assert_int_equal(back.count, 10000);
    assert_int_equal(run_summary(&back).count[VERDICT_FAIL], 1000);
    json_read_free(&back);
    buf_free(&tap);
    buf_free(&junit);
    buf_free(&json);
    sample_free(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_format_as_expected), cmocka_unit_test(every_golden_is_of_a_format),
        cmocka_unit_test(every_row_is_whole),       cmocka_unit_test(strict_turns_warnings_into_failures),
        cmocka_unit_test(interrupted_runs_say_so),  cmocka_unit_test(write_errors_are_told),
        cmocka_unit_test(ten_thousand_results),     cmocka_unit_test(inconclusive_is_told_and_blames_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
