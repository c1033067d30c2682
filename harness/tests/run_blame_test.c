/* Which case is blamed for a death, on a fake subject. */
#include "run/blame.h"

#include "base/buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { COUNT = 100, NOBODY = -1 };

struct fake {
    int culprit;    /* the case that ends it; NOBODY */
    int accomplice; /* it must have been served too; NOBODY: none is needed */
    size_t late;    /* so many more cases begin before it ends */
    bool by_itself; /* it ends whatever is asked */
    int left;       /* replays until none can be had; NOBODY: any number */
    int replays;
};

static enum blame_replay fake_replay(void *data, const uint32_t *cases, size_t count, double wait,
                                     struct blame_death *death)
{
    struct fake *f = data;
    bool helped = f->accomplice == NOBODY;
    f->replays++;
    assert_true(wait > 0 && wait <= 10);
    if (f->left == 0)
        return BLAME_UNKNOWN;
    f->left -= f->left > 0;
    *death = (struct blame_death){.begun = count, .seconds = 0.01 * (double)count, .lifetime = 0.1};
    if (f->by_itself)
        return BLAME_DIED;
    for (size_t i = 0; i < count; i++) {
        helped = helped || (int)cases[i] == f->accomplice;
        if ((int)cases[i] != f->culprit || !helped)
            continue;
        if (i + 1 + f->late < count)
            death->begun = i + 1 + f->late;
        return BLAME_DIED;
    }
    return BLAME_LIVED;
}

static struct blame find(struct fake *f)
{
    uint32_t cases[COUNT];
    const struct blame_runner runner = {f, fake_replay};
    for (uint32_t i = 0; i < COUNT; i++)
        cases[i] = i;
    return blame_find(&runner, cases, COUNT, BLAME_WINDOW);
}

static void any_one_is_found_however_late_it_ends(void **state)
{
    (void)state;
    for (size_t late = 0; late <= COUNT; late += 10)
        for (int culprit = 0; culprit < COUNT; culprit++) {
            struct fake f = {.culprit = culprit, .accomplice = NOBODY, .late = late, .left = NOBODY};
            struct blame b = find(&f);
            assert_true(b.repeats && !b.by_itself);
            assert_int_equal(b.count, 1);
            assert_int_equal(b.first, culprit);
            assert_true(f.replays <= 2 * 7 + 3);
        }
}

static void two_together_are_not_told_apart(void **state)
{
    (void)state;
    struct fake f = {.culprit = 70, .accomplice = 20, .left = NOBODY};
    struct blame b = find(&f);
    assert_true(b.repeats);
    assert_true(b.count > 1);
    assert_true(b.first <= 20 && b.first + b.count > 70);
}

static void what_does_not_repeat_leaves_all(void **state)
{
    (void)state;
    struct fake f = {.culprit = NOBODY, .accomplice = NOBODY, .left = NOBODY};
    struct blame b = find(&f);
    assert_false(b.repeats);
    assert_int_equal(b.count, COUNT);
    assert_int_equal(f.replays, 1);
}

static void who_ends_without_any_is_nobodys_doing(void **state)
{
    (void)state;
    struct fake f = {.by_itself = true, .left = NOBODY};
    struct blame b = find(&f);
    assert_true(b.repeats && b.by_itself);
}

static void what_cannot_be_tried_is_left_open(void **state)
{
    (void)state;
    for (int left = 0; left < 5; left++) {
        struct fake f = {.culprit = 3, .accomplice = NOBODY, .left = left};
        struct blame b = find(&f);
        assert_true(!b.repeats || b.count > 1 || left == 4);
        assert_true(b.first <= 3 && b.first + b.count > 3); /* the right one is still among them */
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_one_is_found_however_late_it_ends),
        cmocka_unit_test(two_together_are_not_told_apart),
        cmocka_unit_test(what_does_not_repeat_leaves_all),
        cmocka_unit_test(who_ends_without_any_is_nobodys_doing),
        cmocka_unit_test(what_cannot_be_tried_is_left_open),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
