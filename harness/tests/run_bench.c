#include "run_bench.h"

#include "base/mem.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

/* --- the servers under test ----------------------------------------------------------------------------- */

char bench_serve(int fd, bool broken)
{
    char data[4096], last = 0;
    for (ssize_t n; (n = read(fd, data, sizeof(data))) > 0;) {
        last = data[n - 1];
        if (broken)
            memset(data, '!', (size_t)n);
        if (write(fd, data, (size_t)n) != n)
            break;
    }
    return last;
}

int bench_listen(int port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 || listen(fd, 16) < 0) {
        perror("cannot listen");
        exit(1);
    }
    return fd;
}

/*
 * MODE PORT [FILE]: `good` always answers; `spoilt` answers wrongly once some connection has sent a `p`; `mortal`
 * crashes behind a `p`; `tidy` closes its sockets behind a `p`, and ends a while later; `moody` answers wrongly as long
 * as FILE does not exist, and makes it; `marking` makes FILE when a connection begins with an `m`; `refusing` does not
 * start; `once` serves one connection.
 */
int bench_server(char **argv)
{
    const char *mode = argv[1];
    bool broken = strcmp(mode, "broken") == 0;
    if (strcmp(mode, "refusing") == 0) {
        fputs("no configuration\n", stderr);
        return 3;
    }
    signal(SIGPIPE, SIG_IGN);
    int listener = bench_listen(atoi(argv[2]));
    for (;;) {
        int fd = accept(listener, NULL, NULL);
        if (fd < 0)
            continue;
        if (strcmp(mode, "moody") == 0)
            broken = close(open(argv[3], O_WRONLY | O_CREAT | O_EXCL, 0644)) == 0;
        char first = 0;
        if (strcmp(mode, "marking") == 0 && recv(fd, &first, 1, MSG_PEEK) == 1 && first == 'm')
            close(open(argv[3], O_WRONLY | O_CREAT, 0644));
        char last = bench_serve(fd, broken);
        if (last == 'p' && strcmp(mode, "mortal") == 0)
            raise(SIGSEGV);
        if (last == 'p' && strcmp(mode, "spoilt") == 0)
            broken = true;
        if (last == 'p' && strcmp(mode, "tidy") == 0)
            close(listener);
        close(fd);
        if (last == 'p' && strcmp(mode, "tidy") == 0) {
            usleep(200000); /* it has other things to put away, or no processor */
            return 0;
        }
        if (strcmp(mode, "once") == 0)
            return 0;
    }
}

/* --- runs ----------------------------------------------------------------------------------------------- */

void bench_add(struct bench *b, const char *name, const char *source)
{
    struct scn_messages messages = {0};
    const struct scn_context context = {.profile = b->profile.role == SCN_ROLE_NONE ? NULL : &b->profile};
    struct scn_scenario *s = scn_parse(name, name, source, strlen(source), &context, &messages);
    for (size_t i = 0; i < messages.count; i++)
        print_message("%s:%d: %s\n", name, messages.items[i].at.line, messages.items[i].text);
    scn_messages_free(&messages);
    assert_non_null(s);
    b->scenarios[b->count++] = s;
}

struct bench *bench_make(const char *mode)
{
    struct bench *b = mem_new(1, sizeof(*b));
    ssize_t n = readlink("/proc/self/exe", b->self, sizeof(b->self) - 1);
    assert_true(n > 0);
    b->profile =
        (struct scn_profile){.name = "test", .role = mode ? SCN_ROLE_SERVER : SCN_ROLE_NONE, .transport = SCN_TCP};
    b->options = (struct run_options){.profile = mode ? &b->profile : NULL,
                                      .scenarios = b->scenarios,
                                      .facts = &b->facts,
                                      .subject_name = "this test",
                                      .start_timeout = 30,
                                      .jobs = 1,
                                      .repeat = 1,
                                      .program = "sockspec",
                                      .engine = {.patience = 1, .timeout = 30, .seed = 7}};
    if (mode) {
        b->argv[0] = b->self;
        b->argv[1] = mem_dup(mode);
        b->argv[2] = mem_dup("{port}");
        b->options.argv = b->argv;
    }
    return b;
}

static void tell(void *data, size_t done, size_t total, const struct result *result)
{
    struct bench *b = data;
    assert_non_null(result->name);
    assert_true(done <= total);
    b->told++;
}

int bench_run(struct bench *b)
{
    b->options.scenario_count = b->count;
    return run_execute(&b->options, tell, b, &b->run, &b->error);
}

void bench_drop(struct bench *b)
{
    run_free(&b->run);
    for (size_t i = 0; i < b->count; i++)
        scn_free(b->scenarios[i]);
    scn_facts_free(&b->facts);
    free(b->argv[1]);
    free(b->argv[2]);
    free(b);
}

void bench_verdicts(struct bench *b, const enum verdict *want, size_t count)
{
    if (bench_run(b) < 0)
        fail_msg("%s", b->error.text);
    assert_int_equal(b->run.count, count);
    for (size_t i = 0; i < count; i++) {
        const struct result *r = &b->run.results[i];
        if (r->verdict != want[i])
            fail_msg("%s: %s, not %s: %s", r->name, verdict_name(r->verdict), verdict_name(want[i]),
                     r->message ? r->message : "");
    }
    assert_int_equal(b->told, count);
}
