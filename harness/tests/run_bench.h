/*
 * A bench for whole runs: scenarios given as text, and servers under test, which are the test program itself, started
 * with a mode as its first word.
 */
#ifndef SOCKSPEC_TESTS_RUN_BENCH_H
#define SOCKSPEC_TESTS_RUN_BENCH_H

#include "run/run.h"

#define HEAD(title) "scenario \"" title "\"\nrule TEST-RULE MUST \"A server answers\"\n"

/* Two conversations of any server here: the one sends an `x`, the other a `p`, of which modes make something. */
#define PLAIN  HEAD("plain") "client { connect ; send \"x\" ; expect \"x\" ; close }\n"
#define POISON HEAD("poison") "client { connect ; send \"p\" ; expect \"p\" ; shutdown write ; expect close }\n"

struct bench {
    struct scn_profile profile;
    struct scn_facts facts;
    struct scn_scenario *scenarios[8];
    size_t count;
    char self[4096];
    char *argv[6];
    struct run_options options;
    struct run run;
    struct err error;
    size_t told; /* calls of progress */
};

/* A bench whose subject is this program in that mode (NULL: no subject); bench_drop frees it. */
struct bench *bench_make(const char *mode);
void bench_drop(struct bench *b);

/* Adds the scenario `source`; the test fails when it does not parse. */
void bench_add(struct bench *b, const char *name, const char *source);

/* Runs what was added: as run_execute. */
int bench_run(struct bench *b);

/* Runs it; the test fails when it was not possible, or the verdicts are not the `count` of `want`. */
void bench_verdicts(struct bench *b, const enum verdict *want, size_t count);

/* What main() is for when it is called with words: MODE PORT [FILE], as in run_bench.c. Returns the exit status. */
int bench_server(char **argv);

/* A socket that listens on 127.0.0.1:`port` (0: any); exits when that is not possible. */
int bench_listen(int port);

/* Answers each byte with itself, or with `!` when `broken`, until the peer closes. Returns what it got last. */
char bench_serve(int fd, bool broken);

#endif
