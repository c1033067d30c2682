/* What a run concludes from cases that reached nobody. */
#include "run/reach.h"

#include "base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct reach_news not_started = {.not_started = true}, started = {.started = true},
                               not_come = {.not_come = true}, nothing = {0};

static struct result failed(int exit_status)
{
    return (struct result){.verdict = VERDICT_FAIL, .unreached = true, .exit_status = exit_status};
}

/* Takes in a result of this kind, and lets it go. */
static enum reach_next take(struct reach *x, const struct reach_news *news, struct result r, enum verdict want)
{
    enum reach_next next = reach_take(x, news, &r);
    assert_int_equal(r.verdict, want);
    free(r.message);
    return next;
}

static void two_failed_starts_in_a_row_stop_the_run(void **state)
{
    (void)state;
    struct reach x = {0};
    const struct result error = {.verdict = VERDICT_ERROR}, pass = {.verdict = VERDICT_PASS};
    assert_int_equal(take(&x, &not_started, error, VERDICT_ERROR), REACH_HOLD);
    assert_int_equal(take(&x, &started, pass, VERDICT_PASS), REACH_KEEP);
    assert_int_equal(take(&x, &not_started, error, VERDICT_ERROR), REACH_HOLD);
    /* It was its confirmation that found none: the failure itself stands. */
    assert_int_equal(take(&x, &started, (struct result){.verdict = VERDICT_FAIL}, VERDICT_FAIL), REACH_KEEP);
    assert_int_equal(take(&x, &not_started, error, VERDICT_ERROR), REACH_HOLD);
    assert_null(x.stopped);
    assert_int_equal(take(&x, &not_started, error, VERDICT_ERROR), REACH_STOP);
    assert_string_equal(x.stopped, "the subject does not start");
    reach_free(&x);
}

static void a_client_that_comes_later_has_the_others_tried_again(void **state)
{
    (void)state;
    struct reach x = {.place = "its server"};
    assert_int_equal(take(&x, &not_come, failed(-1), VERDICT_FAIL), REACH_HOLD);
    assert_int_equal(take(&x, &not_come, failed(-1), VERDICT_FAIL), REACH_HOLD);
    assert_int_equal(take(&x, &nothing, (struct result){.connected = true}, VERDICT_PASS), REACH_KEEP);
    assert_true(x.come);
    for (int i = 0; i < 10; i++)
        assert_int_equal(take(&x, &not_come, failed(-1), VERDICT_FAIL), REACH_HOLD);
    /* One that was judged for it is broken. */
    assert_int_equal(take(&x, &nothing, failed(-1), VERDICT_FAIL), REACH_KEEP);
    assert_null(x.stopped);
}

static void a_command_that_never_connects_is_told_once(void **state)
{
    (void)state;
    static const struct {
        bool nameless;
        int exit_status, cases;
        const char *told;
    } table[] = {
        {false, 127, 1, "exit status 127 without having connected: the command was not found"},
        {false, 126, 1, "exit status 126 without having connected: the command cannot be executed"},
        {true, 0, 1, "nothing tells it where to"},
        {false, 0, 3, "the client has not connected to its server in any of 3 cases"},
        {false, -1, 3, "the client has not connected to its server in any of 3 cases"},
    };
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        struct reach x = {.place = "its server", .nameless = table[i].nameless};
        for (int k = 1; k < table[i].cases; k++)
            assert_int_equal(take(&x, &not_come, failed(table[i].exit_status), VERDICT_FAIL), REACH_HOLD);
        assert_int_equal(take(&x, &not_come, failed(table[i].exit_status), VERDICT_INCONCLUSIVE), REACH_STOP);
        assert_non_null(strstr(x.stopped, table[i].told));
        reach_free(&x);
    }
}

static void nobody_at_the_place_any_more(void **state)
{
    (void)state;
    struct reach x = {.place = "127.0.0.1:80"};
    char name[] = "a/b";
    const struct reach_news deserted = {.deserted = true};
    assert_int_equal(take(&x, &deserted, (struct result){.name = name}, VERDICT_PASS), REACH_STOP);
    assert_string_equal(x.stopped, "nobody listens on 127.0.0.1:80 any more, behind the case a/b");
    reach_free(&x);
}

/* Nobody can be named, so all are that may have done it. */
static void those_that_had_ended_before_are_listed(void **state)
{
    (void)state;
    struct reach x = {.place = "127.0.0.1:80"};
    char name[] = "a/d", first[] = "a/b", second[] = "a/c";
    char *depends[] = {first, second};
    const struct reach_news deserted = {.deserted = true};
    const struct result r = {.name = name, .depends = depends, .depend_count = 2};
    assert_int_equal(take(&x, &deserted, r, VERDICT_PASS), REACH_STOP);
    assert_non_null(strstr(x.stopped, "behind the case a/d; it may be the doing of that, or of one that had ended just "
                                      "before: a/b, a/c"));
    reach_free(&x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_failed_starts_in_a_row_stop_the_run),
        cmocka_unit_test(a_client_that_comes_later_has_the_others_tried_again),
        cmocka_unit_test(a_command_that_never_connects_is_told_once),
        cmocka_unit_test(nobody_at_the_place_any_more),
        cmocka_unit_test(those_that_had_ended_before_are_listed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
