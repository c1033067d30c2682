/* How a run goes as a whole: many cases, many workers, without an end, and interrupted. */
#include "run_bench.h"

#include "base/clock.h"
#include "base/mem.h"

#include <dirent.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static const char many[] =
    HEAD("many") "with i in 1..500\n"
                 "server { accept ; expect \"GET {i}\\r\\n\" ; send \"200 OK\\r\\n\" ; expect close }\n"
                 "client { connect ; send \"GET {i}\\r\\n\" ; expect \"200 OK\\r\\n\" ; close }\n";

static void many_cases_without_a_subject(void **state)
{
    (void)state;
    for (int jobs = 1; jobs <= 8; jobs *= 8) {
        struct bench *b = bench_make(NULL);
        bench_add(b, "test/many", many);
        b->options.jobs = jobs;
        b->options.repeat = 4;
        if (bench_run(b) < 0)
            fail_msg("%s", b->error.text);
        struct summary s = run_summary(&b->run);
        assert_int_equal(b->run.count, 2000);
        assert_int_equal(s.count[VERDICT_PASS], 2000);
        assert_string_equal(b->run.results[0].name, "test/many[i=1]");
        assert_string_equal(b->run.results[501].name, "test/many[i=2]"); /* the plan's order, whoever ran it */
        struct rusage usage;
        getrusage(RUSAGE_SELF, &usage);
        print_message("-j%d: %.0f cases a second, peak %ld KB\n", jobs, 2000 / b->run.seconds, usage.ru_maxrss);
        assert_non_null(b->run.machine);
        bench_drop(b);
    }
}

static void in_the_hosts_network_too(void **state)
{
    (void)state;
    struct bench *b = bench_make("good");
    bench_add(b, "test/a", PLAIN);
    bench_add(b, "test/b", PLAIN);
    b->options.isolation = ISOLATION_PROCESS;
    b->options.host_net = true;
    b->options.jobs = 2;
    b->options.repeat = 5;
    assert_int_equal(bench_run(b), 0);
    assert_int_equal(run_summary(&b->run).count[VERDICT_PASS], 10);
    bench_drop(b);
}

/* Not by one long pause: what waits long by design would be begun first. */
static const char waits[] =
    HEAD("waits") "timeout 60s\nclient { connect ; send \"m\" ; expect \"m\" \nrepeat 100 { pause 300ms } }\n";

/* What is left of runs in `dir`: directories of ours. */
static size_t leftovers(const char *dir)
{
    size_t count = 0;
    DIR *d = opendir(dir);
    for (struct dirent *entry; d && (entry = readdir(d));)
        count += strncmp(entry->d_name, "sockspec-", 9) == 0;
    if (d)
        closedir(d);
    return count;
}

/* A child that interrupts us once the second case has begun, which the file tells. */
static pid_t interrupt_when_there_is(const char *path)
{
    pid_t self = getpid(), helper = fork();
    if (helper != 0)
        return helper;
    for (int ms = 0; ms < 20000 && access(path, F_OK) != 0; ms++)
        usleep(1000);
    if (access(path, F_OK) == 0)
        kill(self, SIGINT);
    _exit(0);
}

static void interrupts_clean_up(void **state)
{
    (void)state;
    char dir[] = "/tmp/sockspec_run_test_XXXXXX";
    assert_non_null(mkdtemp(dir));
    setenv("TMPDIR", dir, 1);
    struct bench *b = bench_make("marking");
    char *mark = mem_printf(BINARY_DIR "/run_mark_%d", (int)getpid()); /* what is in /tmp nobody else sees */
    b->argv[3] = mark;
    bench_add(b, "test/a", PLAIN);
    bench_add(b, "test/b", waits);
    pid_t helper = interrupt_when_there_is(mark);
    uint64_t begin = clock_us();
    assert_int_equal(bench_run(b), 0);
    assert_true(clock_us() - begin < 25000000); /* it does not wait for the pause to end */
    assert_true(b->run.interrupted);
    assert_int_equal(b->run.count, 1);
    assert_int_equal(b->run.results[0].verdict, VERDICT_PASS);
    assert_int_equal(leftovers(dir), 0);
    waitpid(helper, NULL, 0);
    bench_drop(b);
    unlink(mark);
    free(mark);
    unsetenv("TMPDIR");
    assert_int_equal(rmdir(dir), 0);
}

static void repeating_until_something_fails(void **state)
{
    (void)state;
    struct bench *b = bench_make("mortal");
    bench_add(b, "test/a", PLAIN);
    bench_add(b, "test/b", POISON);
    b->options.until_fail = true;
    assert_int_equal(bench_run(b), 0);
    assert_int_equal(b->run.results[1].verdict, VERDICT_FAIL);
    assert_false(b->run.interrupted);
    bench_drop(b);
}

int main(int argc, char **argv)
{
    if (argc > 1)
        return bench_server(argv);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(many_cases_without_a_subject),
        cmocka_unit_test(in_the_hosts_network_too),
        cmocka_unit_test(interrupts_clean_up),
        cmocka_unit_test(repeating_until_something_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
