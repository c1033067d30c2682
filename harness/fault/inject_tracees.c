#include "fault/inject_tracer.h"

#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* For pidfd_open: a handle of a thread that is not the main one (Linux 6.9; include/uapi/linux/pidfd.h). */
#define HANDLE_OF_THREAD O_EXCL

static struct tracee **slot(struct tracer *t, pid_t tid)
{
    struct tracee **at = &t->tracees[(unsigned)tid % TRACEE_BUCKETS];
    while (*at && (*at)->tid != tid)
        at = &(*at)->next;
    return at;
}

struct tracee *tracee_get(struct tracer *t, pid_t tid)
{
    struct tracee **at = slot(t, tid);
    if (!*at) {
        *at = mem_new(1, sizeof **at);
        (*at)->tid = tid;
        (*at)->pidfd = -1;
    }
    return *at;
}

void tracee_drop(struct tracer *t, pid_t tid)
{
    struct tracee **at = slot(t, tid), *gone = *at;
    if (!gone)
        return;
    t->held -= gone->state == TRACEE_HELD;
    *at = gone->next;
    if (gone->pidfd >= 0)
        close(gone->pidfd);
    free(gone);
}

/* Its /proc/TID/status; "" when it has none any more. */
static void read_status(const struct tracee *p, char *text, size_t size)
{
    char path[40];
    snprintf(path, sizeof path, "/proc/%d/status", (int)p->tid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, text, size - 1);
    if (fd >= 0)
        close(fd);
    text[n > 0 ? n : 0] = '\0';
}

/* Signals 32 and 33, which C libraries catch for themselves, with SA_RESTART (glibc: SIGCANCEL, SIGSETXID). */
#define OF_THE_LIBRARY (UINT64_C(3) << 31)

bool tracee_catches(struct tracee *p)
{
    char text[4096];
    if (p->catches)
        return true;
    read_status(p, text, sizeof text);
    const char *line = strstr(text, "\nSigCgt:");
    p->catches = !line || strtoull(line + sizeof "\nSigCgt:" - 1, NULL, 16) & ~OF_THE_LIBRARY;
    return p->catches;
}

pid_t tracee_process(struct tracee *p)
{
    char text[1024];
    if (p->tgid)
        return p->tgid;
    read_status(p, text, sizeof text);
    const char *line = strstr(text, "\nTgid:");
    p->tgid = line ? (pid_t)strtol(line + sizeof "\nTgid:" - 1, NULL, 10) : 0;
    if (p->tgid <= 0)
        p->tgid = p->tid;
    return p->tgid;
}

bool tracee_is_last(struct tracer *t, struct tracee *p)
{
    pid_t process = tracee_process(p);
    for (size_t i = 0; i < TRACEE_BUCKETS; i++)
        for (struct tracee *other = t->tracees[i]; other; other = other->next)
            if (other != p && !other->ending && tracee_process(other) == process)
                return false;
    return true;
}

static int copy_by(int pidfd, int fd)
{
    return (int)syscall(SYS_pidfd_getfd, pidfd, fd, 0);
}

int tracee_copy_fd(struct tracer *t, struct tracee *p, int fd)
{
    struct tracee *main_thread = tracee_get(t, tracee_process(p));
    if (main_thread->pidfd < 0)
        main_thread->pidfd = (int)syscall(SYS_pidfd_open, main_thread->tid, 0);
    if (main_thread->pidfd < 0)
        return -1;
    int copy = copy_by(main_thread->pidfd, fd);
    if (copy >= 0 || errno != ESRCH)
        return copy;
    /* The main thread has ended and the others live on: the descriptors are theirs. */
    int handle = (int)syscall(SYS_pidfd_open, p->tid, HANDLE_OF_THREAD);
    if (handle < 0)
        return -1;
    copy = copy_by(handle, fd);
    close(handle);
    return copy;
}

struct tracee *tracee_held_first(struct tracer *t)
{
    struct tracee *first = NULL;
    for (size_t i = 0; i < TRACEE_BUCKETS && t->held; i++)
        for (struct tracee *p = t->tracees[i]; p; p = p->next)
            if (p->state == TRACEE_HELD && (!first || p->held_until < first->held_until))
                first = p;
    return first;
}
