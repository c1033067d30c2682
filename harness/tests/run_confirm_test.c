/* What a second try makes of a failure, on a fake subject. */
#include "run/confirm.h"

#include "base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* The case under test; others are its history. */
#define CASE   1000
#define NOBODY UINT32_MAX

struct fake {
    uint32_t culprit; /* the case fails once an instance has served this one; NOBODY: it does not depend on any */
    int fails;        /* so many more tries of the case fail whatever was served */
    bool no_instance; /* none can be started */
    bool spoilt;      /* the instance has served the culprit */
    struct buf log;   /* "F" a fresh instance, then a number each case */
};

static int fake_run(void *data, uint32_t index, bool fresh, struct result *out)
{
    struct fake *f = data;
    if (f->no_instance)
        return -1;
    if (fresh) {
        f->spoilt = false;
        buf_puts(&f->log, "F ");
    }
    buf_printf(&f->log, "%u ", index);
    if (index == f->culprit)
        f->spoilt = true;
    bool fails = index == CASE && (f->spoilt || f->fails-- > 0);
    out->verdict = fails ? VERDICT_FAIL : VERDICT_PASS;
    out->message = mem_dup(fails ? "again" : NULL);
    return 0;
}

static char *fake_name(void *data, uint32_t index)
{
    (void)data;
    return mem_printf("case %u", index);
}

static struct result failure(void)
{
    return (struct result){.verdict = VERDICT_FAIL, .message = mem_dup("first")};
}

static void try(struct fake *f, const uint32_t *history, size_t count, struct result *r)
{
    const struct confirm_runner runner = {f, fake_run, fake_name};
    *r = failure();
    confirm(&runner, CASE, history, count, r);
}

static void fails_again_on_a_fresh_one(void **state)
{
    (void)state;
    struct fake f = {.culprit = NOBODY, .fails = 1};
    struct result r;
    try(&f, (const uint32_t[]){1, 2}, 2, &r);
    assert_string_equal(buf_text(&f.log), "F 1000 ");
    assert_int_equal(r.verdict, VERDICT_FAIL);
    assert_string_equal(r.message, "again"); /* the confirmed run's evidence */
    assert_int_equal(r.depend_count, 0);
    assert_false(r.unconfirmed);
    result_clear(&r);
    buf_free(&f.log);
}

static void passes_and_had_no_history(void **state)
{
    (void)state;
    struct fake f = {.culprit = NOBODY};
    struct result r;
    try(&f, NULL, 0, &r);
    assert_string_equal(buf_text(&f.log), "F 1000 ");
    assert_int_equal(r.verdict, VERDICT_FLAKY);
    assert_string_equal(r.message, "first");
    result_clear(&r);
    buf_free(&f.log);
}

static void passes_even_after_the_history(void **state)
{
    (void)state;
    struct fake f = {.culprit = NOBODY};
    struct result r;
    try(&f, (const uint32_t[]){1, 2, 3}, 3, &r);
    assert_string_equal(buf_text(&f.log), "F 1000 F 1 2 3 1000 ");
    assert_int_equal(r.verdict, VERDICT_FLAKY);
    assert_string_equal(r.message, "first");
    assert_int_equal(r.depend_count, 0);
    result_clear(&r);
    buf_free(&f.log);
}

static void depends_on_the_shortest_tail_that_does(void **state)
{
    (void)state;
    static const uint32_t history[] = {1, 2, 3, 4, 5};
    static const struct {
        uint32_t culprit;
        size_t depends;
    } table[] = {{5, 1}, {4, 2}, {3, 4}, {2, 4}, {1, 5}};
    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
        struct fake f = {.culprit = table[i].culprit};
        struct result r;
        try(&f, history, 5, &r);
        assert_int_equal(r.verdict, VERDICT_FAIL);
        assert_string_equal(r.message, "again");
        assert_int_equal(r.depend_count, table[i].depends);
        assert_string_equal(r.depends[r.depend_count - 1], "case 5");
        result_clear(&r);
        buf_free(&f.log);
    }
}

static void a_long_history_is_cut(void **state)
{
    (void)state;
    uint32_t history[CONFIRM_HISTORY + 50];
    for (uint32_t i = 0; i < CONFIRM_HISTORY + 50; i++)
        history[i] = i;
    struct fake f = {.culprit = 0}; /* too long ago to be replayed */
    struct result r;
    try(&f, history, CONFIRM_HISTORY + 50, &r);
    assert_int_equal(r.verdict, VERDICT_FLAKY);
    assert_non_null(strstr(buf_text(&f.log), "F 50 51 "));
    result_clear(&r);
    buf_free(&f.log);
}

static void what_cannot_be_tried_again_is_unconfirmed(void **state)
{
    (void)state;
    struct fake f = {.no_instance = true};
    struct result r;
    try(&f, NULL, 0, &r);
    assert_int_equal(r.verdict, VERDICT_FAIL);
    assert_true(r.unconfirmed);
    assert_string_equal(r.message, "first");
    result_clear(&r);
    buf_free(&f.log);
}

/* Where another case failed on the instance before, only what a fresh one does counts. */
static void on_a_suspect_instance(void **state)
{
    (void)state;
    static const struct {
        struct fake fake;
        enum verdict verdict;
        const char *message, *log;
        bool unconfirmed;
    } table[] = {
        {{.culprit = NOBODY, .fails = 1}, VERDICT_FAIL, "again", "F 1000 ", false},
        {{.culprit = NOBODY}, VERDICT_PASS, NULL, "F 1000 ", false},
        {{.culprit = NOBODY, .no_instance = true}, VERDICT_FAIL, "first", "", true},
    };
    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
        struct fake f = table[i].fake;
        const struct confirm_runner runner = {&f, fake_run, fake_name};
        struct result r = failure();
        confirm_suspect(&runner, CASE, &r);
        assert_int_equal(r.verdict, table[i].verdict);
        assert_string_equal(r.message ? r.message : "", table[i].message ? table[i].message : "");
        assert_string_equal(buf_text(&f.log), table[i].log);
        assert_int_equal(r.unconfirmed, table[i].unconfirmed);
        result_clear(&r);
        buf_free(&f.log);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fails_again_on_a_fresh_one),
        cmocka_unit_test(passes_and_had_no_history),
        cmocka_unit_test(passes_even_after_the_history),
        cmocka_unit_test(depends_on_the_shortest_tail_that_does),
        cmocka_unit_test(a_long_history_is_cut),
        cmocka_unit_test(on_a_suspect_instance),
        cmocka_unit_test(what_cannot_be_tried_again_is_unconfirmed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
