/* How subjects end, and are ended, whatever they do (programs/hostile_subject.c): nothing lives on; in every isolation
 * mode. */
#include "subject_bench.h"
#include "subject_modes.h"

#include "base/clock.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>

static void test_flood(void **state)
{
    struct bench *b = *state;
    size_t len;
    uint64_t total;
    struct subject_load load = {0};
    start_client(b, "flood", "200000000");
    while (load.written < 65536) /* before the loop runs: what nobody has read counts too */
        subject_load(b->subject, &load);
    await(b, has_ended, NULL);
    subject_load(b->subject, &load);
    assert_int_equal(load.written, 200000000);
    const char *text = subject_output(b->subject, 1, &len, &total);
    assert_int_equal(total, 200000000);
    assert_int_equal(len, 65536);
    assert_true(text[0] == 'f' && text[len - 1] == 'f');
    stop(b, 0);
}

static void test_flood_does_not_hide_readiness(void **state)
{
    struct bench *b = *state;
    char text[16];
    int port = free_port(SOCK_STREAM);
    start_server(b, "flood-and-listen", port, text);
    await(b, is_ready, NULL);
    assert_int_equal(subject_port(b->subject), port);
    stop(b, 0);
}

static void test_ignores_sigterm(void **state)
{
    struct bench *b = *state;
    start_client(b, "ignore-term", NULL);
    await(b, has_output, "ignoring");
    int ms = stop(b, 0.1);
    assert_in_range(ms, 100, (int)(PATIENCE * 1000));
}

static void test_ends_politely(void **state)
{
    struct bench *b = *state;
    start_client(b, "end-politely", NULL);
    await(b, has_output, "waiting");
    assert_int_equal(subject_signal(b->subject, SIGTERM), 0);
    await(b, has_ended, NULL);
    assert_described(b, "exit status 7");
    assert_true(has_output(b, "goodbye"));
    assert_int_equal(subject_signal(b->subject, SIGTERM), -1);
    stop(b, 1);
    start_client(b, "end-politely", NULL);
    await(b, has_output, "waiting");
    assert_true(stop(b, PATIENCE) < (int)(PATIENCE * 1000));
}

/* Before the event loop has come to read that it was started. */
static void test_signal_at_once(void **state)
{
    struct bench *b = *state;
    start_client(b, "end-politely", NULL);
    assert_int_equal(subject_signal(b->subject, SIGKILL), 0);
    await(b, has_ended, NULL);
    assert_described(b, "killed by SIGKILL");
    stop(b, 0);
}

static void test_daemon(void **state)
{
    struct bench *b = *state;
    char text[16];
    start_server(b, "daemon", free_port(SOCK_STREAM), text);
    await(b, is_ready, NULL);
    await(b, main_has_exited, NULL);
    assert_int_equal(subject_state(b->subject), SUBJECT_READY);
    await(b, has_one_process, "the daemon alone");
    await(b, has_one_file, "the listening socket alone");
    stop(b, 0);
    start_server(b, "daemon", free_port(SOCK_STREAM), text);
    await(b, is_ready, NULL);
    await(b, main_has_exited, NULL);
    assert_true(stop(b, PATIENCE) < (int)(PATIENCE * 1000)); /* SIGTERM reaches the daemon too */
}

static void test_closes_stdio(void **state)
{
    struct bench *b = *state;
    char text[16];
    start_server(b, "close-stdio", free_port(SOCK_STREAM), text);
    await(b, is_ready, NULL);
    assert_output(b, 0, "");
    stop(b, 0);
}

static void test_stops_itself(void **state)
{
    struct bench *b = *state;
    start_client(b, "stop-self", NULL);
    await(b, activity_has, "stopped by a signal");
    assert_int_equal(subject_state(b->subject), SUBJECT_READY);
    stop(b, 0);
    start_client(b, "stop-self", NULL);
    await(b, activity_has, "stopped by a signal");
    assert_true(stop(b, PATIENCE) < (int)(PATIENCE * 1000));
}

static void test_killed_by_signal(void **state)
{
    struct bench *b = *state;
    start_client(b, "signal", "11");
    await(b, has_ended, NULL);
    assert_described(b, "killed by SIGSEGV");
    stop(b, 0);
    struct subject_spec spec = spec_of(b, "signal", "6");
    spec.is_server = true;
    spec.port = free_port(SOCK_STREAM);
    start(b, &spec);
    await(b, has_failed, NULL);
    assert_non_null(strstr(subject_error(b->subject), "was killed by SIGABRT before it listened on port"));
    stop(b, 0);
}

static void test_death_is_told_soon(void **state)
{
    struct bench *b = *state;
    start_client(b, "print", "x");
    await(b, has_output, "x");
    int best = 1000;
    for (int i = 0; i < 50 && best > 100; i++) { /* a loaded machine may be slow often, not always */
        if (i > 0) {
            stop(b, 0);
            start_client(b, "print", "x");
            await(b, has_output, "x");
        }
        uint64_t began = clock_us();
        assert_int_equal(kill(subject_pid(b->subject), SIGKILL), 0);
        await(b, has_ended, NULL);
        int ms = (int)((clock_us() - began) / 1000);
        best = ms < best ? ms : best;
    }
    assert_true(best <= 100);
    assert_described(b, "killed by SIGKILL");
    stop(b, 0);
}

static void test_grandchildren(void **state)
{
    struct bench *b = *state;
    pid_t pids[16];
    start_client(b, "descend", "5");
    await(b, has_output, "all born");
    assert_int_equal(subject_pids(b->subject, pids, 16), 6);
    assert_int_equal(subject_children(b->subject), 1);
    stop(b, 0);
}

static void test_runaway_forks(void **state)
{
    struct bench *b = *state;
    start_client(b, "run-away", NULL);
    await(b, has_output, "off");
    uint64_t end = clock_us() + 30000;
    while (clock_us() < end)
        ev_run(b->loop, EVRUN_NOWAIT);
    stop(b, 0);
}

static void test_instances_one_after_another(void **state)
{
    struct bench *b = *state;
    char text[16];
    int port = free_port(SOCK_STREAM);
    for (int i = 0; i < 10; i++) { /* the same port at once: nothing of the last one holds it */
        start_server(b, "echo", port, text);
        await(b, is_ready, NULL);
        stop(b, 0);
    }
}

static void test_stop_at_any_moment(void **state)
{
    struct bench *b = *state;
    for (int i = 0; i < 40; i++) {
        start_client(b, i % 2 ? "descend" : "daemon", i % 2 ? "3" : "0");
        uint64_t end = clock_us() + (uint64_t)i * 100;
        while (clock_us() < end)
            ev_run(b->loop, EVRUN_NOWAIT);
        stop(b, 0);
    }
}

/* The worker of test_worker_is_killed: tells the PIDs of its subject through `to`, and waits for its end. */
static _Noreturn void be_worker(struct bench *b, int to)
{
    pid_t pids[16] = {0};
    b->loop = ev_loop_new(0);
    start_client(b, "descend", "5");
    await(b, has_output, "all born");
    size_t count = subject_pids(b->subject, pids, 16);
    if (write(to, pids, count * sizeof *pids) < 0)
        _exit(1);
    for (;;)
        pause();
}

static void test_worker_is_killed(void **state)
{
    struct bench *b = *state;
    int tell[2];
    pid_t pids[16];
    assert_int_equal(pipe2(tell, O_CLOEXEC), 0);
    pid_t worker = fork();
    if (worker == 0)
        be_worker(b, tell[1]);
    close(tell[1]);
    ssize_t n = read(tell[0], pids, sizeof pids);
    close(tell[0]);
    assert_int_equal(n, 6 * sizeof *pids);
    kill(worker, SIGKILL);
    assert_int_equal(waitpid(worker, NULL, 0), worker);
    uint64_t end = clock_us() + (uint64_t)(PATIENCE * 1e6);
    for (size_t i = 0; i < 6; i++)
        while (lives(pids[i])) {
            assert_true(clock_us() < end);
            usleep(1000);
        }
}

/*
 * Killed before it could tell anything: at moments from the clone of the init on. Who is left would be our
 * child: we are the reaper.
 */
static void test_worker_is_killed_early(void **state)
{
    struct bench *b = *state;
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    for (int i = 0; i < 30; i++) {
        pid_t worker = fork();
        if (worker == 0) {
            b->loop = ev_loop_new(0);
            start_client(b, "descend", "3");
            ev_run(b->loop, 0);
            for (;;)
                ev_run(b->loop, 0);
        }
        usleep((unsigned)i * 150);
        kill(worker, SIGKILL);
        /* All orphans come to us and end by themselves; a survivor would keep us waiting for ever. */
        uint64_t end = clock_us() + (uint64_t)(PATIENCE * 1e6);
        while (waitpid(-1, NULL, WNOHANG | __WALL) >= 0 || errno != ECHILD) {
            assert_true(clock_us() < end);
            usleep(500);
        }
    }
    prctl(PR_SET_CHILD_SUBREAPER, 0);
}

static int run(const struct mode *mode, enum isolation got, struct rlimit original)
{
    struct bench bench = {.isolation = got, .original = original};
    const struct CMUnitTest tests[] = {
        IN_BENCH(test_flood),
        IN_BENCH(test_flood_does_not_hide_readiness),
        IN_BENCH(test_ignores_sigterm),
        IN_BENCH(test_ends_politely),
        IN_BENCH(test_signal_at_once),
        IN_BENCH(test_daemon),
        IN_BENCH(test_closes_stdio),
        IN_BENCH(test_stops_itself),
        IN_BENCH(test_killed_by_signal),
        IN_BENCH(test_death_is_told_soon),
        IN_BENCH(test_grandchildren),
        IN_BENCH(test_runaway_forks),
        IN_BENCH(test_instances_one_after_another),
        IN_BENCH(test_stop_at_any_moment),
        IN_BENCH(test_worker_is_killed),
        IN_BENCH(test_worker_is_killed_early),
    };
    return cmocka_run_group_tests_name(mode->name, tests, NULL, NULL);
}

int main(int argc, char **argv)
{
    return run_all_modes(argc, argv, run);
}
