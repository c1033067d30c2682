/* What a run makes of servers and clients: verdicts, confirmation, and what it says of those that end. */
#include "run_bench.h"

#include "base/mem.h"

#include <arpa/inet.h>
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define WORD(text) ((char[]){text})

/* A bench whose subject is a client in the shell: `words` are what it runs. */
static struct bench *client_bench(char *words, char **argv)
{
    static char shell[] = "/bin/bash", option[] = "-c";
    struct bench *b = bench_make("good");
    argv[0] = shell;
    argv[1] = option;
    argv[2] = words;
    argv[3] = NULL;
    b->profile.role = SCN_ROLE_CLIENT;
    b->options.argv = argv;
    return b;
}

#define TAKES_IT HEAD("takes") "server { accept ; expect \"x\" ; close }\n"
#define SAYS_X   "exec 3<>/dev/tcp/{host}/{port}; printf x >&3; read <&3 || :"

static void a_good_server_passes(void **state)
{
    (void)state;
    struct bench *b = bench_make("good");
    bench_add(b, "test/a", PLAIN);
    bench_add(b, "test/b", POISON);
    bench_add(b, "test/c", PLAIN);
    bench_verdicts(b, (enum verdict[]){VERDICT_PASS, VERDICT_PASS, VERDICT_PASS}, 3);
    bench_drop(b);
}

static void a_broken_server_fails_with_a_repeat_line(void **state)
{
    (void)state;
    struct bench *b = bench_make("broken");
    bench_add(b, "test/a", PLAIN);
    bench_verdicts(b, (enum verdict[]){VERDICT_FAIL}, 1);
    const struct result *r = &b->run.results[0];
    assert_int_equal(r->depend_count, 0);
    assert_false(r->unconfirmed);
    assert_non_null(strstr(r->repeat, "sockspec test --filter 'test/a' --seed 7 -- "));
    assert_non_null(strstr(r->repeat, " broken '{port}'"));
    bench_drop(b);
}

static void a_failure_that_depends_on_an_earlier_case(void **state)
{
    (void)state;
    struct bench *b = bench_make("spoilt");
    bench_add(b, "test/a", PLAIN);
    bench_add(b, "test/b", POISON);
    bench_add(b, "test/c", PLAIN);
    bench_add(b, "test/d", PLAIN);
    /* c fails since b spoilt the instance; d has a fresh one. */
    bench_verdicts(b, (enum verdict[]){VERDICT_PASS, VERDICT_PASS, VERDICT_FAIL, VERDICT_PASS}, 4);
    const struct result *r = &b->run.results[2];
    assert_int_equal(r->depend_count, 1);
    assert_string_equal(r->depends[0], "test/b");
    assert_non_null(strstr(r->repeat, "--filter 'test/b|test/c' -j 1"));
    bench_drop(b);
}

static void what_does_not_fail_twice_is_flaky(void **state)
{
    (void)state;
    struct bench *b = bench_make("moody");
    char *mood = mem_printf(BINARY_DIR "/run_mood_%d", (int)getpid()); /* not in /tmp, which is each instance's own */
    ;
    unlink(mood);
    b->argv[3] = mood;
    bench_add(b, "test/a", PLAIN);
    bench_add(b, "test/b", PLAIN);
    bench_verdicts(b, (enum verdict[]){VERDICT_FLAKY, VERDICT_PASS}, 2);
    assert_non_null(b->run.results[0].message);
    assert_non_null(b->run.results[0].repeat);
    assert_int_equal(unlink(mood), 0);
    free(mood);
    bench_drop(b);
}

#define NEVER_HIT                                                                                                      \
    HEAD("never hit")                                                                                                  \
    "client { connect ; send \"x\" ; expect \"x\" ; close }\n"                                                         \
    "subject { fault setsockopt error ENOPROTOOPT }\n"

/* What fails without the fault too is broken; what does not has been failed by nobody knows what, and not by the fault.
 */
static void a_fault_that_hit_nobody(void **state)
{
    (void)state;
    struct bench *b = bench_make("broken");
    bench_add(b, "test/a", NEVER_HIT);
    bench_verdicts(b, (enum verdict[]){VERDICT_FAIL}, 1);
    bench_drop(b);
    b = bench_make("moody");
    char *mood = mem_printf(BINARY_DIR "/run_fault_%d", (int)getpid());
    unlink(mood);
    b->argv[3] = mood;
    bench_add(b, "test/a", NEVER_HIT);
    bench_verdicts(b, (enum verdict[]){VERDICT_SKIP}, 1);
    assert_non_null(strstr(b->run.results[0].message, "was never hit"));
    bench_drop(b);
    unlink(mood);
    free(mood);
}

/* Without the fault no right client would tell an error: there is nothing to try. */
static void an_error_that_no_fault_gave(void **state)
{
    (void)state;
    static const char wants_error[] = HEAD("wants") "server { accept ; expect \"x\" ; close }\n"
                                                    "subject { fault shutdown error ENOTCONN ; expect exit nonzero }\n";
    char *argv[4], words[] = SAYS_X;
    struct bench *b = client_bench(words, argv);
    bench_add(b, "test/a", wants_error);
    bench_verdicts(b, (enum verdict[]){VERDICT_SKIP}, 1);
    assert_non_null(strstr(b->run.results[0].message, "was never hit"));
    bench_drop(b);
}

/* It has tried to connect, which its fault has kept it from: that it goes on for ever is its own. */
static void a_client_kept_out_by_its_fault_is_judged(void **state)
{
    (void)state;
    static const char refused[] = HEAD("refused") "subject { fault connect error ECONNREFUSED\n"
                                                  "expect exit nonzero within 1s }\nserver { hold }\n";
    char *argv[4], words[] = "until (exec 3<>/dev/tcp/{host}/{port}) 2>/dev/null; do sleep 0.05; done";
    struct bench *b = client_bench(words, argv);
    b->options.start_timeout = 1;
    bench_add(b, "test/a", refused);
    bench_verdicts(b, (enum verdict[]){VERDICT_FAIL}, 1);
    assert_int_equal(b->run.results[0].diagnosis, DIAGNOSIS_HANG);
    bench_drop(b);
}

static void a_server_that_crashes_is_replaced(void **state)
{
    (void)state;
    struct bench *b = bench_make("mortal");
    bench_add(b, "test/a", PLAIN);
    bench_add(b, "test/b", POISON);
    bench_add(b, "test/c", PLAIN);
    if (bench_run(b) < 0)
        fail_msg("%s", b->error.text);
    assert_int_equal(b->run.results[0].verdict, VERDICT_PASS);
    assert_int_equal(b->run.results[1].verdict, VERDICT_FAIL);
    assert_int_equal(b->run.results[2].verdict, VERDICT_PASS);
    bench_drop(b);
}

/* Nothing can be seen of its end when the case ends but that nobody listens any more. */
static void a_server_that_takes_its_leave_is_seen_to_end(void **state)
{
    (void)state;
    struct bench *b = bench_make("tidy");
    bench_add(b, "test/a", POISON);
    bench_add(b, "test/b", PLAIN);
    bench_verdicts(b, (enum verdict[]){VERDICT_FAIL, VERDICT_PASS}, 2);
    assert_non_null(strstr(b->run.results[0].message, "the subject ended right after the case (exit status 0)"));
    bench_drop(b);
}

/* Told once, with what it wrote, and not forty times. */
static void a_server_that_does_not_start_stops_the_run(void **state)
{
    (void)state;
    struct bench *b = bench_make("refusing");
    bench_add(b, "test/a", PLAIN);
    b->options.repeat = 40;
    b->options.jobs = 4;
    bench_verdicts(b, (enum verdict[]){VERDICT_ERROR}, 1);
    assert_non_null(strstr(b->run.results[0].message, "did not start"));
    assert_non_null(strstr(b->run.results[0].output, "no configuration"));
    assert_string_equal(b->run.stopped, "the subject does not start");
    assert_int_equal(run_exit_code(&b->run, false), 3);
    bench_drop(b);
}

static void one_connection_servers_get_an_instance_a_case(void **state)
{
    (void)state;
    struct bench *b = bench_make("once");
    scn_facts_set(&b->facts, "lifetime", "one-connection");
    bench_add(b, "test/a", PLAIN);
    bench_add(b, "test/b", PLAIN);
    bench_add(b, "test/c", PLAIN);
    bench_verdicts(b, (enum verdict[]){VERDICT_PASS, VERDICT_PASS, VERDICT_PASS}, 3);
    bench_drop(b);
}

static void a_program_that_is_not_there(void **state)
{
    (void)state;
    struct bench *b = bench_make("good");
    b->argv[0] = WORD("no-such-program-anywhere");
    bench_add(b, "test/a", PLAIN);
    assert_int_equal(bench_run(b), -1);
    assert_non_null(strstr(b->error.text, "no-such-program-anywhere"));
    bench_drop(b);
}

static void a_server_that_someone_else_runs(void **state)
{
    (void)state;
    int listener = bench_listen(0);
    struct sockaddr_in address;
    socklen_t len = sizeof(address);
    getsockname(listener, (struct sockaddr *)&address, &len);
    pid_t pid = fork();
    if (pid == 0) {
        for (;;) {
            int fd = accept(listener, NULL, NULL);
            bench_serve(fd, true);
            close(fd);
        }
    }
    close(listener);
    struct bench *b = bench_make("good");
    char *at = mem_printf("127.0.0.1:%d", ntohs(address.sin_port));
    b->options.argv = NULL;
    b->options.at = at;
    bench_add(b, "test/a", PLAIN);
    bench_verdicts(b, (enum verdict[]){VERDICT_FAIL}, 1);
    assert_true(b->run.results[0].unconfirmed);
    bench_drop(b);

    b = bench_make("good");
    b->options.argv = NULL;
    b->options.at = at;
    b->options.restart = "true"; /* renews nothing: it fails again */
    bench_add(b, "test/a", PLAIN);
    bench_verdicts(b, (enum verdict[]){VERDICT_FAIL}, 1);
    assert_false(b->run.results[0].unconfirmed);
    bench_drop(b);
    free(at);
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}

/* Longer than any step may take, and not as long as its start may: that is no fault of the rule. */
static void a_client_that_is_slow_to_start_is_waited_for(void **state)
{
    (void)state;
    char *argv[4], words[] = "sleep 1; " SAYS_X;
    struct bench *b = client_bench(words, argv);
    b->options.engine.timeout = 0.3;
    bench_add(b, "test/a", TAKES_IT);
    bench_verdicts(b, (enum verdict[]){VERDICT_PASS}, 1);
    bench_drop(b);
}

/* It connects from its second start on: what the first one has not shown is asked again, and not held against it. */
static void a_client_that_comes_later_is_asked_again(void **state)
{
    (void)state;
    char *mark = mem_printf(BINARY_DIR "/run_come_%d", (int)getpid());
    char *argv[4], *words = mem_printf("if test -e %s; then " SAYS_X "; exit; fi; : > %s; exit 1", mark, mark);
    unlink(mark);
    struct bench *b = client_bench(words, argv);
    bench_add(b, "test/a", TAKES_IT);
    bench_add(b, "test/b", TAKES_IT);
    bench_verdicts(b, (enum verdict[]){VERDICT_PASS, VERDICT_PASS}, 2);
    assert_int_equal(run_exit_code(&b->run, true), 0);
    bench_drop(b);
    unlink(mark);
    free(words);
    free(mark);
}

/* In the first case it connects, so that it is able to: that it does not in the second is its own. */
static void a_client_that_stays_away_is_judged(void **state)
{
    (void)state;
    char *mark = mem_printf(BINARY_DIR "/run_stay_%d", (int)getpid());
    char *argv[4], *words = mem_printf("test -e %s && exit 1; : > %s; " SAYS_X, mark, mark);
    unlink(mark);
    struct bench *b = client_bench(words, argv);
    bench_add(b, "test/a", TAKES_IT);
    bench_add(b, "test/b", TAKES_IT);
    bench_verdicts(b, (enum verdict[]){VERDICT_PASS, VERDICT_FAIL}, 2);
    assert_non_null(strstr(b->run.results[1].message, "the client ended before it connected: exit status 1"));
    bench_drop(b);
    unlink(mark);
    free(words);
    free(mark);
}

static void a_client_that_never_comes(void **state)
{
    (void)state;
    char *argv[4], words[] = "exit 0; {url}";
    struct bench *b = client_bench(words, argv);
    bench_add(b, "test/a", TAKES_IT);
    bench_verdicts(b, (enum verdict[]){VERDICT_INCONCLUSIVE}, 1);
    assert_null(b->run.stopped);
    assert_int_equal(run_exit_code(&b->run, false), 3);
    bench_drop(b);
    b = client_bench(words, argv);
    b->options.repeat = 20;
    bench_add(b, "test/a", TAKES_IT);
    bench_verdicts(b, (enum verdict[]){VERDICT_INCONCLUSIVE}, 1);
    assert_string_equal(b->run.stopped,
                        "the client has not connected to its server in any of 3 cases; in the last one: exit status 0");
    bench_drop(b);
}

static void nobody_at_the_place(void **state)
{
    (void)state;
    struct bench *b = bench_make("good");
    b->options.argv = NULL;
    b->options.at = "127.0.0.1:1";
    bench_add(b, "test/a", PLAIN);
    assert_int_equal(bench_run(b), -1);
    assert_string_equal(b->error.text, "nobody listens on 127.0.0.1:1: no case was run");
    assert_int_equal(b->error.code, ECONNREFUSED);
    assert_int_equal(b->told, 0);
    bench_drop(b);
}

/* It serves two connections and goes: the first case passes, the second is not to blame, the third is never run. */
static void a_server_that_goes_away(void **state)
{
    (void)state;
    int listener = bench_listen(0);
    struct sockaddr_in address;
    socklen_t len = sizeof(address);
    getsockname(listener, (struct sockaddr *)&address, &len);
    pid_t pid = fork();
    if (pid == 0) {
        int fd = accept(listener, NULL, NULL);
        bench_serve(fd, false);
        close(fd);
        fd = accept(listener, NULL, NULL);
        close(listener);
        _exit(0);
    }
    close(listener);
    struct bench *b = bench_make("good");
    char *at = mem_printf("127.0.0.1:%d", ntohs(address.sin_port));
    char *told = mem_printf("nobody listens on %s any more, behind the case test/b", at);
    b->options.argv = NULL;
    b->options.at = at;
    bench_add(b, "test/a", PLAIN);
    bench_add(b, "test/b", PLAIN);
    bench_add(b, "test/c", PLAIN);
    bench_verdicts(b, (enum verdict[]){VERDICT_PASS, VERDICT_INCONCLUSIVE}, 2);
    /* And test/a may have done it, where that had ended just before. */
    assert_ptr_equal(strstr(b->run.stopped, told), b->run.stopped);
    assert_int_equal(run_exit_code(&b->run, false), 3);
    bench_drop(b);
    free(told);
    free(at);
    waitpid(pid, NULL, 0);
}

/* A client that connects once and ends: what a server may still wait for is `close`, on a
 * connection that there is not. */
static void a_client_that_may_come_again(void **state)
{
    (void)state;
    static const char may[] =
        HEAD("may") "server { accept ; expect request GET ; close\n"
                    "expect request GET on any connection or close ; send \"x\" ; expect close or reset }\n"
                    "subject { expect exit 0 }\n";
    static const char must[] = HEAD("must") "server { accept ; expect request GET ; close\n"
                                            "expect request GET on any connection ; close }\n";
    static const char copies[] = HEAD("copies") "server 3 { expect request GET on any connection or close ; close }\n";
    char shell[] = "/bin/bash", option[] = "-c";
    char words[] =
        "exec 3<>/dev/tcp/{host}/{port}; printf 'GET / HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n' >&3; read <&3 || :";
    char *once[] = {shell, option, words, NULL};
    struct bench *b = bench_make("good");
    b->profile.role = SCN_ROLE_CLIENT;
    b->options.argv = once;
    bench_add(b, "test/may", may);
    bench_add(b, "test/must", must);
    bench_add(b, "test/copies", copies);
    bench_verdicts(b, (enum verdict[]){VERDICT_PASS, VERDICT_FAIL, VERDICT_PASS}, 3);
    assert_non_null(strstr(b->run.results[1].message, "the client ended before it connected again: exit status 0"));
    bench_drop(b);
}

int main(int argc, char **argv)
{
    if (argc > 1)
        return bench_server(argv);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_server_passes),
        cmocka_unit_test(a_broken_server_fails_with_a_repeat_line),
        cmocka_unit_test(a_failure_that_depends_on_an_earlier_case),
        cmocka_unit_test(what_does_not_fail_twice_is_flaky),
        cmocka_unit_test(a_fault_that_hit_nobody),
        cmocka_unit_test(an_error_that_no_fault_gave),
        cmocka_unit_test(a_client_kept_out_by_its_fault_is_judged),
        cmocka_unit_test(a_server_that_crashes_is_replaced),
        cmocka_unit_test(a_server_that_takes_its_leave_is_seen_to_end),
        cmocka_unit_test(a_server_that_does_not_start_stops_the_run),
        cmocka_unit_test(one_connection_servers_get_an_instance_a_case),
        cmocka_unit_test(a_program_that_is_not_there),
        cmocka_unit_test(a_server_that_someone_else_runs),
        cmocka_unit_test(a_client_that_is_slow_to_start_is_waited_for),
        cmocka_unit_test(a_client_that_comes_later_is_asked_again),
        cmocka_unit_test(a_client_that_stays_away_is_judged),
        cmocka_unit_test(a_client_that_never_comes),
        cmocka_unit_test(nobody_at_the_place),
        cmocka_unit_test(a_server_that_goes_away),
        cmocka_unit_test(a_client_that_may_come_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
