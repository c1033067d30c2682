/*
 * Pieces really leave one by one: the subject (this program, started as a client) prints the length of each recv().
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "engine/engine.h"

#include <arpa/inet.h>
#include <ev.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* The subject: one recv() after the other, each told on a line of its own, slow enough for anything sent too early to
 * pile up. */
static int print_each_recv(int port)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    char data[4096];
    ssize_t n;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(fd, (struct sockaddr *)&to, sizeof(to)) != 0)
        return 1;
    while ((n = recv(fd, data, sizeof(data), 0)) > 0) {
        printf("%zd\n", n);
        fflush(stdout);
        usleep(3000); /* what was not held back until this recv was taken would be joined to the next one */
    }
    return 0;
}

static void run(const char *sending, const char *recvs, enum delivery delivery)
{
    char self[4096], source[1024];
    ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);
    assert_true(len > 0);
    self[len] = '\0';
    char port[] = "{port}";
    char *argv[] = {self, port, NULL};
    snprintf(source, sizeof(source),
             "scenario \"t\"\nrule T MUST \"t\"\nserver { accept\n %s\n close }\nsubject { expect output is \"%s\" }\n",
             sending, recvs);
    struct scn_messages messages = {0};
    const struct scn_profile profile = {.name = "test", .role = SCN_ROLE_CLIENT};
    const struct scn_context context = {.profile = &profile};
    struct scn_scenario *s = scn_parse("test/t", "t.scn", source, strlen(source), &context, &messages);
    assert_non_null(s);
    struct ev_loop *loop = ev_loop_new(EVFLAG_AUTO);
    const struct engine_options options = {.patience = 1,
                                           .timeout = 60,
                                           .seed = 1,
                                           .delivery = delivery,
                                           .isolation = ISOLATION_PROCESS,
                                           .host_net = true,
                                           .tmp_dir = "/tmp"};
    struct engine *engine = engine_new(loop, &options);
    const struct engine_subject subject = {.client_argv = argv};
    struct scn_facts facts = {0};
    struct result result = {0};
    engine_run(engine, s, 0, &facts, &subject, &result);
    if (result.verdict != VERDICT_PASS)
        print_error("%s: %s\n", sending, result.message);
    assert_int_equal(result.verdict, VERDICT_PASS);
    assert_false(result.best_effort);
    result_clear(&result);
    scn_free(s);
    scn_messages_free(&messages);
    engine_free(engine);
    ev_loop_destroy(loop);
}

static void pieces_arrive_as_pieces(void **state)
{
    (void)state;
    run("send in 1 byte pieces \"hello\"", "1\\n1\\n1\\n1\\n1\\n", DELIVERY_WHOLE);
    run("send in 2 byte pieces \"hello\"", "2\\n2\\n1\\n", DELIVERY_WHOLE);
    run("send split at 4 \"hello\"", "4\\n1\\n", DELIVERY_WHOLE);
    run("send split at 1, -1 \"hello\"", "1\\n3\\n1\\n", DELIVERY_WHOLE);
    run("send \"hello\"", "5\\n", DELIVERY_WHOLE);
}

static void delivery_cuts_what_the_scenario_leaves_open(void **state)
{
    (void)state;
    run("send \"hi!\"", "1\\n1\\n1\\n", DELIVERY_BYTES);
    run("send \"a\\nbc\\n\"", "2\\n3\\n", DELIVERY_DELAYED);
    /* What the scenario itself fixes stays as it is. */
    run("send in 2 byte pieces \"hi!\"", "2\\n1\\n", DELIVERY_BYTES);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_arrive_as_pieces),
        cmocka_unit_test(delivery_cuts_what_the_scenario_leaves_open),
    };
    if (argc == 2)
        return print_each_recv(atoi(argv[1]));
    return cmocka_run_group_tests(tests, NULL, NULL);
}
