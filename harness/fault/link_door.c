/*
 * Doors: where the link listens, and the accepting there.
 */
#include "fault/link_internal.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* The kernel cuts it to net.core.somaxconn: a crowd must not wait for SYN retransmissions of our making. */
#define BACKLOG 65535
/* Connections taken in a row before those that are there get their turn. */
#define ACCEPTS_AT_ONCE 64
/* Without descriptors accept() would fail again at once: looks again after so many seconds. */
#define RETRY_S 0.1

static const char *path_of(const struct link_place *p)
{
    const struct sockaddr_un *un = (const struct sockaddr_un *)&p->address;
    return p->address.ss_family == AF_UNIX && un->sun_path[0] ? un->sun_path : NULL;
}

/* A socket that nobody listens on is left over from a program that is gone. Any other file is somebody's: the kernel
 * refuses a connection to a regular file just as it does to such a socket. */
static bool is_left_over(const struct link_place *p)
{
    struct stat st;
    if (lstat(path_of(p), &st) < 0 || !S_ISSOCK(st.st_mode))
        return false;
    int fd = socket(AF_UNIX, p->type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    bool refused = fd >= 0 && connect(fd, (const struct sockaddr *)&p->address, p->len) != 0 && errno == ECONNREFUSED;
    if (fd >= 0)
        close(fd);
    return refused;
}

static int bind_place(int fd, const struct link_place *p)
{
    const struct sockaddr *address = (const struct sockaddr *)&p->address;
    const char *path = path_of(p);
    if (p->type == SOCK_STREAM && p->address.ss_family != AF_UNIX)
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int));
    if (bind(fd, address, p->len) == 0)
        return 0;
    int why = errno;
    if (why != EADDRINUSE || !path || !is_left_over(p)) {
        errno = why;
        return -1;
    }
    unlink(path);
    return bind(fd, address, p->len);
}

static int open_fd(struct door *d, const struct link_place *listen_at, struct err *e)
{
    struct buf name = {0};
    link_place_text(listen_at, &name);
    d->fd = socket(listen_at->address.ss_family, listen_at->type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    int rc = -1;
    if (d->fd < 0)
        err_errno(e, errno, "no socket for %s", buf_text(&name));
    else if (bind_place(d->fd, listen_at) != 0)
        err_errno(e, errno, "cannot bind %s", buf_text(&name));
    else if (listen_at->type != SOCK_DGRAM && listen(d->fd, BACKLOG) != 0)
        err_errno(e, errno, "cannot listen on %s", buf_text(&name));
    else
        rc = 0;
    buf_free(&name);
    return rc;
}

static void on_retry(struct ev_loop *loop, struct ev_timer *w, int revents)
{
    struct door *d = w->data;
    (void)loop;
    (void)revents;
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = &d->watch};
    if (d->fd >= 0)
        epoll_ctl(d->link->epoll, EPOLL_CTL_MOD, d->fd, &event);
}

int link_open(struct link *l, const struct link_place *listen_at, const struct link_place *target, struct err *e)
{
    if (listen_at->type != target->type)
        return err_set(e, EPROTOTYPE, "a stream cannot be led to datagrams, nor the other way round");
    struct door *d = mem_new(1, sizeof(*d));
    *d = (struct door){.watch.kind = WATCH_DOOR, .link = l, .fd = -1, .listen = *listen_at, .target = *target};
    ev_timer_init(&d->retry, on_retry, RETRY_S, 0);
    d->retry.data = d;
    for (int i = 0; i < l->rule_count; i++)
        if (link_fits(&l->rules[i]->fault, d, e) != 0)
            goto fail;
    if (open_fd(d, listen_at, e) != 0)
        goto fail;
    struct stat st;
    d->bound_path = path_of(listen_at) && lstat(path_of(listen_at), &st) == 0;
    if (d->bound_path) {
        d->dev = st.st_dev;
        d->inode = st.st_ino;
    }
    d->listen.len = sizeof(d->listen.address);
    if (getsockname(d->fd, (struct sockaddr *)&d->listen.address, &d->listen.len) != 0 ||
        link_watch(l, d->fd, EPOLLIN, &d->watch) != 0) {
        err_errno(e, errno, "cannot watch a listening socket");
        goto fail;
    }
    d->number = l->door_count;
    l->doors = mem_realloc(l->doors, (size_t)(l->door_count + 1) * sizeof(struct door *));
    l->doors[l->door_count++] = d;
    return d->number;
fail:
    door_shut(d);
    free(d);
    return -1;
}

const struct link_place *link_door(const struct link *l, int door)
{
    return door >= 0 && door < l->door_count ? &l->doors[door]->listen : NULL;
}

/* Datagram flows answer through the door's socket, so that it stays while they live. */
void link_shut(struct link *l, int door)
{
    if (door >= 0 && door < l->door_count)
        door_shut(l->doors[door]);
}

void door_shut(struct door *d)
{
    if (d->fd < 0)
        return;
    ev_timer_stop(d->link->loop, &d->retry);
    struct stat st;
    bool ours = d->bound_path && lstat(path_of(&d->listen), &st) == 0 && st.st_dev == d->dev && st.st_ino == d->inode;
    close(d->fd);
    d->fd = -1;
    if (ours) /* another program may have put its own there meanwhile */
        unlink(path_of(&d->listen));
}

static void no_more_now(struct door *d, int error)
{
    struct link *l = d->link;
    struct epoll_event event = {.events = 0, .data.ptr = &d->watch};
    link_tell(l, NULL, NULL, (struct link_event){.kind = LINK_EVENT_TROUBLE, .error = error});
    epoll_ctl(l->epoll, EPOLL_CTL_MOD, d->fd, &event);
    ev_timer_set(&d->retry, RETRY_S, 0);
    ev_timer_start(l->loop, &d->retry);
}

void door_ready(struct door *d)
{
    if (d->fd < 0)
        return;
    if (d->listen.type == SOCK_DGRAM) {
        datagram_ready(d);
        return;
    }
    for (int i = 0; i < ACCEPTS_AT_ONCE && d->fd >= 0; i++) {
        struct sockaddr_storage from = {0};
        socklen_t len = sizeof(from);
        int fd = accept4(d->fd, (struct sockaddr *)&from, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) {
            conn_open(d, fd, &from, len);
            continue;
        }
        if (errno == ECONNABORTED || errno == EINTR)
            continue;
        if (errno != EAGAIN)
            no_more_now(d, errno);
        return;
    }
}
