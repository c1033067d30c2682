/*
 * Why nothing moves: concludes from two looks at the program under test and from what each actor waits for. Pure: it
 * asks nobody, so that it is tested on recorded looks.
 *
 * The proof of a deadlock (a closed circle of waits, with no escape) goes by exclusion. All are taken to be stuck,
 * until one is found that may move:
 *
 *     the program may move   when one of its threads runs, has run between the looks, has a time limit of any
 *                            kind, or waits for something that is not known to be stuck itself
 *     an actor may move      when it waits for time, when bytes are on their way to it, or when somebody that it
 *                            waits for may move
 *
 * and so on, until nobody more is found. Those who are left wait for each other only. Whatever cannot be seen counts as
 * "may move".
 */
#ifndef SOCKSPEC_DIAGNOSIS_DIAGNOSIS_H
#define SOCKSPEC_DIAGNOSIS_DIAGNOSIS_H

#include "evidence/snapshot.h"

/* What an actor of the harness waits for. */
enum diagnosis_wait {
    DIAGNOSIS_WAIT_NOTHING, /* it has ended */
    DIAGNOSIS_WAIT_READ,    /* bytes, FIN or RST on its connection */
    DIAGNOSIS_WAIT_WRITE,   /* that its peer takes bytes; it reads no more before */
    DIAGNOSIS_WAIT_ACCEPT,  /* that the program connects */
    DIAGNOSIS_WAIT_CONNECT, /* that its connection is taken into the backlog */
    DIAGNOSIS_WAIT_ACTORS,  /* signals of the actors in `for_actors` */
    DIAGNOSIS_WAIT_OTHERS,  /* the end of every other actor: hold */
    DIAGNOSIS_WAIT_EXIT,    /* the end of the program */
    DIAGNOSIS_WAIT_TIME,    /* only time, or what is not known here: it may always move */
};

struct diagnosis_actor {
    const char *name;  /* "client", "crowd 17" */
    const char *doing; /* "line 12, expect: waits for 5 bytes": for the graph */
    enum diagnosis_wait wait;
    bool connected;             /* the fields of the connection are set */
    char local[64], remote[64]; /* its connection, as snapshot_address writes it; empty for AF_UNIX */
    uint64_t inode;             /* of its socket: finds the other end of an AF_UNIX one */
    uint32_t receive, send;     /* bytes in its socket's queues */
    size_t held;                /* bytes that it has read and not used yet */
    bool unaccepted;            /* accept() has not returned its connection: it is the kernel's alone */
    const size_t *for_actors;   /* any one of them will do for what is still missing */
    size_t for_count;
};

/* What is looked at. Everything is borrowed. */
struct diagnosis_input {
    const struct snapshot *before, *now;
    const struct diagnosis_actor *actors; /* nothing of theirs has moved between the looks */
    size_t actor_count;
};

enum conclusion_kind {
    CONCLUSION_MOVES,    /* the program runs: no reason to think that it is stuck */
    CONCLUSION_DEADLOCK, /* proven: a closed circle */
    CONCLUSION_HANG,     /* proven: the program is stuck, and does not even wait for the connection in question */
    CONCLUSION_STALL,    /* nothing moves, but somebody may */
};

struct conclusion {
    enum conclusion_kind kind;
    size_t actor;     /* the one whose wait closes the circle, or that waits in vain; actor_count: none */
    struct buf why;   /* one sentence without its full stop */
    struct buf graph; /* who waits for what: a line each, with LF */
};

/* Zero-initialise `out`, and conclusion_free it afterwards. */
void diagnosis_conclude(const struct diagnosis_input *in, struct conclusion *out);
void conclusion_free(struct conclusion *c);

/*
 * The object of the program that is the other end of this actor's connection, or NULL: none is seen.
 */
const struct snapshot_object *diagnosis_peer(const struct snapshot *s, const struct diagnosis_actor *a);

#endif
