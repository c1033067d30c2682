/* The whole program by its verbs: exit codes, help, errors, and what the line that repeats a failure says. */
#include "cli/verb.h"
#include "shell.h"

/* Standard output and error together. */
static int run(struct buf *out, const char *line)
{
    return shell_run(out, "exec 2>&1; %s", line);
}

/* Whatever the machine lacks, each mechanism is told, and the exit code says whether one is missing. */
static void test_doctor(void **state)
{
    (void)state;
    struct buf out = {0};
    int code = run(&out, "sockspec doctor");
    assert_true(code == 0 || code == 3);
    assert_has(&out, "  pinning ");
    assert_int_equal(code == 3, strstr(buf_text(&out), "\n  missing  ") != NULL);
    assert_null(strchr(buf_text(&out), '\033')); /* no terminal, no colour */
    for (const char *line = buf_text(&out), *end; (end = strchr(line, '\n')); line = end + 1)
        assert_true(end - line <= 80);
    assert_int_equal(run(&out, "sockspec doctor --isolation process"), 3);
    assert_has(&out, "  missing  packets ");
    assert_has(&out, "why  namespaces are not to be had here");
    assert_int_equal(run(&out, "sockspec doctor --json --isolation process"), 3);
    assert_has(&out, "\"name\": \"packets\"");
    assert_has(&out, "\"works\": false");
    assert_int_equal(run(&out, "sockspec explain packets"), 0);
    assert_has(&out, "`link` with loss");
    buf_free(&out);
}

static void test_help_of_every_verb(void **state)
{
    (void)state;
    struct buf out = {0}, again = {0};
    for (size_t i = 0; verbs[i]; i++) {
        char command[64];
        snprintf(command, sizeof(command), "sockspec help %s", verbs[i]->name);
        assert_int_equal(run(&out, command), 0);
        assert_has(&out, "Usage\n  sockspec ");
        assert_has(&out, "Examples\n");
        assert_has(&out, "Exit codes\n");
        snprintf(command, sizeof(command), "sockspec %s --help", verbs[i]->name);
        assert_int_equal(run(&again, command), 0);
        assert_string_equal(buf_text(&out), buf_text(&again));
    }
    assert_int_equal(run(&out, "sockspec --version"), 0);
    assert_string_equal(buf_text(&out), "sockspec " SOCKSPEC_VERSION "\n");
    assert_int_equal(run(&out, "sockspec help"), 0);
    assert_int_equal(run(&again, "sockspec -h"), 0);
    assert_string_equal(buf_text(&out), buf_text(&again));
    assert_int_equal(run(&out, "sockspec --help >/dev/full"), 3);
    assert_has(&out, "cannot write to standard output");
    buf_free(&out);
    buf_free(&again);
}

static void test_list_and_explain(void **state)
{
    (void)state;
    struct buf out = {0};
    assert_int_equal(run(&out, "sockspec list"), 0);
    assert_has(&out, "echo-server ");
    assert_int_equal(run(&out, "sockspec list scenarios tcp-server"), 0);
    assert_has(&out, "tcp-server/peer-goes-at-once");
    assert_null(strstr(buf_text(&out), "echo-server/"));
    assert_int_equal(run(&out, "sockspec list facts line-client"), 0);
    assert_has(&out, "  delimiter          \"\\n\"                 the byte");
    assert_int_equal(run(&out, "sockspec list words"), 0);
    assert_has(&out, "stop reading");
    assert_int_equal(run(&out, "sockspec list options"), 0);
    assert_has(&out, "test       --junit FILE               JUnit XML");
    assert_has(&out, "doctor     --colour WHEN              When to use colours: auto, always or never (auto)\n");
    assert_int_equal(run(&out, "sockspec explain SOCK-STREAM-BOUNDARY"), 0);
    assert_has(&out, "source   ");
    assert_has(&out, "tested by");
    assert_int_equal(run(&out, "sockspec explain echo-server/byte-by-byte"), 0);
    assert_has(&out, "SOCK-STREAM-BOUNDARY MUST");
    assert_has(&out, "client {");
    assert_int_equal(run(&out, "sockspec explain line-server"), 0);
    assert_has(&out, "extends  tcp-server\n");
    assert_has(&out, "LINE-LIMIT MUST: A line of up to 64 KiB");
    assert_int_equal(run(&out, "for p in scenarios/*/profile; do p=${p%/*}; sockspec explain ${p#*/} || exit 1; done"),
                     0);
    assert_int_equal(run(&out, "sockspec explain stop reading"), 0);
    assert_has(&out, "example");
    buf_free(&out);
}

static void test_check(void **state)
{
    (void)state;
    struct buf out = {0};
    assert_int_equal(run(&out, "sockspec check scenarios"), 0);
    assert_has(&out, ", 0 errors\n");
    assert_int_equal(run(&out,
                         "d=$(mktemp -d) && printf 'scenario \"x\"\\nrule A MUST \"b\"\\nclient {\\n    conect\\n}\\n' "
                         ">$d/x.scn && sockspec check $d; c=$?; rm -r $d; exit $c"),
                     2);
    assert_has(&out, "x.scn:4:5: error: ");
    assert_has(&out, "'connect'");
    assert_has(&out, "1 scenario, ");
    buf_free(&out);
}

static void test_exit_codes_of_test(void **state)
{
    (void)state;
    static const struct {
        const char *arguments;
        int code;
        const char *has;
    } cases[] = {
        {"-- $T/echo-server {host} {port}", 0, "1 pass"},
        {"-- $T/flawed-echo-server --flaw 7-bit {host} {port}", 1, "1 fail"},
        {"--tap -- $T/flawed-echo-server --flaw 7-bit {host} {port}", 1, "TAP version 14\n"},
        {"-q -- $T/flawed-echo-server --flaw 7-bit {host} {port}", 1, ""},
        {"--json - -- $T/echo-server {host} {port}", 0, "\"pass\": 1"},
        {"-v -- $T/echo-server {host} {port}", 0, "pass  echo-server/every-byte-value"},
        {"-- /bin/false", 3, "did not start"},
        {"-- /no/such/program", 3, "/no/such/program"},
    };
    struct buf out = {0};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char command[256];
        snprintf(command, sizeof(command), "sockspec test echo-server --filter every-byte-value %s",
                 cases[i].arguments);
        int code = run(&out, command);
        if (code != cases[i].code)
            fail_msg("%s: exit code %d\n%s", command, code, buf_text(&out));
        assert_has(&out, cases[i].has);
    }
    assert_int_equal(run(&out, "sockspec test ci/bench/trivial.scn"), 0);
    buf_free(&out);
}

/* A server that has nothing at the path is not blamed for it, nor one that has something at any path; who has a page is
 * tested. */
static void test_premises_come_first(void **state)
{
    (void)state;
    struct buf out = {0};
    static const char profile[] = "d=$(mktemp -d) && cp -r scenarios/http-server $d/a && "
                                  "printf 'profile \"x\"\nextends tcp-server\nfact f \"f\"\n%s\n' >$d/a/profile && "
                                  "sockspec test a --scenarios $d -- cat; c=$?; rm -r $d; exit $c";
    char command[512];
    assert_int_equal(
        run(&out, "sockspec test http-server --filter '*host*' --set path=/none -- $T/http-server-epoll {host} {port}"),
        2);
    assert_string_equal(
        buf_text(&out),
        "sockspec test: GET /none is answered with 404, and nearly all is about a resource that GET finds. Name one: "
        "--set path=/... (and the Host that it serves: --set host=...). Where all is closed to strangers, try "
        "tcp-server\n");
    assert_int_equal(
        run(&out, "sockspec test http-server --filter '*missing-host*' -- $T/http-server-epoll {host} {port}"), 0);
    assert_int_equal(
        run(&out, "sockspec test http-server --filter '*404' --set missing=/ -- $T/http-server-epoll {host} {port}"),
        3);
    assert_has(&out, "needs the fact 'missing': GET / is answered with 200, not with 404 (--set missing=...)");
    assert_int_equal(
        run(&out, "timeout --preserve-status -s INT 1 sh -c 'exec \"$0\" test http-server -- sleep 30' $T/../sockspec"),
        3);
    assert_string_equal(buf_text(&out), "sockspec test: interrupted\n");
    snprintf(command, sizeof(command), profile, "premise no-such \"x\"");
    assert_int_equal(run(&out, command), 2);
    assert_has(&out, "the premise 'no-such' is no scenario of profile 'a'");
    snprintf(command, sizeof(command), profile, "premise get for path");
    assert_int_equal(run(&out, command), 2);
    assert_has(&out, "the premise 'get' is for 'path', which is no fact of the profile");
    buf_free(&out);
}

/* Of an option that may be repeated each word counts. */
static void test_filters_add_up(void **state)
{
    (void)state;
    struct buf out = {0};
    assert_int_equal(run(&out, "sockspec test echo-server --filter only-a-line-end --filter half-close-at-once "
                               "--filter nothing-unasked -- $T/echo-server {host} {port}"),
                     0);
    assert_has(&out, "6 cases: 6 pass"); /* the first has four values of a parameter */
    assert_int_equal(run(&out, "sockspec test echo-server --filter only-a-line-end --filter '' -- cat"), 2);
    assert_has(&out, "--filter takes GLOB, not an empty word");
    assert_int_equal(run(&out, "sockspec test echo-server --tags nothing --tags slow,x -- cat"), 2);
    assert_has(&out, "no scenario has one of the tags nothing,slow,x");
    buf_free(&out);
}

/* One that does not hold is one entry, by its own rule; what takes it for granted is skipped by name. */
static void test_a_premise_is_told_once(void **state)
{
    (void)state;
    struct buf out = {0};
    assert_int_equal(run(&out, "sockspec test http-server --filter 'http-server/*head*' -- "
                               "$T/flawed-semantics-server --flaw head-is-405 {host} {port}"),
                     1);
    assert_has(&out, "FAIL  http-server/head-is-supported  mismatch: expected response 2xx, but its status is 405");
    assert_has(&out, "needs premise head-is-supported: \"HEAD of what GET finds is answered\" does not hold here: "
                     "expected response 2xx, but its status is 405");
    assert_has(&out, " 1 fail, ");
    /* Also where --filter asks for another: somebody is to blame. */
    assert_int_equal(run(&out, "sockspec test http-server --filter http-server/date-with-head -- "
                               "$T/flawed-semantics-server --flaw head-is-405 {host} {port}"),
                     1);
    assert_has(&out, "2 cases: 0 pass, 1 fail, 1 skip");
    assert_int_equal(run(&out, "sockspec list premises http-server"), 0);
    assert_has(&out, "http-server/get for all: GET {path} is answered with 200\n"
                     "http-server/error-is-explained for the fact missing\n  http-server/");
    assert_has(&out, "http-server/head-is-supported when needed: HEAD of what GET finds is answered\n"
                     "  http-server/date-with-head\n");
    /* The page of them is what is printed. */
    assert_int_equal(run(&out, "sockspec list premises --markdown >" BINARY_DIR "/premises.md && "
                               "cmp " BINARY_DIR "/premises.md scenarios/premises.md || "
                               "{ echo cp " BINARY_DIR "/premises.md scenarios/premises.md; false; }"),
                     0);
    buf_free(&out);
}

/* What a greeting server says is heard from it, twice; who has said it is not contradicted. */
static void test_a_fact_is_learnt(void **state)
{
    (void)state;
    struct buf out = {0};
    assert_int_equal(
        run(&out, "sockspec test greeting-server --filter 'greeting-server/*' -- $T/greeting-server {host} {port}"), 0);
    assert_has(&out, "6 cases: 6 pass");
    assert_int_equal(run(&out, "sockspec test greeting-server --filter greets-and-closes --set greeting=Hello -- "
                               "$T/greeting-server {host} {port}"),
                     1);
    assert_has(&out, "expected \"Hello\"");
    /* One that says another thing each time has no such fact, and one that says nothing neither. */
    assert_int_equal(run(&out, "sockspec test greeting-server --filter 'greeting-server/*' -- python3 -c '"
                               "import socket, sys, time\n"
                               "s = socket.create_server((sys.argv[1], int(sys.argv[2])))\n"
                               "while True:\n"
                               "  c = s.accept()[0]; c.send(str(time.time()).encode()); c.close()' {host} {port}"),
                     0);
    assert_has(&out, "needs the fact 'greeting': it is another one each time (--set greeting=...)");
    assert_has(&out, "6 cases: 1 pass, 5 skip");
    assert_int_equal(
        run(&out, "sockspec test greeting-server --filter greets-and-closes -- $T/announce-server {host} {port}"), 3);
    assert_has(&out, "needs the fact 'greeting': it says nothing to who connects (--set greeting=...)");
    buf_free(&out);
}

/* A fact that is said wrongly is a skip with the reason, and blames nobody. */
static void test_a_wrong_fact_blames_nobody(void **state)
{
    (void)state;
    struct buf out = {0};
    static const struct {
        const char *set, *why;
    } rows[] = {
        {"echo=/none", "needs the fact 'echo': POST /none is answered with 405, not with 200 (--set echo=...)"},
        {"large=/none", "needs the fact 'large': GET /none is answered with 404, not with 200 (--set large=...)"},
        {"large=/", "needs the fact 'large': GET / has less than 1 MB of content (--set large=...)"},
        {"empty=/", "needs the fact 'empty': GET / has content (--set empty=...)"},
        {"redirect=/", "needs the fact 'redirect': GET / is answered with 200, which is no redirect"},
        {"encoded=/", "needs the fact 'encoded': / has no letter that is percent-encoded (--set encoded=...)"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        char command[512];
        snprintf(command, sizeof(command),
                 "sockspec test http-server --set %s --filter '*%.*s*|*content|percent-encoded-letter|chunked-request' "
                 "-- $T/http-server-epoll {host} {port}",
                 rows[i].set, (int)strcspn(rows[i].set, "="), rows[i].set);
        assert_int_equal(run(&out, command), 0);
        assert_has(&out, rows[i].why);
    }
    buf_free(&out);
}

/* Of a client that prints more than it got, what it got has to be in there. */
static void test_prints_more(void **state)
{
    (void)state;
    struct buf out = {0};
    static const char command[] = "sockspec test greeting-client --filter 'whole|in-pieces|long' %s -- "
                                  "sh -c \"echo connected; %s \\\"\\$@\\\"; echo done\" sh {host} {port}";
    char with[512];
    snprintf(with, sizeof(with), command, "", "$T/greeting-client");
    assert_int_equal(run(&out, with), 1);
    assert_has(&out, "FAIL  greeting-client/whole  mismatch: expected output /Thank you for connecting\\n?/");
    snprintf(with, sizeof(with), command, "--set prints=more", "$T/greeting-client");
    assert_int_equal(run(&out, with), 0);
    assert_has(&out, "3 cases: 3 pass");
    snprintf(with, sizeof(with), command, "--set prints=more", "$T/flawed-greeting-client --flaw one-recv");
    assert_int_equal(run(&out, with), 1);
    assert_has(&out, "FAIL  greeting-client/in-pieces");
    buf_free(&out);
}

/* An exit status of 0 for errors of every kind says nothing: the three that show it fail, and no other. */
static void test_a_fact_is_tried(void **state)
{
    (void)state;
    struct buf out = {0};
    assert_int_equal(run(&out, "sockspec test http-client --filter 'closed-port|*truncated-*|no-http|*two-lengths*' -- "
                               "sh -c \"$T/page-fetcher \\$1; exit 0\" sh {url}"),
                     1);
    assert_has(&out, "FAIL  http-client/closed-port");
    assert_has(&out, "FAIL  http-client/truncated-body");
    assert_has(&out, "SKIP  http-client/truncated-chunks  needs the fact errors: ");
    assert_has(&out, "SKIP  http-client/two-lengths");
    /* One that tells some errors is held to all. */
    assert_int_equal(run(&out, "sockspec test http-client --filter 'closed-port|*truncated-*|no-http' -- "
                               "$T/flawed-http-client --flaw cut-is-complete {url}"),
                     1);
    assert_has(&out, "FAIL  http-client/truncated-chunks");
    buf_free(&out);
}

/* What a failure prints as its repeat line is run by a shell as it stands, and fails alike. */
static void test_the_repeat_line_repeats(void **state)
{
    (void)state;
    struct buf out = {0}, again = {0};
    assert_int_equal(run(&out, "sockspec test echo-server -j2 --set concurrency=40 --patience=2 --junit /dev/null "
                               "--filter every-byte-value -- "
                               "sh -c \"exec $T/flawed-echo-server --flaw 7-bit 127.0.0.1 \\$1\" sh {port}"),
                     1);
    const char *line = strstr(buf_text(&out), "repeat: ");
    assert_non_null(line);
    line += strlen("repeat: ");
    char *command = strndup(line, strcspn(line, "\n"));
    assert_non_null(
        strstr(command, " test echo-server --set concurrency=40 --patience=2 --filter 'echo-server/every-byte-value"));
    assert_null(strstr(command, "junit"));
    assert_int_equal(run(&again, command), 1);
    assert_has(&again, "FAIL  echo-server/every-byte-value");
    assert_has(&again, "1 case");
    free(command);
    buf_free(&out);
    buf_free(&again);
}

static void test_baseline_and_report(void **state)
{
    (void)state;
    static const char script[] =
        "d=$(mktemp -d); run() { sockspec test echo-server --filter every-byte-value \"$@\" -- "
        "$T/flawed-echo-server --flaw 7-bit {host} {port}; }; "
        "run -q --write-baseline $d/known --json $d/results.json; echo first $?; "
        "run -q --baseline $d/known; echo known $?; "
        "sockspec report $d/results.json >$d/told; echo told $?; grep -c every-byte-value $d/told; "
        "sockspec report $d/results.json --tap | head -n 1; "
        "sockspec report $d/results.json --baseline $d/known >/dev/null; echo forgiven $?; "
        "rm -r $d";
    struct buf out = {0};
    run(&out, script);
    assert_has(&out, "first 1\nknown 0\ntold 1\n");
    assert_has(&out, "TAP version 14\nforgiven 0\n");
    buf_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_help_of_every_verb),
        cmocka_unit_test(test_doctor),
        cmocka_unit_test(test_list_and_explain),
        cmocka_unit_test(test_check),
        cmocka_unit_test(test_exit_codes_of_test),
        cmocka_unit_test(test_the_repeat_line_repeats),
        cmocka_unit_test(test_baseline_and_report),
        cmocka_unit_test(test_premises_come_first),
        cmocka_unit_test(test_filters_add_up),
        cmocka_unit_test(test_a_premise_is_told_once),
        cmocka_unit_test(test_a_fact_is_tried),
        cmocka_unit_test(test_a_fact_is_learnt),
        cmocka_unit_test(test_a_wrong_fact_blames_nobody),
        cmocka_unit_test(test_prints_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
