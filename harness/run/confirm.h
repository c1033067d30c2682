/*
 * Whether a failure is the subject's: it is tried again on a fresh instance before it is reported. Pure but for what
 * `run` does.
 */
#ifndef SOCKSPEC_RUN_CONFIRM_H
#define SOCKSPEC_RUN_CONFIRM_H

#include "report/model.h"

/* Most earlier cases that are replayed, the last ones. */
#define CONFIRM_HISTORY 200

/* What runs cases for the confirmation. */
struct confirm_runner {
    void *data;
    /*
     * Runs case `index` and fills in `out` (zeroed by the caller). `fresh`: on a fresh instance; else on the one that
     * ran the case before. Returns 0, or -1 when it could not be run (no fresh instance, interrupted): nothing is in
     * `out` then.
     */
    int (*run)(void *data, uint32_t index, bool fresh, struct result *out);
    /* The name of a case; the caller frees it. */
    char *(*name)(void *data, uint32_t index);
};

/* FAIL or WARN. */
bool confirm_is_broken(const struct result *r);

/* The same, and this machine was so late that it explains it: nothing is judged by it. */
bool confirm_is_late(const struct result *r);

/*
 * `r` is a FAIL or WARN of case `index`, whose instance had served the cases `history` (oldest first, `count` of them,
 * only the last CONFIRM_HISTORY count) before. It becomes what is to be reported:
 *   - broken again on a fresh instance: that second result, with its evidence;
 *   - else broken after the history was replayed on a fresh one: that result, `depends` naming the shortest tail of the
 *     history found to do;
 *   - else FLAKY with the first evidence.
 * Where a try fails that our lateness explains nothing is confirmed: `late` is set in what is left in `r`.
 * Where it could not be tried again: as it is, `unconfirmed`.
 */
void confirm(const struct confirm_runner *runner, uint32_t index, const uint32_t *history, size_t count,
             struct result *r);

/*
 * The same for an instance on which another case had failed before: that may be to blame, so what comes on a fresh
 * instance is what counts, broken or not. Where it could not be tried again: as it is, `unconfirmed`.
 */
void confirm_suspect(const struct confirm_runner *runner, uint32_t index, struct result *r);

#endif
