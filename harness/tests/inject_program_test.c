/* `sockspec inject` on programs, from outside: what they see, what becomes of them, and what the receipts say. */
#include "base/buf.h"

#include <jansson.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

/* What the program moves by each way (programs/inject_subject.c). */
#define TOTAL 600
/* A process that is to be in some state is there within this, on any machine. */
#define PATIENCE_MS 60000

static const char *const programs[] = {"inject_subject", "inject_subject_static"};

/* By a shell with $S the program sockspec, $P the folder of programs. Returns the status as of wait. */
static int run(struct buf *out, const char *format, ...) __attribute__((format(printf, 2, 3)));

static int run(struct buf *out, const char *format, ...)
{
    struct buf command = {0};
    va_list args;
    va_start(args, format);
    buf_printf(&command, "S=%s/sockspec P=%s/tests/programs; ", BINARY_DIR, BINARY_DIR);
    buf_vprintf(&command, format, args);
    va_end(args);
    FILE *f = popen(buf_text(&command), "r");
    assert_non_null(f);
    char piece[4096];
    buf_clear(out);
    for (size_t n; (n = fread(piece, 1, sizeof piece, f)) > 0;)
        buf_add(out, piece, n);
    buf_free(&command);
    return pclose(f);
}

static void assert_exit(const struct buf *out, int status, int code)
{
    if (!WIFEXITED(status) || WEXITSTATUS(status) != code)
        fail_msg("status 0x%x in place of exit %d:\n%s", (unsigned)status, code, buf_text(out));
}

static void assert_has(const struct buf *out, const char *what)
{
    if (!strstr(buf_text(out), what))
        fail_msg("'%s' is not in:\n%s", what, buf_text(out));
}

/* The receipts (JSON lines) of a command's last words: those of lines that begin with `{`. The caller frees it. */
static json_t *receipts(const struct buf *out)
{
    json_t *all = json_array();
    for (const char *line = buf_text(out); *line;) {
        size_t len = strcspn(line, "\n");
        json_error_t e;
        json_t *one = *line == '{' ? json_loadb(line, len, 0, &e) : NULL;
        if (*line == '{' && !one)
            fail_msg("no JSON: %.*s: %s", (int)len, line, e.text);
        if (one)
            json_array_append_new(all, one);
        line += len + (line[len] == '\n');
    }
    return all;
}

static const char *text_of(const json_t *receipt, const char *key)
{
    const char *text = json_string_value(json_object_get(receipt, key));
    return text ? text : "";
}

static json_int_t number_of(const json_t *receipt, const char *key)
{
    return json_integer_value(json_object_get(receipt, key));
}

/* --- short ones ----------------------------------------------------------------------------------------- */

/* Each way to send and to receive takes as many calls as there are bytes, and all come in order, on static programs
 * too. */
static void every_call_is_short(void **state)
{
    (void)state;
    static const char *const ways[] = {"send", "write", "writev", "sendmsg", "sendmmsg", "sendfile", "splice",
                                       "recv", "read",  "readv",  "recvmsg", "recvmmsg", "splice-in"};
    struct buf out = {0};
    for (size_t i = 0; i < 2; i++) {
        int status = run(&out, "$S inject 'send short 1' 'recv short 1' -- $P/%s stream 2>&1", programs[i]);
        assert_exit(&out, status, 0);
        for (size_t k = 0; k < sizeof ways / sizeof *ways; k++) {
            char line[40];
            snprintf(line, sizeof line, "%s %d\n", ways[k], TOTAL);
            assert_has(&out, line);
        }
    }
    buf_free(&out);
}

/* Seven bytes a call: 85 calls of seven and one of five, each with a receipt at the right byte of
 * the same connection. */
static void receipts_tell_each(void **state)
{
    (void)state;
    struct buf out = {0};
    int status = run(&out, "$S inject 'send short 7' --json --log - -- $P/inject_subject_static until-error 2>&1");
    assert_exit(&out, status, 0);
    json_t *all = receipts(&out);
    assert_int_equal(json_array_size(all), 5);
    for (size_t i = 0; i < 5; i++) {
        const json_t *r = json_array_get(all, i);
        assert_string_equal(text_of(r, "call"), "sendto");
        assert_string_equal(text_of(r, "effect"), "short");
        assert_string_equal(text_of(r, "fault"), "send short 7");
        assert_int_equal(number_of(r, "asked"), 100);
        assert_int_equal(number_of(r, "returned"), 7);
        assert_int_equal(number_of(r, "offset"), 7 * (json_int_t)i);
        assert_int_equal(number_of(r, "pid"), number_of(json_array_get(all, 0), "pid"));
        assert_int_equal(strncmp(text_of(r, "peer"), "127.0.0.1:", 10), 0);
    }
    json_decref(all);
    buf_free(&out);
}

static void whoever_ignores_the_count_is_caught(void **state)
{
    (void)state;
    struct buf out = {0};
    assert_exit(&out, run(&out, "$P/inject_subject flawed 2>&1"), 0);
    assert_exit(&out, run(&out, "$S inject 'send short 1' -- $P/inject_subject flawed 2>&1"), 1);
    buf_free(&out);
}

static void others_are_left_alone(void **state)
{
    (void)state;
    static const char *const modes[] = {"datagrams", "files"};
    struct buf out = {0};
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
        int status =
            run(&out, "$S inject 'send short 1' 'recv short 1' --quiet --log - -- $P/inject_subject %s 2>&1", modes[i]);
        assert_exit(&out, status, 0);
        assert_null(strstr(buf_text(&out), "short 1"));
    }
    /* Calls that ask for all, or only look, are whole. */
    assert_exit(&out, run(&out, "$S inject 'recv short 1' -- $P/inject_subject whole 2>&1"), 0);
    assert_has(&out, "'recv short 1' was never hit: its calls ask for all (MSG_WAITALL) or look ahead (MSG_PEEK)");
    assert_exit(&out, run(&out, "$S inject --quiet 'send short 1' -- $P/inject_subject no-uring 2>&1"), 0);
    buf_free(&out);
}

/* --- who is followed ------------------------------------------------------------------------------------ */

static void threads_forks_and_signals(void **state)
{
    (void)state;
    static const char *const modes[] = {"threads", "forks", "signals", "signals-plain"};
    struct buf out = {0};
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++)
        for (size_t k = 0; k < 2; k++) {
            int status = run(&out, "$S inject 'send short 1' 'recv short 1' -- $P/%s %s 2>&1", programs[k], modes[i]);
            assert_exit(&out, status, 0);
        }
    int status = run(&out, "$S inject 'send short 1' --json --log - -- $P/inject_subject forks 2>&1");
    assert_exit(&out, status, 0);
    json_t *all = receipts(&out);
    /* The child by fork, the one by exec with four threads, the first process: three times TOTAL a thread, less the
     * last byte of each. */
    assert_int_equal(json_array_size(all), 6 * 3 * (TOTAL - 1));
    json_decref(all);
    buf_free(&out);
}

static void go_programs(void **state)
{
    (void)state;
    struct buf out = {0};
    if (run(&out, "command -v go") != 0) {
        buf_free(&out);
        skip();
    }
    int status =
        run(&out,
            "D=$(mktemp -d) && GOCACHE=%s/tests/go-cache CGO_ENABLED=0 go build -o $D/go "
            "%s/harness/tests/programs/inject_subject.go && "
            "for c in 'send short 1' 'recv short 1' 'recv error EINTR every 3' 'poll error EINTR every 3'; do "
            "$S inject \"$c\" --log - -- $D/go 2>&1 && $S inject \"$c\" --quiet -- $D/go threads 2>&1 || exit 1; done; "
            "code=$?; rm -rf $D; exit $code",
            BINARY_DIR, SOURCE_DIR);
    assert_exit(&out, status, 0);
    assert_has(&out, "write(fd ");
    assert_has(&out, "= 1 at byte 2998 of 127.0.0.1:");
    buf_free(&out);
}

/* --- errors and delays ---------------------------------------------------------------------------------- */

static void errors(void **state)
{
    (void)state;
    static const struct {
        const char *fault, *mode, *says;
        int code;
    } cases[] = {
        {"recv error EINTR every 2", "receive", "8\n", 0},
        {"recv error EINTR after 3 calls every 2 times 2", "receive", "2\n", 0},
        {"accept error EMFILE times 5", "accept", "5\n", 0},
        {"accept error EMFILE times 5 on the listening socket", "accept", "5\n", 0},
        {"send error ECONNRESET after byte 137", "until-error", "100 37 ECONNRESET\n", 0},
        {"send short 30 after byte 50 times 2", "until-error", "50 30 30 100 100 ", 0},
        {"send error ENOBUFS every 3", "until-error", "100 100 ENOBUFS\n", 0},
        {"connect error EINTR", "connect", "EINTR\n", 0},
        {"connect error EINTR times 1", "connect-again", "1 connected\n", 0},
        {"connect error ETIMEDOUT", "until-error", "", 1},
        {"connect error ECONNREFUSED", "fast-open", "ECONNREFUSED\nECONNREFUSED\n", 0},
        {"send error EPERM after 9 calls", "fast-open", "sent\nsent\n", 0}, /* what it is besides stays */
        {"socket error EMFILE", "until-error", "", 1},
        {"bind error EADDRINUSE", "until-error", "", 1},
        {"listen error EADDRINUSE", "until-error", "", 1},
        /* As the kernel has it, but not where it never does. */
        {"recv error EAGAIN", "receive", "0\n", 0},
        {"recv error EINTR", "receive-at-once", "0\n", 0},
        {"recv error EINTR", "receive-uncaught", "0\n", 0},
        {"poll error EINTR", "wait-uncaught", "poll 0, epoll 1\n", 0},
        {"poll error EINTR", "wait-caught", "poll 1, epoll 1\n", 0},
    };
    struct buf out = {0};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int status = run(&out, "$S inject '%s' -- $P/inject_subject %s 2>&1", cases[i].fault, cases[i].mode);
        if (!WIFEXITED(status) || WEXITSTATUS(status) != cases[i].code)
            fail_msg("%s: status 0x%x\n%s", cases[i].fault, (unsigned)status, buf_text(&out));
        assert_has(&out, cases[i].says);
    }
    buf_free(&out);
}

/* As the kernel's own EPIPE, it comes with a signal. */
static void broken_pipes_kill(void **state)
{
    (void)state;
    struct buf out = {0};
    run(&out, "$S inject 'send error EPIPE' -- $P/inject_subject until-error 2>&1; echo $?");
    assert_has(&out, "141"); /* 128 and SIGPIPE */
    buf_free(&out);
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void delays(void **state)
{
    (void)state;
    struct buf out = {0};
    double began = now();
    assert_exit(&out, run(&out, "$S inject 'send delay 150ms times 2' --log - -- $P/inject_subject until-error 2>&1"),
                0);
    assert_true(now() - began >= 0.3);
    assert_has(&out, "100 bytes) = 100 at byte 100 of 127.0.0.1:");
    buf_free(&out);
}

/* --- what is handed through ----------------------------------------------------------------------------- */

static void exits_and_words(void **state)
{
    (void)state;
    struct buf out = {0};
    assert_exit(&out, run(&out, "echo hello | $S inject --quiet 'send short 1' 'recv short 1' -- sh -c 'cat; exit 7'"),
                7);
    assert_string_equal(buf_text(&out), "hello\n");
    run(&out, "$S inject --quiet 'send short 1' -- sh -c 'kill -SEGV $$' 2>&1; echo $?");
    assert_has(&out, "139");
    assert_exit(&out, run(&out, "$S inject 'send short 1' -- true 2>&1"), 0);
    assert_string_equal(buf_text(&out),
                        "sockspec inject: 'send short 1' was never hit: the program made no such call\n");
    run(&out, "$S inject 'send short 1' -- python3 -c 'import socket; socket.socketpair()[0].send(b\"xx\")' 2>&1");
    assert_has(&out, "its calls are on a socketpair() without names");
    assert_exit(&out, run(&out, "$S inject 'send shrt 1' -- true 2>&1"), 2);
    assert_has(&out, "     1 | send shrt 1\n       |      ^~~~ did you mean 'short'?\n");
    assert_exit(&out, run(&out, "$S inject 'send short 1; kill TERM' -- true 2>&1"), 2);
    assert_exit(&out, run(&out, "$S inject 'accept error EMFILE after byte 3' -- true 2>&1"), 2);
    assert_exit(&out, run(&out, "$S inject 'send short 1' true 2>&1"), 2);
    assert_exit(&out, run(&out, "$S inject --quiet 'send short 1' -- /no/such/program 2>&1"), 3);
    assert_has(&out, "cannot start /no/such/program");
    buf_free(&out);
}

/* --- life and death ------------------------------------------------------------------------------------- */

/* Starts `sockspec inject` on a mode of the program. Its standard output is *output. */
static pid_t begin(const char *mode, FILE **output)
{
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    pid_t pid = fork();
    if (pid == 0) {
        dup2(ends[1], 1);
        close(ends[0]);
        close(ends[1]);
        execl(BINARY_DIR "/sockspec", "sockspec", "inject", "--quiet", "send short 1", "--",
              BINARY_DIR "/tests/programs/inject_subject", mode, (char *)NULL);
        _exit(127);
    }
    close(ends[1]);
    *output = fdopen(ends[0], "r");
    return pid;
}

static void wait_a_little(int *waited)
{
    assert_true(++*waited < PATIENCE_MS);
    usleep(1000);
}

/* The process that traces `pid`, once there is one that has become the program. */
static pid_t tracer_of(pid_t pid)
{
    for (int waited = 0;; wait_a_little(&waited)) {
        char path[64], line[256];
        int tracer = 0;
        snprintf(path, sizeof path, "/proc/%d/comm", (int)pid);
        FILE *f = fopen(path, "r");
        bool is_program = f && fgets(line, sizeof line, f) && strncmp(line, "inject_subject", 14) == 0;
        if (f)
            fclose(f);
        snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
        f = fopen(path, "r");
        while (f && fgets(line, sizeof line, f))
            sscanf(line, "TracerPid: %d", &tracer);
        if (f)
            fclose(f);
        if (is_program && tracer > 0)
            return tracer;
    }
}

static bool is_gone(pid_t pid)
{
    char path[64], state = 'Z';
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    FILE *f = fopen(path, "r");
    if (!f)
        return true;
    if (fscanf(f, "%*d (%*[^)]) %c", &state) != 1)
        state = 'Z';
    fclose(f);
    return state == 'Z' || state == 'X'; /* whoever is its parent now reaps it in time */
}

static void await_gone(pid_t pid)
{
    for (int waited = 0; !is_gone(pid);)
        wait_a_little(&waited);
}

static void stops_and_goes_on(void **state)
{
    (void)state;
    FILE *output;
    char line[100];
    int status;
    pid_t pid = begin("stop", &output);
    assert_non_null(fgets(line, sizeof line, output));
    assert_int_equal(waitpid(pid, &status, WUNTRACED), pid);
    assert_true(WIFSTOPPED(status) && WSTOPSIG(status) == SIGSTOP);
    kill(pid, SIGCONT);
    assert_non_null(fgets(line, sizeof line, output));
    assert_string_equal(line, "went on\n");
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    fclose(output);
}

static void both_die_together(void **state)
{
    (void)state;
    FILE *output;
    int status;
    pid_t pid = begin("wait", &output), tracer = tracer_of(pid);
    kill(tracer, SIGKILL);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    fclose(output);
    pid = begin("wait", &output);
    tracer = tracer_of(pid);
    kill(pid, SIGTERM);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
    await_gone(tracer);
    fclose(output);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_call_is_short),
        cmocka_unit_test(receipts_tell_each),
        cmocka_unit_test(whoever_ignores_the_count_is_caught),
        cmocka_unit_test(others_are_left_alone),
        cmocka_unit_test(threads_forks_and_signals),
        cmocka_unit_test(go_programs),
        cmocka_unit_test(errors),
        cmocka_unit_test(broken_pipes_kill),
        cmocka_unit_test(delays),
        cmocka_unit_test(exits_and_words),
        cmocka_unit_test(stops_and_goes_on),
        cmocka_unit_test(both_die_together),
    };
    struct buf out = {0};
    /* Where the machine does not allow it, sockspec says so, and there is nothing more to test. */
    int status = run(&out, "$S inject --quiet 'send short 1' -- true 2>&1");
    bool lacking = WIFEXITED(status) && WEXITSTATUS(status) == 3;
    if (lacking)
        printf("# skipped: %s", buf_text(&out));
    buf_free(&out);
    return lacking ? 0 : cmocka_run_group_tests(tests, NULL, NULL);
}
