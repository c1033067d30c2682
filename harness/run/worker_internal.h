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
    struct instance instance; /* of --at: what the server has served since its last restart, and nothing else */
    bool interrupted;
    bool without_faults;          /* the case that runs does so without the faults of calls that it is about */
    bool client_comes;            /* some client of this run has connected */
    bool crash_seen;              /* a crash is being confirmed: it may come a while behind the case again */
    double blame_window;          /* seconds: what had ended so long before a death may have caused it */
    struct result blamed;         /* what the last case of a replay came to, before the death */
    struct subject_death unnamed; /* a death whose case was not found: the next of its kind is not searched for */
    unsigned flags;               /* of the next reply */
    struct buf reply;
};

/*
 * Runs case `index` as the kind of this worker asks, confirms what is broken, and fills in `out` (zeroed by the caller,
 * who clears it). What is in it when the worker was interrupted meanwhile says nothing.
 */
void worker_case(struct worker *w, uint32_t index, struct result *out);

/* --- between the two ------------------------------------------------------------------------------------ */

/* Has an instance for the case: a fresh one where `fresh`, or where none lives. Returns false with an ERROR in `out`.
 */
bool worker_instance(struct worker *w, uint32_t index, bool fresh, struct result *out);

/* What a result says of the case where no rule has anything to do with it: its name. */
void worker_describe(const struct worker *w, uint32_t index, struct result *out);

/* Plays the case against the instance, and looks whether that lives on. */
void worker_play(struct worker *w, uint32_t index, struct result *out);

/* As worker_instance and worker_play. */
void worker_run_server(struct worker *w, uint32_t index, bool fresh, struct result *out);

/* One turn of the loop, of `seconds` at most. */
void worker_pause(struct worker *w, double seconds);

/* Sends a result in place of the one that was sent for this case before, and clears it. */
void worker_amend(struct worker *w, uint32_t index, struct result *r);

/* --- deaths (worker_death.c) ---------------------------------------------------------------------------- */

/*
 * Behind case `index` on an instance that others may share: where a process of the subject has ended, finds out whose
 * doing that was. `out` becomes what is to be said of this case alone; of another one that is sent (worker_amend).
 * Returns false where none has ended: nothing was done then. Else the instance is not to be used any more.
 */
bool worker_death(struct worker *w, uint32_t index, struct result *out);

/* The same between two cases: a process has ended since the last one. */
void worker_death_between(struct worker *w);

/* Names those besides `index` that had ended within the window before now, in its result: where nobody can be named. */
void worker_list_suspects(struct worker *w, uint32_t index, struct result *out);

/* The same behind the last case of all: waits a moment for what comes of it. */
void worker_death_last(struct worker *w);

#endif
