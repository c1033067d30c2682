/*
 * The parts of the tracer: its threads under trace, and what it does at the entry and the exit of their calls.
 */
#ifndef SOCKSPEC_FAULT_INJECT_TRACER_H
#define SOCKSPEC_FAULT_INJECT_TRACER_H

#include "fault/inject_internal.h"

/* Where a thread is in a call that concerns us. */
enum tracee_state {
    TRACEE_FREE,    /* in none */
    TRACEE_HELD,    /* at the entry, delayed */
    TRACEE_IN_CALL, /* its exit is awaited */
};

struct tracee {
    struct tracee *next;
    pid_t tid, tgid; /* tgid 0: not yet known */
    int pidfd;       /* of a process, at its main thread; -1: none yet */
    enum tracee_state state;
    uint64_t held_until; /* clock_us */
    /* The call that it is in: */
    const struct inject_row *row;
    struct inject_regs regs; /* as they were at the entry */
    struct inject_cut cut;
    struct inject_verdict verdict;
    struct inject_receipt receipt;
    uint64_t flags; /* MSG_... */
    bool is_tcp;    /* it sends or receives on a TCP connection */
    bool counts;    /* its bytes count for the socket receipt.inode */
    int override;   /* errno in place of a success, or 0 */
    bool unblocked; /* its socket is non-blocking for the time of this call */
    bool catches;   /* tracee_catches() has found so */
    bool ending;    /* it has come to its end, or its process execs another program from another thread */
};

#define TRACEE_BUCKETS 256
/* System calls have smaller numbers than this, on every machine, for years to come. */
#define NUMBERS_MAX 512

struct tracer {
    struct inject_setup *setup;
    struct inject_shared *shared;
    struct tracee *tracees[TRACEE_BUCKETS];
    size_t held; /* tracees in TRACEE_HELD */
    struct inject_sockets sockets;
    struct inject_count counts[INJECT_CLAUSES_MAX];
    uint32_t generation;
    uint64_t began_us;
    pid_t main_pid; /* of the program */
    bool missed_told, untraced_told;
    bool live;                      /* calls are looked at: from the first exec on, or from the start */
    uint8_t first_row[NUMBERS_MAX]; /* by call number: the first row plus one; 0: none that a clause names */
};

/* --- inject_tracees.c ----------------------------------------------------------------------------------- */

/* The record of a thread; made where there is none. */
struct tracee *tracee_get(struct tracer *t, pid_t tid);
void tracee_drop(struct tracer *t, pid_t tid);

/* Whether no other thread of its process lives on. */
bool tracee_is_last(struct tracer *t, struct tracee *p);

/* The process that the thread is of. */
pid_t tracee_process(struct tracee *p);

/* Whether it has a handler for any signal, but those of its C library. */
bool tracee_catches(struct tracee *p);

/* A copy of the program's descriptor, or -1 (errno; EBADF: it has none such). */
int tracee_copy_fd(struct tracer *t, struct tracee *p, int fd);

/* The one that is to be let go first; NULL when none is held. */
struct tracee *tracee_held_first(struct tracer *t);

/* --- inject_act.c --------------------------------------------------------------------------------------- */

/* What is to become of a stopped thread. */
enum go {
    GO_ON,      /* and no stop for this call any more */
    GO_TO_EXIT, /* to the exit of the call */
    GO_NOT,     /* it is held, or gone */
};

/* At a call's entry, when the filter stopped it; when its delay is over; at its exit. */
enum go act_entry(struct tracer *t, struct tracee *p);
enum go act_released(struct tracer *t, struct tracee *p);
enum go act_exit(struct tracer *t, struct tracee *p);

#endif
