/* What a subject is given (descriptors, signals, environment, limits) and what is counted of it; in every isolation
 * mode. */
#include "subject_bench.h"
#include "subject_modes.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>

static void test_descriptors(void **state)
{
    struct bench *b = *state;
    int leak = open("/dev/null", 0), other = dup2(leak, 100); /* without close-on-exec, on purpose */
    start_client(b, "files", NULL);
    await(b, has_ended, NULL);
    assert_output(b, 1, "[0][1][2] stdin 0\n");
    stop(b, 0);
    close(leak);
    close(other);
}

static void test_signals_are_default(void **state)
{
    struct bench *b = *state;
    sigset_t some, before;
    sigemptyset(&some);
    sigaddset(&some, SIGUSR1);
    sigprocmask(SIG_BLOCK, &some, &before);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGCHLD, SIG_IGN);
    start_client(b, "signals", NULL);
    await(b, has_ended, NULL);
    signal(SIGCHLD, SIG_DFL);
    signal(SIGPIPE, SIG_DFL);
    sigprocmask(SIG_SETMASK, &before, NULL);
    assert_true(has_output(b, "SigBlk:\t0000000000000000"));
    assert_true(has_output(b, "SigIgn:\t0000000000000000"));
    stop(b, 0);
}

static void test_environment(void **state)
{
    struct bench *b = *state;
    setenv("http_proxy", "http://127.0.0.1:1", 1);
    setenv("All_Proxy", "http://127.0.0.1:1", 1);
    setenv("SUBJECT_TEST", "kept", 1);
    start_client(b, "environment", NULL);
    await(b, has_ended, NULL);
    assert_true(has_output(b, "SUBJECT_TEST=kept\n"));
    assert_false(has_output(b, "roxy="));
    stop(b, 0);
    unsetenv("http_proxy");
    unsetenv("All_Proxy");
}

static void test_original_limits(void **state)
{
    struct bench *b = *state;
    char expected[64];
    snprintf(expected, sizeof expected, "files %llu %llu\n", (unsigned long long)b->original.rlim_cur,
             (unsigned long long)b->original.rlim_max);
    start_client(b, "limit", NULL);
    await(b, has_ended, NULL);
    assert_output(b, 1, expected);
    stop(b, 0);
}

static void test_counts(void **state)
{
    struct bench *b = *state;
    start_client(b, "hold-files", "37");
    await(b, has_output, "held");
    assert_int_equal(subject_files(b->subject), 40);
    assert_int_equal(subject_children(b->subject), 0);
    stop(b, 0);
    start_client(b, "hold-memory", "50000000");
    await(b, has_output, "held");
    uint64_t now = subject_memory_now(b->subject); /* before the peak: it may still grow a little */
    assert_in_range(now, 50000000, 400000000);
    assert_true(subject_memory_peak(b->subject) >= now);
    subject_memory_mark(b->subject);
    assert_true(subject_memory_peak(b->subject) >= 50000000);
    stop(b, 0);
}

static bool has_used_cpu(struct bench *b, const char *text)
{
    (void)text;
    return subject_cpu_us(b->subject) > 100000;
}

static bool has_run_on(struct bench *b, const char *text)
{
    (void)text;
    return subject_cpu_us(b->subject) > 300000;
}

static void test_cpu(void **state)
{
    struct bench *b = *state;
    start_client(b, "spin", NULL);
    await(b, has_used_cpu, "CPU time");
    await(b, activity_has, "running");
    struct subject_load first, then;
    subject_load(b->subject, &first);
    await(b, has_run_on, "more CPU time");
    subject_load(b->subject, &then);
    assert_in_range(first.ran_us, 100000, then.ran_us);
    assert_true(then.ran_us >= 300000);
    assert_true(then.queued_us >= first.queued_us);
    assert_int_equal(then.sleeps, first.sleeps); /* it may be preempted, but never waits */
    stop(b, 0);
    start_client(b, "block-in-read", NULL);
    await(b, has_output, "blocking");
    await(b, activity_has, "blocked in read(fd 42)");
    uint64_t before = subject_cpu_us(b->subject);
    assert_true(before > 0);
    assert_int_equal(subject_cpu_us(b->subject), before);
    subject_load(b->subject, &first);
    assert_true(first.sleeps > 0);
    stop(b, 0);
}

static void test_limits_all_processes(void **state)
{
    struct bench *b = *state;
    struct err e = {0};
    pid_t pids[16];
    /* What the language calls files, memory, processes and stack. */
    static const struct {
        int resource;
        rlim_t value;
    } limits[] = {{RLIMIT_NOFILE, 11}, {RLIMIT_AS, 1 << 30}, {RLIMIT_NPROC, 50}, {RLIMIT_STACK, 1 << 20}};
    start_client(b, "descend", "3");
    await(b, has_output, "all born");
    for (size_t k = 0; k < sizeof limits / sizeof *limits; k++) {
        assert_int_equal(subject_limit(b->subject, limits[k].resource, limits[k].value, &e), 0);
        size_t count = subject_pids(b->subject, pids, 16);
        assert_int_equal(count, 4);
        for (size_t i = 0; i < count; i++) {
            struct rlimit r;
            assert_int_equal(prlimit(pids[i], limits[k].resource, NULL, &r), 0);
            assert_int_equal(r.rlim_cur, limits[k].value);
        }
    }
    stop(b, 0);
}

/* Connects; returns whether the connection is there within so many milliseconds. */
static bool gets_in(int *fd, int port, int ms)
{
    struct sockaddr_in a = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    *fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (connect(*fd, (void *)&a, sizeof a) == 0)
        return true;
    struct pollfd p = {.fd = *fd, .events = POLLOUT};
    return poll(&p, 1, ms) == 1 && (p.revents & POLLERR) == 0;
}

/* Stopped, the server accepts nobody: one more than its backlog gets in, and no further one before it goes on. */
static void test_backlog_is_shortened(void **state)
{
    struct bench *b = *state;
    struct err e = {0};
    char text[16];
    int fds[3], port = free_port(SOCK_STREAM);
    start_server(b, "echo", port, text);
    await(b, is_ready, NULL);
    if (subject_backlog(b->subject, 1, &e) < 0)
        fail_msg("%s", e.text);
    assert_int_equal(subject_signal(b->subject, SIGSTOP), 0);
    await(b, activity_has, "stopped by a signal");
    assert_true(gets_in(&fds[0], port, (int)(PATIENCE * 1000)));
    assert_true(gets_in(&fds[1], port, (int)(PATIENCE * 1000)));
    assert_false(gets_in(&fds[2], port, 300));
    assert_int_equal(subject_signal(b->subject, SIGCONT), 0);
    for (int i = 0; i < 3; i++)
        close(fds[i]);
    stop(b, 0);
    start_client(b, "print", "no server");
    await(b, has_output, "no server");
    assert_int_equal(subject_backlog(b->subject, 1, &e), -1);
    assert_int_equal(e.code, ENOENT);
    stop(b, 0);
}

static int run(const struct mode *mode, enum isolation got, struct rlimit original)
{
    struct bench bench = {.isolation = got, .original = original};
    const struct CMUnitTest tests[] = {
        IN_BENCH(test_descriptors),
        IN_BENCH(test_signals_are_default),
        IN_BENCH(test_environment),
        IN_BENCH(test_original_limits),
        IN_BENCH(test_counts),
        IN_BENCH(test_cpu),
        IN_BENCH(test_limits_all_processes),
        IN_BENCH(test_backlog_is_shortened),
    };
    return cmocka_run_group_tests_name(mode->name, tests, NULL, NULL);
}

int main(int argc, char **argv)
{
    return run_all_modes(argc, argv, run);
}
