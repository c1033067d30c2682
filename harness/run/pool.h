/*
 * Worker processes that work through numbered cases: handed out in batches, replies sent back as bytes.
 *
 * Knows nothing of scenarios: what a case is, and what a reply means, is the callers'. The parent is one thread that
 * sleeps in poll(); the workers die with it (PR_SET_PDEATHSIG).
 */
#ifndef SOCKSPEC_RUN_POOL_H
#define SOCKSPEC_RUN_POOL_H

#include "base/buf.h"
#include "base/err.h"

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* More workers than this are never forked, whatever is asked for. */
#define POOL_WORKERS_MAX 256

enum pool_next { POOL_GO_ON, POOL_STOP };

struct pool_spec {
    int workers; /* at most; 1 .. POOL_WORKERS_MAX. One starts at once, the others by and by while cases wait */
    void *data;

    /* In the parent. The next case to hand out; false when there is none left. Asked again after it has said so only
     * for a new pool_run. */
    bool (*next)(void *data, uint32_t *index);
    /* In the parent. A case is done, or is judged otherwise than before; `reply` is borrowed. POOL_STOP ends the run,
     * what else runs is dropped. */
    enum pool_next (*done)(void *data, uint32_t index, const char *reply, size_t len);
    /* In the parent. The worker that ran the case died; `status` is waitpid's. */
    enum pool_next (*died)(void *data, uint32_t index, int status);

    /*
     * In the worker, a fresh process: does all the work on `socket` (the pool_worker_ calls below) until there is no
     * more, then returns. `number` is 0 .. workers-1, unique among those that live. SIGTERM asks to end soon and is
     * blocked on entry; SIGINT and SIGHUP are ignored.
     */
    void (*work)(void *data, int number, int socket);
};

/* The signals that end a run: SIGINT, SIGTERM and SIGHUP, less those that are ignored (nohup, a shell's background). A
 * blocked one would be delivered to a signalfd all the same. */
void pool_signals(sigset_t *set);

/* Descriptors of the parent for each worker: a socket and the pipe that tells of its end. */
#define POOL_WORKER_FILES 2

/*
 * Runs until all cases are done, `done` or `died` says stop, or the user interrupts: SIGINT, SIGTERM and SIGHUP ask the
 * workers to end (SIGTERM), a second one kills them. Those signals and SIGCHLD keep their handling outside of this
 * call. Children that are not the pool's are never reaped. *interrupted is set when a signal ended it. Returns 0, or -1
 * with `e` when no worker can be had, or a worker said that it cannot work (pool_worker_refuse).
 */
int pool_run(const struct pool_spec *spec, bool *interrupted, struct err *e);

/* --- the worker's side ---------------------------------------------------------------------------------- */

/* What a worker knows of its orders. Zero-initialise before use ({0}) and set `socket`. Free with pool_worker_free. */
struct pool_worker {
    int socket;
    struct buf in;   /* bytes received, not yet cases */
    uint32_t *queue; /* cases not yet begun: queue[head .. count-1] */
    size_t head, count, cap;
    bool over; /* the parent has no more, or is gone */
};

/*
 * The next case: 1 and *index; 0 none yet (wait until the socket is readable, then ask again); -1 no more. Never
 * blocks.
 */
int pool_worker_next(struct pool_worker *w, uint32_t *index);

/* Sends the reply to a case. Blocks while the parent is busy. Returns 0, or -1 when the parent is gone. */
int pool_worker_reply(struct pool_worker *w, uint32_t index, const void *reply, size_t len);

/* Sends another reply to a case that was answered before: `done` is called once more for it. As pool_worker_reply. */
int pool_worker_amend(struct pool_worker *w, uint32_t index, const void *reply, size_t len);

/* Says that this worker can never work (no such isolation, ...): ends the run with this error. */
void pool_worker_refuse(struct pool_worker *w, const struct err *e);

void pool_worker_free(struct pool_worker *w);

#endif
