/* Threads: the system call that each is in, what it waits for there, and whether time alone ends the wait. */
#include "evidence/snapshot_internal.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <unistd.h>

/* Entries of a poll set, or bits of a select set, that are looked at. */
#define POLL_MAX 1024

enum how {
    ON_FD,     /* blocked on its first argument */
    ON_SPLICE, /* on its first or third */
    ON_POLL,   /* poll, ppoll: a set in the program's memory */
    ON_SELECT, /* select, pselect6 */
    ON_EPOLL,
    ON_OWN, /* threads and children */
    ON_TIME,
    ON_SIGNAL,
};

/* Where the time limit is: the number of an argument. */
enum limit {
    LIMIT_NONE,
    LIMIT_SOCKET,  /* SO_RCVTIMEO, SO_SNDTIMEO */
    LIMIT_MS,      /* a number of ms, negative: none */
    LIMIT_POINTER, /* a pointer to a time, NULL: none */
};

struct call {
    long number;
    const char *name;
    enum how how;
    unsigned events;
    enum limit limit;
    int argument; /* that holds the limit */
};

/* A row, not a block. */
// clang-format off
#define ROW(name, how, events, limit, argument) {SYS_##name, #name, how, events, limit, argument}
// clang-format on
#define READS(name)  ROW(name, ON_FD, SNAPSHOT_IN, LIMIT_SOCKET, 0)
#define WRITES(name) ROW(name, ON_FD, SNAPSHOT_OUT, LIMIT_SOCKET, 0)

/* The calls in which socket programs wait. Not every architecture has the old ones. */
static const struct call calls[] = {
    READS(read),
    READS(readv),
    READS(recvfrom),
    READS(recvmsg),
    READS(accept),
    READS(accept4),
    ROW(recvmmsg, ON_FD, SNAPSHOT_IN, LIMIT_POINTER, 4),
    WRITES(write),
    WRITES(writev),
    WRITES(sendto),
    WRITES(sendmsg),
    WRITES(sendmmsg),
    WRITES(sendfile),
    WRITES(connect),
    ROW(splice, ON_SPLICE, 0, LIMIT_SOCKET, 0),
    ROW(ppoll, ON_POLL, 0, LIMIT_POINTER, 2),
    ROW(pselect6, ON_SELECT, 0, LIMIT_POINTER, 4),
    ROW(epoll_pwait, ON_EPOLL, 0, LIMIT_MS, 3),
    ROW(futex, ON_OWN, 0, LIMIT_POINTER, 3),
    ROW(wait4, ON_OWN, 0, LIMIT_NONE, 0),
    ROW(waitid, ON_OWN, 0, LIMIT_NONE, 0),
    ROW(nanosleep, ON_TIME, 0, LIMIT_NONE, 0),
    ROW(clock_nanosleep, ON_TIME, 0, LIMIT_NONE, 0),
    ROW(rt_sigsuspend, ON_SIGNAL, 0, LIMIT_NONE, 0),
    ROW(rt_sigtimedwait, ON_SIGNAL, 0, LIMIT_POINTER, 2),
#ifdef SYS_epoll_pwait2
    ROW(epoll_pwait2, ON_EPOLL, 0, LIMIT_POINTER, 3),
#endif
#ifdef SYS_futex_waitv
    ROW(futex_waitv, ON_OWN, 0, LIMIT_POINTER, 3),
#endif
#ifdef SYS_epoll_wait
    ROW(epoll_wait, ON_EPOLL, 0, LIMIT_MS, 3),
#endif
#ifdef SYS_poll
    ROW(poll, ON_POLL, 0, LIMIT_MS, 2),
#endif
#ifdef SYS_select
    ROW(select, ON_SELECT, 0, LIMIT_POINTER, 4),
#endif
#ifdef SYS_pause
    ROW(pause, ON_SIGNAL, 0, LIMIT_NONE, 0),
#endif
};

static const struct call *find_call(long number)
{
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
        if (calls[i].number == number)
            return &calls[i];
    return NULL;
}

typedef unsigned long long arguments[6];

/* Reads a piece of the program's memory. */
static bool peek(pid_t pid, unsigned long long at, void *to, size_t size)
{
    struct iovec here = {to, size}, there = {(void *)(uintptr_t)at, size};
    return process_vm_readv(pid, &here, 1, &there, 1, 0) == (ssize_t)size;
}

/* SO_RCVTIMEO and SO_SNDTIMEO end a blocking call; where they cannot be read, one may be set. */
static bool socket_limited(pid_t pid, int fd, unsigned events)
{
    struct timeval limit = {0};
    socklen_t len = sizeof limit;
    int type, copy = snapshot_borrow(pid, fd);
    socklen_t type_len = sizeof type;
    if (copy < 0)
        return true;
    bool is_socket = getsockopt(copy, SOL_SOCKET, SO_TYPE, &type, &type_len) == 0;
    int option = events & SNAPSHOT_OUT ? SO_SNDTIMEO : SO_RCVTIMEO;
    bool limited =
        is_socket && (getsockopt(copy, SOL_SOCKET, option, &limit, &len) < 0 || limit.tv_sec || limit.tv_usec);
    close(copy);
    return limited;
}

static bool is_limited(pid_t pid, const struct call *c, const arguments a)
{
    switch (c->limit) {
    case LIMIT_NONE:
        return false;
    case LIMIT_SOCKET:
        return c->how == ON_SPLICE
                   ? socket_limited(pid, (int)a[0], SNAPSHOT_IN) || socket_limited(pid, (int)a[2], SNAPSHOT_OUT)
                   : socket_limited(pid, (int)a[0], c->events);
    case LIMIT_MS:
        return (int)a[c->argument] >= 0;
    case LIMIT_POINTER:
        return a[c->argument] != 0;
    }
    return true;
}

static void add_poll_set(struct snapshot *s, struct snapshot_thread *t, pid_t pid, const arguments a)
{
    static const size_t size = sizeof(struct pollfd);
    struct pollfd set[POLL_MAX];
    size_t count = (size_t)a[1];
    if (count > POLL_MAX || (count && !peek(pid, a[0], set, count * size))) {
        t->wait = SNAPSHOT_UNKNOWN;
        return;
    }
    for (size_t i = 0; i < count; i++) {
        unsigned events = (set[i].events & (POLLIN | POLLRDNORM | POLLPRI | POLLRDHUP) ? SNAPSHOT_IN : 0) |
                          (set[i].events & (POLLOUT | POLLWRNORM) ? SNAPSHOT_OUT : 0);
        if (set[i].fd < 0)
            continue;
        long object = snapshot_object_of(s, pid, set[i].fd);
        if (object >= 0 && s->objects[object].kind == SNAPSHOT_EPOLL)
            snapshot_add_epoll(s, t, pid, set[i].fd, 1);
        else
            snapshot_add_want(s, t, object, events);
    }
}

/* The kernel writes its answer into the sets only on return: until then they say what was asked. */
static void add_select_sets(struct snapshot *s, struct snapshot_thread *t, pid_t pid, const arguments a)
{
    static const unsigned events[] = {SNAPSHOT_IN, SNAPSHOT_OUT, SNAPSHOT_IN};
    unsigned long bits[POLL_MAX / (8 * sizeof(unsigned long))];
    const size_t word = 8 * sizeof *bits;
    size_t count = (size_t)a[0], words = (count + word - 1) / word;
    for (int set = 0; set < 3; set++) {
        if (!a[1 + set])
            continue;
        if (count > POLL_MAX || !peek(pid, a[1 + set], bits, words * sizeof *bits)) {
            t->wait = SNAPSHOT_UNKNOWN;
            return;
        }
        for (size_t fd = 0; fd < count; fd++)
            if (bits[fd / word] >> (fd % word) & 1)
                snapshot_add_want(s, t, snapshot_object_of(s, pid, (int)fd), events[set]);
    }
}

static void add_call(struct snapshot *s, struct snapshot_thread *t, const struct call *c, const arguments a)
{
    pid_t pid = s->processes[t->process].pid;
    snprintf(t->call, sizeof t->call, "%s", c->name);
    t->wait = SNAPSHOT_OBJECTS;
    t->limited = is_limited(pid, c, a);
    switch (c->how) {
    case ON_FD:
        t->fd = (int)a[0];
        snapshot_add_want(s, t, snapshot_object_of(s, pid, t->fd), c->events);
        break;
    case ON_SPLICE:
        t->fd = (int)a[0];
        snapshot_add_want(s, t, snapshot_object_of(s, pid, (int)a[0]), SNAPSHOT_IN);
        snapshot_add_want(s, t, snapshot_object_of(s, pid, (int)a[2]), SNAPSHOT_OUT);
        break;
    case ON_POLL:
        add_poll_set(s, t, pid, a);
        break;
    case ON_SELECT:
        add_select_sets(s, t, pid, a);
        break;
    case ON_EPOLL:
        t->fd = (int)a[0];
        snapshot_add_epoll(s, t, pid, t->fd, 0);
        break;
    case ON_OWN:
        t->wait = SNAPSHOT_OWN;
        break;
    case ON_TIME:
        t->wait = SNAPSHOT_TIME;
        break;
    case ON_SIGNAL:
        t->wait = SNAPSHOT_SIGNAL;
        break;
    }
}

void snapshot_add_wait(struct snapshot *s, struct snapshot_thread *t)
{
    char name[48], text[512], *rest;
    arguments a;
    t->wait = SNAPSHOT_UNKNOWN;
    if (t->state == 'R')
        t->wait = SNAPSHOT_RUNS;
    else if (t->state == 'T' || t->state == 't')
        t->wait = SNAPSHOT_STOPPED;
    if (t->state != 'S')
        return; /* D: a disk, or a fork; nobody can tell for how long */
    snprintf(name, sizeof name, "task/%d/syscall", (int)t->tid);
    if (snapshot_proc(s->processes[t->process].pid, name, text, sizeof text) <= 0)
        return;
    long number = strtol(text, &rest, 10);
    if (rest == text || number < 0) {
        t->wait = strncmp(text, "running", 7) == 0 ? SNAPSHOT_RUNS : SNAPSHOT_UNKNOWN;
        return;
    }
    for (int i = 0; i < 6; i++)
        a[i] = strtoull(rest, &rest, 16);
    const struct call *c = find_call(number);
    if (c)
        add_call(s, t, c, a);
    else
        snprintf(t->call, sizeof t->call, "call number %ld", number);
}
