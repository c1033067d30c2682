/*
 * How late this worker and its subject run, how much more time that gives a step, and what of a failure it can explain.
 * Pure: figures in, an answer out.
 */
#ifndef SOCKSPEC_ENGINE_CORE_LATENESS_H
#define SOCKSPEC_ENGINE_CORE_LATENESS_H

#include <stdbool.h>
#include <stdint.h>

/*
 * What has been measured of ourselves until a moment, in microseconds. While bytes and steps move each wait for a
 * processor delays what comes next, so that they add up. While nothing moves we are woken for nothing, and no more than
 * one thing can have come that we have not seen yet: the longest wait counts.
 */
struct lateness {
    uint64_t busy_us; /* waits while something moved: only grows */
    uint64_t gap_us;  /* the longest wait of this case while nothing moved */
};

/* Of ourselves, between two moments of a case, in seconds. */
double lateness_ours(const struct lateness *from, const struct lateness *to);

/*
 * Of a subject, in a span, all in seconds: how long its threads, all together, stood ready to run (`queued`), and how
 * long they ran. One that had a whole core's time was not late, however many threads of it queue behind each other.
 */
double lateness_theirs(double span, double queued, double ran);

/* Whether a time that was allowed, in seconds, is to be held against nobody where everybody was so late in it. */
bool lateness_explains(double late, double allowed);

/* A step's time, in seconds. */
struct step_time {
    double limit;  /* how long nothing may move */
    double passed; /* since it began to count */
    double quiet;  /* since something moved */
    double late;   /* ours and theirs, while it counted */
    bool slow;     /* by the scenario's own words: a rate, pieces, a link, faults */
};

/* How much more time a step gets whose time is mere patience, in seconds; 0: none. */
double lateness_more(const struct step_time *t);

#endif
