/* Subjects of every kind, in every isolation mode: see programs/hostile_subject.c for what they do. */
#include "subject_modes.h"

#include "base/clock.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <cmocka.h>

#define HOSTILE BINARY_DIR "/tests/programs/hostile_subject"

/* Whatever a test waits for comes within this, on a loaded machine too. */
static const double PATIENCE = 20;

enum { MAX_WORDS = 8 };

struct bench {
    struct ev_loop *loop;
    enum isolation isolation;
    struct rlimit original; /* RLIMIT_NOFILE before the sandbox */
    struct subject *subject;
    char *words[MAX_WORDS];
    int news; /* callbacks so far */
    bool in_call;
};

static void on_news(struct subject *s, void *data)
{
    struct bench *b = data;
    (void)s;
    assert_false(b->in_call);
    b->news++;
    ev_break(b->loop, EVBREAK_ONE);
}

static void on_pause_end(struct ev_loop *loop, struct ev_timer *timer, int events)
{
    (void)events;
    (void)timer;
    ev_break(loop, EVBREAK_ONE);
}

typedef bool condition(struct bench *b, const char *text);

/* Runs the loop until the condition holds; it is asked at each news, and every 5 ms for what brings none. */
static void await(struct bench *b, condition *holds, const char *text)
{
    uint64_t end = clock_us() + (uint64_t)(PATIENCE * 1e6);
    while (!holds(b, text)) {
        struct ev_timer timer;
        ev_now_update(b->loop);
        ev_timer_init(&timer, on_pause_end, 0.005, 0);
        ev_timer_start(b->loop, &timer);
        ev_run(b->loop, 0);
        ev_timer_stop(b->loop, &timer);
        if (clock_us() > end)
            fail_msg("waited in vain (state %d, %s) for %s", subject_state(b->subject), subject_error(b->subject),
                     text ? text : "a state");
    }
}

static bool is_ready(struct bench *b, const char *text)
{
    (void)text;
    return subject_state(b->subject) == SUBJECT_READY;
}

static bool has_failed(struct bench *b, const char *text)
{
    (void)text;
    return subject_state(b->subject) == SUBJECT_FAILED;
}

static bool has_ended(struct bench *b, const char *text)
{
    (void)text;
    return subject_state(b->subject) == SUBJECT_EXITED;
}

static bool main_has_exited(struct bench *b, const char *text)
{
    (void)text;
    return subject_exited(b->subject, NULL);
}

static bool has_one_process(struct bench *b, const char *text)
{
    (void)text;
    return subject_pids(b->subject, NULL, 0) == 1;
}

static bool has_one_file(struct bench *b, const char *text)
{
    (void)text;
    return subject_files(b->subject) == 1;
}

static bool has_output(struct bench *b, const char *text)
{
    size_t len;
    const char *all = subject_output(b->subject, 0, &len, NULL);
    return memmem(all, len, text, strlen(text)) != NULL;
}

static bool activity_has(struct bench *b, const char *text)
{
    struct buf out = {0};
    subject_activity(b->subject, &out);
    bool found = strstr(buf_text(&out), text) != NULL;
    buf_free(&out);
    return found;
}

static struct subject_spec spec_of(struct bench *b, const char *deed, const char *argument)
{
    static char program[] = HOSTILE;
    b->words[0] = program;
    b->words[1] = (char *)(uintptr_t)deed;
    b->words[2] = (char *)(uintptr_t)argument;
    b->words[3] = NULL;
    return (struct subject_spec){.argv = b->words, .isolation = b->isolation, .start_timeout = PATIENCE};
}

static void start(struct bench *b, const struct subject_spec *spec)
{
    struct err e = {0};
    b->in_call = true;
    b->subject = subject_start(b->loop, spec, on_news, b, &e);
    b->in_call = false;
    if (!b->subject)
        fail_msg("%s", e.text);
}

/* A client: no readiness is waited for. */
static void start_client(struct bench *b, const char *deed, const char *argument)
{
    struct subject_spec spec = spec_of(b, deed, argument);
    start(b, &spec);
}

/* A port that nobody has, in case the network is the host's. */
static int free_port(int type)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof a;
    int fd = socket(AF_INET, type, 0);
    assert_int_equal(bind(fd, (void *)&a, sizeof a), 0);
    assert_int_equal(getsockname(fd, (void *)&a, &len), 0);
    close(fd);
    return ntohs(a.sin_port);
}

static void start_server(struct bench *b, const char *deed, int port, char text[16])
{
    snprintf(text, 16, "%d", port);
    struct subject_spec spec = spec_of(b, deed, text);
    spec.is_server = true;
    spec.port = port;
    start(b, &spec);
}

static bool lives(pid_t pid)
{
    char path[32];
    snprintf(path, sizeof path, "/proc/%d", (int)pid);
    return access(path, F_OK) == 0;
}

/* Stops it, and looks whether all processes that it had are really gone. Returns milliseconds. */
static int stop(struct bench *b, double grace)
{
    pid_t pids[256];
    size_t count = subject_pids(b->subject, pids, 256);
    assert_true(count <= 256);
    uint64_t began = clock_us();
    b->in_call = true;
    subject_stop(b->subject, grace);
    b->in_call = false;
    b->subject = NULL;
    int ms = (int)((clock_us() - began) / 1000);
    for (size_t i = 0; i < count; i++)
        if (lives(pids[i]))
            fail_msg("process %d of the subject lives on", (int)pids[i]);
    return ms;
}

static void assert_output(struct bench *b, int which, const char *expected)
{
    size_t len;
    uint64_t total;
    const char *text = subject_output(b->subject, which, &len, &total);
    assert_int_equal(len, strlen(expected));
    assert_int_equal(total, len);
    assert_memory_equal(text, expected, len);
}

static void assert_described(struct bench *b, const char *expected)
{
    struct buf out = {0};
    subject_describe(b->subject, &out);
    assert_string_equal(buf_text(&out), expected);
    buf_free(&out);
}

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
    char text[16], expected[128];
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
        snprintf(expected, sizeof expected, "did not listen on port %d within %g s; it listens on %d instead", spec.port,
                 spec.start_timeout, other);
        named = strcmp(subject_error(b->subject), expected) == 0;
        stop(b, 0);
    }
    assert_true(named);
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
    assert_null(subject_start(b->loop, &spec, on_news, b, &e));
    assert_non_null(strstr(e.text, "character 8"));
}

static void test_flood(void **state)
{
    struct bench *b = *state;
    size_t len;
    uint64_t total;
    start_client(b, "flood", "200000000");
    await(b, has_ended, NULL);
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
    for (int i = 0; i < 5 && best > 100; i++) { /* a loaded machine may be slow once, not always */
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

static void test_cpu(void **state)
{
    struct bench *b = *state;
    start_client(b, "spin", NULL);
    await(b, has_used_cpu, "CPU time");
    await(b, activity_has, "running");
    stop(b, 0);
    start_client(b, "block-in-read", NULL);
    await(b, has_output, "blocking");
    await(b, activity_has, "blocked in read(fd 42)");
    uint64_t before = subject_cpu_us(b->subject);
    assert_true(before > 0);
    assert_int_equal(subject_cpu_us(b->subject), before);
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

/* Connects without waiting; returns whether the connection is there within a moment. */
static bool gets_in(int *fd, int port)
{
    struct sockaddr_in a = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    *fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (connect(*fd, (void *)&a, sizeof a) == 0)
        return true;
    struct pollfd p = {.fd = *fd, .events = POLLOUT};
    return poll(&p, 1, 300) == 1 && (p.revents & POLLERR) == 0;
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
    assert_int_equal(subject_backlog(b->subject, 1, &e), 0);
    assert_int_equal(subject_signal(b->subject, SIGSTOP), 0);
    await(b, activity_has, "stopped by a signal");
    assert_true(gets_in(&fds[0], port));
    assert_true(gets_in(&fds[1], port));
    assert_false(gets_in(&fds[2], port));
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

static int set_up(void **state)
{
    struct bench *b = *state;
    b->loop = ev_loop_new(0);
    b->subject = NULL;
    return b->loop ? 0 : -1;
}

static int tear_down(void **state)
{
    struct bench *b = *state;
    b->in_call = false;
    subject_stop(b->subject, 0); /* where the test failed half-way */
    ev_loop_destroy(b->loop);
    return 0;
}

#define IN_BENCH(f) {#f, f, set_up, tear_down, &bench}

static int run(const struct mode *mode, enum isolation got, struct rlimit original)
{
    struct bench bench = {.isolation = got, .original = original};
    const struct CMUnitTest tests[] = {
        IN_BENCH(test_echo_server), IN_BENCH(test_any_port), IN_BENCH(test_udp_server), IN_BENCH(test_unix_server),
        IN_BENCH(test_not_found), IN_BENCH(test_client_exits_with_output),
        IN_BENCH(test_server_exits_before_it_listens), IN_BENCH(test_server_never_listens),
        IN_BENCH(test_other_port_is_named), IN_BENCH(test_port_of_another_program), IN_BENCH(test_ready_by_output),
        IN_BENCH(test_flood), IN_BENCH(test_flood_does_not_hide_readiness), IN_BENCH(test_ignores_sigterm),
        IN_BENCH(test_ends_politely), IN_BENCH(test_daemon), IN_BENCH(test_closes_stdio),
        IN_BENCH(test_stops_itself), IN_BENCH(test_killed_by_signal), IN_BENCH(test_death_is_told_soon),
        IN_BENCH(test_grandchildren), IN_BENCH(test_runaway_forks), IN_BENCH(test_descriptors),
        IN_BENCH(test_signals_are_default), IN_BENCH(test_environment), IN_BENCH(test_original_limits),
        IN_BENCH(test_counts), IN_BENCH(test_cpu), IN_BENCH(test_limits_all_processes),
        IN_BENCH(test_backlog_is_shortened),
        IN_BENCH(test_instances_one_after_another), IN_BENCH(test_stop_at_any_moment),
        IN_BENCH(test_worker_is_killed), IN_BENCH(test_worker_is_killed_early), IN_BENCH(test_speed),
    };
    return cmocka_run_group_tests_name(mode->name, tests, NULL, NULL);
}

int main(int argc, char **argv)
{
    return run_all_modes(argc, argv, run);
}
