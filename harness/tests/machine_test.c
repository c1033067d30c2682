/* What a machine allows: each mechanism of the language's table can be tried, and reasons are given. */
#include "base/clock.h"
#include "run/machine.h"
#include "scenario/load.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* The promise is two seconds; a machine that is busy with something else gets its time. */
#define SECONDS_MAX 60.0

static void each_mechanism_can_be_tried(void **state)
{
    (void)state;
    struct machine m;
    size_t count;
    const struct scn_mechanism *all = scn_mechanisms(&count);
    assert_true(count == SCN_MECHANISM_COUNT);
    machine_init(&m, ISOLATION_AUTO, false, false);
    uint64_t began = clock_us();
    for (size_t i = 0; i < count; i++) {
        char begin[64];
        const char *lacking = machine_lacks(&m, all[i].id);
        printf("# %s: %s\n", all[i].name, lacking ? lacking : "works");
        assert_int_equal(all[i].id, i);
        assert_ptr_equal(scn_mechanism_find(all[i].name), &all[i]);
        assert_true(*all[i].purpose && *all[i].remedy);
        if (!lacking)
            continue;
        snprintf(begin, sizeof(begin), "needs %s: ", all[i].name);
        assert_int_equal(strncmp(lacking, begin, strlen(begin)), 0);
        assert_string_equal(machine_why(&m, all[i].id), lacking + strlen(begin));
        assert_ptr_equal(machine_lacks(&m, all[i].id), lacking); /* it is not tried twice */
    }
    double seconds = (double)(clock_us() - began) / 1e6;
    printf("# all of them in %.3f s\n", seconds);
    assert_true(seconds < SECONDS_MAX);
    assert_null(scn_mechanism_find("no-such-thing"));
}

/* Where the run gives up what a mechanism rests on, it is missing on any machine. */
static void what_the_run_gives_up_is_missing(void **state)
{
    (void)state;
    static const enum scn_mechanism_id of_network[] = {SCN_HAS_NETWORK_NAMESPACE, SCN_HAS_NAMES, SCN_HAS_PACKETS,
                                                       SCN_HAS_PORTS};
    struct machine host, foreign, process;
    machine_init(&host, ISOLATION_AUTO, true, false);
    machine_init(&foreign, ISOLATION_AUTO, false, true);
    machine_init(&process, ISOLATION_PROCESS, false, false);
    for (size_t i = 0; i < sizeof(of_network) / sizeof(*of_network); i++) {
        assert_non_null(machine_lacks(&host, of_network[i]));
        assert_non_null(machine_lacks(&foreign, of_network[i]));
        assert_non_null(machine_lacks(&process, of_network[i]));
    }
    assert_non_null(strstr(machine_why(&host, SCN_HAS_PACKETS), "--net host"));
    assert_non_null(machine_lacks(&process, SCN_HAS_NAMESPACES));
    assert_null(machine_lacks(&process, SCN_HAS_PINNING));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_mechanism_can_be_tried),
        cmocka_unit_test(what_the_run_gives_up_is_missing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
