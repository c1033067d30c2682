/*
 * Connections: from accept over the dial to the target to one of their endings.
 */
#include "fault/link_internal.h"

#include "evidence/queues.h"

#include <errno.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define ALL_EDGES (EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET)
/* Turns of both directions before other connections get theirs. */
#define TURNS_AT_ONCE 16
/* An AF_UNIX target with a full backlog tells nobody when it no longer is. Seconds. */
#define DIAL_AGAIN_S 0.005
/* `close after`: the receiver's late bytes are thrown away for so long before the socket goes, or they would bring it a
 * RST. Seconds. */
#define LINGER_S 2.0
/* `reset after`: a RST destroys what has not left yet; the bytes before it get so long to leave. Seconds. */
#define LEAVE_S 1.0

/* While silence keeps a connection open of which an end has come: how often it is looked whether anybody is left.
 * Seconds. */
#define SILENT_LOOK_S 0.2

static void on_timer(struct ev_loop *loop, struct ev_timer *w, int revents);

struct link_conn *conn_make(struct door *d, const struct sockaddr_storage *client, socklen_t len)
{
    struct link *l = d->link;
    struct link_conn *c = mem_new(1, sizeof(*c));
    c->link = l;
    c->door = d;
    c->number = ++l->count;
    c->client = *client;
    c->client_len = len;
    c->datagrams = d->listen.type == SOCK_DGRAM;
    c->messages = d->listen.type != SOCK_STREAM;
    for (int i = 0; i < 2; i++) {
        sa_family_t family = i ? d->target.address.ss_family : d->listen.address.ss_family;
        /* A fresh socket has room; nothing is sent before the target is reached. */
        c->sides[i] = (struct side){.watch.kind = WATCH_SIDE, .conn = c, .fd = -1, .writable = true};
        c->sides[i].tcp = d->listen.type == SOCK_STREAM && family != AF_UNIX;
    }
    ev_timer_init(&c->timer, on_timer, 0, 0);
    c->timer.data = c;
    flow_init(&c->flows[0], c, LINK_UP);
    flow_init(&c->flows[1], c, LINK_DOWN);
    c->next = l->conns;
    if (c->next)
        c->next->prev = c;
    l->conns = c;
    l->alive++;
    return c;
}

static void plain_socket(const struct side *s)
{
    /* What comes in leaves at once: Nagle's algorithm would add a delay that nobody asked for. */
    if (!s->tcp)
        return;
    setsockopt(s->fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
    /* An urgent byte goes on as an ordinary one: better than to be lost. */
    setsockopt(s->fd, SOL_SOCKET, SO_OOBINLINE, &(int){1}, sizeof(int));
}

static void refused(struct link_conn *c, int error)
{
    link_tell(c->link, c, NULL, (struct link_event){.kind = LINK_EVENT_REFUSED, .error = error});
    conn_over(c, true);
}

static void connected(struct link_conn *c)
{
    c->state = CONN_OPEN;
    link_tell(c->link, c, NULL, (struct link_event){.kind = LINK_EVENT_CONNECTED});
}

int conn_dial(struct link_conn *c)
{
    struct side *s = &c->sides[1];
    const struct link_place *to = &c->door->target;
    sa_family_t family = to->address.ss_family;
    if (s->fd < 0) {
        s->fd = socket(family, to->type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        if (s->fd < 0)
            return errno;
        plain_socket(s);
        /* A name of its own: datagrams could not be answered without, and it shows whose connection this is. */
        if (family == AF_UNIX && bind(s->fd, (struct sockaddr *)&family, sizeof(family)) != 0)
            return errno;
    }
    if (connect(s->fd, (const struct sockaddr *)&to->address, to->len) != 0) {
        if (errno == EAGAIN) {
            ev_timer_set(&c->timer, DIAL_AGAIN_S, 0);
            ev_timer_start(c->link->loop, &c->timer);
            return 0;
        }
        if (errno != EINPROGRESS)
            return errno;
    } else {
        connected(c);
    }
    return link_watch(c->link, s->fd, ALL_EDGES, &s->watch) == 0 ? 0 : errno;
}

void conn_open(struct door *d, int fd, const struct sockaddr_storage *client, socklen_t len)
{
    struct link_conn *c = conn_make(d, client, len);
    c->sides[0].fd = fd;
    plain_socket(&c->sides[0]);
    link_tell(c->link, c, NULL, (struct link_event){.kind = LINK_EVENT_ACCEPTED});
    int error = link_watch(c->link, fd, ALL_EDGES, &c->sides[0].watch) == 0 ? conn_dial(c) : errno;
    if (error)
        refused(c, error);
}

static void dialled(struct link_conn *c)
{
    struct side *s = &c->sides[1];
    int error = 0;
    socklen_t len = sizeof(error);
    if (getsockopt(s->fd, SOL_SOCKET, SO_ERROR, &error, &len) < 0)
        error = errno;
    /* A target that resets at once was reached all the same: what it sent before is still to be read. */
    s->reset = error == ECONNRESET || error == EPIPE;
    if (error && !s->reset)
        refused(c, error);
    else
        connected(c);
}

/* --- endings -------------------------------------------------------------------------------------------- */

static void close_side(struct side *s, bool reset)
{
    if (s->fd < 0)
        return;
    if (reset && s->tcp) {
        struct linger none = {.l_onoff = 1, .l_linger = 0};
        setsockopt(s->fd, SOL_SOCKET, SO_LINGER, &none, sizeof(none));
    }
    close(s->fd);
    s->fd = -1;
}

void conn_over(struct link_conn *c, bool reset)
{
    struct link *l = c->link;
    if (c->state == CONN_OVER)
        return;
    c->state = CONN_OVER;
    ev_timer_stop(l->loop, &c->timer);
    for (int i = 0; i < 2; i++) {
        close_side(&c->sides[i], reset);
        link_tell(l, c, &c->flows[i], (struct link_event){.kind = LINK_EVENT_CLOSED, .bytes = c->flows[i].passed});
        flow_free(&c->flows[i]);
    }
    if (c->prev)
        c->prev->next = c->next;
    else
        l->conns = c->next;
    if (c->next)
        c->next->prev = c->prev;
    l->alive--;
    l->datagram_flows -= c->datagrams;
    c->next = l->dead;
    c->prev = NULL;
    l->dead = c;
}

/* What has come in and waits is read and thrown away: a close with unread input sends a RST where a FIN is meant.
 * Returns false at the end. */
static bool discard(struct side *s)
{
    struct link *l = s->conn->link;
    for (int i = 0; i < TURNS_AT_ONCE; i++) {
        ssize_t n = recv(s->fd, l->bounce, sizeof(l->bounce), 0);
        if (n < 0)
            return errno == EAGAIN || errno == EINTR;
        if (n == 0)
            return false;
    }
    return true;
}

/*
 * The receiver gets its FIN behind the bytes and has time to notice it; the sender sees what a peer does that calls
 * close(): FIN, and RST to whatever it sends after that.
 */
static void begin_close(struct flow *f)
{
    struct link_conn *c = f->conn;
    flow_drop(&c->flows[0]);
    flow_drop(&c->flows[1]);
    shutdown(f->to->fd, SHUT_WR);
    discard(f->from);
    close_side(f->from, false);
    c->state = CONN_LINGERING;
    f->to->readable = true;
    ev_timer_stop(c->link->loop, &c->timer);
    ev_timer_set(&c->timer, LINGER_S, 0);
    ev_timer_start(c->link->loop, &c->timer);
    link_again(c);
}

static void linger(struct link_conn *c)
{
    for (int i = 0; i < 2; i++)
        if (c->sides[i].fd >= 0 && !discard(&c->sides[i])) {
            conn_over(c, false);
            return;
        }
}

/* The bytes before the RST have left, or had their time. */
static void try_reset(struct link_conn *c)
{
    bool waits = false;
    for (int i = 0; i < 2; i++) {
        int unsent = 0;
        if (c->sides[i].tcp && c->sides[i].fd >= 0 && ioctl(c->sides[i].fd, SIOCOUTQNSD, &unsent) == 0 && unsent > 0)
            waits = true;
    }
    if (waits && link_now(c->link) < c->reset_until) {
        link_tick(&c->flows[0]);
        return;
    }
    for (int i = 0; i < 2; i++)
        if (c->flows[i].to->tcp)
            link_tell(c->link, c, &c->flows[i],
                      (struct link_event){.kind = LINK_EVENT_RST, .offset = c->flows[i].passed});
    conn_over(c, true);
}

void conn_stop(struct flow *f, const struct rule *r)
{
    struct link_conn *c = f->conn;
    flow_receipt(f, r->fault.kind);
    switch (r->fault.kind) {
    case SCN_LINK_SILENT:
        f->silent = true;
        if (f->held)
            link_tell(
                c->link, c, f,
                (struct link_event){.kind = LINK_EVENT_DROPPED, .offset = f->passed, .bytes = f->received - f->passed});
        flow_drop(f);
        break;
    case SCN_LINK_CLOSE:
        begin_close(f);
        break;
    default:
        flow_drop(&c->flows[0]);
        flow_drop(&c->flows[1]);
        c->state = CONN_RESETTING;
        c->reset_until = link_now(c->link) + LEAVE_S * c->link->options.patience;
        try_reset(c);
        break;
    }
}

/*
 * Whether nobody is behind the side any more. A FIN alone does not say so: it may be a half-close, and its sender still
 * listens. A socket of this machine is looked up: closed by its last process it is no one's.
 */
static bool gone(const struct side *s)
{
    struct sockaddr_storage ours = {0}, theirs = {0};
    socklen_t our_len = sizeof(ours), their_len = sizeof(theirs);
    struct queue_state found;
    int nl = s->conn->link->netlink;
    if (s->reset || s->fd < 0)
        return true;
    if (!s->ended || !s->tcp)
        return s->hung;
    if (nl < 0 || getsockname(s->fd, (struct sockaddr *)&ours, &our_len) != 0 ||
        getpeername(s->fd, (struct sockaddr *)&theirs, &their_len) != 0)
        return s->hung;
    if (queues_tcp(nl, (struct sockaddr *)&theirs, (struct sockaddr *)&ours, &found) != 0)
        return false; /* on another machine: the kernel's keepalive will tell */
    return found.inode == 0;
}

/* What silence keeps open has an end when the one that waits for more has gone, and the other has heard of that or said
 * its last. */
static bool silent_and_left(struct link_conn *c)
{
    bool silent = false, left = true;
    for (int i = 0; i < 2; i++) {
        const struct flow *f = &c->flows[i], *back = &c->flows[!i];
        if (!f->silent)
            continue;
        silent = true;
        left &= gone(f->to) && (back->done || back->silent || f->from->reset) && (f->from->ended || f->from->reset);
    }
    if (silent && !left && (c->sides[0].ended || c->sides[1].ended) && !ev_is_active(&c->timer)) {
        for (int i = 0; i < 2; i++)
            if (c->sides[i].fd >= 0)
                setsockopt(c->sides[i].fd, SOL_SOCKET, SO_KEEPALIVE, &(int){1}, sizeof(int));
        ev_timer_set(&c->timer, SILENT_LOOK_S, 0);
        ev_timer_start(c->link->loop, &c->timer);
    }
    return silent && left;
}

/* --- on the move ---------------------------------------------------------------------------------------- */

static void on_timer(struct ev_loop *loop, struct ev_timer *w, int revents)
{
    struct link_conn *c = w->data;
    (void)loop;
    (void)revents;
    if (c->state == CONN_LINGERING) {
        conn_over(c, false);
    } else if (c->state == CONN_CONNECTING) {
        int error = conn_dial(c);
        if (error)
            refused(c, error);
    } else if (c->datagrams) {
        datagram_idle(c);
    } else {
        conn_run(c);
    }
    if (c->state == CONN_OVER)
        link_again(c); /* its memory is freed from there */
}

void conn_ready(struct side *s, uint32_t events)
{
    struct link_conn *c = s->conn;
    if (c->state == CONN_OVER)
        return;
    if (c->state == CONN_CONNECTING && s == &c->sides[1]) {
        if (!(events & (EPOLLOUT | EPOLLERR | EPOLLHUP)))
            return;
        dialled(c);
        if (c->state != CONN_OPEN)
            return;
        events &= ~(uint32_t)EPOLLERR;
    }
    if (events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR))
        s->readable = true;
    if (events & (EPOLLOUT | EPOLLHUP | EPOLLERR))
        s->writable = true;
    if (events & (EPOLLRDHUP | EPOLLHUP))
        s->ended = true;
    if (events & EPOLLHUP)
        s->hung = true;
    if ((events & EPOLLERR) && !c->datagrams)
        s->reset = true;
    conn_run(c);
}

void conn_run(struct link_conn *c)
{
    switch (c->state) {
    case CONN_CONNECTING:
    case CONN_OVER:
        return;
    case CONN_RESETTING:
        try_reset(c);
        return;
    case CONN_LINGERING:
        linger(c);
        return;
    case CONN_OPEN:
        break;
    }
    bool moved = true;
    for (int i = 0; i < TURNS_AT_ONCE && moved; i++) {
        moved = flow_step(&c->flows[0]);
        if (c->state == CONN_OPEN)
            moved |= flow_step(&c->flows[1]);
        if (c->state != CONN_OPEN)
            return;
    }
    if (!c->datagrams && ((c->flows[0].done && c->flows[1].done) || silent_and_left(c)))
        conn_over(c, false);
    else if (moved)
        link_again(c);
}
