/*
 * One running instance of a server under test: its words, directory and port, and the cases it has served.
 */
#ifndef SOCKSPEC_RUN_INSTANCE_H
#define SOCKSPEC_RUN_INSTANCE_H

#include "run/confirm.h"
#include "run/names.h"
#include "run/plan.h"
#include "run/run.h"

/* What a worker starts instances with. */
struct launcher {
    struct ev_loop *loop;
    const struct run_options *options;
    const struct scn_facts *facts;
    enum isolation isolation;        /* what sandbox_enter gave */
    bool shared_net;                 /* ports are shared with others: --net host, or no network namespace to be had */
    const char *tmp_dir;             /* this worker's */
    const struct subject_temp *temp; /* or NULL */
    int number;                      /* of the worker */
    const char *root;                /* {root}, or NULL */
    const bool *interrupted;         /* set by a watcher on `loop`: give up */
    unsigned started;                /* instances so far */
    struct engine *engine;           /* for the faults of a case */
    const struct plan_case *faulty;  /* the case under whose faults the next instance is started, or NULL */
};

/* A case that an instance has served, and when it had ended, in terms of clock_us. */
struct instance_case {
    uint32_t index;
    uint64_t ended_us;
};

/* Zero-initialise before use ({0}). */
struct instance {
    struct subject *subject;      /* NULL: none runs */
    struct engine_faults *faults; /* that it runs under, or NULL */
    int port;
    char *dir, *socket;
    char **words;
    uint32_t history[CONFIRM_HISTORY]; /* the last cases it served, oldest first */
    size_t served;                     /* how many stand there */
    struct instance_case *log;         /* those of the last INSTANCE_LOG_US, oldest first */
    size_t log_count, log_cap;
    uint64_t ready_us; /* when it got ready */
    bool known;        /* its processes and threads, as they were before its first case */
    bool suspect;      /* one of them failed: what fails from now on may be its doing */
};

/* Whether the command or a configuration file holds {name}. */
bool instance_uses(const struct run_options *options, const char *name);

/* Whether nothing tells the server its port (or socket), so that it opens one of its own choice. */
bool instance_port_is_its_own(const struct run_options *options);

/* Writes the subject file's files into names->dir. Returns 0, or -1 with `e`. */
int instance_files(const struct run_options *options, const struct names *names, struct err *e);

/*
 * Starts one and runs the loop until it is ready. Returns 0, or -1 with `e`, and *output (the caller's) what it wrote,
 * or NULL. After a failure `in` is empty. In a shared network a port that somebody else took meanwhile is replaced by
 * another.
 */
int instance_start(struct launcher *l, struct instance *in, char **output, struct err *e);

/* Whether it runs and is ready. */
bool instance_lives(const struct instance *in);

/* How far back the log of an instance reaches at least, in microseconds. */
#define INSTANCE_LOG_US 20000000

/* Notes that it has served a case. */
void instance_served(struct instance *in, uint32_t index);

/* Stops it, removes its directory, and makes it empty. */
void instance_stop(struct instance *in);

/* What a subject has written lately, as text; the caller frees it. */
char *instance_output(const struct subject *s);

#endif
