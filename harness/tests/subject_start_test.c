/* How subjects start: readiness of every kind, and what is said when it does not come; in every isolation mode. */
#include "subject_bench.h"
#include "subject_modes.h"

#include "base/clock.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

static void test_echo_server(void **state)
{
    struct bench *b = *state;
    char text[16], byte = 'e';
    int port = free_port(SOCK_STREAM);
    start_server(b, "echo", port, text);
    assert_int_equal(subject_state(b->subject), SUBJECT_STARTING);
    await(b, is_ready, NULL);
    assert_int_equal(subject_port(b->subject), port);
    assert_true(subject_pid(b->subject) > 0);
    assert_described(b, "running");
    struct sockaddr_in a = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(connect(fd, (void *)&a, sizeof a), 0);
    assert_int_equal(send(fd, &byte, 1, 0), 1);
    assert_int_equal(recv(fd, &byte, 1, MSG_WAITALL), 1);
    assert_int_equal(byte, 'e');
    close(fd);
    await(b, activity_has, "blocked in accept(fd 3)");
    stop(b, 0);
}

static void test_any_port(void **state)
{
    struct bench *b = *state;
    char text[16];
    int port = free_port(SOCK_STREAM);
    snprintf(text, sizeof text, "%d", port);
    struct subject_spec spec = spec_of(b, "echo", text);
    spec.is_server = true;
    start(b, &spec);
    await(b, is_ready, NULL);
    assert_int_equal(subject_port(b->subject), port);
    stop(b, 0);
}

static void test_udp_server(void **state)
{
    struct bench *b = *state;
    char text[16];
    int port = free_port(SOCK_DGRAM);
    snprintf(text, sizeof text, "%d", port);
    struct subject_spec spec = spec_of(b, "udp", text);
    spec.is_server = true;
    spec.transport = SUBJECT_UDP;
    for (int any = 0; any < 2; any++) {
        spec.port = any ? 0 : port;
        start(b, &spec);
        await(b, is_ready, NULL);
        assert_int_equal(subject_port(b->subject), port);
        stop(b, 0);
    }
}

static void test_unix_server(void **state)
{
    struct bench *b = *state;
    char dir[] = "/tmp/subject_test_XXXXXX", path[64];
    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof path, "%s/socket", dir);
    struct subject_spec spec = spec_of(b, "unix", path);
    spec.is_server = true;
    spec.transport = SUBJECT_UNIX;
    spec.socket_path = path;
    start(b, &spec);
    await(b, is_ready, NULL);
    stop(b, 0);
    unlink(path);
    rmdir(dir);
}

static void test_not_found(void **state)
{
    struct bench *b = *state;
    struct subject_spec spec = spec_of(b, "echo", "0");
    static char missing[] = "/nonexistent/program", unexecutable[] = "/etc/passwd", unknown[] = "no-such-program-here";
    static const struct {
        char *program;
        const char *words;
        int code;
    } cases[] = {{missing, "No such file", ENOENT}, {unexecutable, "not executable", EACCES}, {unknown, "PATH", 0}};
    for (int server = 0; server < 2; server++)
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
            b->words[0] = cases[i].program;
            spec.is_server = server;
            start(b, &spec);
            await(b, has_failed, NULL);
            if (!strstr(subject_error(b->subject), cases[i].words) ||
                !strstr(subject_error(b->subject), cases[i].program))
                fail_msg("told: %s", subject_error(b->subject));
            stop(b, 0);
        }
}

static void test_client_exits_with_output(void **state)
{
    struct bench *b = *state;
    int status = -1;
    start_client(b, "exit", "3");
    assert_int_equal(subject_state(b->subject), SUBJECT_READY);
    await(b, has_ended, NULL);
    assert_true(subject_exited(b->subject, &status));
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 3);
    assert_output(b, 1, "to stdout\n");
    assert_output(b, 2, "to stderr\n");
    assert_described(b, "exit status 3");
    assert_int_equal(subject_pids(b->subject, NULL, 0), 0);
    subject_output_mark(b->subject);
    assert_output(b, 0, "");
    stop(b, 1);
}

static void test_server_exits_before_it_listens(void **state)
{
    struct bench *b = *state;
    char expected[96];
    int port = free_port(SOCK_STREAM);
    struct subject_spec spec = spec_of(b, "exit", "1");
    spec.is_server = true;
    spec.port = port;
    start(b, &spec);
    await(b, has_failed, NULL);
    snprintf(expected, sizeof expected, "exited with status 1 before it listened on port %d", port);
    assert_string_equal(subject_error(b->subject), expected);
    assert_output(b, 2, "to stderr\n");
    stop(b, 0);
}

static void test_server_never_listens(void **state)
{
    struct bench *b = *state;
    char expected[96];
    struct subject_spec spec = spec_of(b, "print", "here I am");
    spec.is_server = true;
    spec.port = free_port(SOCK_STREAM);
    spec.start_timeout = 0.2;
    start(b, &spec);
    await(b, has_failed, NULL);
    snprintf(expected, sizeof expected, "did not listen on port %d within 0.2 s", spec.port);
    assert_string_equal(subject_error(b->subject), expected);
    stop(b, 0);
}

/*
 * The time is too short for a slow start and too long for none: longer again where the machine was too slow.
 */
static void test_other_port_is_named(void **state)
{
    struct bench *b = *state;
    char text[16], expected[256];
    int other = free_port(SOCK_STREAM);
    snprintf(text, sizeof text, "%d", other);
    struct subject_spec spec = spec_of(b, "echo", text);
    spec.is_server = true;
    do
        spec.port = free_port(SOCK_STREAM);
    while (spec.port == other);
    bool named = false;
    for (spec.start_timeout = 0.25; !named && spec.start_timeout < PATIENCE; spec.start_timeout *= 2) {
        start(b, &spec);
        await(b, has_failed, NULL);
        snprintf(
            expected, sizeof expected,
            "did not listen on port %d within %g s; it listens on 127.0.0.1:%d, not on the port that it was given, "
            "127.0.0.1:%d",
            spec.port, spec.start_timeout, other, spec.port);
        named = strcmp(subject_error(b->subject), expected) == 0;
        stop(b, 0);
    }
    assert_true(named);
}

/* Nobody waits for the end of the time that it may take to start. */
static void test_who_listens_elsewhere_is_told_soon(void **state)
{
    struct bench *b = *state;
    static const struct {
        const char *deed, *host, *told, *not_on, *for_what; /* the ports stand behind told and not_on */
        enum subject_transport transport;
        bool other_port;
    } table[] = {
        {"elsewhere", "127.0.0.2:", "it listens on 127.0.0.2:", ", not on 127.0.0.1:", "", SUBJECT_TCP, false},
        {"elsewhere", "127.0.0.1:", "it listens on 127.0.0.1:", ", not on the port that it was given, 127.0.0.1:", "",
         SUBJECT_TCP, true},
        {"elsewhere", "127.0.0.1:", "it listens on 127.0.0.1:", " for TCP, not on 127.0.0.1:", " for UDP", SUBJECT_UDP,
         false},
        {"udp", "", "it listens on 127.0.0.1:", " for UDP, not on 127.0.0.1:", " for TCP", SUBJECT_TCP, false},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        char place[32], expected[160];
        int there = free_port(SOCK_STREAM), wanted = table[i].other_port ? free_port(SOCK_STREAM) : there;
        snprintf(place, sizeof place, "%s%d", table[i].host, there);
        struct subject_spec spec = spec_of(b, table[i].deed, place);
        spec.is_server = true;
        spec.transport = table[i].transport;
        spec.port = wanted;
        spec.start_timeout = 10 * PATIENCE;
        start(b, &spec);
        await(b, has_failed, NULL);
        snprintf(expected, sizeof expected, "%s%d%s%d%s", table[i].told, there, table[i].not_on, wanted,
                 table[i].for_what);
        assert_string_equal(subject_error(b->subject), expected);
        stop(b, 0);
    }
}

/* In a shared network a port may be another program's. Here it is ours: the test's own. */
static void test_port_of_another_program(void **state)
{
    struct bench *b = *state;
    if (b->isolation != ISOLATION_PROCESS)
        return; /* in a network of its own there is no other program */
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof a;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (void *)&a, sizeof a), 0);
    assert_int_equal(listen(fd, 1), 0);
    assert_int_equal(getsockname(fd, (void *)&a, &len), 0);
    struct subject_spec spec = spec_of(b, "print", "idle");
    spec.is_server = true;
    spec.port = ntohs(a.sin_port);
    spec.start_timeout = 0.2;
    start(b, &spec);
    await(b, has_failed, NULL);
    assert_non_null(strstr(subject_error(b->subject), "another program holds that port"));
    stop(b, 0);
    close(fd);
}

static void test_ready_by_output(void **state)
{
    struct bench *b = *state;
    struct err e = {0};
    struct subject_spec spec = spec_of(b, "print", "serving at 7777");
    spec.is_server = true;
    spec.port = 7777;
    spec.ready_output = "^serving at \\d+$";
    start(b, &spec);
    await(b, is_ready, NULL);
    assert_int_equal(subject_port(b->subject), 7777);
    stop(b, 0);
    spec.ready_output = "never said";
    spec.start_timeout = 0.2;
    start(b, &spec);
    await(b, has_failed, NULL);
    assert_string_equal(subject_error(b->subject), "did not write what matches /never said/ within 0.2 s");
    stop(b, 0);
    spec.ready_output = "wrong (";
    assert_null(subject_start(b->loop, &spec, NULL, NULL, &e)); /* refused: nobody is called */
    assert_non_null(strstr(e.text, "character 8"));
}

static void test_speed(void **state)
{
    struct bench *b = *state;
    static char program[] = "true";
    char *words[] = {program, NULL};
    struct subject_spec spec = {.argv = words, .isolation = b->isolation};
    uint64_t best = UINT64_MAX, began = clock_us();
    enum { ROUNDS = 50 };
    for (int i = 0; i < ROUNDS; i++) {
        uint64_t from = clock_us();
        start(b, &spec);
        await(b, has_ended, NULL);
        b->in_call = true;
        subject_stop(b->subject, 0);
        b->in_call = false;
        uint64_t us = clock_us() - from;
        best = us < best ? us : best;
    }
    printf("# /bin/true from start to stopped: %.2f ms on average, %.2f ms at best\n",
           (double)(clock_us() - began) / ROUNDS / 1e3, (double)best / 1e3);
    b->subject = NULL;
}

static int run(const struct mode *mode, enum isolation got, struct rlimit original)
{
    struct bench bench = {.isolation = got, .original = original};
    const struct CMUnitTest tests[] = {
        IN_BENCH(test_echo_server),
        IN_BENCH(test_any_port),
        IN_BENCH(test_udp_server),
        IN_BENCH(test_unix_server),
        IN_BENCH(test_not_found),
        IN_BENCH(test_client_exits_with_output),
        IN_BENCH(test_server_exits_before_it_listens),
        IN_BENCH(test_server_never_listens),
        IN_BENCH(test_other_port_is_named),
        IN_BENCH(test_who_listens_elsewhere_is_told_soon),
        IN_BENCH(test_port_of_another_program),
        IN_BENCH(test_ready_by_output),
        IN_BENCH(test_speed),
    };
    return cmocka_run_group_tests_name(mode->name, tests, NULL, NULL);
}

int main(int argc, char **argv)
{
    return run_all_modes(argc, argv, run);
}
