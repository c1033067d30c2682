/* servers/bind_again.h: a port whose connections are in TIME_WAIT is free to who says SO_REUSEADDR, before and now. */
#include "servers/bind_again.h"

#include <errno.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void test_both_said_so(void **state)
{
    (void)state;
    struct net_error e = {0};
    assert_int_equal(bind_again(true, true, &e), 0);
}

static void test_refused(void **state)
{
    (void)state;
    static const bool ways[][2] = {{false, false}, {false, true}, {true, false}};
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        struct net_error e = {0};
        assert_int_equal(bind_again(ways[i][0], ways[i][1], &e), -1);
        assert_int_equal(e.failure, NET_SYSTEM);
        assert_int_equal(e.code, EADDRINUSE);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_both_said_so),
        cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
