/*
 * Whole runs: real scenarios, workers, namespaces and servers. This program itself is the server under test, started with
 * a mode as its first word.
 */
#include "run/run.h"

#include "base/clock.h"
#include "base/mem.h"
#include "run/root.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#define WORD(text) ((char[]){text})

/* --- the servers under test ------------------------------------------------------------------------------------------ */

/* Answers each byte with itself, or with `!` when it is broken, until the peer closes. Returns what it got last. */
static char serve_one(int fd, bool broken)
{
    char data[4096], last = 0;
    for (ssize_t n; (n = read(fd, data, sizeof(data))) > 0;) {
        last = data[n - 1];
        if (broken)
            memset(data, '!', (size_t)n);
        if (write(fd, data, (size_t)n) != n)
            break;
    }
    return last;
}

static int listen_at(int port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 || listen(fd, 16) < 0) {
        perror("cannot listen");
        exit(1);
    }
    return fd;
}

/*
 * MODE PORT [FILE]: `good` always answers; `spoilt` answers wrongly once some connection has sent a `p`; `mortal` crashes behind a `p`;
 * `tidy` closes its sockets behind a `p`, and ends a while later; `moody` answers wrongly as long as FILE does not exist, and makes it;
 * `marking` makes FILE when a connection begins with an `m`;
 * `refusing` does not start; `once` serves one connection.
 */
static int be_server(char **argv)
{
    const char *mode = argv[1];
    bool broken = strcmp(mode, "broken") == 0;
    if (strcmp(mode, "refusing") == 0) {
        fputs("no configuration\n", stderr);
        return 3;
    }
    signal(SIGPIPE, SIG_IGN);
    int listener = listen_at(atoi(argv[2]));
    for (;;) {
        int fd = accept(listener, NULL, NULL);
        if (fd < 0)
            continue;
        if (strcmp(mode, "moody") == 0)
            broken = close(open(argv[3], O_WRONLY | O_CREAT | O_EXCL, 0644)) == 0;
        char first = 0;
        if (strcmp(mode, "marking") == 0 && recv(fd, &first, 1, MSG_PEEK) == 1 && first == 'm')
            close(open(argv[3], O_WRONLY | O_CREAT, 0644));
        char last = serve_one(fd, broken);
        if (last == 'p' && strcmp(mode, "mortal") == 0)
            raise(SIGSEGV);
        if (last == 'p' && strcmp(mode, "spoilt") == 0)
            broken = true;
        if (last == 'p' && strcmp(mode, "tidy") == 0)
            close(listener);
        close(fd);
        if (last == 'p' && strcmp(mode, "tidy") == 0) {
            usleep(200000); /* it has other things to put away, or no processor */
            return 0;
        }
        if (strcmp(mode, "once") == 0)
            return 0;
    }
}

/* --- runs ------------------------------------------------------------------------------------------------------------ */

#define HEAD(title) "scenario \"" title "\"\nrule TEST-RULE MUST \"A server answers\"\n"

static const char plain[] = HEAD("plain") "client { connect ; send \"x\" ; expect \"x\" ; close }\n";
static const char poison[] = HEAD("poison") "client { connect ; send \"p\" ; expect \"p\" ; shutdown write ; expect close }\n";
static const char many[] = HEAD("many") "with i in 1..500\n"
                           "server { accept ; expect \"GET {i}\\r\\n\" ; send \"200 OK\\r\\n\" ; expect close }\n"
                           "client { connect ; send \"GET {i}\\r\\n\" ; expect \"200 OK\\r\\n\" ; close }\n";
/* Not by one long pause: what waits long by design would be begun first. */
static const char waits[] = HEAD("waits") "timeout 60s\nclient { connect ; send \"m\" ; expect \"m\" \nrepeat 100 { pause 300ms } }\n";

struct bench {
    struct scn_profile profile;
    struct scn_facts facts;
    struct scn_scenario *scenarios[8];
    size_t count;
    char self[4096];
    char *argv[6];
    struct run_options options;
    struct run run;
    struct err error;
    size_t told; /* calls of progress */
};

static void add(struct bench *b, const char *name, const char *source)
{
    struct scn_messages messages = {0};
    const struct scn_context context = {.profile = b->profile.role == SCN_ROLE_NONE ? NULL : &b->profile};
    struct scn_scenario *s = scn_parse(name, name, source, strlen(source), &context, &messages);
    for (size_t i = 0; i < messages.count; i++)
        print_message("%s:%d: %s\n", name, messages.items[i].at.line, messages.items[i].text);
    scn_messages_free(&messages);
    assert_non_null(s);
    b->scenarios[b->count++] = s;
}

/* `mode` NULL: no subject. */
static struct bench *make(const char *mode)
{
    struct bench *b = mem_new(1, sizeof(*b));
    ssize_t n = readlink("/proc/self/exe", b->self, sizeof(b->self) - 1);
    assert_true(n > 0);
    b->profile = (struct scn_profile){.name = "test", .role = mode ? SCN_ROLE_SERVER : SCN_ROLE_NONE, .transport = SCN_TCP};
    b->options = (struct run_options){
        .profile = mode ? &b->profile : NULL, .scenarios = b->scenarios, .facts = &b->facts, .subject_name = "this test",
        .start_timeout = 30, .jobs = 1, .repeat = 1, .program = "sockspec",
        .engine = {.patience = 1, .timeout = 30, .seed = 7}};
    if (mode) {
        b->argv[0] = b->self;
        b->argv[1] = mem_dup(mode);
        b->argv[2] = mem_dup("{port}");
        b->options.argv = b->argv;
    }
    return b;
}

static void tell(void *data, size_t done, size_t total, const struct result *result)
{
    struct bench *b = data;
    assert_non_null(result->name);
    assert_true(done <= total);
    b->told++;
}

static int run(struct bench *b)
{
    b->options.scenario_count = b->count;
    return run_execute(&b->options, tell, b, &b->run, &b->error);
}

static void drop(struct bench *b)
{
    run_free(&b->run);
    for (size_t i = 0; i < b->count; i++)
        scn_free(b->scenarios[i]);
    scn_facts_free(&b->facts);
    free(b->argv[1]);
    free(b->argv[2]);
    free(b);
}

static void assert_verdicts(struct bench *b, const enum verdict *want, size_t count)
{
    if (run(b) < 0)
        fail_msg("%s", b->error.text);
    assert_int_equal(b->run.count, count);
    for (size_t i = 0; i < count; i++) {
        const struct result *r = &b->run.results[i];
        if (r->verdict != want[i])
            fail_msg("%s: %s, not %s: %s", r->name, verdict_name(r->verdict), verdict_name(want[i]),
                     r->message ? r->message : "");
    }
    assert_int_equal(b->told, count);
}

/* --- the tests --------------------------------------------------------------------------------------------------------- */

static void many_cases_without_a_subject(void **state)
{
    (void)state;
    for (int jobs = 1; jobs <= 8; jobs *= 8) {
        struct bench *b = make(NULL);
        add(b, "test/many", many);
        b->options.jobs = jobs;
        b->options.repeat = 4;
        if (run(b) < 0)
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
        drop(b);
    }
}

static void a_good_server_passes(void **state)
{
    (void)state;
    struct bench *b = make("good");
    add(b, "test/a", plain);
    add(b, "test/b", poison);
    add(b, "test/c", plain);
    assert_verdicts(b, (enum verdict[]){VERDICT_PASS, VERDICT_PASS, VERDICT_PASS}, 3);
    drop(b);
}

static void in_the_hosts_network_too(void **state)
{
    (void)state;
    struct bench *b = make("good");
    add(b, "test/a", plain);
    add(b, "test/b", plain);
    b->options.isolation = ISOLATION_PROCESS;
    b->options.host_net = true;
    b->options.jobs = 2;
    b->options.repeat = 5;
    assert_int_equal(run(b), 0);
    assert_int_equal(run_summary(&b->run).count[VERDICT_PASS], 10);
    drop(b);
}

static void a_broken_server_fails_with_a_repeat_line(void **state)
{
    (void)state;
    struct bench *b = make("broken");
    add(b, "test/a", plain);
    assert_verdicts(b, (enum verdict[]){VERDICT_FAIL}, 1);
    const struct result *r = &b->run.results[0];
    assert_int_equal(r->depend_count, 0);
    assert_false(r->unconfirmed);
    assert_non_null(strstr(r->repeat, "sockspec test --filter 'test/a' --seed 7 -- "));
    assert_non_null(strstr(r->repeat, " broken '{port}'"));
    drop(b);
}

static void a_failure_that_depends_on_an_earlier_case(void **state)
{
    (void)state;
    struct bench *b = make("spoilt");
    add(b, "test/a", plain);
    add(b, "test/b", poison);
    add(b, "test/c", plain);
    add(b, "test/d", plain);
    /* c fails since b spoilt the instance; d has a fresh one. */
    assert_verdicts(b, (enum verdict[]){VERDICT_PASS, VERDICT_PASS, VERDICT_FAIL, VERDICT_PASS}, 4);
    const struct result *r = &b->run.results[2];
    assert_int_equal(r->depend_count, 1);
    assert_string_equal(r->depends[0], "test/b");
    assert_non_null(strstr(r->repeat, "--filter 'test/b|test/c' -j 1"));
    drop(b);
}

static void what_does_not_fail_twice_is_flaky(void **state)
{
    (void)state;
    struct bench *b = make("moody");
    char *mood = mem_printf("/tmp/sockspec_run_mood_%d", (int)getpid());
    unlink(mood);
    b->argv[3] = mood;
    add(b, "test/a", plain);
    add(b, "test/b", plain);
    assert_verdicts(b, (enum verdict[]){VERDICT_FLAKY, VERDICT_PASS}, 2);
    assert_non_null(b->run.results[0].message);
    assert_non_null(b->run.results[0].repeat);
    assert_int_equal(unlink(mood), 0);
    free(mood);
    drop(b);
}

static void a_server_that_crashes_is_replaced(void **state)
{
    (void)state;
    struct bench *b = make("mortal");
    add(b, "test/a", plain);
    add(b, "test/b", poison);
    add(b, "test/c", plain);
    if (run(b) < 0)
        fail_msg("%s", b->error.text);
    assert_int_equal(b->run.results[0].verdict, VERDICT_PASS);
    assert_int_equal(b->run.results[1].verdict, VERDICT_FAIL);
    assert_int_equal(b->run.results[2].verdict, VERDICT_PASS);
    drop(b);
}

/* Nothing can be seen of its end when the case ends but that nobody listens any more. */
static void a_server_that_takes_its_leave_is_seen_to_end(void **state)
{
    (void)state;
    struct bench *b = make("tidy");
    add(b, "test/a", poison);
    add(b, "test/b", plain);
    assert_verdicts(b, (enum verdict[]){VERDICT_FAIL, VERDICT_PASS}, 2);
    assert_non_null(strstr(b->run.results[0].message, "the subject ended right after the case (exit status 0)"));
    drop(b);
}

static void a_server_that_does_not_start_fails_the_run_fast(void **state)
{
    (void)state;
    struct bench *b = make("refusing");
    enum verdict want[40];
    add(b, "test/a", plain);
    b->options.repeat = 40;
    b->options.jobs = 4;
    for (size_t i = 0; i < 40; i++)
        want[i] = VERDICT_ERROR;
    assert_verdicts(b, want, 40);
    assert_non_null(strstr(b->run.results[39].message, "did not start"));
    size_t with_output = 0;
    for (size_t i = 0; i < 40; i++)
        with_output += b->run.results[i].output && strstr(b->run.results[i].output, "no configuration");
    assert_true(with_output >= 2 && with_output <= 8);
    drop(b);
}

static void one_connection_servers_get_an_instance_a_case(void **state)
{
    (void)state;
    struct bench *b = make("once");
    scn_facts_set(&b->facts, "lifetime", "one-connection");
    add(b, "test/a", plain);
    add(b, "test/b", plain);
    add(b, "test/c", plain);
    assert_verdicts(b, (enum verdict[]){VERDICT_PASS, VERDICT_PASS, VERDICT_PASS}, 3);
    drop(b);
}

static void a_program_that_is_not_there(void **state)
{
    (void)state;
    struct bench *b = make("good");
    b->argv[0] = WORD("no-such-program-anywhere");
    add(b, "test/a", plain);
    assert_int_equal(run(b), -1);
    assert_non_null(strstr(b->error.text, "no-such-program-anywhere"));
    drop(b);
}

static void a_server_that_someone_else_runs(void **state)
{
    (void)state;
    int listener = listen_at(0);
    struct sockaddr_in address;
    socklen_t len = sizeof(address);
    getsockname(listener, (struct sockaddr *)&address, &len);
    pid_t pid = fork();
    if (pid == 0) {
        for (;;) {
            int fd = accept(listener, NULL, NULL);
            serve_one(fd, true);
            close(fd);
        }
    }
    close(listener);
    struct bench *b = make("good");
    char *at = mem_printf("127.0.0.1:%d", ntohs(address.sin_port));
    b->options.argv = NULL;
    b->options.at = at;
    add(b, "test/a", plain);
    assert_verdicts(b, (enum verdict[]){VERDICT_FAIL}, 1);
    assert_true(b->run.results[0].unconfirmed);
    drop(b);

    b = make("good");
    b->options.argv = NULL;
    b->options.at = at;
    b->options.restart = "true"; /* renews nothing: it fails again */
    add(b, "test/a", plain);
    assert_verdicts(b, (enum verdict[]){VERDICT_FAIL}, 1);
    assert_false(b->run.results[0].unconfirmed);
    drop(b);
    free(at);
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}

/* A client that connects once and ends: what a server may still wait for is `close`, on a connection that there is not. */
static void a_client_that_may_come_again(void **state)
{
    (void)state;
    static const char may[] = HEAD("may") "server { accept ; expect request GET ; close\n"
                                          "expect request GET on any connection or close ; send \"x\" ; expect close or reset }\n"
                                          "subject { expect exit 0 }\n";
    static const char must[] = HEAD("must") "server { accept ; expect request GET ; close\n"
                                            "expect request GET on any connection ; close }\n";
    static const char copies[] = HEAD("copies") "server 3 { expect request GET on any connection or close ; close }\n";
    char shell[] = "/bin/bash", option[] = "-c";
    char words[] = "exec 3<>/dev/tcp/{host}/{port}; printf 'GET / HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n' >&3; read <&3 || :";
    char *once[] = {shell, option, words, NULL};
    struct bench *b = make("good");
    b->profile.role = SCN_ROLE_CLIENT;
    b->options.argv = once;
    add(b, "test/may", may);
    add(b, "test/must", must);
    add(b, "test/copies", copies);
    assert_verdicts(b, (enum verdict[]){VERDICT_PASS, VERDICT_FAIL, VERDICT_PASS}, 3);
    assert_non_null(strstr(b->run.results[1].message, "the client ended before it connected again: exit status 0"));
    drop(b);
}

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
    struct bench *b = make("marking");
    char *mark = mem_printf("%s/mark", dir);
    b->argv[3] = mark;
    add(b, "test/a", plain);
    add(b, "test/b", waits);
    pid_t helper = interrupt_when_there_is(mark);
    uint64_t begin = clock_us();
    assert_int_equal(run(b), 0);
    assert_true(clock_us() - begin < 25000000); /* it does not wait for the pause to end */
    assert_true(b->run.interrupted);
    assert_int_equal(b->run.count, 1);
    assert_int_equal(b->run.results[0].verdict, VERDICT_PASS);
    assert_int_equal(leftovers(dir), 0);
    waitpid(helper, NULL, 0);
    drop(b);
    unlink(mark);
    free(mark);
    unsetenv("TMPDIR");
    assert_int_equal(rmdir(dir), 0);
}

static void repeating_until_something_fails(void **state)
{
    (void)state;
    struct bench *b = make("mortal");
    add(b, "test/a", plain);
    add(b, "test/b", poison);
    b->options.until_fail = true;
    assert_int_equal(run(b), 0);
    assert_int_equal(b->run.results[1].verdict, VERDICT_FAIL);
    assert_false(b->run.interrupted);
    drop(b);
}

int main(int argc, char **argv)
{
    if (argc > 1)
        return be_server(argv);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(many_cases_without_a_subject),
        cmocka_unit_test(a_good_server_passes),
        cmocka_unit_test(in_the_hosts_network_too),
        cmocka_unit_test(a_broken_server_fails_with_a_repeat_line),
        cmocka_unit_test(a_failure_that_depends_on_an_earlier_case),
        cmocka_unit_test(what_does_not_fail_twice_is_flaky),
        cmocka_unit_test(a_server_that_crashes_is_replaced),
        cmocka_unit_test(a_server_that_takes_its_leave_is_seen_to_end),
        cmocka_unit_test(a_server_that_does_not_start_fails_the_run_fast),
        cmocka_unit_test(one_connection_servers_get_an_instance_a_case),
        cmocka_unit_test(a_program_that_is_not_there),
        cmocka_unit_test(a_server_that_someone_else_runs),
        cmocka_unit_test(a_client_that_may_come_again),
        cmocka_unit_test(interrupts_clean_up),
        cmocka_unit_test(repeating_until_something_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
