#include "engine/core/lateness.h"

/* A time is judged where everybody was late for less than this part of it. */
#define JUDGED_PARTS 5
/* A step in which bytes keep moving gets so many times its limit: what needs more sends without end, or drips. */
#define MOVING_LIMITS 2
/* One that the scenario's own words make slow gets so many: rates and pieces are made for a moment, not for minutes. */
#define SLOW_LIMITS 10
/* Lateness gives a step so many limits more at most: where nothing gets a processor a case must end all the same. */
#define LATE_LIMITS 4
/* The least that is worth waiting for, in seconds. */
#define LEAST_S 0.001

static double seconds_between(uint64_t from, uint64_t to)
{
    return to > from ? (double)(to - from) / 1e6 : 0;
}

double lateness_ours(const struct lateness *from, const struct lateness *to)
{
    return seconds_between(from->busy_us, to->busy_us) + (double)to->gap_us / 1e6;
}

double lateness_theirs(double span, double queued, double ran)
{
    double without = span - ran;
    if (without <= 0)
        return 0;
    return queued < without ? queued : without;
}

bool lateness_explains(double late, double allowed)
{
    return late * JUDGED_PARTS >= allowed;
}

double lateness_more(const struct step_time *t)
{
    double late = t->late < LATE_LIMITS * t->limit ? t->late : LATE_LIMITS * t->limit;
    double ceiling = (t->slow ? SLOW_LIMITS : MOVING_LIMITS) * t->limit + late;
    double silence = t->limit + late - t->quiet, rest = ceiling - t->passed;
    double more = silence < rest ? silence : rest;
    return more >= LEAST_S ? more : 0;
}
