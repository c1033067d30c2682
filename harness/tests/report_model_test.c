/* The result model: events, counts, exit codes, and packing against every truncation and much garbling. */
#include "data/report/sample.h"

#include "base/clock.h"
#include "report/model.h"

#include <errno.h>

static void names_are_the_words_of_the_design(void **state)
{
    (void)state;
    assert_string_equal(verdict_name(VERDICT_FLAKY), "flaky");
    assert_string_equal(diagnosis_name(DIAGNOSIS_LOST_BYTES), "lost-bytes");
    assert_string_equal(diagnosis_name(DIAGNOSIS_REFUSED), "refused");
    assert_string_equal(verdict_name((enum verdict)99), "unknown");
    assert_string_equal(diagnosis_name((enum diagnosis)99), "unknown");
}

static void first_and_last_events_are_kept(void **state)
{
    (void)state;
    struct result r = {0};
    for (int i = 0; i < 1000; i++) {
        char what[16];
        snprintf(what, sizeof(what), "event %d", i);
        result_event(&r, (uint64_t)i, "client", i, what);
    }
    assert_int_equal(r.event_count, 400);
    assert_int_equal(r.events_dropped, 600);
    for (size_t i = 0; i < 400; i++)
        assert_int_equal(r.timeline[i].us, i < 100 ? i : i + 600);
    assert_string_equal(r.timeline[399].what, "event 999");
    result_clear(&r);
    assert_null(r.timeline);
}

static void summary_counts_known_ones_apart(void **state)
{
    (void)state;
    struct run r = sample_run();
    r.results[2].known = mem_dup("old");
    r.results[8].known = mem_dup("old too");
    struct summary s = run_summary(&r);
    assert_int_equal(s.count[VERDICT_PASS], 2);
    assert_int_equal(s.count[VERDICT_FAIL], 2);
    assert_int_equal(s.count[VERDICT_SKIP], 2);
    assert_int_equal(s.count[VERDICT_ERROR], 1);
    assert_int_equal(s.known, 1);
    assert_int_equal(s.known_passing, 1);
    sample_free(&r);
}

static int code_of(const enum verdict *verdicts, size_t count, bool known, bool strict, bool interrupted)
{
    struct result results[4] = {0};
    for (size_t i = 0; i < count; i++)
        results[i] = (struct result){.verdict = verdicts[i], .known = known ? (char *)(uintptr_t) "known" : NULL};
    struct run r = {.results = results, .count = count, .interrupted = interrupted};
    return run_exit_code(&r, strict);
}

static void exit_codes_are_those_of_the_design(void **state)
{
    (void)state;
    const enum verdict pass[] = {VERDICT_PASS, VERDICT_SKIP}, warn[] = {VERDICT_PASS, VERDICT_WARN};
    const enum verdict fail[] = {VERDICT_ERROR, VERDICT_FAIL}, flaky[] = {VERDICT_FLAKY};
    const enum verdict error[] = {VERDICT_PASS, VERDICT_ERROR}, skip[] = {VERDICT_SKIP};
    assert_int_equal(code_of(pass, 2, false, true, false), 0);
    assert_int_equal(code_of(warn, 2, false, false, false), 0);
    assert_int_equal(code_of(warn, 2, false, true, false), 1);
    assert_int_equal(code_of(warn, 2, true, true, false), 0);
    assert_int_equal(code_of(fail, 2, false, false, false), 1); /* before 3 */
    assert_int_equal(code_of(fail + 1, 1, true, false, false), 0);
    assert_int_equal(code_of(flaky, 1, false, false, false), 1);
    assert_int_equal(code_of(error, 2, false, false, false), 3);
    assert_int_equal(code_of(error, 2, true, false, false), 3); /* a baseline excuses no error */
    assert_int_equal(code_of(skip, 1, false, false, false), 3);
    assert_int_equal(code_of(NULL, 0, false, false, false), 3);
    assert_int_equal(code_of(pass, 2, false, false, true), 3);
}

static int code_of_one(struct result one, bool strict)
{
    struct result results[2] = {one, {.verdict = VERDICT_PASS}};
    return run_exit_code(&(struct run){.results = results, .count = 2}, strict);
}

static void a_should_is_no_must(void **state)
{
    (void)state;
    char should[] = "SHOULD", must[] = "MUST";
    assert_int_equal(code_of_one((struct result){.verdict = VERDICT_FLAKY, .level = should}, false), 0);
    assert_int_equal(code_of_one((struct result){.verdict = VERDICT_FLAKY, .level = should}, true), 1);
    assert_int_equal(code_of_one((struct result){.verdict = VERDICT_FLAKY, .level = must}, false), 1);
    /* Whoever dies breaks more than the sentence that was asked about. */
    assert_int_equal(
        code_of_one((struct result){.verdict = VERDICT_WARN, .level = should, .diagnosis = DIAGNOSIS_CRASH}, false), 1);
}

static int code_with_unreached(size_t unreached, size_t count, bool strict)
{
    struct result *results = mem_new(count, sizeof(*results));
    for (size_t i = 0; i < unreached; i++)
        results[i].verdict = VERDICT_INCONCLUSIVE;
    int code = run_exit_code(&(struct run){.results = results, .count = count}, strict);
    free(results);
    return code;
}

static void what_was_not_reached_is_no_pass(void **state)
{
    (void)state;
    assert_int_equal(code_with_unreached(1, 100, false), 0);
    assert_int_equal(code_with_unreached(1, 100, true), 3);
    assert_int_equal(code_with_unreached(1, 99, false), 3);
    assert_int_equal(code_with_unreached(1, 1, false), 3);
}

static void a_stop_is_no_end(void **state)
{
    (void)state;
    struct result pass = {.verdict = VERDICT_PASS}, fail = {.verdict = VERDICT_FAIL};
    char why[] = "nobody listens";
    assert_int_equal(run_exit_code(&(struct run){.results = &pass, .count = 1, .stopped = why}, false), 3);
    assert_int_equal(run_exit_code(&(struct run){.results = &fail, .count = 1, .stopped = why}, false), 3);
    /* A part without cases is what N parts of fewer cases leave over. */
    assert_int_equal(run_exit_code(&(struct run){.shard = 9, .shards = 9}, false), 0);
    assert_int_equal(run_exit_code(&(struct run){0}, false), 3);
}

/* Random text, now and then NULL or empty, of any byte but NUL. */
static char *random_text(struct rng *g, bool needed)
{
    if (!needed && rng_below(g, 4) == 0)
        return NULL;
    size_t len = rng_below(g, 40);
    char *text = mem_new(len + 1, 1);
    for (size_t i = 0; i < len; i++)
        text[i] = (char)(1 + rng_below(g, 255));
    return text;
}

static struct result random_result(struct rng *g)
{
    struct result r = {0};
    char **texts[] = {&r.name,     &r.scenario, &r.title,   &r.rule,  &r.level,  &r.sentence,
                      &r.source,   &r.why,      &r.message, &r.actor, &r.file,   &r.line_text,
                      &r.expected, &r.received, &r.output,  &r.exit,  &r.repeat, &r.known};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        *texts[i] = random_text(g, false);
    r.verdict = (enum verdict)rng_below(g, VERDICT_COUNT);
    r.diagnosis = (enum diagnosis)rng_below(g, DIAGNOSIS_COUNT);
    r.line = (int)rng_below(g, 1000);
    r.col = (int)rng_below(g, 100);
    r.width = (int)rng_below(g, 100);
    for (uint64_t n = rng_below(g, 40); n > 0; n--) {
        char *actor = random_text(g, true), *what = random_text(g, true);
        result_event(&r, rng_next(g), actor, (int)rng_below(g, 100), what);
        result_event_is(&r, (enum event_kind)rng_below(g, EVENT_KIND_COUNT), rng_next(g));
        result_graph(&r, "%s", what);
        free(actor);
        free(what);
    }
    r.events_dropped = rng_next(g);
    r.depend_count = rng_below(g, 5);
    r.depends = r.depend_count ? mem_new(r.depend_count, sizeof(*r.depends)) : NULL;
    for (size_t i = 0; i < r.depend_count; i++)
        r.depends[i] = random_text(g, true);
    r.output_total = rng_next(g);
    r.unconfirmed = rng_below(g, 2);
    r.connected = rng_below(g, 2);
    r.unreached = rng_below(g, 2);
    r.untouched = rng_below(g, 2);
    r.exit_status = (int)rng_below(g, 257) - 1;
    r.best_effort = rng_below(g, 2);
    r.seconds = (double)rng_below(g, 1000000) / 1e6;
    return r;
}

static void packed_results_come_back_the_same(void **state)
{
    (void)state;
    struct rng g = {1};
    for (int i = 0; i < 300; i++) {
        struct result r = random_result(&g), back;
        struct buf one = {0}, two = {0};
        result_pack(&one, &r);
        assert_int_equal(result_unpack(&back, one.data, one.len), 0);
        result_pack(&two, &back);
        assert_int_equal(one.len, two.len);
        assert_memory_equal(one.data, two.data, one.len);
        assert_int_equal(back.verdict, r.verdict);
        assert_int_equal(back.event_count, r.event_count);
        assert_int_equal(back.unconfirmed, r.unconfirmed);
        assert_int_equal(back.connected, r.connected);
        assert_int_equal(back.unreached, r.unreached);
        assert_int_equal(back.untouched, r.untouched);
        assert_int_equal(back.exit_status, r.exit_status);
        assert_true(back.seconds == r.seconds);
        assert_int_equal(!back.name, !r.name);
        if (r.name)
            assert_string_equal(back.name, r.name);
        result_event(&back, 1, "later", 0, "more can be told of an unpacked result");
        result_graph(&back, "more");
        result_clear(&r);
        result_clear(&back);
        buf_free(&one);
        buf_free(&two);
    }
}

/* A copy of exact size in fresh memory, so that the sanitizer sees a read of one byte too many. */
static int unpack_copy(const char *data, size_t len)
{
    struct result r;
    char *copy = malloc(len ? len : 1);
    assert_non_null(copy);
    memcpy(copy, data, len);
    errno = 0;
    int rc = result_unpack(&r, copy, len);
    if (rc) {
        assert_int_equal(errno, EPROTO);
        assert_null(r.name);
        assert_null(r.timeline);
    }
    result_clear(&r);
    free(copy);
    return rc;
}

static void every_truncation_is_refused(void **state)
{
    (void)state;
    struct run run = sample_run();
    struct buf pack = {0};
    result_pack(&pack, &run.results[1]);
    for (size_t len = 0; len < pack.len; len++)
        assert_int_equal(unpack_copy(pack.data, len), -1);
    assert_int_equal(unpack_copy(pack.data, pack.len), 0);
    buf_putc(&pack, 'x');
    assert_int_equal(unpack_copy(pack.data, pack.len), -1);
    buf_free(&pack);
    sample_free(&run);
}

static void garbled_packs_do_no_harm(void **state)
{
    (void)state;
    struct rng g = {2};
    struct run run = sample_run();
    struct buf pack = {0};
    int refused = 0;
    result_pack(&pack, &run.results[1]);
    char *copy = mem_new(pack.len, 1);
    for (int i = 0; i < 20000; i++) {
        memcpy(copy, pack.data, pack.len);
        for (uint64_t n = 1 + rng_below(&g, 4); n > 0; n--)
            copy[rng_below(&g, pack.len)] = (char)(rng_below(&g, 3) ? rng_next(&g) : 0xff);
        refused += unpack_copy(copy, pack.len) != 0;
    }
    assert_true(refused > 1000); /* lengths and counts are hit often enough; letters may change unseen */
    free(copy);
    buf_free(&pack);
    sample_free(&run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_the_words_of_the_design), cmocka_unit_test(first_and_last_events_are_kept),
        cmocka_unit_test(summary_counts_known_ones_apart),   cmocka_unit_test(exit_codes_are_those_of_the_design),
        cmocka_unit_test(packed_results_come_back_the_same), cmocka_unit_test(every_truncation_is_refused),
        cmocka_unit_test(garbled_packs_do_no_harm),          cmocka_unit_test(a_should_is_no_must),
        cmocka_unit_test(what_was_not_reached_is_no_pass),   cmocka_unit_test(a_stop_is_no_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
