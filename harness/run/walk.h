/*
 * What a scenario uses: the names in its texts and the kinds of its steps. Pure.
 */
#ifndef SOCKSPEC_RUN_WALK_H
#define SOCKSPEC_RUN_WALK_H

#include "scenario/scenario.h"

struct walk_names {
    const char **items; /* borrowed from the scenario */
    size_t count;
};

/* Zero-initialise before use ({0}). */
struct walk {
    struct walk_names used;    /* every {name}, and numbers and payloads that are names; each once */
    struct walk_names defined; /* by its parameters, `let` and `capture` */
    bool limits;               /* has a `limit` step */
    bool ports, backlog;       /* one of these */
    bool ends_subject;         /* kills the subject, or expects it to exit */
    bool faults;               /* has a `fault` step of system calls */
    bool names;                /* has a `fault names` step */
    bool packets;              /* its link loses, reorders or duplicates packets */
    double waits; /* seconds that it lets pass by design: all its pauses, silences and measurements, repetitions left
                     out */
    struct arena arena;
};

/* Fills in `w`; free it with walk_free. */
void walk_scenario(struct walk *w, const struct scn_scenario *s);

/* Whether `name` is in the list. */
bool walk_has(const struct walk_names *names, const char *name);

void walk_free(struct walk *w);

#endif
