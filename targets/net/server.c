#include "net/server.h"

#include "net/net.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/select.h>
#include <unistd.h>

/* Events a wait, and connections accepted in a row: other connections get their turn in between. */
#define BATCH   1024
#define ACCEPTS 64

/* How long accepting rests when no descriptor is freed meanwhile: another process may hold those we lack. */
#define REST_MS 100

/* Watches the listener, or not. Its epoll data is NULL: that is how its events are known. */
static void accepting(struct net_server *s, bool on)
{
    if (s->epoll < 0) { /* select: looked up in each round */
        s->accepting = on;
        return;
    }
    struct epoll_event ev = {.events = EPOLLIN, .data.ptr = NULL};
    if (s->accepting != on && epoll_ctl(s->epoll, on ? EPOLL_CTL_ADD : EPOLL_CTL_DEL, s->listener, &ev) == 0)
        s->accepting = on;
}

int net_server_init(struct net_server *s, int listener, const struct net_protocol *protocol, void *data)
{
    *s = (struct net_server){.protocol = protocol, .data = data, .listener = listener};
    s->resume = s->next_deadline = NET_NEVER;
    s->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (s->epoll < 0)
        return -1;
    accepting(s, true);
    return s->accepting ? 0 : -1;
}

void net_server_init_select(struct net_server *s, int listener, const struct net_protocol *protocol, void *data)
{
    *s = (struct net_server){.protocol = protocol, .data = data, .listener = listener, .epoll = -1};
    s->resume = s->next_deadline = NET_NEVER;
    s->max_clients = NET_SELECT_CLIENTS;
    accepting(s, true);
}

void net_server_rest(struct net_server *s)
{
    accepting(s, false);
    s->resume = net_deadline(REST_MS);
}

static bool full(const struct net_server *s)
{
    return s->max_clients > 0 && s->clients >= s->max_clients;
}

/* Registers a connection with epoll, with no event yet; for select a look at its number is all. */
static bool watchable(struct net_server *s, struct net_conn *c)
{
    struct epoll_event ev = {.events = 0, .data.ptr = c};
    return s->epoll < 0 ? c->fd < FD_SETSIZE : epoll_ctl(s->epoll, EPOLL_CTL_ADD, c->fd, &ev) == 0;
}

static void open_conn(struct net_server *s, int fd)
{
    struct net_conn *c = calloc(1, s->protocol->conn_size);
    if (c == NULL) {
        close(fd);
        return;
    }
    c->server = s;
    c->fd = fd;
    c->deadline = NET_NEVER;
    c->next = s->conns;
    c->link = &s->conns;
    if (c->next != NULL)
        c->next->link = &c->next;
    s->conns = c;
    s->clients++;
    if (!watchable(s, c) || !s->protocol->opened(c))
        net_conn_close(c);
}

static void accept_some(struct net_server *s)
{
    for (int i = 0; i < ACCEPTS; i++) {
        if (full(s)) {
            accepting(s, false);
            return;
        }
        int fd = s->protocol->accept != NULL ? s->protocol->accept(s->listener) : net_accept(s->listener);
        if (fd >= 0) {
            open_conn(s, fd);
            continue;
        }
        if (net_is_shortage(errno))
            s->protocol->shortage(s);
        return;
    }
}

void net_conn_watch(struct net_conn *c, uint32_t events)
{
    if (c->fd < 0 || (c->watched == events && (events & EPOLLET) == 0))
        return;
    struct epoll_event ev = {.events = events, .data.ptr = c};
    if (c->server->epoll < 0 || epoll_ctl(c->server->epoll, EPOLL_CTL_MOD, c->fd, &ev) == 0)
        c->watched = events;
}

void net_conn_timer(struct net_conn *c, int ms)
{
    c->deadline = net_deadline(ms);
    if (c->deadline < c->server->next_deadline)
        c->server->next_deadline = c->deadline;
}

void net_conn_close(struct net_conn *c)
{
    struct net_server *s = c->server;
    if (c->fd < 0)
        return;
    if (s->protocol->closed != NULL)
        s->protocol->closed(c);
    close(c->fd);
    c->fd = -1;
    *c->link = c->next;
    if (c->next != NULL)
        c->next->link = c->link;
    c->next = s->dead;
    s->dead = c;
    s->clients--;
    s->resume = NET_NEVER;
    accepting(s, true);
}

static void bury(struct net_server *s)
{
    while (s->dead != NULL) {
        struct net_conn *c = s->dead;
        s->dead = c->next;
        free(c);
    }
}

/* Calls those whose time has come, and finds when the next one is due. */
static void timers(struct net_server *s)
{
    uint64_t now = net_now();
    if (now >= s->resume) {
        s->resume = NET_NEVER;
        accepting(s, true);
    }
    if (now < s->next_deadline)
        return;
    s->next_deadline = NET_NEVER;
    struct net_conn *next;
    for (struct net_conn *c = s->conns; c != NULL; c = next) {
        next = c->next; /* c may be closed; nobody else is */
        if (c->deadline <= now) {
            c->deadline = NET_NEVER;
            if (s->protocol->expired != NULL)
                s->protocol->expired(c);
        }
        if (c->fd >= 0 && c->deadline < s->next_deadline)
            s->next_deadline = c->deadline;
    }
}

/* As epoll_wait(), with select(): the sets are made anew each time, and looked through from end to end. */
static int select_wait(struct net_server *s, struct epoll_event *events, int most, int left)
{
    fd_set in, out;
    int highest = s->accepting ? s->listener : -1, count = 0;
    struct timeval time = {left / 1000, left % 1000 * 1000};
    FD_ZERO(&in);
    FD_ZERO(&out);
    if (s->accepting)
        FD_SET(s->listener, &in);
    for (const struct net_conn *c = s->conns; c != NULL; c = c->next) {
        if ((c->watched & EPOLLIN) != 0)
            FD_SET(c->fd, &in);
        if ((c->watched & EPOLLOUT) != 0)
            FD_SET(c->fd, &out);
        highest = c->fd > highest ? c->fd : highest;
    }
    int n = select(highest + 1, &in, &out, NULL, left < 0 ? NULL : &time);
    if (n <= 0)
        return n;
    for (struct net_conn *c = s->conns; c != NULL && count < most - 1; c = c->next) {
        uint32_t is = (FD_ISSET(c->fd, &in) ? EPOLLIN : 0) | (FD_ISSET(c->fd, &out) ? EPOLLOUT : 0);
        if (is != 0)
            events[count++] = (struct epoll_event){.events = is, .data.ptr = c};
    }
    if (s->accepting && FD_ISSET(s->listener, &in))
        events[count++] = (struct epoll_event){.events = EPOLLIN, .data.ptr = NULL};
    return count;
}

int net_server_run(struct net_server *s)
{
    struct epoll_event events[BATCH];
    while (!s->stop) {
        int left = net_left(s->resume < s->next_deadline ? s->resume : s->next_deadline);
        int n = s->epoll < 0 ? select_wait(s, events, BATCH, left) : epoll_wait(s->epoll, events, BATCH, left);
        if (n < 0 && errno != EINTR)
            return -1;
        if (n < 0 && s->protocol->interrupted != NULL)
            s->protocol->interrupted(s);
        for (int i = 0; i < n; i++) {
            struct net_conn *c = events[i].data.ptr;
            if (c == NULL)
                accept_some(s);
            else if (c->fd >= 0)
                s->protocol->ready(c, events[i].events);
        }
        timers(s);
        bury(s);
    }
    return 0;
}

void net_server_close(struct net_server *s)
{
    while (s->conns != NULL)
        net_conn_close(s->conns);
    bury(s);
    net_close(&s->epoll);
}
