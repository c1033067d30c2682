/*
 * Which case is to blame for the end of a process that was noticed later. Pure but for what `replay` does.
 */
#ifndef SOCKSPEC_RUN_BLAME_H
#define SOCKSPEC_RUN_BLAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A death that came in a replay. */
struct blame_death {
    size_t begun;    /* so many of the cases had begun */
    double seconds;  /* since the first of them began; without cases: since the instance was ready */
    double lifetime; /* since the instance was ready */
};

enum blame_replay { BLAME_LIVED, BLAME_DIED, BLAME_UNKNOWN };

struct blame_runner {
    void *data;
    /*
     * Runs the cases on a fresh instance and watches it for `wait` seconds more, no longer than until a process of it
     * ends. BLAME_DIED with *death; BLAME_UNKNOWN when it could not be tried (no instance, interrupted, out of time).
     */
    enum blame_replay (*replay)(void *data, const uint32_t *cases, size_t count, double wait,
                                struct blame_death *death);
};

/* Of the cases that were asked about, what is left: one, which did it alone; or some, of which that cannot be said. */
struct blame {
    size_t first, count; /* cases[first .. first + count) */
    bool repeats;        /* it ended again behind these */
    bool by_itself;      /* it ends without any case as well */
};

/* Seconds within which a case counts as a possible cause, before such delays have been seen as ask for more. */
#define BLAME_WINDOW 2.0

/*
 * Finds out which of the cases (oldest first, count > 0) ends the program: all of them are replayed on a fresh
 * instance, then halves of what is left, each with time to die: `wait` seconds at first, later twice what it took.
 */
struct blame blame_find(const struct blame_runner *runner, const uint32_t *cases, size_t count, double wait);

#endif
