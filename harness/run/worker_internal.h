/* The worker's own view of itself, for its two halves: the process (worker.c) and its cases (worker_case.c). */
#ifndef SOCKSPEC_RUN_WORKER_INTERNAL_H
#define SOCKSPEC_RUN_WORKER_INTERNAL_H

#include "base/buf.h"
#include "run/confirm.h"
#include "run/instance.h"
#include "run/pool.h"
#include "run/surroundings.h"
#include "run/worker.h"

#include <ev.h>

struct worker {
    const struct worker_setup *setup;
    const struct run_options *options;
    struct pool_worker orders;
    struct ev_loop *loop;
    struct ev_io orders_watcher;
    struct ev_signal term_watcher;
    struct engine *engine;
    struct scn_facts facts;
    char *tmp_dir;
    struct surroundings surroundings;
    struct launcher launcher;
    struct instance instance;
    uint32_t at_history[CONFIRM_HISTORY]; /* what the server of --at has served since its last restart */
    size_t at_served;
    bool interrupted;
    bool crash_seen; /* a crash is being confirmed: it may come a while behind the case again */
    unsigned flags;  /* of the next reply */
    struct buf reply;
};

/*
 * Runs case `index` as the kind of this worker asks, confirms what is broken, and fills in `out` (zeroed by the caller,
 * who clears it). What is in it when the worker was interrupted meanwhile says nothing.
 */
void worker_case(struct worker *w, uint32_t index, struct result *out);

#endif
