/*
 * Datagrams: a flow for each source address, with a socket of its own towards the target, so that answers find their
 * way back.
 */
#include "fault/link_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Datagrams taken in a row before others get their turn. */
#define TAKEN_AT_ONCE 64

static struct link_conn *flow_of(struct door *d, const struct sockaddr_storage *from, socklen_t len)
{
    for (struct link_conn *c = d->link->conns; c; c = c->next)
        if (c->door == d && c->client_len == len && memcmp(&c->client, from, len) == 0)
            return c;
    return NULL;
}

static void drop_idlest(struct link *l)
{
    struct link_conn *idlest = NULL;
    for (struct link_conn *c = l->conns; c; c = c->next)
        if (c->datagrams && (!idlest || c->touched < idlest->touched))
            idlest = c;
    if (idlest)
        conn_over(idlest, false);
}

static struct link_conn *new_flow(struct door *d, const struct sockaddr_storage *from, socklen_t len)
{
    struct link *l = d->link;
    if (l->datagram_flows >= LINK_FLOWS_MAX)
        drop_idlest(l);
    struct link_conn *c = conn_make(d, from, len);
    l->datagram_flows++;
    link_tell(l, c, NULL, (struct link_event){.kind = LINK_EVENT_ACCEPTED});
    int error = conn_dial(c);
    if (error) {
        link_tell(l, c, NULL, (struct link_event){.kind = LINK_EVENT_REFUSED, .error = error});
        conn_over(c, false);
        return NULL;
    }
    ev_timer_set(&c->timer, LINK_FLOW_IDLE_S, 0);
    ev_timer_start(l->loop, &c->timer);
    return c;
}

void datagram_idle(struct link_conn *c)
{
    double left = c->touched + LINK_FLOW_IDLE_S - link_now(c->link);
    if (left <= 0) {
        conn_over(c, false);
        return;
    }
    ev_timer_set(&c->timer, left, 0);
    ev_timer_start(c->link->loop, &c->timer);
}

/* Puts a datagram that came in on its way, or drops it: silence and a full queue look the same from outside. */
static void take(struct flow *f, const char *data, size_t len)
{
    struct link_conn *c = f->conn;
    c->touched = link_now(c->link);
    f->received += len;
    if (f->silent || f->held > LINK_HELD_MAX || !flow_queue(f, data, len))
        link_tell(c->link, c, f,
                  (struct link_event){.kind = LINK_EVENT_DROPPED, .offset = f->received - len, .bytes = len});
}

void datagram_ready(struct door *d)
{
    struct link *l = d->link;
    for (int i = 0; i < TAKEN_AT_ONCE && d->fd >= 0; i++) {
        struct sockaddr_storage from = {0};
        socklen_t len = sizeof(from);
        ssize_t n = recvfrom(d->fd, l->bounce, sizeof(l->bounce), 0, (struct sockaddr *)&from, &len);
        if (n < 0 && (errno == EAGAIN || errno == EINTR))
            return;
        if (n < 0)
            continue; /* an ICMP error for an answer of ours: the next one tells whether more is there */
        struct link_conn *c = flow_of(d, &from, len);
        if (!c)
            c = new_flow(d, &from, len);
        if (!c)
            continue;
        take(&c->flows[LINK_UP], l->bounce, (size_t)n);
        conn_run(c);
    }
}

bool datagram_take_in(struct flow *f)
{
    struct link *l = f->conn->link;
    if (f->direction == LINK_UP || !f->from->readable)
        return false; /* the door takes in for all flows */
    ssize_t n = recv(f->from->fd, l->bounce, sizeof(l->bounce), 0);
    if (n < 0) {
        /* Nobody listens there: no way to tell a client that has not connected its socket to ours. */
        if (errno != EAGAIN && errno != EINTR)
            link_tell(l, f->conn, NULL, (struct link_event){.kind = LINK_EVENT_REFUSED, .error = errno});
        f->from->readable = errno != EAGAIN;
        return errno != EAGAIN;
    }
    take(f, l->bounce, (size_t)n);
    return true;
}

ssize_t datagram_send(struct flow *f, const void *data, size_t len)
{
    struct link_conn *c = f->conn;
    if (f->direction == LINK_UP)
        return send(f->to->fd, data, len, MSG_NOSIGNAL);
    return sendto(c->door->fd, data, len, MSG_NOSIGNAL, (const struct sockaddr *)&c->client, c->client_len);
}
