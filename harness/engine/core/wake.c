/*
 * Actors: what each is called and is at, and how it is woken.
 */
#include "engine/core/wake.h"
#include "engine/core/gauge.h"

#include <sys/timerfd.h>
#include <unistd.h>

/* How often what only the kernel's tables show is looked at: short, since each sent piece waits for it. */
#define PROBE_US 100

const struct scn_step *actor_step(const struct actor *a)
{
    if (a->depth == 0)
        return NULL;
    const struct frame *f = &a->frames[a->depth - 1];
    return f->index < f->block->count ? &f->block->steps[f->index] : NULL;
}

void actor_name(const struct actor *a, struct buf *out)
{
    buf_puts(out, a->spec->name);
    if (a->copy)
        buf_printf(out, " %d", a->copy);
}

/* --- who may go on -------------------------------------------------------------------------------------- */

void actor_wake(struct actor *a)
{
    if (a->ready || a->ended)
        return;
    a->ready = true;
    a->next_ready = NULL;
    *a->run->ready_last = a;
    a->run->ready_last = &a->next_ready;
}

void case_wake_all(struct case_run *run)
{
    for (size_t i = 0; i < run->actor_count; i++)
        actor_wake(&run->actors[i]);
}

void case_settled(struct case_run *run)
{
    if (run->ended + run->holding + run->exit_waiters >= run->actor_count)
        case_wake_all(run);
}

static void on_timer(struct ev_loop *loop, struct ev_timer *w, int revents)
{
    struct actor *a = w->data;
    (void)loop;
    (void)revents;
    a->timer_fired = true;
    actor_wake(a);
}

static void on_deadline(struct ev_loop *loop, struct ev_timer *w, int revents)
{
    struct actor *a = w->data;
    (void)loop;
    (void)revents;
    a->deadline_passed = true;
    actor_wake(a);
}

void actor_timers_init(struct actor *a)
{
    ev_timer_init(&a->timer, on_timer, 0, 0);
    ev_timer_init(&a->deadline, on_deadline, 0, 0);
    a->timer.data = a->deadline.data = a;
}

void actor_timer(struct actor *a, double seconds)
{
    struct ev_loop *loop = a->run->engine->loop;
    ev_timer_stop(loop, &a->timer);
    a->timer_fired = false;
    ev_timer_set(&a->timer, seconds, 0);
    ev_now_update(loop);
    ev_timer_start(loop, &a->timer);
}

void actor_more_time(struct actor *a, double seconds)
{
    struct ev_loop *loop = a->run->engine->loop;
    a->deadline_passed = false;
    /* From now, not from when the loop last looked: it may have been kept from its processor since. */
    ev_now_update(loop);
    ev_timer_set(&a->deadline, seconds, 0);
    ev_timer_start(loop, &a->deadline);
}

void actor_deadline(struct actor *a, double seconds)
{
    a->counts_us = clock_us();
    a->late_start = gauge_last(a->run->engine);
    actor_more_time(a, seconds);
}

/* --- the tick ------------------------------------------------------------------------------------------- */

static void on_tick(struct ev_loop *loop, struct ev_io *w, int revents)
{
    struct engine *e = w->data;
    uint64_t expired;
    (void)loop;
    (void)revents;
    if (read(e->tick_fd, &expired, sizeof(expired)) < 0)
        return;
    e->ticking = false;
    if (e->run)
        for (size_t i = 0; i < e->run->actor_count; i++)
            if (e->run->actors[i].probing) {
                e->run->actors[i].probing = false;
                actor_wake(&e->run->actors[i]);
            }
}

void actor_probe(struct actor *a)
{
    struct engine *e = a->run->engine;
    struct itimerspec once = {.it_value = {.tv_nsec = PROBE_US * 1000}};
    a->probing = true;
    e->probes++;
    if (!e->ticking && timerfd_settime(e->tick_fd, 0, &once, NULL) == 0)
        e->ticking = true;
}

void tick_open(struct engine *e)
{
    e->tick_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    ev_io_init(&e->tick, on_tick, e->tick_fd, EV_READ);
    e->tick.data = e;
    ev_io_start(e->loop, &e->tick);
}

void tick_close(struct engine *e)
{
    ev_io_stop(e->loop, &e->tick);
    close(e->tick_fd);
}
