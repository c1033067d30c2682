/* Faults in scenarios: the whole program against our own servers and clients. */
#include "base/buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* Runs a scenario, given as text, of a profile against a command ($T: the targets). Returns the exit code; *out is all
 * it said. */
static int run(struct buf *out, const char *profile, const char *text, const char *command)
{
    char dir[] = "/tmp/sockspec-inject-XXXXXX", path[64];
    struct buf line = {0};
    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof path, "%s/x.scn", dir);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fprintf(f, "scenario \"x\"\nrule SOCK-SHORT-WRITE MUST \"x\"\n%s", text);
    fclose(f);
    buf_printf(
        &line,
        "export SOCKSPEC_SCENARIOS=%s/scenarios; T=%s/targets; %s/sockspec test %s --profile %s --seed 1 -- %s 2>&1",
        SOURCE_DIR, BINARY_DIR, BINARY_DIR, path, profile, command);
    f = popen(buf_text(&line), "r");
    assert_non_null(f);
    buf_clear(out);
    char piece[4096];
    for (size_t n; (n = fread(piece, 1, sizeof piece, f)) > 0;)
        buf_add(out, piece, n);
    int status = pclose(f);
    unlink(path);
    rmdir(dir);
    buf_free(&line);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void assert_said(struct buf *out, int code, int wanted, const char *what)
{
    if (code != wanted || !strstr(buf_text(out), what))
        fail_msg("exit code %d in place of %d, or no '%s' in:\n%s", code, wanted, what, buf_text(out));
}

#define SERVER       "$T/echo-server 127.0.0.1 {port}"
#define SHORT_WRITER "$T/flawed-echo-server --flaw short-write 127.0.0.1 {port}"

static void right_and_wrong_servers(void **state)
{
    (void)state;
    static const char text[] = "subject { fault send short 1 }\n"
                               "client { connect ; let data = random 500 ; send data ; expect data }\n";
    struct buf out = {0};
    assert_said(&out, run(&out, "echo-server", text, SERVER), 0, "1 pass");
    int code = run(&out, "echo-server", text, SHORT_WRITER);
    assert_said(&out, code, 1, "fault");
    assert_said(&out, code, 1, "sendto(fd 5, 500 bytes) = 1 at byte 0 of 127.0.0.1:");
    buf_free(&out);
}

static void a_fault_that_hits_nothing_is_no_pass(void **state)
{
    (void)state;
    struct buf out = {0};
    int code =
        run(&out, "echo-server",
            "subject { fault connect error ETIMEDOUT }\nclient { connect ; send \"x\" ; expect \"x\" }\n", SERVER);
    assert_said(&out, code, 3,
                "the fault 'connect error ETIMEDOUT' (line 3) was never hit: the program made no such call");
    code = run(&out, "echo-server",
               "subject { fault send short 1 after 50 calls }\nclient { connect ; send \"xyz\" ; expect \"xyz\" }\n",
               SERVER);
    assert_said(&out, code, 3, "the program made 1 such call, which the conditions left alone");
    /* A failure stays one, and says it too. */
    code = run(&out, "echo-server",
               "subject { fault connect error ETIMEDOUT }\nclient { connect ; send \"x\" ; expect \"y\" }\n", SERVER);
    assert_said(&out, code, 1, "was never hit");
    buf_free(&out);
}

/* Only the connections of one actor are cut; the others' are seen to be whole by a server that would not survive. */
static void connections_of_one_actor(void **state)
{
    (void)state;
    static const char text[] = "subject { fault send short 1 on connections from %s }\n"
                               "client one { connect ; send \"abc\" ; expect \"abc\" ; signal one }\n"
                               "client two { wait one ; connect ; send \"abcd\" ; expect \"abcd\" ; pause 20ms }\n";
    char filled[sizeof text + 8];
    struct buf out = {0};
    snprintf(filled, sizeof filled, text, "one");
    int code = run(&out, "echo-server", filled, SHORT_WRITER);
    assert_said(&out, code, 1, "client one");
    snprintf(filled, sizeof filled, text, "two");
    code = run(&out, "echo-server", filled, SHORT_WRITER);
    assert_said(&out, code, 1, "sendto(fd 5, 4 bytes) = 1 at byte 0");
    if (strstr(buf_text(&out), "sendto(fd 5, 3 bytes)"))
        fail_msg("the other actor's connection was cut too:\n%s", buf_text(&out));
    snprintf(filled, sizeof filled, text, "two");
    assert_said(&out, run(&out, "echo-server", filled, SERVER), 0, "1 pass");
    buf_free(&out);
}

/* A fault holds from its step on, not before. */
static void armed_on_the_way(void **state)
{
    (void)state;
    static const char text[] = "subject { wait first ; fault send short 2 ; signal armed }\n"
                               "client { connect ; send \"abc\" ; expect \"abc\" ; signal first ; wait armed\n"
                               "send \"defg\" ; expect \"defg\" }\n";
    struct buf out = {0};
    assert_said(&out, run(&out, "echo-server", text, SERVER), 0, "1 pass");
    int code = run(&out, "echo-server", text, SHORT_WRITER);
    assert_said(&out, code, 1, "sendto(fd 5, 4 bytes) = 2 at byte 3 of ");
    buf_free(&out);
}

/* The faults of a client hold before its first call. */
static void clients(void **state)
{
    (void)state;
    static const char refused[] = "subject { fault connect error ECONNREFUSED ; expect exit nonzero within 8s }\n"
                                  "server { let asked = \"{size}\" }\n";
    static const char cut[] = "subject { fault send short 10 ; fault recv short 3 ; expect exit 0 within 8s }\n"
                              "server { let asked = \"{size}\" ; accept ; echo until close ; close }\n";
    struct buf out = {0};
    assert_said(&out, run(&out, "echo-client", refused, "$T/echo-client {host} {port} {size}"), 0, "1 pass");
    assert_said(&out, run(&out, "echo-client", cut, "$T/echo-client {host} {port} {size}"), 0, "1 pass");
    buf_free(&out);
}

/* Each cut of the bytes is a run of its own, on the same instance: counts begin anew. */
static void once_a_cut(void **state)
{
    (void)state;
    static const char text[] = "subject { fault send short 1 times 1 }\n"
                               "client { connect ; send \"abcd\" split everywhere ; expect \"abcd\" }\n";
    struct buf out = {0};
    assert_said(&out, run(&out, "echo-server", text, SERVER), 0, "1 pass");
    buf_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(right_and_wrong_servers),
        cmocka_unit_test(a_fault_that_hits_nothing_is_no_pass),
        cmocka_unit_test(connections_of_one_actor),
        cmocka_unit_test(armed_on_the_way),
        cmocka_unit_test(clients),
        cmocka_unit_test(once_a_cut),
    };
    struct buf out = {0};
    int code = run(&out, "echo-server",
                   "subject { fault send short 1 }\nclient { connect ; send \"xy\" ; expect \"xy\" }\n", SERVER);
    int lacking = code == 3 && strstr(buf_text(&out), "needs faults");
    if (lacking)
        printf("# skipped: %s", buf_text(&out));
    buf_free(&out);
    return lacking ? 0 : cmocka_run_group_tests(tests, NULL, NULL);
}
