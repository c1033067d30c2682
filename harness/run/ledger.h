/*
 * The results of a run as they come in: kept in the order of the plan, told to whoever watches.
 */
#ifndef SOCKSPEC_RUN_LEDGER_H
#define SOCKSPEC_RUN_LEDGER_H

#include "run/plan.h"

struct ledger {
    const struct run_options *options;
    const struct plan *plan;
    struct run *out;
    bool *known; /* which results are there */
    size_t finished;
    run_progress *progress;
    void *data;
};

/* Room for all cases of the plan in `out`; those that the plan skips are kept at once. Free with ledger_close. */
void ledger_open(struct ledger *l, const struct run_options *options, const struct plan *plan, struct run *out,
                 run_progress *progress, void *data);

/* Takes over what `r` holds; a result that was there before is replaced. */
void ledger_keep(struct ledger *l, uint32_t index, struct result *r);

/* Keeps an ERROR with this message, which is taken over. */
void ledger_keep_error(struct ledger *l, uint32_t index, char *message);

/* Moves the results that are there together, in the order of the plan, into `out`. */
void ledger_close(struct ledger *l);

#endif
