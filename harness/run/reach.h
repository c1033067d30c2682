/*
 * Whether anything is put to the test: what a run concludes from cases that did not reach the subject. Pure: no
 * sockets, no processes.
 *
 * A case that reached nobody is held back. Where another one reaches the subject after all, the held ones are run once
 * more, and judged; where none does, they are inconclusive, and soon the run ends with one sentence.
 */
#ifndef SOCKSPEC_RUN_REACH_H
#define SOCKSPEC_RUN_REACH_H

#include "report/model.h"

/* What is to become of a result. */
enum reach_next {
    REACH_KEEP, /* it is judged */
    REACH_HOLD, /* nothing is to be said of it yet */
    REACH_STOP, /* the run ends, why is in the `stopped` of the reach; this result is kept */
};

struct reach {
    const char *place;    /* where a client was to connect to, in words; NULL: no client */
    bool nameless;        /* nothing in the client's command can tell it where to */
    unsigned not_started; /* starts that failed, in a row */
    unsigned not_come;    /* clients that never connected, all of them so far */
    bool come;            /* some client has connected */
    char *stopped;        /* the sentence, or NULL; owned */
};

/* What a worker says beside a result. */
struct reach_news {
    bool started;     /* an instance got ready */
    bool not_started; /* the last one that was tried did not */
    bool deserted;    /* nobody is at the place of --at any more: `place` says where */
    bool not_come;    /* the client had not connected, and is not judged for it */
};

/* Takes in a result. Where it says REACH_KEEP or REACH_STOP of one that was not reached, its verdict is set so. */
enum reach_next reach_take(struct reach *x, const struct reach_news *news, struct result *r);

/* What becomes of a result that was held and cannot be run again: inconclusive, or an error where it did not start. */
void reach_give_up(struct result *r);

void reach_free(struct reach *x);

#endif
