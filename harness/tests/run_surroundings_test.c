/* Names are answered at once in a worker's own network, to whatever asks; in every isolation mode that has one. */
#include "subject_bench.h"
#include "subject_modes.h"

#include "base/clock.h"
#include "run/surroundings.h"

/* What a resolver that nobody answers costs is five seconds and more. */
#define AT_ONCE_MS 4000

/* Runs a command with these surroundings. What it wrote must be `expected` (NULL: nothing is asked). */
static void ask(struct bench *b, const struct surroundings *s, const char *command, const char *expected)
{
    static char sh[] = "sh", flag[] = "-c";
    char *words[] = {sh, flag, (char *)(uintptr_t)command, NULL};
    const struct subject_spec spec = {.argv = words, .isolation = b->isolation, .temp = s->temp};
    uint64_t began = clock_us();
    start(b, &spec);
    await(b, has_ended, NULL);
    uint64_t ms = (clock_us() - began) / 1000;
    printf("# %s: %d ms\n", command, (int)ms);
    if (expected && !has_output(b, expected))
        fail_msg("%s: %s", command, subject_output(b->subject, 0, &(size_t){0}, NULL));
    if (expected)
        assert_output(b, 0, expected);
    assert_true(ms < AT_ONCE_MS);
    stop(b, 0);
}

static void names_are_answered_at_once(void **state)
{
    struct bench *b = *state;
    struct surroundings s = {0};
    char dir[] = "/tmp/surroundings-test-XXXXXX", names[64], command[400];
    if (b->isolation == ISOLATION_PROCESS)
        return;
    assert_non_null(mkdtemp(dir));
    snprintf(names, sizeof names, "%s/names", dir);
    surroundings_prepare(&s, dir);
    surroundings_enter(&s, b->loop, names);
    assert_non_null(s.resolver);
    ask(b, &s, "getent ahostsv4 localhost | head -n 1 | cut -d ' ' -f 1", "127.0.0.1\n");
    ask(b, &s, "getent hosts 127.0.0.1 | awk '{print $2}'", "localhost\n");
    ask(b, &s, "getent ahosts $(hostname) >/dev/null; echo $?", "0\n");
    ask(b, &s, "getent hosts no.such.example.com; echo $?", "2\n");
    ask(b, &s, "getent hosts 192.0.2.7; echo $?", "2\n");
    /* Not by the library's files alone: the server is there that resolv.conf names. */
    ask(b, &s, "grep nameserver /etc/resolv.conf", "nameserver " RESOLVER_BACKGROUND_HOST "\n");
    surroundings_free(&s);
    snprintf(command, sizeof command, "rmdir %s %s", names, dir);
    assert_int_equal(system(command), 0); /* nothing is left */
}

static int run(const struct mode *mode, enum isolation got, struct rlimit original)
{
    struct bench bench = {.isolation = got, .original = original};
    const struct CMUnitTest tests[] = {
        IN_BENCH(names_are_answered_at_once),
    };
    return cmocka_run_group_tests_name(mode->name, tests, NULL, NULL);
}

int main(int argc, char **argv)
{
    return run_all_modes(argc, argv, run);
}
