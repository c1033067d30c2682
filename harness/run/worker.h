/*
 * What a worker process does: runs its cases with an engine against an instance of the subject, confirms failures,
 * sends results.
 */
#ifndef SOCKSPEC_RUN_WORKER_H
#define SOCKSPEC_RUN_WORKER_H

#include "run/plan.h"
#include "run/renew.h"
#include "run/run.h"

/* Who plays against the scenarios. */
enum worker_kind {
    WORKER_ALONE,  /* nobody: the harness plays all sides */
    WORKER_SERVER, /* an instance of the command */
    WORKER_AT,     /* a server that someone else runs */
    WORKER_CLIENT, /* the command, started once a case */
    WORKER_LISTEN, /* a client that someone else starts */
};

/* What is the same for all workers of a run; read-only in them. */
struct worker_setup {
    const struct run_options *options;
    const struct plan *plan;
    const struct scn_facts *facts; /* the user's, and {root} */
    enum worker_kind kind;
    struct place place;  /* WORKER_AT, WORKER_LISTEN */
    const char *tmp_dir; /* of the run */
    const char *root;    /* {root}, or NULL */
    bool client_comes;   /* WORKER_CLIENT: some client has connected, so that who does not is to blame */
};

/* A reply starts with a byte of these; a packed result follows. */
enum worker_flags {
    WORKER_STARTED = 1,     /* an instance got ready since the reply before */
    WORKER_NOT_STARTED = 2, /* the last one that was tried did not */
    WORKER_DESERTED = 4,    /* nobody is at the place of --at any more, behind this case */
    WORKER_NOT_COME = 8,    /* the client had not connected, nor had any other here: it is not judged for it */
    WORKER_LATE = 16, /* it failed, and our lateness explains it: to be tried again with no other worker at work */
};

/* For pool_spec.work: `setup` is a struct worker_setup. */
void worker_run(void *setup, int number, int socket);

#endif
