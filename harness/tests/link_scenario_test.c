/* Scenarios with a link, run by the whole program: between clients and a server, between servers and a client, with
 * neither. */
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

#define HEAD   "scenario \"t\"\nrule SOCK-STREAM-BOUNDARY MUST \"A stream socket keeps no message boundaries\"\n"
#define SERVER "--profile echo-server -- " BINARY_DIR "/targets/echo-server '{host}' '{port}'"
#define CLIENT "--profile echo-client --set size=300 -- " BINARY_DIR "/targets/echo-client '{host}' '{port}' '{size}'"

/* Nothing orders a subject's connect() behind a step of a server: it tries until it is refused. */
#define REFUSED_CLIENT                                                                                                 \
    "--profile echo-client --set size=300 -- sh -c 'until " BINARY_DIR                                                 \
    "/targets/echo-client \"$@\" 2>&1 | grep refused; do :; done; exit 1' sh '{host}' '{port}' '{size}'"

/* Runs the scenario; output and error come together. Returns the exit code. */
static int run(const char *scenario, const char *behind, struct buf *out)
{
    char path[64];
    struct buf command = {0};
    char piece[4096];
    snprintf(path, sizeof(path), "/tmp/link-scenario-%d.scn", (int)getpid());
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fprintf(f, "%s%s", HEAD, scenario);
    fclose(f);
    buf_printf(&command, "SOCKSPEC_SCENARIOS=%s/scenarios %s/sockspec test %s %s 2>&1", SOURCE_DIR, BINARY_DIR, path,
               behind);
    f = popen(buf_text(&command), "r");
    assert_non_null(f);
    buf_clear(out);
    for (size_t n; (n = fread(piece, 1, sizeof(piece), f)) > 0;)
        buf_add(out, piece, n);
    int status = pclose(f);
    unlink(path);
    buf_free(&command);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void passes(const char *scenario, const char *behind)
{
    struct buf out = {0};
    int code = run(scenario, behind, &out);
    if (code != 0 || !strstr(buf_text(&out), " pass in "))
        fail_msg("exit code %d\n%s\n%s", code, scenario, buf_text(&out));
    if (strstr(buf_text(&out), " skip"))
        fail_msg("skipped\n%s\n%s", scenario, buf_text(&out));
    buf_free(&out);
}

static void fails_with(const char *scenario, const char *behind, int want, const char *const *has)
{
    struct buf out = {0};
    int code = run(scenario, behind, &out);
    for (size_t i = 0; has[i]; i++)
        if (code != want || !strstr(buf_text(&out), has[i]))
            fail_msg("exit code %d, '%s' is not in\n%s", code, has[i], buf_text(&out));
    buf_free(&out);
}

static void waits_and_pieces_look_through_it(void **state)
{
    (void)state;
    passes(
        "link { up slice 4 ; delay 3ms }\n"
        "client { connect ; wait peer accepted ; send \"hello, world\" in 5 byte pieces ; expect \"hello, world\" ;\n"
        "         shutdown write ; expect close }\n",
        SERVER);
    passes("link { down rate 1GB/s }\n"
           "client { connect ; stop reading ; send zeros 64KiB until blocked ; wait peer blocked ; resume reading ;\n"
           "         shutdown write ; expect 3000000 bytes }\n",
           SERVER);
}

/*
 * Jitter that keeps the order joins pieces that are on their way together: a piece that only the link had taken would
 * reach the subject with the next one, every other time. This subject answers its first recv() and closes.
 */
static void pieces_reach_the_subject_one_by_one(void **state)
{
    (void)state;
    passes("with n in 1..8\n"
           "link { up jitter 20ms }\n"
           "client { connect ; send \"{n}bcdef\" in 2 byte pieces ; expect \"{n}b\" ; expect close or reset }\n",
           "--profile echo-server -- " BINARY_DIR "/targets/flawed-echo-server --flaw one-recv '{host}' '{port}'");
}

static void a_fault_may_wait_for_a_signal(void **state)
{
    (void)state;
    passes("link { wait half ; up silent after 0 bytes ; signal quiet }\n"
           "client { connect ; send \"hello\" ; expect \"hello\" ; signal half ; wait quiet ; send \"x\" ; expect "
           "nothing for 50ms }\n",
           SERVER);
}

static void only_one_connection(void **state)
{
    (void)state;
    passes(
        "link { down reset after 10 bytes on connection 2 }\n"
        "client a { connect ; send \"0123456789abc\" ; expect \"0123456789abc\" ; signal one }\n"
        "client b { wait one ; connect ; send \"0123456789abc\" ; expect \"0123456789\" ; expect reset ; signal two }\n"
        "client c { wait two ; connect ; send \"0123456789abc\" ; expect \"0123456789abc\" }\n",
        SERVER);
}

static void a_client_finds_the_link(void **state)
{
    (void)state;
    passes("link { down slice 50 }\nserver { accept ; echo until close ; close }\nsubject { expect exit 0 }\n", CLIENT);
    passes(
        "link { down reset after 100 bytes }\nserver { accept ; echo until close }\nsubject { expect exit nonzero }\n",
        CLIENT);
}

static void every_transport(void **state)
{
    (void)state;
    passes("link { delay 1ms }\n"
           "server one over unix-stream { accept ; expect \"hello\" ; send \"yes\" in 1 byte pieces ; expect close }\n"
           "server two over udp { expect \"data\" ; send \"back\" }\n"
           "server three over unix-seqpacket { accept ; expect \"data\" ; send \"back\" }\n"
           "server four over unix-dgram { expect \"data\" ; send \"back\" }\n"
           "server five over tcp6 { accept ; send \"12345\" ; close }\n"
           "client a over unix-stream { connect to one ; send \"hello\" in 1 byte pieces ; expect \"yes\" ; close }\n"
           "client b over udp { connect to two ; send \"data\" ; expect \"back\" }\n"
           "client c over unix-seqpacket { connect to three ; send \"data\" ; expect \"back\" }\n"
           "client d over unix-dgram { connect to four ; send \"data\" ; expect \"back\" }\n"
           "client e over tcp6 { connect to five ; expect \"12345\" ; expect close }\n",
           "");
}

static void a_closed_server_refuses_through_the_link(void **state)
{
    (void)state;
    passes("link { pause 1ms }\nserver { close }\nsubject { expect exit nonzero ; expect output has /refused/ }\n",
           REFUSED_CLIENT);
}

/* A case must not pass on the strength of a fault that never was. */
static void a_fault_that_never_struck_is_a_skip(void **state)
{
    (void)state;
    fails_with(
        "link { up slice 100 ; down delay 1ms }\nclient { connect ; send \"hello\" ; expect \"hello\" }\n", SERVER, 3,
        (const char *[]){"the link's 'up slice 100' was never reached: the case did not test what it says", NULL});
}

static void a_failure_tells_what_the_link_did(void **state)
{
    (void)state;
    fails_with("link { down silent after 3 bytes }\n"
               "client { connect ; send \"hello\" ; expect \"hel\" ; expect \"lo\" within 300ms }\n",
               SERVER, 1,
               (const char *[]){"#1 accepted", "#1 up passed 5 bytes at 0", "#1 down passed 3 bytes at 0",
                                "#1 down fault: silent after 3 bytes",
                                "link, connection 1: up 5 bytes passed on, 0 held; down 3 passed on, 0 held", NULL});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(waits_and_pieces_look_through_it),
        cmocka_unit_test(pieces_reach_the_subject_one_by_one),
        cmocka_unit_test(a_fault_may_wait_for_a_signal),
        cmocka_unit_test(only_one_connection),
        cmocka_unit_test(a_client_finds_the_link),
        cmocka_unit_test(every_transport),
        cmocka_unit_test(a_closed_server_refuses_through_the_link),
        cmocka_unit_test(a_fault_that_never_struck_is_a_skip),
        cmocka_unit_test(a_failure_tells_what_the_link_did),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
