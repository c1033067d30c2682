/*
 * Wrong command lines of all verbs but `parse` and `proxy`, which have tests of their own: each is refused with exit
 * code 2 before anything is run, and told what to write in its place.
 */
#include "shell.h"

static void test_program(void **state)
{
    (void)state;
    static const struct usage_case cases[] = {
        {"sockspec", "Verbs\n  test "},
        {"sockspec tset", "sockspec: unknown verb 'tset'"},
        {"sockspec tset", "^~~~ did you mean 'test'?"},
        {"sockspec versoin", "^~~~~~~ did you mean 'version'?"},
        {"sockspec qqqqqqqq", "'sockspec help' lists the verbs"},
        {"sockspec --hlep", "unknown option '--hlep'"},
        {"sockspec help lits", "did you mean 'list'?"},
        {"sockspec help list test", "takes one verb"},
        {"sockspec help -- list", "takes one verb"},
        {"sockspec help --all", "unknown option '--all'"},
        {"sockspec version now", "^~~\n"},
        {"sockspec version now", "takes no words"},
        {"sockspec --version now", "takes no words"},
    };
    ASSERT_USAGE(cases);
}

static void test_what_to_test(void **state)
{
    (void)state;
    static const struct usage_case cases[] = {
        {"sockspec test", "what to test against is missing"},
        {"sockspec test echo-servr -- cat", "^~~~~~~~~~ did you mean 'echo-server'?"},
        {"sockspec test scenarios -- cat", "^~~~~~~~~ name a profile, FILE.scn or FILE.subject"},
        {"sockspec test echo-server cat", "the subject's command stands behind --"},
        {"sockspec test echo-server tcp-server -- cat", "one profile at a time: 'echo-server' was named already"},
        {"sockspec test a.subject b.subject", "one subject file at a time"},
        {"sockspec test no-such.subject", "no-such.subject"},
        {"sockspec test echo-server --", "^~ the subject's command stands behind it"},
        {"sockspec test echo-server", "either its command after --, or --at HOST:PORT"},
        {"sockspec test echo-client", "either its command after --, or --listen HOST:PORT"},
        {"sockspec test no-such-file.scn", "no-such-file.scn"},
        {"sockspec test scenarios/echo-server/every-byte-value.scn scenarios/line-server/byte-by-byte.scn -- cat",
         "files of different folders; name the contract they are about with --profile"},
        {"sockspec test echo-server --scenarios /no/such/folder -- cat", "which is no folder"},
        {"SOCKSPEC_SCENARIOS=/no/such/folder; sockspec test echo-server -- cat",
         "SOCKSPEC_SCENARIOS names '/no/such/folder', which is no folder"},
    };
    ASSERT_USAGE(cases);
}

static void test_options_of_test(void **state)
{
    (void)state;
    static const struct usage_case cases[] = {
        {"sockspec test echo-server --shard 3/2 -- cat", "--shard 3/2: the parts are 1 to 2"},
        {"sockspec test echo-server --shard 0/2 -- cat", "--shard 0/2: the parts are 1 to 2"},
        {"sockspec test echo-server --shard 0/0 -- cat", "at least one part"},
        {"sockspec test echo-server --shard half -- cat", "^~~~"},
        {"sockspec test echo-server --shard half -- cat", "--shard takes K/N"},
        {"sockspec test echo-server --set concurency=1 -- cat", "did you mean 'concurrency'?"},
        {"sockspec test echo-server --set concurrency -- cat", "--set takes FACT=VALUE"},
        {"sockspec test echo-server --set =1 -- cat", "--set takes FACT=VALUE"},
        {"sockspec test echo-server --tags no-such-tag -- cat", "no scenario has one of the tags"},
        {"sockspec test echo-server --baseline /no/such/file -- cat", "/no/such/file"},
        {"sockspec test echo-server --capture-dir x -- cat", "^ --capture failed"},
        {"sockspec test echo-server --capture failed --capture-dir /no/such/folder -- cat",
         "cannot make the folder for captures: No such file or directory"},
        {"sockspec test echo-server --isolation rot -- cat", "^~~ did you mean 'root'?"},
        {"sockspec test echo-server --delivery slow -- cat",
         "--delivery takes whole, bytes, everywhere, delayed or random; not 'slow'"},
        {"sockspec test echo-server --junti x -- cat", "^~~~~~~ did you mean '--junit'?"},
        {"sockspec test echo-server --junit", "--junit wants FILE behind it"},
        {"sockspec test echo-server --junit= -- cat", "--junit takes FILE, not an empty word"},
        {"sockspec test echo-server --tap=x -- cat", "--tap takes no value"},
        {"sockspec test echo-server -j 1000 -- cat", "--jobs takes 1 to 256"},
        {"sockspec test echo-server --patience 0 -- cat", "--patience takes 0.1 to 1000"},
        {"sockspec test echo-server --at nowhere", "nowhere"},
        {"sockspec test echo-server --at 192.0.2.1:7", "--allow-remote"},
    };
    ASSERT_USAGE(cases);
}

static void test_verbs_that_read(void **state)
{
    (void)state;
    static const struct usage_case cases[] = {
        {"sockspec check no-such-file.scn", "^~~~~~~~~~~~~~~"},
        {"sockspec check no-such-file.scn", "there is no file or folder"},
        {"sockspec check README.md", "^~~~~~~~~ FILE.scn, FILE.subject, profile, rules or a folder"},
        {"sockspec check --all", "unknown option '--all'"},
        {"sockspec list scenario", "did you mean 'scenarios'?"},
        {"sockspec list qqqqqqq", "profiles, scenarios, rules, words, facts, options or premises"},
        {"sockspec list rules echo-server", "is one word too many"},
        {"sockspec list facts echo-server x", "'x' is one word too many"},
        {"sockspec list facts echo-servr", "did you mean 'echo-server'?"},
        {"sockspec list --scenarios /no/such/folder", "which is no folder"},
        {"sockspec explain SOCK-STREAM-BOUNDRY", "did you mean 'SOCK-STREAM-BOUNDARY'?"},
        {"sockspec explain qqqqqqqqqqqqqq", "tells what there is"},
        {"sockspec explain", "what to explain is missing"},
        {"sockspec explain --scenarios /no/such/folder x", "which is no folder"},
        {"sockspec doctor packets", "^~~~~~~"},
        {"sockspec doctor packets", "takes no words"},
        {"sockspec doctor -- packets", "takes no words"},
        {"sockspec doctor --colour blue", "--colour takes auto, always or never; not 'blue'"},
    };
    ASSERT_USAGE(cases);
}

static void test_report(void **state)
{
    (void)state;
    static const struct usage_case cases[] = {
        {"sockspec report", "takes files as written by sockspec test --json FILE"},
        {"sockspec report x -- cat", "takes files as written by sockspec test --json FILE"},
        {"sockspec report /no/such/file", "/no/such/file"},
        {"sockspec report README.md", "README.md:1:"},
        {"echo '{\"sockspec\":\"9\",\"schema\":9}' | sockspec report -", "-: results of schema 9; this sockspec reads"},
        {"sockspec report a.json b.json", "say where to with --html FILE or --markdown FILE"},
        {"sockspec report a.json b.json", "^~~~~~ sockspec report a.json b.json -o report.html"},
        {"sockspec report a.json b.json -o x --tap",
         "--tap tells one run; several are told side by side with --html FILE or --markdown FILE"},
        {"sockspec report a.json b.json --junit x", "--junit tells one run"},
    };
    ASSERT_USAGE(cases);
}

static void test_inject(void **state)
{
    (void)state;
    static const struct usage_case cases[] = {
        {"sockspec inject", "what fault?"},
        {"sockspec inject -- true", "what fault?"},
        {"sockspec inject 'send short 1'", "the program's command is missing behind --"},
        {"sockspec inject 'send short 1' --", "the program's command is missing behind --"},
        {"sockspec inject 'sned short 1' -- true", "did you mean 'send'?"},
        {"sockspec inject $(seq -f 'send%g' 100) -- true", " faults at most"},
        {"sockspec inject 'send short 1' --sead 1 -- true", "did you mean '--seed'?"},
    };
    ASSERT_USAGE(cases);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_program),         cmocka_unit_test(test_what_to_test),
        cmocka_unit_test(test_options_of_test), cmocka_unit_test(test_verbs_that_read),
        cmocka_unit_test(test_report),          cmocka_unit_test(test_inject),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
