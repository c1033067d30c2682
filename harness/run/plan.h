/*
 * Which cases a run consists of, in which order, and which of them are skipped and why. Pure: no sockets, no processes.
 */
#ifndef SOCKSPEC_RUN_PLAN_H
#define SOCKSPEC_RUN_PLAN_H

#include "run/run.h"

struct plan_case {
    const struct scn_scenario *scenario;
    uint32_t index;    /* which values its parameters have: 0 .. scn_case_count-1 */
    bool own_instance; /* must not share an instance of the subject with other cases */
    double waits;      /* seconds that it lets pass by design, about */
    const char *skip;  /* why it is not run, in words; NULL: it is run. Owned by the plan */
};

struct plan {
    struct plan_case *cases;
    size_t count;
    size_t runnable; /* how many are not skipped */
    uint32_t *order; /* `count` of them: which comes when. What waits long by design is begun first, so that no long
                        wait is left for the end */
    struct arena arena;
};

/* What the machine allows. */
struct plan_machine {
    /* Why the machine cannot do what the mechanism (scn_mechanisms) is for, as "needs ..."; NULL: it can. Asked only
     * for what some scenario uses. The answer must last as long as the plan. A NULL function stands for a machine that
     * can do everything. */
    const char *(*lacks)(void *data, enum scn_mechanism_id mechanism);
    void *data;
};

/*
 * Scenarios x parameters, filtered, sharded, repeated (all cases once, then all again).
 * Returns 0, or -1 with `e` when nothing is left to run (a filter that matches no case, an impossible shard). Free with
 * plan_free.
 */
int plan_make(struct plan *p, const struct run_options *options, const struct plan_machine *machine, struct err *e);

void plan_free(struct plan *p);

/* A filter as users write it: `*` any run of characters, `?` any one; without them a substring. */
bool plan_glob(const char *pattern, const char *name);

/* Fills in what a result says of its case whatever came of it: name, scenario, title, rule, level, sentence, why, file,
 * line. */
void plan_describe(const struct plan_case *c, struct result *out);

#endif
