#include "engine/core/arrival.h"

/* Once clients have come, so many times as long as the slowest of them may be the next one. */
#define SLOWER_THAN_SEEN 4
/* Time for which it was kept from its processor is not its own, up to so many times its allowance. */
#define KEPT_WAITING_MAX 10
/* Asked again so soon at least, in seconds. */
#define ASK_AGAIN_S 0.05

void arrival_seen(struct case_run *run, const struct actor *a)
{
    if (!run->own_subject || run->come || !a || a->spec->kind != SCN_SERVER)
        return;
    double took = (double)(clock_us() - run->began_us) / 1e6;
    run->come = true;
    if (took > run->engine->slowest_arrival)
        run->engine->slowest_arrival = took;
}

/* How long it may take, in seconds of its own: `limit` is what the step would be given. */
static double allowance(const struct case_run *run, double limit)
{
    const struct engine *e = run->engine;
    double most = e->options.start_timeout * e->options.patience, learnt = e->slowest_arrival * SLOWER_THAN_SEEN;
    if (e->slowest_arrival > 0 && learnt < most)
        most = learnt;
    return most > limit ? most : limit;
}

/* Seconds since its start in which it had a processor, or wanted none. */
static double own_time(const struct case_run *run, double elapsed)
{
    struct subject_load load;
    subject_load(run->subject, &load);
    double own = elapsed - (double)load.queued_us / 1e6;
    return own > 0 ? own : 0;
}

double arrival_awaited(const struct case_run *run, double limit)
{
    if (!run->own_subject || run->come || subject_state(run->subject) == SUBJECT_EXITED)
        return 0;
    double elapsed = (double)(clock_us() - run->began_us) / 1e6, may = allowance(run, limit);
    double left = may - own_time(run, elapsed);
    if (left <= 0 || elapsed >= may * KEPT_WAITING_MAX)
        return 0;
    return left > ASK_AGAIN_S ? left : ASK_AGAIN_S;
}

bool arrival_lacks(const struct case_run *run)
{
    return run->own_subject && !run->come;
}
