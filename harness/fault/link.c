/*
 * The link as a whole: its epoll set, its faults, what it tells.
 */
#include "fault/link_internal.h"

#include "evidence/queues.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

/* Events taken at once. */
#define EVENTS_AT_ONCE 128

double link_now(const struct link *l)
{
    return (double)(clock_us() - l->began_us) / 1e6;
}

void link_tell(struct link *l, struct link_conn *c, const struct flow *f, struct link_event e)
{
    if (!l->options.on_event)
        return;
    e.us = clock_us() - l->began_us;
    e.connection = c ? c->number : 0;
    if (f) {
        e.directed = true;
        e.direction = f->direction;
    }
    l->options.on_event(&e, l->options.data);
}

int link_watch(struct link *l, int fd, uint32_t events, struct watch *w)
{
    struct epoll_event e = {.events = events, .data.ptr = w};
    return epoll_ctl(l->epoll, EPOLL_CTL_ADD, fd, &e);
}

/* Memory of connections that are over is kept until no event of the batch and no list can name it any more. */
static void bury(struct link *l, bool all)
{
    for (struct link_conn **at = &l->dead; *at;) {
        struct link_conn *c = *at;
        if (c->queued && !all) {
            at = &c->next;
            continue;
        }
        *at = c->next;
        free(c);
    }
}

static void on_ready(struct ev_loop *loop, struct ev_io *w, int revents)
{
    struct link *l = w->data;
    struct epoll_event events[EVENTS_AT_ONCE];
    (void)loop;
    (void)revents;
    int n = epoll_wait(l->epoll, events, EVENTS_AT_ONCE, 0);
    for (int i = 0; i < n; i++) {
        struct watch *watch = events[i].data.ptr;
        if (watch->kind == WATCH_DOOR)
            door_ready((struct door *)watch);
        else
            conn_ready((struct side *)watch, events[i].events);
    }
    bury(l, false);
}

static void on_again(struct ev_loop *loop, struct ev_timer *w, int revents)
{
    struct link *l = w->data;
    struct link_conn *list = l->again;
    (void)loop;
    (void)revents;
    l->again = NULL;
    while (list) {
        struct link_conn *c = list;
        list = c->next_again;
        c->queued = false;
        if (c->state != CONN_OVER)
            conn_run(c);
    }
    bury(l, false);
}

void link_again(struct link_conn *c)
{
    struct link *l = c->link;
    if (c->queued)
        return;
    c->queued = true;
    c->next_again = l->again;
    l->again = c;
    ev_timer_start(l->loop, &l->again_timer);
}

static void on_tick(struct ev_loop *loop, struct ev_io *w, int revents)
{
    struct link *l = w->data;
    uint64_t expired;
    (void)loop;
    (void)revents;
    if (read(l->tick_fd, &expired, sizeof(expired)) < 0)
        return;
    l->tick_on = false;
    for (struct link_conn *c = l->conns, *next; c; c = next) {
        next = c->next;
        if (!c->flows[0].ticking && !c->flows[1].ticking)
            continue;
        c->flows[0].ticking = c->flows[1].ticking = false;
        conn_run(c);
    }
    bury(l, false);
}

void link_tick(struct flow *f)
{
    struct link *l = f->conn->link;
    struct itimerspec once = {.it_value = {.tv_nsec = LINK_TICK_US * 1000}};
    f->ticking = true;
    if (!l->tick_on && timerfd_settime(l->tick_fd, 0, &once, NULL) == 0)
        l->tick_on = true;
}

struct link *link_new(struct ev_loop *loop, const struct link_options *options, struct err *e)
{
    struct link *l = mem_new(1, sizeof(*l));
    l->loop = loop;
    if (options)
        l->options = *options;
    if (l->options.patience <= 0)
        l->options.patience = 1;
    l->began_us = clock_us();
    l->netlink = queues_open(); /* without it slices are paced */
    l->epoll = epoll_create1(EPOLL_CLOEXEC);
    l->tick_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    if (l->epoll < 0 || l->tick_fd < 0) {
        err_errno(e, errno, "no descriptors for a link");
        if (l->epoll >= 0)
            close(l->epoll);
        if (l->netlink >= 0)
            close(l->netlink);
        free(l);
        return NULL;
    }
    ev_io_init(&l->ready, on_ready, l->epoll, EV_READ);
    ev_io_init(&l->tick, on_tick, l->tick_fd, EV_READ);
    ev_timer_init(&l->again_timer, on_again, 0, 0);
    l->ready.data = l->tick.data = l->again_timer.data = l;
    ev_io_start(loop, &l->ready);
    ev_io_start(loop, &l->tick);
    return l;
}

void link_free(struct link *l)
{
    if (!l)
        return;
    l->options.on_event = NULL;
    while (l->conns)
        conn_over(l->conns, false);
    bury(l, true);
    for (int i = 0; i < l->door_count; i++) {
        door_shut(l->doors[i]);
        free(l->doors[i]);
    }
    for (int i = 0; i < l->rule_count; i++)
        free(l->rules[i]);
    for (int i = 0; i < l->pipe_count; i++) {
        close(l->pipes[i][0]);
        close(l->pipes[i][1]);
    }
    ev_io_stop(l->loop, &l->ready);
    ev_io_stop(l->loop, &l->tick);
    ev_timer_stop(l->loop, &l->again_timer);
    close(l->epoll);
    close(l->tick_fd);
    if (l->netlink >= 0)
        close(l->netlink);
    free(l->doors);
    free(l);
}

/* --- faults --------------------------------------------------------------------------------------------- */

int link_fits(const struct link_fault *f, const struct door *d, struct err *e)
{
    bool stream = d->listen.type == SOCK_STREAM, datagrams = d->listen.type == SOCK_DGRAM;
    bool tcp = d->listen.address.ss_family != AF_UNIX || d->target.address.ss_family != AF_UNIX;
    if (f->kind == SCN_LINK_SLICE && !stream)
        return err_set(e, EINVAL, "'slice' cuts a stream; messages stay whole");
    if (f->kind == SCN_LINK_CLOSE && datagrams)
        return err_set(e, EINVAL, "'close after' ends a connection; datagrams have none");
    if (f->kind == SCN_LINK_RESET && (datagrams || !tcp))
        return err_set(e, EINVAL, "'reset after' sends a RST, which only TCP has");
    return 0;
}

int link_add(struct link *l, const struct link_fault *f, struct err *e)
{
    if (scn_link_is_of_packets(f->kind))
        return err_set(e, EINVAL, "a stream has no packets to lose, reorder or duplicate");
    if (l->rule_count >= LINK_FAULTS_MAX)
        return err_set(e, E2BIG, "more than %d faults on one link", LINK_FAULTS_MAX);
    for (int i = 0; i < l->door_count; i++)
        if (link_fits(f, l->doors[i], e) != 0)
            return -1;
    struct rule *r = mem_new(1, sizeof(*r));
    r->fault = *f;
    if (!f->up && !f->down)
        r->fault.up = r->fault.down = true;
    r->number = l->rule_count;
    l->rules[l->rule_count++] = r;
    for (struct link_conn *c = l->conns; c; c = c->next) {
        flow_settle(&c->flows[0]);
        flow_settle(&c->flows[1]);
        link_again(c);
    }
    return r->number;
}

uint64_t link_reached(const struct link *l, int i)
{
    return i >= 0 && i < l->rule_count ? l->rules[i]->reached : 0;
}

const struct link_fault *link_fault_at(const struct link *l, int i)
{
    return i >= 0 && i < l->rule_count ? &l->rules[i]->fault : NULL;
}

/* --- what is seen from outside -------------------------------------------------------------------------- */

static bool same(const struct sockaddr *a, socklen_t a_len, const struct sockaddr *b, socklen_t b_len)
{
    /* An unnamed AF_UNIX socket is nobody's in particular. */
    return a_len == b_len && a_len > sizeof(sa_family_t) && memcmp(a, b, a_len) == 0;
}

uint64_t link_find(const struct link *l, const struct sockaddr *address, socklen_t len)
{
    for (const struct link_conn *c = l->conns; c; c = c->next) {
        struct sockaddr_storage own = {0};
        socklen_t own_len = sizeof(own);
        if (same((const struct sockaddr *)&c->client, c->client_len, address, len))
            return c->number;
        if (c->sides[1].fd >= 0 && getsockname(c->sides[1].fd, (struct sockaddr *)&own, &own_len) == 0 &&
            same((const struct sockaddr *)&own, own_len, address, len))
            return c->number;
    }
    return 0;
}

bool link_look(const struct link *l, uint64_t number, struct link_state *out)
{
    for (const struct link_conn *c = l->conns; c; c = c->next) {
        if (c->number != number)
            continue;
        *out = (struct link_state){.client_fd = c->sides[0].fd, .server_fd = c->sides[1].fd};
        out->connected = c->state != CONN_CONNECTING;
        for (int i = 0; i < 2; i++) {
            out->received[i] = c->flows[i].received;
            out->passed[i] = c->flows[i].passed;
            out->held[i] = c->flows[i].held + c->flows[i].in_pipe;
        }
        return true;
    }
    return false;
}

size_t link_alive(const struct link *l)
{
    return l->alive;
}

uint64_t link_count(const struct link *l)
{
    return l->count;
}
