/*
 * A resolver for one program under test: it knows one name, and tells the truth about it, late, never, wrongly, or with
 * a dead address first. And one in the background of a private network, so that names are answered there as quickly as
 * anywhere: localhost, this machine, and the names of their addresses by either; of all else it says at once that it
 * does not exist.
 *
 * It listens on a loopback address of its own, port 53 (UDP and TCP, RFC 1035 section 4.2), in the private network
 * namespace of this process. The program finds it by files put over /etc/resolv.conf and its kin in its own mount
 * namespace, so that statically linked programs, musl and Go find it as well as glibc.
 */
#ifndef SOCKSPEC_FAULT_RESOLVER_H
#define SOCKSPEC_FAULT_RESOLVER_H

#include "base/err.h"
#include "fault/resolver_message.h"

#include <ev.h>
#include <stdbool.h>
#include <stdint.h>

/* The one name that exists: of a domain that never will (RFC 6761 section 6.2). */
#define RESOLVER_NAME "server.sockspec.test"
/* Where the resolver listens: a loopback address that nothing else uses. */
#define RESOLVER_HOST "127.0.0.53"
/* And the one in the background, which stands while another has faults. */
#define RESOLVER_BACKGROUND_HOST "127.0.0.54"
/* An address of this machine where nobody listens: a connection to it is refused. */
#define RESOLVER_DEAD "127.0.0.66"

enum resolver_effect {
    RESOLVER_SAYS_NXDOMAIN,
    RESOLVER_SAYS_SERVFAIL,
    RESOLVER_IS_SILENT,
    RESOLVER_DEAD_FIRST, /* RESOLVER_DEAD, then the server's address */
    RESOLVER_IS_LATE,
};

/*
 * One fault. Lookups are counted by type: the nth question for A and the nth for AAAA fare alike, since programs ask
 * for both at once. 0 where a condition was not written.
 */
struct resolver_fault {
    enum resolver_effect effect;
    double delay; /* IS_LATE: seconds */
    uint64_t every, times, after;
    double probability; /* 0 .. 1; 0: always */
    int id;             /* the caller's, for receipts; its place in the list seeds its chance */
};

/* What became of one query. */
struct resolver_receipt {
    const struct resolver_query *query;
    bool tcp;
    bool known; /* for RESOLVER_NAME */
    enum resolver_code code;
    size_t addresses;
    bool silent;
    double late; /* seconds */
    bool faulted;
};

struct resolver_spec {
    struct resolver_address server; /* the truth about RESOLVER_NAME */
    bool background; /* at RESOLVER_BACKGROUND_HOST, without RESOLVER_NAME and RESOLVER_DEAD; keeps no loop running */
    uint64_t seed;
    void (*report)(void *data, const struct resolver_receipt *r); /* may be NULL */
    void *data;
};

/* Most faults of one resolver. */
#define RESOLVER_FAULTS_MAX 16

struct resolver;

/* Starts it on `loop`. NULL with `e`. */
struct resolver *resolver_open(struct ev_loop *loop, const struct resolver_spec *spec, struct err *e);

/* Puts a fault in force, behind those that are. Returns its number, from 0, or -1 with `e` when there are too many. */
int resolver_fault(struct resolver *r, const struct resolver_fault *f, struct err *e);

/* Queries answered (or not) under that fault, and queries that came at all. */
uint64_t resolver_hits(const struct resolver *r, int number);
uint64_t resolver_queries(const struct resolver *r);

/* NULL is allowed. */
void resolver_close(struct resolver *r);

/*
 * The answer to a question for localhost (RFC 6761 section 6.3), this machine's own name, or the name of 127.0.0.1 or
 * ::1 (resolver_local.c). Returns its length, 0: the question is for something else.
 */
size_t resolver_local_answer(unsigned char out[RESOLVER_ANSWER_MAX], const struct resolver_query *q,
                             const unsigned char *data);

/* --- the files (resolver_files.c) ----------------------------------------------------------------------- */

/* A file that the program sees in place of one of the machine's. */
struct resolver_file {
    const char *shown; /* its path for the program */
    char *path;        /* its content; owned */
};
#define RESOLVER_FILES_MAX 5

/*
 * Writes into the folder `dir` what stands in for /etc/resolv.conf (the resolver at `host`), /etc/hosts (the machine's
 * loopback names) and /etc/nsswitch.conf (the last two where the machine has them), and has a running nscd out of the
 * way. Returns how many, or -1 with `e`.
 */
int resolver_files_make(struct resolver_file files[RESOLVER_FILES_MAX], const char *dir, const char *host,
                        struct err *e);

/* Removes and frees them. */
void resolver_files_remove(struct resolver_file files[RESOLVER_FILES_MAX], int count);

#endif
