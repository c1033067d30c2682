/*
 * A bench for tests of subjects: one at a time, started from programs/hostile_subject.c in the sandbox that has been
 * entered. What a test waits for is a condition, asked while the loop runs.
 */
#ifndef SOCKSPEC_TESTS_SUBJECT_BENCH_H
#define SOCKSPEC_TESTS_SUBJECT_BENCH_H

#include "subject/subject.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>

#include <cmocka.h>

/* Whatever a test waits for comes within so many seconds, on a loaded machine too. */
#define PATIENCE 60.0

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

/* Before and behind each test: a loop, and nothing left of the subject. */
int set_up(void **state);
int tear_down(void **state);

/* A row of a group of tests whose state is `bench`. */
/* A row, not a block. */
// clang-format off
#define IN_BENCH(f) {#f, f, set_up, tear_down, &bench}
// clang-format on

/* --- starting and stopping ------------------------------------------------------------------------------ */

/* The program doing `deed`; `argument` may be NULL. The words stay in the bench. */
struct subject_spec spec_of(struct bench *b, const char *deed, const char *argument);

/* Starts it; the test fails where it cannot. */
void start(struct bench *b, const struct subject_spec *spec);

/* A client: no readiness is waited for. */
void start_client(struct bench *b, const char *deed, const char *argument);

/* A server that must listen at `port`, which is its argument too; `text` keeps that. */
void start_server(struct bench *b, const char *deed, int port, char text[16]);

/* Stops it, and looks whether all processes that it had are really gone. Returns milliseconds. */
int stop(struct bench *b, double grace);

/* A port that nobody has, in case the network is the host's. `type`: SOCK_STREAM or SOCK_DGRAM. */
int free_port(int type);

/* Whether there is such a process. */
bool lives(pid_t pid);

/* --- conditions ----------------------------------------------------------------------------------------- */

/* Whether it holds now; `text` is what some of them look for. */
typedef bool condition(struct bench *b, const char *text);

condition is_ready, has_failed, has_ended, main_has_exited, has_one_process, has_one_file, has_output, activity_has;

/* Runs the loop until the condition holds; it is asked at each news, and every 5 ms for what brings none. */
void await(struct bench *b, condition *holds, const char *text);

/* --- what must be --------------------------------------------------------------------------------------- */

/* All that it wrote: `which` as of subject_output. */
void assert_output(struct bench *b, int which, const char *expected);

/* What subject_describe says. */
void assert_described(struct bench *b, const char *expected);

#endif
