#include "run/blame.h"

/* A replay is watched at least so long behind its last case, in seconds: a delay is never the same twice. */
#define WAIT_MIN 0.4
/* Without any case it is watched so many times as long as it lived with the one. */
#define ALONE_TIMES 1.5
/* And no longer than this, in seconds. */
#define ALONE_MAX 5.0

static double wait_for(const struct blame_death *death, double most)
{
    double wait = 2 * death->seconds;
    return wait < WAIT_MIN ? WAIT_MIN : wait > most ? most : wait;
}

/* Leaves the half that ends it. Returns BLAME_LIVED when neither does. */
static enum blame_replay halve(const struct blame_runner *runner, const uint32_t *cases, struct blame *b,
                               struct blame_death *death, double most)
{
    size_t head = b->count / 2;
    /* What was noticed late was done by one of the last, more often than not. */
    const struct {
        size_t first, count;
    } halves[] = {{b->first + head, b->count - head}, {b->first, head}};
    /* Where neither does within twice the time that it took, the machine may be slower now. */
    for (int i = 0; i < 4; i++) {
        struct blame_death again;
        const size_t h = (size_t)i % 2;
        double wait = i < 2 ? wait_for(death, most) : most;
        enum blame_replay got = runner->replay(runner->data, cases + halves[h].first, halves[h].count, wait, &again);
        if (got == BLAME_LIVED)
            continue;
        if (got == BLAME_DIED) {
            b->first = halves[h].first;
            b->count = again.begun ? again.begun : 1;
            *death = again;
        }
        return got;
    }
    return BLAME_LIVED;
}

/* Whether it lives as long when nobody asks anything of it. */
static bool ends_by_itself(const struct blame_runner *runner, const struct blame_death *death)
{
    struct blame_death alone;
    double wait = ALONE_TIMES * death->lifetime + WAIT_MIN;
    return runner->replay(runner->data, NULL, 0, wait > ALONE_MAX ? ALONE_MAX : wait, &alone) == BLAME_DIED;
}

struct blame blame_find(const struct blame_runner *runner, const uint32_t *cases, size_t count, double wait)
{
    struct blame b = {.count = count};
    struct blame_death death;
    if (runner->replay(runner->data, cases, count, wait, &death) != BLAME_DIED)
        return b;
    b.repeats = true;
    b.count = death.begun ? death.begun : 1;
    while (b.count > 1 && halve(runner, cases, &b, &death, wait) == BLAME_DIED)
        ;
    /* What has died behind one case has not yet done so behind it alone, where it was the first of many. */
    if (b.count == 1 && count > 1) {
        enum blame_replay got = runner->replay(runner->data, cases + b.first, 1, wait_for(&death, wait), &death);
        b.repeats = got == BLAME_DIED;
    }
    b.by_itself = b.repeats && b.count == 1 && ends_by_itself(runner, &death);
    return b;
}
