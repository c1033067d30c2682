/*
 * What lateness gives and explains, on figures that were recorded on a machine of two cores: idle, and beside a hundred
 * busy processes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "engine/core/lateness.h"

#include <math.h>

static void assert_near(double got, double want)
{
    if (fabs(got - want) > 0.0005)
        fail_msg("%g in place of %g", got, want);
}

static void ours_is_the_larger_figure(void **state)
{
    (void)state;
    /* A sleeper of 2.03 s at load 50: woken 20 times, and it waited 249 ms in all. */
    const struct lateness from = {102439, 0}, to = {351144, 31000};
    assert_near(lateness_ours(&from, &to), 0.249);
    /* Stopped for three seconds: the run queue knows nothing of it. */
    assert_near(lateness_ours(&(struct lateness){500, 0}, &(struct lateness){900, 3000000}), 3);
    /* A look at a moment before shows nothing, and no huge number. */
    assert_near(lateness_ours(&to, &from), 0);
}

static void theirs_is_what_a_core_was_lacking(void **state)
{
    (void)state;
    assert_near(lateness_theirs(5, 0.002, 0.01), 0.002);  /* idle */
    assert_near(lateness_theirs(1, 0.744, 0.256), 0.744); /* it computes, at load 4 on each core */
    assert_near(lateness_theirs(2, 6, 2.2), 0);   /* eight threads of it queue behind each other on an idle machine */
    assert_near(lateness_theirs(2, 6, 0.5), 1.5); /* the same on a busy one */
    assert_near(lateness_theirs(0, 0, 0), 0);
}

static void a_fifth_explains(void **state)
{
    (void)state;
    assert_false(lateness_explains(0.79, 4));
    assert_true(lateness_explains(0.8, 4));
    assert_true(lateness_explains(1.4, 2));
    assert_false(lateness_explains(0, 0.2));
}

static void patience_binds_progress(void **state)
{
    static const struct {
        const char *what;
        struct step_time t;
        double more;
    } rows[] = {
        {"silent, on time", {.limit = 5, .passed = 5, .quiet = 5}, 0},
        {"silent since 2 s", {.limit = 5, .passed = 5, .quiet = 2}, 3},
        {"never silent: to the ceiling", {.limit = 5, .passed = 8, .quiet = 0.1}, 2},
        {"never silent, at the ceiling", {.limit = 5, .passed = 10, .quiet = 0}, 0},
        {"silent, and late for 1.4 s", {.limit = 5, .passed = 5, .quiet = 5, .late = 1.4}, 1.4},
        {"silent, late, and it was given", {.limit = 5, .passed = 6.4, .quiet = 6.4, .late = 1.4}, 0},
        {"the ceiling moves as well", {.limit = 5, .passed = 10, .quiet = 1, .late = 3}, 3},
        {"nothing gets a processor", {.limit = 5, .passed = 25, .quiet = 25, .late = 24.9}, 0},
        {"slow by the scenario's words", {.limit = 5, .passed = 30, .quiet = 0.5, .slow = true}, 4.5},
        {"slow words excuse no silence", {.limit = 5, .passed = 6, .quiet = 5, .slow = true}, 0},
        {"slow words, and no end", {.limit = 5, .passed = 50, .quiet = 0, .slow = true}, 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        double more = lateness_more(&rows[i].t);
        if (fabs(more - rows[i].more) > 0.0005)
            fail_msg("%s: %g in place of %g", rows[i].what, more, rows[i].more);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ours_is_the_larger_figure),
        cmocka_unit_test(theirs_is_what_a_core_was_lacking),
        cmocka_unit_test(a_fifth_explains),
        cmocka_unit_test(patience_binds_progress),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
