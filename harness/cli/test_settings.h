/*
 * What `sockspec test` was asked to do: filled from its option table, then turned into the options of a run.
 */
#ifndef SOCKSPEC_CLI_TEST_SETTINGS_H
#define SOCKSPEC_CLI_TEST_SETTINGS_H

#include "cli/catalogue.h"
#include "cli/reports.h"
#include "cli/verb.h"
#include "run/run.h"

struct test_settings {
    struct word at, restart, listen, ready_output;
    bool allow_remote;
    double start_timeout;
    int isolation, net; /* enum isolation; 0 private, 1 host */
    struct word profile, shard;
    struct words scenarios;
    struct words filter, tags; /* each of them counts */
    int jobs, repeat;
    bool until_fail, slow, strict;
    uint64_t seed;
    struct words set, allow_files;
    double patience, timeout;
    int delivery, capture;
    struct word baseline, write_baseline;
    struct reports reports;
    struct word capture_dir;
    int colour;
    bool quiet, verbose;
};

/* What the verb and its repeat lines know of options. */
extern const struct options test_options;

/* The defaults; the seed is drawn afresh. */
struct test_settings test_settings_default(void);

/* Frees what reading the command line has put there. */
void test_settings_free(struct test_settings *s);

/* All that a run is made of. Zero-initialise before use; free with test_plan_free. */
struct test_plan {
    const struct line *line;
    const struct test_settings *settings;
    struct operands *operands;
    const struct word *subject_word; /* the operand that names a subject file, or NULL */
    struct word profile_word;        /* the operand, or --profile; text NULL: none */
    struct words files;              /* scenario files; free items */
    struct catalogue catalogue;      /* the folders of profiles; may be empty */
    struct scn_subject_file *subject;
    struct scn_rules *rules;
    struct lineage lineage;
    struct collection scenarios;
    struct scn_facts facts, known;
    struct scn_facts untrue; /* what the premises have shown not to hold */
    const char **premises;   /* names of their scenarios, NULL-ended; the array and its items are owned */
    size_t premise_count;
    char **argv; /* the command, NULL-ended; NULL: none. The array is owned; the words where own_argv */
    bool own_argv;
    char *subject_name;
    char *filter, *tags; /* what --filter and --tags say together, or NULL */
    const char *excluded[2];
    const char **repeat_words; /* the array is owned */
    const char **allow_files;  /* the array is owned */
    int capture_lock;          /* the folder of captures, locked as long as we write there; 0: none */
    char *capture_suffix;      /* where another run has it locked, or NULL */
    struct run_options run;
};

/*
 * Finds and loads all that the command line names. Returns 0, or the exit code when it has told what is wrong.
 */
int test_plan_make(struct test_plan *p);
void test_plan_free(struct test_plan *p);

/* Fills p->run and the repeat words from the settings. Returns 0, or the exit code when it has told what is wrong. */
int test_plan_options(struct test_plan *p);

/*
 * Runs the premises of the profiles. Returns 0 where they hold, or where they fail, which is a matter of the run
 * itself. Where one of a fact skips, p->facts has that fact no more, or others would blame a program for what was not
 * told of it; it has what was learnt. Where one breaks a MUST, or one that is run when needed skips, that is in
 * p->untrue. EXIT_CODE_USAGE when
 * one of all skips, and it has told why; EXIT_CODE_UNTESTED when interrupted. Where nothing of the subject is there,
 * *stopped is that run, whose `stopped` says why: free it with run_free.
 */
int test_premises(struct test_plan *p, struct run *stopped);

/* Prints a usage error about `where` (see usage_error); returns EXIT_CODE_USAGE. */
int test_plan_refuse(const struct test_plan *p, const struct word *where, const char *hint, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

#endif
