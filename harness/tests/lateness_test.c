/*
 * What lateness gives and explains: on some figures that were recorded on a busy machine of two cores, and on others
 * that were chosen to lie beside a border.
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

static void ours_adds_up_while_something_moves(void **state)
{
    (void)state;
    /* Sixty pieces at load 60, each taken a wait of ours later; and the longest wait while nothing moved. */
    const struct lateness from = {102439, 0}, to = {5431144, 93000};
    assert_near(lateness_ours(&from, &to), 5.421705);
    /* Two seconds of silence at load 50: woken 20 times for nothing, for 249 ms in all, 31 ms at the most. */
    assert_near(lateness_ours(&from, &(struct lateness){102439, 31000}), 0.031);
    /* Stopped for three seconds. */
    assert_near(lateness_ours(&from, &(struct lateness){102439, 3000000}), 3);
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
        cmocka_unit_test(ours_adds_up_while_something_moves),
        cmocka_unit_test(theirs_is_what_a_core_was_lacking),
        cmocka_unit_test(a_fifth_explains),
        cmocka_unit_test(patience_binds_progress),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
