/* Profiles live anywhere: folders besides the shipped one, named by options, by the environment and by subject files.
 */
#include "shell.h"

#define OWN    "harness/tests/data/anywhere/own"
#define SECOND "harness/tests/data/anywhere/second"
#define RULE   "harness/tests/data/anywhere/rule"
#define UNRULY "harness/tests/data/anywhere/unruly"
#define LOOSE  "harness/tests/data/anywhere/loose"

static void assert_lacks(const struct buf *out, const char *what)
{
    if (strstr(buf_text(out), what))
        fail_msg("'%s' is in:\n%s", what, buf_text(out));
}

/* Each of the lines ends with this exit code and says so. */
static void assert_lines(const struct usage_case *cases, size_t count, int wanted)
{
    struct buf out = {0};
    for (size_t i = 0; i < count; i++) {
        int code = shell_run(&out, "exec 2>&1; %s", cases[i].line);
        if (code != wanted || !strstr(buf_text(&out), cases[i].has))
            fail_msg("%s: exit code %d, wanted %d and '%s'\n%s", cases[i].line, code, wanted, cases[i].has,
                     buf_text(&out));
    }
    buf_free(&out);
}

static void test_a_folder_is_added(void **state)
{
    (void)state;
    static const struct usage_case cases[] = {
        {"sockspec list profiles --scenarios " OWN, "parrot "},
        {"sockspec list profiles --scenarios " OWN, "tcp-server "},
        {"sockspec list scenarios parrot --scenarios " OWN, "parrot/says-it"},
        {"SOCKSPEC_SCENARIOS=" OWN " sockspec list profiles", "parrot "},
        {"SOCKSPEC_SCENARIOS=" UNRULY "::" OWN ": sockspec list profiles", "jay "},
        {"SOCKSPEC_SCENARIOS=" OWN ":" OWN "/../own sockspec list profiles --scenarios " OWN "/", "parrot "},
        {"sockspec list profiles --scenarios " OWN " --scenarios " UNRULY, "jay "},
        {"sockspec explain parrot/says-it --scenarios " OWN, "source   the tests of sockspec"},
        {"sockspec explain parrot --scenarios " OWN, "PARROT-WORD MUST: A word comes back as it is."},
        {"sockspec explain OWN-ECHO --scenarios " OWN, "What is sent comes back."},
        {"sockspec explain SOCK-STREAM-BOUNDARY --scenarios " OWN, "parrot/shipped-rule"},
        {"sockspec list rules --scenarios " OWN, "OWN-ECHO"},
        {"sockspec help list", "$SOCKSPEC_SCENARIOS"},
        {"sockspec test --help", "$SOCKSPEC_SCENARIOS"},
        {"sockspec check --help", "$SOCKSPEC_SCENARIOS"},
        {"sockspec help", "SOCKSPEC_SCENARIOS"},
    };
    assert_lines(cases, sizeof(cases) / sizeof(cases[0]), 0);
    struct buf out = {0};
    assert_int_equal(shell_run(&out, "sockspec list profiles"), 0);
    assert_lacks(&out, "parrot");
    buf_free(&out);
}

static void test_a_profile_stands_on_shipped_ones(void **state)
{
    (void)state;
    static const struct usage_case cases[] = {
        {"sockspec test parrot --scenarios " OWN " --filter 'parrot/*' -- $T/echo-server {host} {port}", "2 pass"},
        {"sockspec test parrot --scenarios " OWN " --filter tcp-server/urgent-byte -- $T/echo-server {host} {port}",
         "1 pass"},
        {"sockspec test jay --scenarios " UNRULY " --scenarios " OWN
         " --filter '*/word' -- $T/echo-server {host} {port}",
         "1 pass"},
        {"sockspec test " OWN "/parrot/says-it.scn -- $T/echo-server {host} {port}", "1 pass"},
        {"sockspec test " LOOSE "/word.scn --profile parrot --scenarios " OWN " -v -- $T/echo-server {host} {port}",
         "parrot/word"},
        {"sockspec test " LOOSE "/parrot.subject " LOOSE "/word.scn -v -- $T/echo-server {host} {port}", "parrot/word"},
        {"sockspec test " LOOSE "/parrot.subject --filter 'parrot/*' -- $T/echo-server {host} {port}", "2 pass"},
    };
    assert_lines(cases, sizeof(cases) / sizeof(cases[0]), 0);
}

static void test_a_clash_names_both(void **state)
{
    (void)state;
    static const struct usage_case cases[] = {
        {"sockspec list --scenarios " OWN " --scenarios " SECOND,
         "there is a profile 'parrot' in " OWN " and in " SECOND ": give one of them another name"},
        {"SOCKSPEC_SCENARIOS=" OWN ":" SECOND " sockspec check", "'parrot' in " OWN " and in " SECOND},
        {"sockspec test parrot --scenarios " SECOND " --scenarios " OWN " -- cat", "in " SECOND " and in " OWN},
        {"sockspec explain parrot --scenarios " SECOND " --scenarios " OWN, "^~"},
        {"sockspec list rules --scenarios " OWN " --scenarios " RULE,
         "a second rule OWN-ECHO (the first: " OWN "/rules:2)"},
        {"sockspec test crow --scenarios " OWN " --scenarios " RULE " -- cat", RULE "/crow/rules:1:8: error: a second"},
        {"sockspec list --scenarios " OWN "/parrot", "which is a profile: name the folder that it is in"},
        {"SOCKSPEC_SCENARIOS=" OWN ":/no/such/folder sockspec check",
         "SOCKSPEC_SCENARIOS names '/no/such/folder', which is no folder"},
        {"sockspec check --scenarios " UNRULY, "profile 'jay' extends 'parrot', which is no profile beside it, in "},
        {"sockspec check --profile echo-servr " LOOSE "/word.scn", "did you mean 'echo-server'?"},
    };
    ASSERT_USAGE(cases);
}

static void test_check_knows_the_folders(void **state)
{
    (void)state;
    static const struct usage_case right[] = {
        {"sockspec check " OWN, "2 scenarios, 3 other files, 0 errors"},
        {"sockspec check " UNRULY " --scenarios " OWN, "1 scenario, 1 other file, 0 errors"},
        {"sockspec check " LOOSE, "1 scenario, 1 other file, 0 errors"},
        {"sockspec check " LOOSE "/parrot.subject", "0 scenarios, 1 other file, 0 errors"},
    };
    assert_lines(right, sizeof(right) / sizeof(right[0]), 0);
    static const struct usage_case wrong[] = {
        {"d=$(mktemp -d); printf 'scenario \"x\"\\nrule OWN-ECO MUST \"x\"\\nclient { connect }\\n' >$d/x.scn; cp " OWN
         "/rules $d; sockspec check $d; c=$?; rm -r $d; exit $c",
         "did you mean 'OWN-ECHO'?"},
        {"sockspec check --profile http-client " LOOSE "/word.scn",
         "the subjects of profile http-client are clients: a server actor is missing"},
        {"d=$(mktemp -d); sed s,../own,no-such-folder, " LOOSE
         "/parrot.subject >$d/x.subject; sockspec check $d/x.subject "
         "--scenarios " OWN " ; c=$?; rm -r $d; exit $c",
         "'scenarios' names '/tmp/"},
        {"d=$(mktemp -d); sed '/scenarios/d' " LOOSE
         "/parrot.subject >$d/x.subject; sockspec check $d/x.subject; c=$?; "
         "rm -r $d; exit $c",
         "there is no profile 'parrot'"},
    };
    ASSERT_USAGE(wrong);
}

static void test_a_missing_contract_is_told(void **state)
{
    (void)state;
    static const struct usage_case cases[] = {
        {"sockspec test " LOOSE "/word.scn -- cat", "the contract is missing: which profile is this scenario about?"},
        {"sockspec test " LOOSE "/word.scn", "~ --profile NAME, a file 'profile' in its folder"},
        {"sockspec test " LOOSE "/word.scn --at 127.0.0.1:7", "the contract is missing"},
        {"sockspec test ci/bench/trivial.scn -- cat", "plays both sides itself; which of them is the program?"},
    };
    ASSERT_USAGE(cases);
}

/* Each word of each table, each part of one, and what stands in a closed list: to whatever is written, it answers. */
static void test_every_word_is_explained(void **state)
{
    (void)state;
    struct buf out = {0};
    int code = shell_run(&out, "exec 2>&1; { sockspec list words | cut -c1-23 | tr -s ' ' '\\n' | grep '^[a-z]'; "
                               "sockspec list words | cut -c1-23; "
                               "sed -n '/made: lists/,/end/p' scenarios/README.md | grep -o '\"[^\"]*\"' | tr -d '\"'; "
                               "echo within; echo or; } | sort -u | while read -r w; do "
                               "sockspec explain \"$w\" >/dev/null 2>&1 || echo \"no answer: $w\"; done");
    assert_int_equal(code, 0);
    assert_string_equal(buf_text(&out), "");
    static const struct usage_case cases[] = {
        {"sockspec explain split", "split everywhere"},
        {"sockspec explain EMFILE", "how      error ERRNO"},
        {"sockspec explain tcp6", "transport TRANSPORT"},
        {"sockspec explain within", "connect [to SERVER | to port N]"},
    };
    assert_lines(cases, sizeof(cases) / sizeof(cases[0]), 0);
    buf_free(&out);
}

/* What `new` writes passes `check`, runs, and blames no right program; nothing is written over. */
static void test_new_profiles_run(void **state)
{
    (void)state;
    static const struct {
        const char *options, *command;
    } rows[] = {
        {"", "$T/echo-server {host} {port}"},
        {"--subject server --transport tcp6", "$T/echo-server {host} {port}"},
        {"--transport udp", "$T/udp-echo-server {host} {port}"},
        {"--transport unix-stream", "$T/unix-echo-server {socket}"},
        {"--transport unix-dgram", "$T/unix-echo-server {socket} --dgram"},
        {"--transport unix-seqpacket", "$T/unix-echo-server {socket} --seqpacket"},
        {"--subject client", "$T/connect {host} {port}"},
        {"--subject client --transport udp", "$T/udp-client {host} {port} ping"},
    };
    struct buf out = {0};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        int code = shell_run(
            &out,
            "exec 2>&1; d=$(mktemp -d); sockspec new profile $d/my-own %s && sockspec new scenario $d/my-own/two "
            "&& sockspec check $d/my-own && sockspec test my-own --scenarios $d --filter 'my-own/*' -- %s; "
            "c=$?; sockspec new profile $d/my-own; sockspec new scenario $d/my-own/two.scn; rm -r $d; exit $c",
            rows[i].options, rows[i].command);
        if (code != 0)
            fail_msg("%s: exit code %d\n%s", rows[i].options, code, buf_text(&out));
        assert_has(&out, "2 scenarios, 2 other files, 0 errors");
        assert_has(&out, "2 cases: 2 pass");
        assert_has(&out, "/my-own: File exists");
        assert_has(&out, "/my-own/two.scn is there already");
    }
    static const struct usage_case wrong[] = {
        {"sockspec new", "a profile or a scenario, and its name, are wanted"},
        {"sockspec new profile", "one name is wanted"},
        {"sockspec new profile 2x", "that is no name"},
        {"sockspec new scenario /tmp/x", "/tmp is no profile: 'sockspec new profile' writes one"},
        {"sockspec new profile x --subject bot", "--subject takes server or client; not 'bot'"},
    };
    ASSERT_USAGE(wrong);
    buf_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_folder_is_added),          cmocka_unit_test(test_a_profile_stands_on_shipped_ones),
        cmocka_unit_test(test_a_clash_names_both),         cmocka_unit_test(test_check_knows_the_folders),
        cmocka_unit_test(test_a_missing_contract_is_told), cmocka_unit_test(test_every_word_is_explained),
        cmocka_unit_test(test_new_profiles_run),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
