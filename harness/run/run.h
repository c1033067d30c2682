/*
 * A whole run: plans the cases, spreads them over workers, confirms failures on fresh instances, collects the results.
 *
 * Workers are forked processes, each with one event loop, one network namespace (where allowed) and one instance of the
 * subject at a time; they ask for the next case over a socketpair and send packed results back.
 */
#ifndef SOCKSPEC_RUN_RUN_H
#define SOCKSPEC_RUN_RUN_H

#include "engine/engine.h"
#include "report/model.h"
#include "scenario/load.h"

struct run_options {
    const struct scn_profile *profile;     /* NULL for plain files played by the harness alone */
    struct scn_scenario *const *scenarios; /* checked, in order */
    size_t scenario_count;
    const struct scn_facts *facts; /* profile defaults, subject file, --set: all merged, later ones have won */
    /* What has been tried and does not hold, with the reason (scn_facts_why): facts by their names, premises behind
     * "premise ". NULL: nothing. The scenarios that have shown it are judged all the same. */
    const struct scn_facts *untrue;
    const char *const *premises;         /* their names, NULL-ended; NULL: none */
    char *const *argv;                   /* words after `--` with {names} inside, NULL-ended; NULL: none */
    const struct scn_config_file *files; /* of the subject file: written into {dir} for each instance, names put in */
    size_t file_count;
    const char *subject_name; /* for reports: the command as one line, or the subject file's title */
    const char *at;           /* --at HOST:PORT, or NULL */
    const char *restart;      /* --restart CMD (by /bin/sh), or NULL */
    const char *listen;       /* --listen HOST:PORT, or NULL */
    bool allow_remote;
    const char *ready_output;
    double start_timeout; /* seconds */
    enum isolation isolation;
    bool host_net;
    int jobs;           /* 0: the default (eight a core, at most 32) */
    int shard, shards;  /* K of N, from 1; 0: no shards */
    int repeat;         /* each case this many times, at least 1 */
    bool until_fail;    /* again and again until something fails (a warning does not) */
    const char *filter; /* globs on the case's name, `|` between them (a substring where one has no * ?, but
                         * just the one case where it is the whole name of one), or NULL */
    const char *const
        *tags_excluded;           /* NULL-ended; NULL: the default, "slow". Left-out cases are reported as skipped */
    struct engine_options engine; /* patience, timeout, seed, delivery; the rest is filled in by the worker */
    const char *program;          /* argv[0] as the user wrote it, for the repeat line */
    const char *const
        *repeat_words; /* what a repeat line must carry: profile or files and options, without `test`, --filter,
                        * --seed and the command; NULL-ended */
};

/* What the run tells while it runs. `result` is borrowed. Called in the parent, in order of completion. */
typedef void run_progress(void *data, size_t done, size_t total, const struct result *result);

/*
 * Executes the plan. Fills `out` (free with run_free): results in the order of the plan, also when interrupted (then
 * what is known so far). Returns 0, or -1 with `e` where nothing could be run (bad --at, no such isolation, program not
 * found, fact missing for a {name}).
 */
int run_execute(const struct run_options *options, run_progress *progress, void *data, struct run *out, struct err *e);

void run_free(struct run *r);

/* Removes what a killed run has left: temporary directories whose owner is dead. Called at the start of each run. */
void run_sweep(void);

#endif
