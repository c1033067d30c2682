/*
 * One direction of a connection: what has come in waits until the faults let it leave, in order.
 *
 *   from --recv--> | piece | piece | FIN |  --send--> to
 *                    due     due     due
 *
 * A FIN leaves behind the last byte. A RST too, but it does not wait for a receiver that takes nothing: as on a real
 * path, what has not left by then is lost.
 */
#include "fault/link_internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A rate is served in portions of this length: fine enough to look steady, coarse enough to cost nothing. Seconds. */
#define RATE_PORTION_S 0.01
/* The loop counts in milliseconds: shorter timers would fire too early and again. Seconds. */
#define TIMER_MIN_S 0.0005

static void on_timer(struct ev_loop *loop, struct ev_timer *w, int revents)
{
    struct flow *f = w->data;
    (void)loop;
    (void)revents;
    link_again(f->conn);
}

void flow_init(struct flow *f, struct link_conn *c, enum link_direction d)
{
    *f = (struct flow){.conn = c, .direction = d, .from = &c->sides[d], .to = &c->sides[!d], .pipe = {-1, -1}};
    f->last = &f->first;
    /* Chance of its own for each direction of each connection: what else goes on cannot change it. */
    char name[40];
    snprintf(name, sizeof(name), "%llu %s", (unsigned long long)c->number, link_direction_name(d));
    f->rng.state = rng_seed(c->link->options.seed, name);
    ev_timer_init(&f->timer, on_timer, 0, 0);
    f->timer.data = f;
    flow_settle(f);
}

void flow_drop(struct flow *f)
{
    while (f->first) {
        struct piece *p = f->first;
        f->first = p->next;
        free(p);
    }
    f->last = &f->first;
    f->held = 0;
}

void flow_free(struct flow *f)
{
    ev_timer_stop(f->conn->link->loop, &f->timer);
    flow_drop(f);
    fast_free(f);
}

/* --- rules ---------------------------------------------------------------------------------------------- */

static bool applies(const struct rule *r, const struct flow *f)
{
    const struct link_fault *x = &r->fault;
    return (f->direction == LINK_UP ? x->up : x->down) && (!x->connection || x->connection == f->conn->number);
}

static void settle_stop(struct manner *m, const struct rule *r)
{
    uint64_t at = r->fault.amount < 0 ? 0 : (uint64_t)r->fault.amount;
    if (m->stop && m->stop_at <= at)
        return;
    m->stop = r;
    m->stop_at = at;
}

/* Delays add up; of several rates, slices and counts the smallest holds. */
void flow_settle(struct flow *f)
{
    const struct link *l = f->conn->link;
    struct manner m = {.stop_at = UINT64_MAX};
    for (int i = 0; i < l->rule_count; i++) {
        const struct rule *r = l->rules[i];
        double amount = r->fault.amount;
        if (!applies(r, f))
            continue;
        m.any = true;
        switch (r->fault.kind) {
        case SCN_LINK_DELAY:
            m.delay += amount;
            break;
        case SCN_LINK_JITTER:
            m.jitter += amount;
            break;
        case SCN_LINK_RATE:
            m.rate = m.rate > 0 && m.rate < amount ? m.rate : amount;
            break;
        case SCN_LINK_SLICE:
            m.slice = m.slice && m.slice < (size_t)amount ? m.slice : (size_t)amount;
            break;
        case SCN_LINK_SILENT:
            if (!f->silent)
                settle_stop(&m, r);
            break;
        case SCN_LINK_RESET:
        case SCN_LINK_CLOSE:
            settle_stop(&m, r);
            break;
        case SCN_LINK_LOSS:
        case SCN_LINK_REORDER:
        case SCN_LINK_DUPLICATE: /* of packets: link_add refuses them */
            break;
        }
    }
    f->manner = m;
}

void flow_receipt(struct flow *f, enum scn_link_kind kind)
{
    struct link *l = f->conn->link;
    for (int i = 0; i < l->rule_count; i++) {
        struct rule *r = l->rules[i];
        if (r->fault.kind != kind || !applies(r, f))
            continue;
        if (scn_link_is_after(kind) && r != f->manner.stop)
            continue;
        r->reached++;
        if (f->told >> i & 1)
            continue;
        f->told |= (uint64_t)1 << i;
        link_tell(l, f->conn, f,
                  (struct link_event){.kind = LINK_EVENT_FAULT, .fault = &r->fault, .offset = f->passed});
    }
}

/* --- in ------------------------------------------------------------------------------------------------- */

/* When what comes in now may leave; never before what came in earlier. */
static double due_time(struct flow *f)
{
    const struct manner *m = &f->manner;
    double due = link_now(f->conn->link) + m->delay;
    if (m->jitter > 0)
        due += m->jitter * (double)(rng_next(&f->rng) >> 11) * 0x1p-53;
    if (due < f->last_due)
        due = f->last_due;
    f->last_due = due;
    if (m->delay > 0)
        flow_receipt(f, SCN_LINK_DELAY);
    if (m->jitter > 0)
        flow_receipt(f, SCN_LINK_JITTER);
    return due;
}

bool flow_queue(struct flow *f, const void *data, size_t len)
{
    if (f->held + len + sizeof(struct piece) > LINK_HELD_MAX + BOUNCE_SIZE)
        return false;
    struct piece *p = mem_new(1, sizeof(*p) + len);
    p->due = due_time(f);
    p->len = (uint32_t)len;
    if (len)
        memcpy(p->data, data, len);
    *f->last = p;
    f->last = &p->next;
    f->held += sizeof(*p) + len;
    return true;
}

bool flow_ended(struct flow *f, ssize_t got)
{
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
        f->from->readable = errno == EINTR;
        return false;
    }
    f->from->readable = false;
    f->from->ended = true;
    if (got < 0)
        f->from->reset = true;
    f->end = f->from->reset ? END_RST : END_FIN;
    f->end_due = due_time(f);
    return true;
}

static bool take_in(struct flow *f)
{
    struct link *l = f->conn->link;
    if (f->conn->datagrams)
        return datagram_take_in(f);
    if (f->end || f->silent || !f->from->readable)
        return false;
    if (f->held >= LINK_HELD_MAX) {
        if (!f->from->reset)
            return false;
        /* What it could still read will never find room before the RST. */
        f->end = END_RST;
        f->end_due = due_time(f);
        return true;
    }
    size_t room = LINK_HELD_MAX - f->held < BOUNCE_SIZE ? LINK_HELD_MAX - f->held : BOUNCE_SIZE;
    if (f->conn->messages)
        room = BOUNCE_SIZE;
    ssize_t n = recv(f->from->fd, l->bounce, room, 0);
    if (n <= 0)
        return flow_ended(f, n);
    f->received += (uint64_t)n;
    flow_queue(f, l->bounce, (size_t)n);
    if ((size_t)n < room && !f->conn->messages && !f->from->ended && !f->from->reset)
        f->from->readable = false; /* it was emptied: the next byte is an edge */
    return true;
}

/* --- out ------------------------------------------------------------------------------------------------ */

static void run_later(struct flow *f, double seconds)
{
    struct ev_loop *loop = f->conn->link->loop;
    ev_now_update(loop);
    if (ev_is_active(&f->timer) && ev_timer_remaining(loop, &f->timer) <= seconds)
        return;
    ev_timer_stop(loop, &f->timer);
    ev_timer_set(&f->timer, seconds > TIMER_MIN_S ? seconds : TIMER_MIN_S, 0);
    ev_timer_start(loop, &f->timer);
}

ssize_t flow_send(struct flow *f, const void *data, size_t len)
{
    struct link_conn *c = f->conn;
    ssize_t n;
    n = c->datagrams ? datagram_send(f, data, len) : send(f->to->fd, data, len, MSG_NOSIGNAL);
    if (n >= 0) {
        link_tell(c->link, c, f,
                  (struct link_event){.kind = LINK_EVENT_PASSED, .offset = f->passed, .bytes = (uint64_t)n});
        f->passed += (uint64_t)n;
        return n;
    }
    if (errno == EINTR)
        return 0;
    if (c->datagrams) {
        /* Nobody is there, or the kernel has no room: a network would lose it as well. */
        link_tell(c->link, c, f,
                  (struct link_event){.kind = LINK_EVENT_DROPPED, .offset = f->passed, .bytes = len, .error = errno});
        return -1;
    }
    if (errno == EAGAIN || errno == ENOBUFS) {
        f->to->writable = false;
        return 0;
    }
    f->to->reset = true;
    return -1;
}

/* How much of the first piece may leave now, at the rate asked for. */
static size_t rate_room(struct flow *f, size_t want)
{
    double rate = f->manner.rate, now = link_now(f->conn->link);
    if (rate <= 0)
        return want;
    if (f->rate_next > now) {
        flow_receipt(f, SCN_LINK_RATE);
        run_later(f, f->rate_next - now);
        return 0;
    }
    size_t portion = rate * RATE_PORTION_S > 1 ? (size_t)(rate * RATE_PORTION_S) : 1;
    return f->conn->messages || portion > want ? want : portion;
}

static void rate_spent(struct flow *f, size_t n)
{
    double now = link_now(f->conn->link);
    if (f->manner.rate <= 0)
        return;
    /* A portion that leaves late because of the clock's grain is made up for; an idle time is not saved up. */
    if (f->rate_next < now - 2 * RATE_PORTION_S)
        f->rate_next = now;
    f->rate_next += (double)n / f->manner.rate;
}

/* Where the byte count of a rule falls into what is to leave now: up to there. */
static size_t stop_room(const struct flow *f, size_t want)
{
    uint64_t left = f->manner.stop_at > f->passed ? f->manner.stop_at - f->passed : 0;
    return left < want ? (size_t)left : want;
}

static void take_off(struct flow *f, size_t n, bool whole)
{
    struct piece *p = f->first;
    p->at += (uint32_t)n;
    if (p->at < p->len && !whole)
        return;
    f->held -= sizeof(*p) + p->len;
    f->first = p->next;
    if (!f->first)
        f->last = &f->first;
    free(p);
}

/* A message leaves whole or not at all: how much of the first piece may leave now, 0: nothing,
 * the reason is seen to. */
static size_t portion(struct flow *f)
{
    const struct piece *p = f->first;
    size_t want = p->len - p->at, room = want;
    if (f->manner.slice && !slice_may_leave(f))
        return 0;
    if (f->manner.slice && room > f->manner.slice) {
        room = f->manner.slice;
        flow_receipt(f, SCN_LINK_SLICE);
    }
    return stop_room(f, rate_room(f, room));
}

/* Sends one portion of the first piece. Returns whether it left; *gone: the receiver is no more. */
static bool send_portion(struct flow *f, bool *gone)
{
    const struct piece *p = f->first;
    bool empty = p->len == 0;
    size_t n = empty ? 0 : portion(f);
    if ((n == 0 && !empty) || !f->to->writable)
        return false;
    ssize_t sent = flow_send(f, p->data + p->at, n);
    if (sent < 0 && !f->conn->datagrams) {
        *gone = true;
        return false;
    }
    if (sent <= 0 && !empty && !f->conn->datagrams)
        return false;
    if (f->manner.slice) {
        f->slice_out = true;
        f->slice_seen = 0;
        f->slice_sent = link_now(f->conn->link);
    }
    rate_spent(f, n);
    take_off(f, (size_t)(sent > 0 ? sent : 0), f->conn->messages);
    return true;
}

static bool stop_reached(const struct flow *f)
{
    if (!f->manner.stop || f->silent)
        return false;
    /* A message that would go beyond the count is beyond it. */
    size_t next = f->conn->messages && f->first ? f->first->len : 0;
    return f->passed >= f->manner.stop_at || f->passed + next > f->manner.stop_at;
}

/* The end of the stream leaves. Returns whether it did. */
static bool pass_end(struct flow *f)
{
    struct link_conn *c = f->conn;
    double now = link_now(c->link);
    if (!f->end || f->done || f->silent || (f->first && f->end != END_RST))
        return false;
    if (f->end_due > now) {
        run_later(f, f->end_due - now);
        return false;
    }
    if (f->first && f->to->writable)
        return false;
    f->done = true;
    if (f->end == END_FIN) {
        link_tell(c->link, c, f, (struct link_event){.kind = LINK_EVENT_FIN, .offset = f->passed});
        if (f->to->fd >= 0)
            shutdown(f->to->fd, SHUT_WR);
    } else {
        link_tell(c->link, c, f, (struct link_event){.kind = LINK_EVENT_RST, .offset = f->passed});
        conn_over(c, true);
    }
    return true;
}

bool flow_hand_on(struct flow *f)
{
    bool moved = false, gone = false;
    while (f->first && !f->silent && !stop_reached(f)) {
        double now = link_now(f->conn->link);
        if (f->first->due > now) {
            run_later(f, f->first->due - now);
            break;
        }
        if (!send_portion(f, &gone))
            break;
        moved = true;
    }
    if (gone) {
        /* Nobody takes this any more. What the receiver had sent before it went is still to be read, then its RST. */
        flow_drop(f);
        f->silent = true;
        f->to->readable = true;
        return true;
    }
    if (stop_reached(f)) {
        conn_stop(f, f->manner.stop);
        return true;
    }
    return pass_end(f) || moved;
}

bool flow_step(struct flow *f)
{
    bool moved = false;
    if (f->in_pipe && !fast_flush(f, &moved)) {
        if (!f->from->reset || f->end)
            return pass_end(f) || moved;
        f->end = END_RST; /* what it could still read will never find room before the RST */
        f->end_due = due_time(f);
        return true;
    }
    if (!f->manner.any && !f->first && !f->end && !f->silent && !f->conn->messages)
        return fast_step(f);
    moved |= take_in(f);
    moved |= flow_hand_on(f);
    return moved;
}
