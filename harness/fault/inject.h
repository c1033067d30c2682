/*
 * The system-call injector: makes the calls of any program short, late or failing, and writes a receipt for each.
 *
 *     the program under test          the kernel                        the tracer, a process of its own
 *     send(fd, data, 1000) ---------> seccomp filter: a call that
 *                                     a clause names, stop ----------->  socket? which clauses hold?
 *                                     sendto(fd, data, 1) <-----------   length 1000 -> 1
 *                                     returns 1, stop ---------------->  length back to 1000, receipt
 *     1 <---------------------------- go on <------------------------
 *
 * A short call is the kernel's own: the program's buffer and its peer's bytes prove it. Calls are known by what they
 * mean: `send` is send, write, writev, sendmsg, sendfile and more, on sockets only. Static programs, threads, forks and
 * execs are followed. io_uring, which makes no calls that could be seen, is refused with ENOSYS.
 *
 * What the kernel never does is not given, since a right program need not bear it: EAGAIN to a call that blocks, a cut
 * datagram, a short MSG_WAITALL. Who waits for edges of epoll gets the edge that would come behind a call that took
 * less than there was. AF_UNIX pairs without names, by which a program talks to itself, are left alone.
 */
#ifndef SOCKSPEC_FAULT_INJECT_H
#define SOCKSPEC_FAULT_INJECT_H

#include "base/buf.h"
#include "base/err.h"
#include "scenario/fault.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

/* Clauses that hold side by side: one bit each. */
#define INJECT_CLAUSES_MAX 64
/* Receipts that are kept for inject_receipts: the first and the last ones. A log has all. */
#define INJECT_KEPT_FIRST 128
#define INJECT_KEPT_LAST  896

/* One `fault ...` with its numbers known. */
struct inject_clause {
    enum scn_call call; /* never SCN_CALL_NAMES */
    enum scn_effect effect;
    int error;            /* ERROR: errno */
    uint64_t amount;      /* SHORT: bytes, at least 1; DELAY: microseconds */
    uint64_t every;       /* only each such call; 0: all */
    uint64_t times;       /* so often at most; 0: without end */
    uint64_t after_calls; /* so many calls are left alone first */
    uint64_t after_bytes; /* so many bytes of each connection are; the call that reaches beyond is cut there */
    double probability;   /* 0 .. 1 */
    int actor;            /* only connections of this one, by inject_peer; -1: all */
    bool by_bytes;        /* after_bytes is asked for */
    bool on_listener;     /* only the listening socket */
};

/*
 * The clause of a scenario's `fault`, for an actor by inject_peer's number (-1: none). `number` gives the value of each
 * number that is set. Returns 0, or -1 with `e`: names are no system calls.
 */
int inject_clause_from(struct inject_clause *out, const struct scn_fault *fault, int actor,
                       double (*number)(void *data, const struct scn_number *n), void *data, struct err *e);

/* Appends the fault as it is written: "recv error EINTR every 3". */
void inject_clause_text(const struct inject_clause *c, struct buf *out);

/* --- receipts ------------------------------------------------------------------------------------------- */

/* One injection. */
struct inject_receipt {
    uint64_t us;          /* clock_us at the call's entry */
    int32_t pid, tid;     /* process and thread, as seen from the tracer */
    int32_t fd;           /* -1: none */
    uint16_t clause;      /* its place in inject_spec.clauses */
    uint16_t call;        /* for inject_receipt_call */
    uint8_t effect;       /* enum scn_effect */
    bool has_offset;      /* send and recv on a stream */
    bool offset_at_least; /* bytes went by that were not counted: small writes of AF_UNIX beside `short N` */
    uint64_t offset;      /* bytes of this direction of the connection before the call */
    uint64_t asked;       /* bytes the program asked for (send, recv); else 0 */
    int64_t returned;     /* as the program got it: a count, a descriptor, or -errno */
    uint32_t inode;       /* of the socket; 0: none */
    char peer[60];        /* "127.0.0.1:43210", "unix:/path", "" */
};

/* The system call's own name: "sendto". */
const char *inject_receipt_call(const struct inject_receipt *r);

/* Appends it without time and process: "sendto(fd 5, 1000 bytes) = 1 at byte 0 of 127.0.0.1:43210: send short 1". */
void inject_receipt_words(const struct inject_receipt *r, const struct inject_clause *clauses, struct buf *out);

/* Appends one line without its end: text for people, or a JSON object. `since`: clock_us that counts as 0. */
void inject_receipt_text(const struct inject_receipt *r, const struct inject_clause *clauses, uint64_t since,
                         struct buf *out);
void inject_receipt_json(const struct inject_receipt *r, const struct inject_clause *clauses, uint64_t since,
                         struct buf *out);

/* --- a running injector --------------------------------------------------------------------------------- */

enum inject_log { INJECT_LOG_NONE, INJECT_LOG_TEXT, INJECT_LOG_JSON };

struct inject_spec {
    const struct inject_clause *clauses; /* copied */
    size_t count;
    uint64_t seed;
    unsigned families; /* bits 1 << AF_...; 0: AF_INET, AF_INET6 and AF_UNIX. Never others: netlink is no traffic */
    unsigned types;    /* bits 1 << SOCK_...; 0: all */
    bool armed;        /* all clauses hold from the start */
    bool at_once;      /* from the hook on, not from the exec behind it (a child that execs nothing) */
    bool unpinned;     /* leaves program and tracer on all processors: each injection costs some four times as much */
    bool detached;     /* the tracer is nobody's child: for a process that is to be traced itself */
    enum inject_log log;
    int log_fd;  /* where each receipt goes at once, or -1 */
    int note_fd; /* where the tracer tells of clauses that were never hit, when all has ended; -1: nowhere */
};

struct inject;

/* Why the injector cannot work on this machine, as a sentence in static memory, or NULL. Tries
 * it: some milliseconds. */
const char *inject_lacking(void);

/* Starts the tracer. It dies with this process, and the program with it. NULL with `e` when it cannot. */
struct inject *inject_start(const struct inject_spec *spec, struct err *e);

/* The descriptor that inject_hook speaks over. */
int inject_hook_fd(const struct inject *in);

/*
 * In the process that is about to exec the program: has it traced and filtered. `fd` is inject_hook_fd's number in that
 * process. Makes nothing but system calls (it may share memory with its parent). Returns 0 or an errno.
 */
int inject_hook(void *in, int fd);

/*
 * A variable for the program's environment, NAME=VALUE: LeakSanitizer wants to trace what is traced already, and would
 * end a program that was built with it for that. Keeps what the user has set there. The caller frees it.
 */
char *inject_environment(void);

/* Has a clause hold, or no longer. */
void inject_arm(struct inject *in, size_t clause, bool on);

/* Forgets counts, hits and receipts, and disarms all: for the next run on the same program. */
void inject_reset(struct inject *in);

/* Says that the peer with this (bound) address belongs to an actor, 0 .. 254: before it connects. */
void inject_peer(struct inject *in, int actor, const struct sockaddr *address, socklen_t len);

/* How many calls a clause was held against, and how many it hit. */
uint64_t inject_calls(const struct inject *in, size_t clause);
uint64_t inject_hits(const struct inject *in, size_t clause);

/*
 * Why a clause was never hit: appends "the program made no such call" or what kept it. Ends as a sentence does, without
 * a full stop.
 */
void inject_missed(const struct inject *in, size_t clause, struct buf *out);

/* How many receipts there are in all. */
uint64_t inject_receipt_count(const struct inject *in);

/* Receipt number `n` of them (from 0). False when it is not kept any more, or being written just now. */
bool inject_receipt_get(const struct inject *in, uint64_t n, struct inject_receipt *out);

/* Waits for the tracer's end, which comes by itself when its program is gone; kills it (and that program) after
 * `seconds`. Frees. */
void inject_stop(struct inject *in, double seconds);

#endif
