/* Whom a run names for a death: the case that did it, whoever was at work when it was noticed. */
#include "run_bench.h"

#include "base/mem.h"

#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define MANY                                                                                                           \
    "scenario \"many\"\nrule TEST-RULE MUST \"A server answers\"\nwith n in 1..100\n"                                  \
    "client { connect ; send \"{n}\" ; expect \"{n}\" ; close }\n"
/* The run goes on for longer than anybody takes to die. */
#define LINGER HEAD("linger") "client { connect ; send \"x\" ; expect \"x\" ; pause 600ms ; close }\n"

/* The server closes it, and whoever has inherited it does not. */
#define CLOSED                                                                                                         \
    HEAD("closed") "client { connect ; send \"p\" ; expect \"p\" ; shutdown write ; expect close within 1s }\n"

/* A `q` is answered as no one should. */
#define ASKS(level)                                                                                                    \
    "scenario \"asks\"\nrule TEST-RULE " level " \"A server answers\"\nclient { connect ; send \"q\" ; expect \"y\" "  \
    "}\n"

/* One more connection behind a `p`, of which nothing is asked: the kernel's backlog takes it. */
/* Nobody accepts the second one: that is waited for twice, 8 s in place of the bench's 30. */
#define BEHIND                                                                                                         \
    HEAD("behind")                                                                                                     \
    "timeout 8s\n"                                                                                                     \
    "client { connect ; send \"p\" ; expect \"p\" ; shutdown write ; expect close ; signal gone }\n"                   \
    "client next { wait gone ; connect ; expect 1 bytes or close or nothing for 200ms ; close }\n"

/* --- the servers under test ----------------------------------------------------------------------------- */

static void end_with_7(int signo)
{
    (void)signo;
    (void)!write(STDERR_FILENO, "a task threw\n", 13);
    _exit(7);
}

static void end_in(int ms, void (*how)(int))
{
    const struct itimerval timer = {.it_value = {ms / 1000, ms % 1000 * 1000}};
    signal(SIGALRM, how);
    setitimer(ITIMER_REAL, &timer, NULL);
}

static void crash(int signo)
{
    (void)signo;
    signal(SIGSEGV, SIG_DFL);
    raise(SIGSEGV);
}

/* Serves connections, of which the `limit`th (0: none) is the last; a `p` ends it in `ms` the `how` way. */
static void serve(int listener, int limit, int ms, void (*how)(int))
{
    for (int n = 1;; n++) {
        int fd = accept(listener, NULL, NULL);
        char last = bench_serve(fd, false);
        close(fd);
        if (n == limit && how)
            how(0);
        if (n == limit)
            _exit(0);
        if (last == 'p')
            end_in(ms, how);
    }
}

/* A `q` is not answered (`silent`) or wrongly, and the end of that connection ends the server, `ms` later, the `how`
 * way. */
static _Noreturn void serve_until_asked(int listener, bool silent, int ms, void (*how)(int))
{
    for (;;) {
        char data = 0, more;
        int fd = accept(listener, NULL, NULL);
        bool asked = recv(fd, &data, 1, MSG_PEEK) == 1 && data == 'q';
        if (asked && silent)
            while (read(fd, &more, 1) == 1)
                ;
        else
            bench_serve(fd, asked);
        close(fd);
        if (asked && ms)
            end_in(ms, how);
        else if (asked)
            how(0);
    }
}

/* A thread that accepts ends behind a `p`. */
static void *accept_in_thread(void *data)
{
    for (const int *listener = data;;) {
        int fd = accept(*listener, NULL, NULL);
        char last = bench_serve(fd, false);
        close(fd);
        if (last == 'p')
            return NULL;
    }
}

/* `again`: another takes its place a moment later. */
static _Noreturn void serve_in_thread(int listener, bool again)
{
    pthread_t thread;
    do {
        if (pthread_create(&thread, NULL, accept_in_thread, &listener) != 0)
            exit(1);
        pthread_join(thread, NULL);
        usleep(100000);
    } while (again);
    for (;;)
        sleep(1000);
}

/* Each connection is inherited by a child that knows nothing of it. */
static _Noreturn void serve_and_fork(int listener)
{
    for (;;) {
        int fd = accept(listener, NULL, NULL);
        if (fork() == 0) {
            close(listener);
            for (;;)
                sleep(1000);
        }
        bench_serve(fd, false);
        close(fd);
    }
}

/* MODE PORT: `late` ends with 7, 50 ms behind a `p`, `soon` 5 ms. The others have a worker that is replaced at once:
 * `worker` crashes 20 ms behind a `p`, `seventh` in each seventh connection, and `retire` ends in good order behind
 * each third. More modes: `stuck`, `wrong-crash` and `wrong` (serve_until_asked), `deaf`, `relay` and `inherit`.
 */
static _Noreturn void death_server(char **argv)
{
    const char *mode = argv[1];
    signal(SIGPIPE, SIG_IGN);
    int listener = bench_listen(atoi(argv[2]));
    if (strcmp(mode, "deaf") == 0 || strcmp(mode, "relay") == 0)
        serve_in_thread(listener, strcmp(mode, "relay") == 0);
    if (strcmp(mode, "inherit") == 0)
        serve_and_fork(listener);
    if (strcmp(mode, "stuck") == 0)
        serve_until_asked(listener, true, 0, end_with_7);
    if (strcmp(mode, "wrong") == 0 || strcmp(mode, "wrong-crash") == 0)
        serve_until_asked(listener, false, 50, strcmp(mode, "wrong") == 0 ? end_with_7 : crash);
    if (strcmp(mode, "late") == 0 || strcmp(mode, "soon") == 0)
        serve(listener, 0, strcmp(mode, "late") == 0 ? 50 : 5, end_with_7);
    for (;;) {
        pid_t worker = fork();
        if (worker == 0 && strcmp(mode, "worker") == 0)
            serve(listener, 0, 20, crash);
        if (worker == 0 && strcmp(mode, "seventh") == 0)
            serve(listener, 7, 0, crash);
        if (worker == 0)
            serve(listener, 3, 0, NULL);
        waitpid(worker, NULL, 0);
    }
}

/* --- runs ----------------------------------------------------------------------------------------------- */

static void run(struct bench *b)
{
    if (bench_run(b) < 0)
        fail_msg("%s", b->error.text);
}

static void assert_passes(const struct result *r)
{
    if (r->verdict != VERDICT_PASS)
        fail_msg("%s: %s: %s", r->name, verdict_name(r->verdict), r->message ? r->message : "");
}

/* The second of the cases is the one, and all others pass. */
static void assert_names_poison(struct bench *b, const char *how)
{
    for (size_t i = 0; i < b->run.count; i++)
        if (strcmp(b->run.results[i].name, "test/b") != 0)
            assert_passes(&b->run.results[i]);
    const struct result *r = &b->run.results[1];
    assert_string_equal(r->name, "test/b");
    assert_int_equal(r->verdict, VERDICT_FAIL);
    assert_int_equal(r->diagnosis, DIAGNOSIS_CRASH);
    assert_non_null(strstr(r->message, how));
    assert_non_null(strstr(r->exit, how));
    assert_non_null(strstr(r->repeat, "--filter 'test/b'"));
    assert_int_equal(r->depend_count, 0);
}

static void it_is_named_behind_a_hundred_others(void **state)
{
    (void)state;
    struct bench *b = bench_make("late");
    bench_add(b, "test/a", PLAIN);
    bench_add(b, "test/b", POISON);
    bench_add(b, "test/c", MANY);
    bench_add(b, "test/d", LINGER);
    run(b);
    assert_names_poison(b, "exit status 7");
    assert_non_null(strstr(b->run.results[1].output, "a task threw"));
    bench_drop(b);
}

static void a_worker_that_is_replaced_at_once(void **state)
{
    (void)state;
    struct bench *b = bench_make("worker");
    bench_add(b, "test/a", PLAIN);
    bench_add(b, "test/b", POISON);
    bench_add(b, "test/c", MANY);
    bench_add(b, "test/d", LINGER);
    run(b);
    assert_names_poison(b, "was killed by SIGSEGV");
    bench_drop(b);
}

/* No case alone does it: the signal is told, and no rule of the others' is broken. */
static void who_cannot_be_named_is_not(void **state)
{
    (void)state;
    struct bench *b = bench_make("seventh");
    size_t told = 0;
    bench_add(b, "test/c", MANY);
    run(b);
    assert_int_equal(b->run.count, 100);
    for (size_t i = 0; i < b->run.count; i++) {
        const struct result *r = &b->run.results[i];
        if (r->verdict == VERDICT_PASS)
            continue;
        told++;
        assert_int_equal(r->diagnosis, DIAGNOSIS_CRASH);
        assert_non_null(strstr(r->message, "was killed by SIGSEGV"));
        assert_non_null(strstr(r->message, "behind none of them alone"));
        assert_true(r->depend_count > 0);
        assert_null(r->rule); /* of whoever noticed it */
    }
    assert_int_equal(told, 1);
    assert_int_equal(run_exit_code(&b->run, false), 1);
    bench_drop(b);
}

static void a_worker_that_retires_is_not_blamed(void **state)
{
    (void)state;
    struct bench *b = bench_make("retire");
    bench_add(b, "test/a", PLAIN);
    bench_add(b, "test/b", POISON);
    bench_add(b, "test/c", MANY);
    run(b);
    for (size_t i = 0; i < b->run.count; i++)
        assert_passes(&b->run.results[i]);
    bench_drop(b);
}

/* Nobody comes any more who could notice it. */
static void behind_the_last_case_of_all(void **state)
{
    (void)state;
    struct bench *b = bench_make("soon");
    bench_add(b, "test/b", POISON);
    run(b);
    assert_int_equal(b->run.results[0].verdict, VERDICT_FAIL);
    assert_int_equal(b->run.results[0].diagnosis, DIAGNOSIS_CRASH);
    assert_non_null(strstr(b->run.results[0].message, "exit status 7"));
    bench_drop(b);
}

/* Runs ASKS(level) between two that are right. */
static struct bench *asked_in_between(const char *mode, const char *source)
{
    struct bench *b = bench_make(mode);
    bench_add(b, "test/a", PLAIN);
    bench_add(b, "test/b", source);
    bench_add(b, "test/c", LINGER);
    run(b);
    assert_passes(&b->run.results[0]);
    assert_passes(&b->run.results[2]);
    return b;
}

/* It dies since we close what it was stuck in: the diagnosis stands, and nobody else is asked about it. */
static void an_end_that_follows_from_ours_changes_nothing(void **state)
{
    static const struct {
        const char *mode;
        enum diagnosis diagnosis;
    } rows[] = {{"stuck", DIAGNOSIS_DEADLOCK}, {"wrong", DIAGNOSIS_MISMATCH}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct bench *b = asked_in_between(rows[i].mode, ASKS("SHOULD"));
        assert_int_equal(b->run.results[1].verdict, VERDICT_WARN);
        assert_int_equal(b->run.results[1].diagnosis, rows[i].diagnosis);
        assert_null(strstr(b->run.results[1].message, "ended"));
        assert_int_equal(run_exit_code(&b->run, false), 0);
        bench_drop(b);
    }
}

/* No peer is a reason for a SIGSEGV: it counts, and is told behind what was judged. */
static void a_crash_behind_a_failure_is_told_with_it(void **state)
{
    (void)state;
    struct bench *b = asked_in_between("wrong-crash", ASKS("SHOULD"));
    assert_int_equal(b->run.results[1].verdict, VERDICT_FAIL);
    assert_int_equal(b->run.results[1].diagnosis, DIAGNOSIS_MISMATCH);
    assert_non_null(strstr(b->run.results[1].message, "behind the case the subject ended: "));
    assert_non_null(strstr(b->run.results[1].message, "SIGSEGV"));
    bench_drop(b);
}

static void a_thread_that_accepts_and_ends_alone(void **state)
{
    (void)state;
    static const char words[] = "the thread that accepts has ended";
    struct bench *b = bench_make("deaf");
    bench_add(b, "test/a", PLAIN);
    bench_add(b, "test/b", BEHIND);
    bench_add(b, "test/c", PLAIN);
    run(b);
    assert_passes(&b->run.results[0]);
    assert_passes(&b->run.results[2]);
    assert_int_equal(b->run.results[1].verdict, VERDICT_FAIL);
    assert_int_equal(b->run.results[1].diagnosis, DIAGNOSIS_CRASH);
    assert_non_null(strstr(b->run.results[1].message, words));
    assert_non_null(strstr(b->run.results[1].exit, words));
    bench_drop(b);
}

static void one_that_is_relieved_is_right(void **state)
{
    (void)state;
    struct bench *b = bench_make("relay");
    bench_add(b, "test/a", PLAIN);
    bench_add(b, "test/b", BEHIND);
    bench_add(b, "test/c", PLAIN);
    run(b);
    for (size_t i = 0; i < b->run.count; i++)
        assert_passes(&b->run.results[i]);
    bench_drop(b);
}

static void who_has_inherited_a_connection_is_named(void **state)
{
    (void)state;
    struct bench *b = bench_make("inherit");
    bench_add(b, "test/a", CLOSED);
    run(b);
    assert_int_equal(b->run.results[0].verdict, VERDICT_FAIL);
    assert_non_null(strstr(b->run.results[0].message, "the peer's end is held by "));
    bench_drop(b);
}

int main(int argc, char **argv)
{
    if (argc > 2 && strcmp(argv[1], "--only") == 0)
        cmocka_set_test_filter(argv[2]);
    else if (argc > 1)
        death_server(argv);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_named_behind_a_hundred_others),
        cmocka_unit_test(a_worker_that_is_replaced_at_once),
        cmocka_unit_test(who_cannot_be_named_is_not),
        cmocka_unit_test(a_worker_that_retires_is_not_blamed),
        cmocka_unit_test(behind_the_last_case_of_all),
        cmocka_unit_test(an_end_that_follows_from_ours_changes_nothing),
        cmocka_unit_test(a_crash_behind_a_failure_is_told_with_it),
        cmocka_unit_test(a_thread_that_accepts_and_ends_alone),
        cmocka_unit_test(one_that_is_relieved_is_right),
        cmocka_unit_test(who_has_inherited_a_connection_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
