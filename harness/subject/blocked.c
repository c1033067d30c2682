/*
 * Whether a program is stuck in a write for good: what a proof of a deadlock needs to know of it.
 */
#include "subject/internal.h"

#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

/* Arguments of a call in /proc/PID/syscall that matter here. */
#define ARGUMENTS 4

static const struct {
    long number;
    const char *name;
} writes[] = {
    {SYS_write, "write"},     {SYS_writev, "writev"},     {SYS_sendto, "sendto"},     {SYS_sendmsg, "sendmsg"},
    {SYS_sendmmsg, "sendmmsg"}, {SYS_sendfile, "sendfile"}, {SYS_pwrite64, "pwrite64"},
};

/* Reads "NUMBER ARGUMENT..." of a thread. False when it runs, or may not be looked at. */
static bool read_call(pid_t pid, pid_t tid, long *number, unsigned long long arguments[ARGUMENTS])
{
    char path[64], text[512], *rest;
    snprintf(path, sizeof path, "/proc/%d/task/%d/syscall", (int)pid, (int)tid);
    if (process_read(path, text, sizeof text) <= 0)
        return false;
    *number = strtol(text, &rest, 10);
    if (rest == text || *number < 0)
        return false;
    for (int i = 0; i < ARGUMENTS; i++)
        arguments[i] = strtoull(rest, &rest, 16);
    return true;
}

/* A thread that only another thread or a child can wake. */
static bool waits_for_its_own(long number, const unsigned long long *arguments)
{
    if (number == SYS_futex)
        return arguments[3] == 0; /* no time limit */
    return number == SYS_wait4 || number == SYS_waitid;
}

static uint32_t socket_inode(pid_t pid, int fd)
{
    char path[64], link[64];
    snprintf(path, sizeof path, "/proc/%d/fd/%d", (int)pid, fd);
    ssize_t n = readlink(path, link, sizeof link - 1);
    unsigned inode = 0;
    if (n < 0)
        return 0;
    link[n] = '\0';
    return sscanf(link, "socket:[%u]", &inode) == 1 ? inode : 0;
}

/* A copy of the program's descriptor, to ask its socket; -1 where the kernel or the privilege lacks. */
static int borrow(pid_t pid, int fd)
{
    int handle = (int)syscall(SYS_pidfd_open, pid, 0);
    if (handle < 0)
        return -1;
    int copy = (int)syscall(SYS_pidfd_getfd, handle, fd, 0);
    close(handle);
    return copy;
}

/* SO_SNDTIMEO would end the wait; where it cannot be read, one may be set. */
static bool has_send_timeout(pid_t pid, int fd)
{
    struct timeval limit = {0};
    socklen_t len = sizeof limit;
    int copy = borrow(pid, fd);
    bool has = copy < 0 || getsockopt(copy, SOL_SOCKET, SO_SNDTIMEO, &limit, &len) < 0 || limit.tv_sec || limit.tv_usec;
    if (copy >= 0)
        close(copy);
    return has;
}

/* A handler for SIGALRM says that an alarm may be set, which would interrupt the call. */
static bool may_be_alarmed(pid_t pid)
{
    char path[64], text[4096];
    snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
    if (process_read(path, text, sizeof text) <= 0)
        return true;
    const char *caught = strstr(text, "SigCgt:");
    return !caught || (strtoull(caught + strlen("SigCgt:"), NULL, 16) >> (SIGALRM - 1) & 1);
}

/* Looks at one thread. Returns false when it may still go on. */
static bool thread_is_stuck(pid_t pid, pid_t tid, struct subject_call *out)
{
    long number;
    unsigned long long arguments[ARGUMENTS];
    if (!read_call(pid, tid, &number, arguments))
        return false;
    if (waits_for_its_own(number, arguments))
        return true;
    for (size_t i = 0; i < sizeof writes / sizeof *writes; i++) {
        if (writes[i].number != number)
            continue;
        int fd = (int)arguments[0];
        uint32_t inode = socket_inode(pid, fd);
        if (!inode || has_send_timeout(pid, fd))
            return false;
        *out = (struct subject_call){.fd = fd, .inode = inode, .writes = true};
        snprintf(out->name, sizeof out->name, "%s", writes[i].name);
        return true;
    }
    return false;
}

static bool process_is_stuck(pid_t pid, struct subject_call *out)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/task", (int)pid);
    DIR *tasks = opendir(path);
    bool stuck = tasks && !may_be_alarmed(pid);
    for (struct dirent *d; stuck && (d = readdir(tasks)) != NULL;)
        if (d->d_name[0] != '.')
            stuck = thread_is_stuck(pid, (pid_t)strtol(d->d_name, NULL, 10), out);
    if (tasks)
        closedir(tasks);
    return stuck;
}

bool subject_blocked_call(const struct subject *s, struct subject_call *out)
{
    struct processes family = {0};
    *out = (struct subject_call){.fd = -1};
    subject_family(s, &family);
    bool stuck = family.count > 0;
    for (size_t i = 0; stuck && i < family.count; i++)
        stuck = process_is_stuck(family.items[i].pid, out);
    processes_free(&family);
    return stuck && out->writes;
}

static int highest_file(pid_t pid)
{
    char path[64];
    int highest = -1;
    snprintf(path, sizeof path, "/proc/%d/fd", (int)pid);
    DIR *fds = opendir(path);
    for (struct dirent *d; fds && (d = readdir(fds)) != NULL;) {
        int fd = d->d_name[0] == '.' ? -1 : (int)strtol(d->d_name, NULL, 10);
        if (fd > highest)
            highest = fd;
    }
    if (fds)
        closedir(fds);
    return highest;
}

int subject_files_highest(const struct subject *s)
{
    struct processes family = {0};
    int highest = -1;
    subject_family(s, &family);
    for (size_t i = 0; i < family.count; i++) {
        int one = highest_file(family.items[i].pid);
        if (one > highest)
            highest = one;
    }
    processes_free(&family);
    return highest < 0 ? -1 : highest + 1;
}
