/* The words of a flawed twin: which flaw, and as many of the contract's as its usage has. */
#include "flawed/flaws.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const int first_ops, second_ops;
static const struct flaw flaws[] = {
    {"first", "RULE", "profile/scenario", "does one thing wrong", &first_ops, NULL, NULL},
    {"second", "RULE", "profile/scenario", "does another", &second_ops, NULL, NULL},
};

#define WORDS_MAX 7

struct row {
    const char *usage;
    const char *words[WORDS_MAX];
    const void *ops; /* NULL: none is taken */
    int status;
    int left; /* words of the contract behind the program's name */
};

static const struct row rows[] = {
    {"HOST PORT", {"--flaw", "first", "h", "1"}, &first_ops, 0, 2},
    {"HOST PORT", {"--flaw", "second", "h", "1"}, &second_ops, 0, 2},
    {"HOST PORT [ROOT]", {"--flaw", "first", "h", "1"}, &first_ops, 0, 2},
    {"HOST PORT [ROOT]", {"--flaw", "first", "h", "1", "/"}, &first_ops, 0, 3},
    {"HOST PORT [ROOT]", {"--flaw", "first", "h", "1", "/", "more"}, NULL, 2, 0},
    {"HOST PORT", {"--flaw", "first", "h"}, NULL, 2, 0},
    {"HOST PORT", {"--flaw", "first", "h", "1", "more"}, NULL, 2, 0},
    {"HOST PORT", {"--flaw", "third", "h", "1"}, NULL, 2, 0},
    {"HOST PORT", {"--flaw"}, NULL, 2, 0},
    {"HOST PORT", {"h", "1"}, NULL, 2, 0},
    {"HOST PORT", {0}, NULL, 2, 0},
    {"HOST PORT", {"--list"}, NULL, 0, 0},
    {"HOST PORT", {"--help"}, NULL, 0, 0},
};

static void words_name_a_flaw(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct row *r = &rows[i];
        char *argv[WORDS_MAX + 2] = {(char *)(uintptr_t) "twin"};
        int argc = 1, status = -1;
        for (; argc <= WORDS_MAX && r->words[argc - 1] != NULL; argc++)
            argv[argc] = (char *)(uintptr_t)r->words[argc - 1];
        const struct flaw *f = flaw_of_args(&argc, argv, flaws, sizeof flaws / sizeof flaws[0], r->usage, &status);
        if ((f == NULL && status != r->status) || (f == NULL ? NULL : f->ops) != r->ops)
            fail_msg("row %zu: status %d, flaw %s", i, status, f == NULL ? "none" : f->name);
        if (f == NULL)
            continue;
        assert_int_equal(argc, r->left + 1);
        assert_string_equal(argv[1], "h");
        assert_null(argv[argc]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(words_name_a_flaw)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
