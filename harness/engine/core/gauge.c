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
    uint64_t due_us; /* when it is to fire */
    int schedstat;   /* of ourselves; -1: this kernel does not count */
    struct lateness last;
};

/* /proc/self/schedstat: nanoseconds on a processor, nanoseconds ready without one, how often it ran. */
static void read_queued(struct gauge *g)
{
    char text[96];
    unsigned long long ran, queued;
    ssize_t n = g->schedstat >= 0 ? pread(g->schedstat, text, sizeof(text) - 1, 0) : 0;
    if (n <= 0)
        return;
    text[n] = '\0';
    if (sscanf(text, "%llu %llu", &ran, &queued) == 2)
        g->last.queued_us = queued / 1000;
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

static void on_look(struct ev_loop *loop, struct ev_timer *w, int revents)
{
    struct gauge *g = w->data;
    (void)loop;
    (void)revents;
    g->last.overdue_us += overdue_us(g);
    read_queued(g);
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
    read_queued(g);
    arm(g);
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
        read_queued(g);
        arm(g);
    }
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
    read_queued(g);
    struct lateness now = g->last;
    now.overdue_us += overdue_us(g);
    double late = lateness_ours(since, &now) + late_subject(run);
    return late < span ? late : span;
}
