/*
 * When nothing moves: two looks at the subject, and what diagnosis/ concludes from them and from what each actor waits
 * for. A proof ends the case at once; without one the step runs out of its time, and the conclusion tells why.
 */
#include "engine/watch/standstill.h"
#include "engine/core/conn.h"
#include "engine/core/verdict.h"
#include "engine/core/wake.h"
#include "engine/means/means.h"
#include "engine/steps/accepted.h"
#include "engine/steps/expectation.h"
#include "engine/steps/steps.h"

#include "diagnosis/diagnosis.h"
#include "evidence/queues.h"
#include "evidence/snapshot.h"

#include <linux/sockios.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>

/* Nothing has moved for so long before the first look. Seconds. */
#define QUIET_S 0.1
/* From the first look to the second: a thread that could run has run by then, or stands in the run queue, which is
 * seen. Seconds. */
#define BETWEEN_S 0.25
/* After looks that proved nothing, the next ones come later and later: a look at a large program costs some
 * milliseconds. Seconds. */
#define AGAIN_MAX_S 4.0
/* A subject that used this part of a core since the first look, with no progress, spins. */
#define SPIN_SHARE 0.9
/* One whose threads wake, look and sleep again, as runtimes' timers do, uses less than this part: it does not compute
 * what is waited for. */
#define IDLE_SHARE 0.01

struct standstill {
    struct case_run *run;
    struct ev_timer timer;
    struct snapshot *first;
    uint64_t moved_us; /* of the run, at the first look */
    uint64_t cpu_us;   /* of the subject, at the first look */
    double pause;      /* until the next pair of looks */
};

/* What the actors wait for, made for one conclusion. */
struct waits {
    struct diagnosis_actor *items;
    struct buf *names, *doings;
    size_t count;
};

static struct snapshot *look(const struct case_run *run)
{
    pid_t pids[SNAPSHOT_PROCESSES_MAX + 1];
    size_t count = subject_pids(run->subject, pids, SNAPSHOT_PROCESSES_MAX + 1);
    return snapshot_take(run->engine->netlink, pids,
                         count < SNAPSHOT_PROCESSES_MAX + 1 ? count : SNAPSHOT_PROCESSES_MAX + 1);
}

/* --- what an actor waits for --- */

/* Timers, probes, a slowed reader: it goes on by itself. */
static bool waits_for_time(const struct actor *a, const struct scn_step *s)
{
    const struct conn *c = a->conn;
    if (s->kind == SCN_STEP_EXPECT && a->st.expectation && a->st.expectation->unaccepted)
        return false; /* its timer only looks whether accept() has come */
    if (a->probing || ev_is_active(&a->timer) || a->ready || a->others)
        return true;
    if (s->kind == SCN_STEP_WAIT)
        return s->u.signal.or_skip.allowed;
    return c && (c->stopped || c->rate > 0);
}

/* A SYN that found the backlog full is sent again, a second later and then later still: with room by then, time alone
 * brings the connection. */
static bool syn_may_be_taken(const struct conn *c)
{
    struct queue_state listener;
    const struct case_run *run = c->run;
    bool tcp = c->transport == SCN_TCP || c->transport == SCN_TCP6;
    return tcp && run->engine->netlink >= 0 &&
           queues_tcp_listener(run->engine->netlink, run->where->port, &listener) == 0 &&
           listener.receive <= listener.send;
}

static enum diagnosis_wait wait_on_connection(const struct actor *a, const struct scn_step *s)
{
    const struct conn *c = a->conn;
    bool writes = s->kind == SCN_STEP_SEND || s->kind == SCN_STEP_ECHO;
    if (!c || c->eof || c->reset)
        return DIAGNOSIS_WAIT_TIME;
    if (c->connecting)
        return syn_may_be_taken(c) ? DIAGNOSIS_WAIT_TIME : DIAGNOSIS_WAIT_CONNECT;
    if (writes && ev_is_active(&c->writer))
        return c->in.len >= c->want ? DIAGNOSIS_WAIT_WRITE : DIAGNOSIS_WAIT_TIME;
    return s->kind == SCN_STEP_SEND ? DIAGNOSIS_WAIT_TIME : DIAGNOSIS_WAIT_READ;
}

static enum diagnosis_wait wait_of(const struct actor *a)
{
    const struct scn_step *s = actor_step(a);
    if (a->ended || !s)
        return DIAGNOSIS_WAIT_NOTHING;
    if (a->holding)
        return DIAGNOSIS_WAIT_OTHERS;
    if (s->kind == SCN_STEP_STATE && (s->u.state.kind == SCN_STATE_EXIT || s->u.state.kind == SCN_STATE_KILLED))
        return DIAGNOSIS_WAIT_EXIT;
    if (waits_for_time(a, s))
        return DIAGNOSIS_WAIT_TIME;
    switch (s->kind) {
    case SCN_STEP_WAIT:
        return DIAGNOSIS_WAIT_OTHERS; /* any of them might send it */
    case SCN_STEP_ACCEPT:
        return DIAGNOSIS_WAIT_ACCEPT;
    case SCN_STEP_CONNECT:
    case SCN_STEP_SEND:
    case SCN_STEP_ECHO:
    case SCN_STEP_EXPECT:
        return wait_on_connection(a, s);
    default:
        return DIAGNOSIS_WAIT_TIME;
    }
}

static void add_connection(const struct conn *c, struct diagnosis_actor *out)
{
    struct address local = {.len = sizeof(local.u.storage)}, remote = {.len = sizeof(remote.u.storage)};
    struct stat st;
    int unread = 0, unsent = 0;
    if (getsockname(c->fd, &local.u.any, &local.len) != 0 || fstat(c->fd, &st) != 0)
        return;
    out->connected = true;
    out->inode = st.st_ino;
    snapshot_address(&local.u.any, out->local, sizeof out->local);
    if (getpeername(c->fd, &remote.u.any, &remote.len) == 0)
        snapshot_address(&remote.u.any, out->remote, sizeof out->remote);
    out->receive = ioctl(c->fd, SIOCINQ, &unread) == 0 ? (uint32_t)unread : 0;
    out->send = ioctl(c->fd, SIOCOUTQ, &unsent) == 0 ? (uint32_t)unsent : 0;
    out->held = c->in.len;
}

static struct waits waits_of(struct case_run *run)
{
    struct waits w = {.count = run->actor_count};
    w.items = mem_new(w.count + 1, sizeof *w.items);
    w.names = mem_new(w.count + 1, sizeof *w.names);
    w.doings = mem_new(w.count + 1, sizeof *w.doings);
    for (size_t i = 0; i < w.count; i++) {
        struct actor *a = &run->actors[i];
        actor_name(a, &w.names[i]);
        step_tell(a, &w.doings[i]);
        w.items[i] = (struct diagnosis_actor){
            .name = buf_text(&w.names[i]), .doing = buf_text(&w.doings[i]), .wait = wait_of(a)};
        if (a->conn)
            add_connection(a->conn, &w.items[i]);
        w.items[i].unaccepted = w.items[i].wait == DIAGNOSIS_WAIT_READ && a->spec->kind == SCN_CLIENT &&
                                conn_accepted(a->conn) == ACCEPTED_NOT_YET;
    }
    return w;
}

static void waits_free(struct waits *w)
{
    for (size_t i = 0; i < w->count; i++) {
        buf_free(&w->names[i]);
        buf_free(&w->doings[i]);
    }
    free(w->names);
    free(w->doings);
    free(w->items);
}

/* --- the conclusion --- */

/* Adds the graph's lines to the result. */
static void keep_graph(struct result *r, const struct buf *graph)
{
    const char *line = buf_text(graph);
    for (const char *end; (end = strchr(line, '\n')) != NULL; line = end + 1)
        result_graph(r, "%.*s", (int)(end - line), line);
}

static void report(struct case_run *run, const struct conclusion *c)
{
    struct actor *a = &run->actors[c->actor];
    enum diagnosis d = c->kind == CONCLUSION_DEADLOCK ? DIAGNOSIS_DEADLOCK : DIAGNOSIS_HANG;
    keep_graph(run->result, &c->graph);
    step_evidence(a);
    case_fail(run, a, d, "%s", buf_text(&c->why));
}

static void forget(struct standstill *st)
{
    snapshot_free(st->first);
    st->first = NULL;
}

static void look_first(struct standstill *st)
{
    forget(st);
    st->first = look(st->run);
    st->moved_us = st->run->moved_us;
    st->cpu_us = subject_cpu_us(st->run->subject);
}

static void conclude(struct standstill *st, struct conclusion *out)
{
    struct waits w = waits_of(st->run);
    struct snapshot *now = look(st->run);
    const struct diagnosis_input in = {st->first, now, w.items, w.count};
    diagnosis_conclude(&in, out);
    snapshot_free(now);
    waits_free(&w);
}

/* The second look. What it does not prove now it may prove later. */
static void look_again(struct standstill *st)
{
    struct case_run *run = st->run;
    struct conclusion c = {0};
    conclude(st, &c);
    if (c.kind == CONCLUSION_DEADLOCK || c.kind == CONCLUSION_HANG) {
        report(run, &c);
    } else {
        st->pause = st->pause * 2 < AGAIN_MAX_S ? st->pause * 2 : AGAIN_MAX_S;
        look_first(st);
    }
    conclusion_free(&c);
}

static void on_timer(struct ev_loop *loop, struct ev_timer *w, int revents)
{
    struct standstill *st = w->data;
    double patience = st->run->engine->options.patience;
    double quiet = (double)(clock_us() - st->run->moved_us) / 1e6, next = QUIET_S * patience;
    (void)revents;
    if (st->first && st->moved_us != st->run->moved_us)
        forget(st);
    if (st->first) {
        look_again(st);
        next = st->pause * patience;
    } else if (quiet >= next) {
        look_first(st);
        next = st->pause = BETWEEN_S * patience;
    } else {
        next -= quiet;
    }
    if (st->run->over)
        return;
    ev_timer_set(w, next > 0.001 ? next : 0.001, 0);
    ev_timer_start(loop, w);
}

void standstill_watch(struct case_run *run)
{
    /* Without a subject there is nothing to look at. */
    if (!run->subject || run->engine->netlink < 0 || means_hide(run))
        return;
    struct standstill *st = mem_new(1, sizeof *st);
    st->run = run;
    run->standstill = st;
    ev_timer_init(&st->timer, on_timer, QUIET_S * run->engine->options.patience, 0);
    st->timer.data = st;
    /* After everything that has come in meanwhile: an actor must not be thought to wait for bytes that are here. */
    ev_set_priority(&st->timer, EV_MINPRI);
    ev_timer_start(run->engine->loop, &st->timer);
}

void standstill_end(struct case_run *run)
{
    struct standstill *st = run->standstill;
    if (!st)
        return;
    ev_timer_stop(run->engine->loop, &st->timer);
    forget(st);
    free(st);
    run->standstill = NULL;
}

/* The part of a core that it has used, with no progress, from the first look until now; -1: that is too short a time to
 * say. */
static double share_used(const struct standstill *st)
{
    double passed = (double)(clock_us() - st->first->us),
           used = (double)(subject_cpu_us(st->run->subject) - st->cpu_us);
    return passed >= BETWEEN_S * 1e6 ? used / passed : -1;
}

enum diagnosis standstill_diagnose(struct case_run *run, struct buf *summary)
{
    static const enum diagnosis kinds[] = {[CONCLUSION_MOVES] = DIAGNOSIS_TIMEOUT,
                                           [CONCLUSION_DEADLOCK] = DIAGNOSIS_DEADLOCK,
                                           [CONCLUSION_HANG] = DIAGNOSIS_HANG,
                                           [CONCLUSION_STALL] = DIAGNOSIS_STALL};
    struct standstill *st = run->standstill;
    int status;
    if (run->subject && !run->own_subject && subject_exited(run->subject, &status))
        return DIAGNOSIS_CRASH;
    if (!st || !st->first || st->moved_us != run->moved_us)
        return DIAGNOSIS_TIMEOUT;
    double share = share_used(st);
    if (share >= SPIN_SHARE) {
        buf_puts(summary, "; it has used the processor all the time, with no progress");
        return DIAGNOSIS_SPIN;
    }
    struct conclusion c = {0};
    conclude(st, &c);
    enum diagnosis d = kinds[c.kind];
    if (c.kind == CONCLUSION_MOVES && share >= 0 && share < IDLE_SHARE)
        d = DIAGNOSIS_STALL;
    if (d != DIAGNOSIS_TIMEOUT)
        buf_printf(summary, "; %s", buf_text(&c.why));
    conclusion_free(&c);
    return d;
}
