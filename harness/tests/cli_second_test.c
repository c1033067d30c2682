/* Second connections, and what one actor names of another. */
#include "shell.h"

#include <stdbool.h>

/* Failed, or told the same and not judged, since this machine was late. */
#define LATE_TOO (-1)

#define TEST "sockspec test two-ports --scenarios harness/tests/data/second --filter "

static const char python[] =
    "import re,socket,sys; c = socket.create_connection((sys.argv[1], int(sys.argv[2]))).makefile(); "
    "n = re.search(r\"[(]127,0,0,1,([0-9]+),([0-9]+)[)]\", c.readline()); "
    "d = socket.create_connection((\"127.0.0.1\", int(n[1]) * 256 + int(n[2]))); "
    "print(d.makefile().read(), end=\"\"); c.read()";

static void test_a_second_port(void **state)
{
    (void)state;
    static const struct {
        const char *line, *has;
        int code;
    } rows[] = {
        {TEST "passive -- $P {port}", "1 pass", 0},
        {TEST "after -- $P {port}", "1 pass", 0},
        {TEST "link -- $P {port}", "1 pass", 0},
        {TEST "after -- $P {port} wrong", "this is no port: {p} (line 10) is '99999'", 1},
        {TEST "after -- $P {port} deaf", "line", 1},
        {TEST "keeps -- sh -c \"cd {dir} && exec $P {port}\"", "1 pass", 0},
        {TEST "keeps -- sh -c \"cd {dir} && exec $P {port} late\"", "1 pass", 0},
        {TEST "keeps -- sh -c \"cd /tmp && exec $P {port}\"",
         "needs a program whose command has {dir}, and that writes there", 3},
        {TEST "lacks -- sh -c \"cd {dir} && exec $P {port}\"", "expected file kept lacks \"ell\", but it is \"hello\"",
         1},
        {TEST "of-before -- sh -c \"cd {dir} && echo 1 >stale && ln -s /etc/passwd link && sleep 0.3; exec $P {port}\"",
         "expected file stale has \"1\", but there is none: it was not written since the case began", LATE_TOO},
        {TEST "out-of-folder -- sh -c \"cd {dir} && ln -s /etc/passwd link; exec $P {port}\"",
         "but there is none: a link leads out of its folder", LATE_TOO},
        {TEST "passive -- $P {port} deaf", "the connection was refused: nobody listens there", 1},
    };
    struct buf out = {0};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        int code = shell_run(&out, "exec 2>&1; P=%s/tests/programs/two_ports; %s", BINARY_DIR, rows[i].line);
        bool wanted = code == rows[i].code || (rows[i].code == LATE_TOO && (code == 1 || code == 3));
        if (!wanted || !strstr(buf_text(&out), rows[i].has))
            fail_msg("%s: exit code %d\n%s", rows[i].line, code, buf_text(&out));
    }
    int code = shell_run(&out,
                         "exec 2>&1; sockspec test two-ports-client --scenarios harness/tests/data/second -- "
                         "python3 -c '%s' {host} {port}",
                         python);
    if (code != 0)
        fail_msg("exit code %d\n%s", code, buf_text(&out));
    buf_free(&out);
}

/* A name of another actor wants a signal behind it, and one actor; a port wants a server under test. */
static void test_what_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *actors, *profile, *has;
    } rows[] = {
        {"client a { connect ; let x = \"1\" ; signal s }\nclient b { connect ; send \"{a.x}\" }", "tcp-server",
         "nothing orders this behind line 3, where 'a' gives 'x' its value"},
        {"client a { connect ; signal s ; let x = \"1\" }\nclient b { wait s ; connect ; send \"{a.x}\" }",
         "tcp-server", "nothing orders this"},
        {"client a { connect ; let x = \"1\" ; signal s }\nclient b { connect ; send \"{a.x}\" ; wait s }",
         "tcp-server", "nothing orders this"},
        {"client a 2 { connect ; let x = \"1\" ; signal s }\nclient b { wait s ; connect ; send \"{a.x}\" }",
         "tcp-server", "'a' is many: which copy's 'x'?"},
        {"client a { connect ; let x = \"1\" ; signal s }\nclient b { wait s ; connect ; send \"{x}\" }", "tcp-server",
         "write {a.x}, behind a wait for its signal"},
        {"client a { connect }\nclient b { connect ; send \"{a.y}\" }", "tcp-server", "unknown name 'a.y'"},
        {"client { connect to port 70000 }", "tcp-server", "is out of range"},
        {"client { connect }\nsubject { expect file \"/etc/passwd\" has \"x\" }", "tcp-server",
         "a file below {dir} or {root} is wanted"},
        {"client { connect }\nsubject { expect file \"x\" hsa \"x\" }", "tcp-server",
         "'is' or 'lacks' behind the file"},
        {"client { connect to port {q} }", "tcp-server", "unknown"},
        {"client { connect to port 70 }\nserver { accept }", "tcp-client",
         "a port of the subject's: those of profile tcp-client are no servers"},
    };
    struct buf out = {0};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        int code = shell_run(
            &out,
            "exec 2>&1; f=$(mktemp --suffix .scn); cat >$f <<'END'\nscenario \"t\"\nrule A MUST \"s\"\n%s\nEND\n"
            "sockspec check $f --profile %s; c=$?; rm $f; exit $c",
            rows[i].actors, rows[i].profile);
        if (code != 2 || !strstr(buf_text(&out), rows[i].has))
            fail_msg("%s: exit code %d, wanted '%s'\n%s", rows[i].actors, code, rows[i].has, buf_text(&out));
    }
    buf_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_a_second_port), cmocka_unit_test(test_what_is_refused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
