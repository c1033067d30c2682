/*
 * Whether anybody of a TCP server still takes connections. A thread that accepts may end alone, of an exception, and
 * the kernel's backlog goes on to greet whoever comes.
 */
#include "subject/internal.h"

#include "evidence/queues.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* What a thread sits in, as far as it tells whether it will come to accept(). */
enum seat {
    SEAT_ACCEPTS, /* in accept(): it is the one */
    SEAT_WATCHES, /* for events: it may be woken by a connection */
    SEAT_SLEEPS,  /* for a time, a lock, a child: no connection will wake it */
    SEAT_ELSEWHERE,
};

static enum seat seat_of(pid_t pid, const char *tid)
{
    static const struct {
        long number;
        enum seat seat;
    } calls[] = {
        {SYS_accept, SEAT_ACCEPTS},     {SYS_accept4, SEAT_ACCEPTS},        {SYS_ppoll, SEAT_WATCHES},
        {SYS_pselect6, SEAT_WATCHES},   {SYS_epoll_pwait, SEAT_WATCHES},    {SYS_io_uring_enter, SEAT_WATCHES},
        {SYS_futex, SEAT_SLEEPS},       {SYS_clock_nanosleep, SEAT_SLEEPS}, {SYS_nanosleep, SEAT_SLEEPS},
        {SYS_wait4, SEAT_SLEEPS},       {SYS_waitid, SEAT_SLEEPS},
#ifdef SYS_poll
        {SYS_poll, SEAT_WATCHES},
#endif
#ifdef SYS_select
        {SYS_select, SEAT_WATCHES},
#endif
#ifdef SYS_epoll_wait
        {SYS_epoll_wait, SEAT_WATCHES},
#endif
    };
    char path[64], text[256], *rest;
    snprintf(path, sizeof path, "/proc/%d/task/%.16s/syscall", (int)pid, tid);
    if (process_read(path, text, sizeof text) <= 0)
        return SEAT_ELSEWHERE;
    long number = strtol(text, &rest, 10);
    for (size_t i = 0; rest != text && i < sizeof calls / sizeof *calls; i++)
        if (calls[i].number == number)
            return calls[i].seat;
    return SEAT_ELSEWHERE;
}

/* How many threads sit so, and the last of them. */
struct seats {
    unsigned count[SEAT_ELSEWHERE + 1];
    struct acceptor acceptor;
};

static void add_process(pid_t pid, struct seats *out)
{
    char path[32];
    snprintf(path, sizeof path, "/proc/%d/task", (int)pid);
    DIR *dir = opendir(path);
    for (struct dirent *d; dir && (d = readdir(dir)) != NULL;) {
        if (d->d_name[0] == '.')
            continue;
        enum seat seat = seat_of(pid, d->d_name);
        out->count[seat]++;
        if (seat == SEAT_ACCEPTS)
            out->acceptor = (struct acceptor){pid, (pid_t)strtol(d->d_name, NULL, 10)};
    }
    if (dir)
        closedir(dir);
}

static void see_all(const struct subject *s, struct seats *out)
{
    struct processes family = {0};
    *out = (struct seats){0};
    subject_family(s, &family);
    for (size_t i = 0; i < family.count; i++)
        add_process(family.items[i].pid, out);
    processes_free(&family);
}

bool subject_find_acceptor(struct subject *s)
{
    struct seats seats;
    if (s->spec.transport != SUBJECT_TCP || s->port == 0)
        return true;
    see_all(s, &seats);
    if (seats.acceptor.tid)
        s->acceptor = seats.acceptor;
    return s->acceptor.tid || seats.count[SEAT_WATCHES] || !seats.count[SEAT_ELSEWHERE];
}

/* Connections that wait for accept(); -1 where that cannot be seen. */
static long waiting(struct subject *s)
{
    struct sockaddr_storage to;
    struct queue_state state;
    if (s->spec.transport != SUBJECT_TCP || s->port == 0)
        return -1;
    if (s->accept_netlink < 0)
        s->accept_netlink = queues_open();
    ready_address(&s->spec, s->port, &to);
    if (s->accept_netlink < 0 || queues_tcp_taker(s->accept_netlink, (void *)&to, &state) < 0)
        return -1;
    return state.receive;
}

bool subject_may_be_deaf(struct subject *s)
{
    char path[64];
    if (!s->acceptor.tid)
        return false;
    snprintf(path, sizeof path, "/proc/%d/task/%d", (int)s->acceptor.pid, (int)s->acceptor.tid);
    return access(path, F_OK) < 0;
}

bool subject_is_deaf(struct subject *s)
{
    struct seats seats;
    if (!subject_may_be_deaf(s) || waiting(s) <= 0)
        return false;
    see_all(s, &seats);
    return seats.count[SEAT_SLEEPS] > 0 &&
           seats.count[SEAT_ACCEPTS] + seats.count[SEAT_WATCHES] + seats.count[SEAT_ELSEWHERE] == 0;
}
