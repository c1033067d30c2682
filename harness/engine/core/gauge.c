#include "engine/core/gauge.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Between two looks: often enough that a case which lasts has some, seldom enough to cost nothing. Seconds. */
#define LOOK_S 0.1
/* libev's clock counts milliseconds, and a timer may be so much too late on an idle machine. Microseconds. */
#define COARSE_US 2000

struct gauge {
    struct engine *engine;
    struct ev_timer timer;
    uint64_t due_us;    /* when it is to fire */
    int schedstat;      /* of ourselves; -1: this kernel does not count */
    uint64_t queued_us; /* ready to run without a processor, at the last look... */
    uint64_t looked_us; /* ...which was then */
    uint64_t probes;    /* of the engine, at the last look */
    struct lateness last;
};

/* /proc/self/schedstat: nanoseconds on a processor, nanoseconds ready without one, how often it ran. */
static uint64_t queued_us(const struct gauge *g)
{
    char text[96];
    unsigned long long ran, queued;
    ssize_t n = g->schedstat >= 0 ? pread(g->schedstat, text, sizeof(text) - 1, 0) : 0;
    if (n <= 0)
        return 0;
    text[n] = '\0';
    return sscanf(text, "%llu %llu", &ran, &queued) == 2 ? queued / 1000 : 0;
}

static void arm(struct gauge *g)
{
    struct ev_loop *loop = g->engine->loop;
    ev_now_update(loop);
    ev_timer_again(loop, &g->timer);
    g->due_us = clock_us() + (uint64_t)(LOOK_S * 1e6);
}

static uint64_t overdue_us(const struct gauge *g)
{
    uint64_t now = clock_us(), due = g->due_us + COARSE_US;
    return now > due ? now - due : 0;
}

/* A server has run long before: what it had waited for until now is none of this case's. A client begins with it. */
static void look_at_server(struct case_run *run)
{
    if (run->load_us || !run->subject || run->own_subject)
        return;
    subject_load(run->subject, &run->load);
    run->load_us = clock_us();
}

/* Something has moved since the last look, or some piece was waited for that the peer had to take. */
static bool moved(const struct gauge *g)
{
    const struct case_run *run = g->engine->run;
    return run && (run->moved_us >= g->looked_us || g->engine->probes != g->probes);
}

/* What has come since the last look. */
static void look(struct gauge *g)
{
    uint64_t queued = queued_us(g), waited = queued > g->queued_us ? queued - g->queued_us : 0, overdue = overdue_us(g);
    if (waited < overdue) /* stopped, or busy with something long: the run queue knows nothing of it */
        waited = overdue;
    if (moved(g))
        g->last.busy_us += waited;
    else if (overdue > g->last.gap_us)
        g->last.gap_us = overdue;
    g->queued_us = queued;
    g->looked_us = clock_us();
    if (overdue)
        g->due_us += overdue;
    g->probes = g->engine->probes;
}

static void on_look(struct ev_loop *loop, struct ev_timer *w, int revents)
{
    struct gauge *g = w->data;
    (void)loop;
    (void)revents;
    look(g);
    if (g->engine->run)
        look_at_server(g->engine->run);
    arm(g);
}

void gauge_open(struct engine *e)
{
    struct gauge *g = mem_new(1, sizeof(*g));
    e->gauge = g;
    g->engine = e;
    g->schedstat = open("/proc/self/schedstat", O_RDONLY | O_CLOEXEC);
    ev_timer_init(&g->timer, on_look, 0, LOOK_S);
    g->timer.data = g;
    arm(g);
    look(g);
    ev_unref(e->loop); /* it alone must not keep a loop running that has nothing to do */
}

void gauge_close(struct engine *e)
{
    struct gauge *g = e->gauge;
    ev_ref(e->loop);
    ev_timer_stop(e->loop, &g->timer);
    if (g->schedstat >= 0)
        close(g->schedstat);
    free(g);
}

void gauge_begin(struct case_run *run)
{
    struct gauge *g = run->engine->gauge;
    if (overdue_us(g)) { /* the loop did not run, and need not have */
        look(g);
        arm(g);
    }
    g->last.gap_us = 0;
    run->late_begin = g->last;
}

struct lateness gauge_last(const struct engine *e)
{
    return e->gauge->last;
}

/* Seconds that it was late since the case began; 0: it has not been long enough to say. */
static double late_subject(struct case_run *run)
{
    struct subject_load now, none = {0};
    uint64_t since = run->own_subject ? run->began_us : run->load_us;
    if (!run->subject || !since)
        return 0;
    const struct subject_load *before = run->own_subject ? &none : &run->load;
    subject_load(run->subject, &now);
    /* Less than before: a process has ended meanwhile and took its share along. */
    uint64_t queued = now.queued_us > before->queued_us ? now.queued_us - before->queued_us : 0;
    uint64_t ran = now.ran_us > before->ran_us ? now.ran_us - before->ran_us : 0;
    return lateness_theirs((double)(clock_us() - since) / 1e6, (double)queued / 1e6, (double)ran / 1e6);
}

double gauge_late(struct case_run *run, const struct lateness *since, double span)
{
    struct gauge *g = run->engine->gauge;
    look(g);
    double late = lateness_ours(since, &g->last) + late_subject(run);
    return late < span ? late : span;
}
