#include "evidence/snapshot_internal.h"

#include "base/clock.h"
#include "base/mem.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

ssize_t snapshot_proc(pid_t pid, const char *name, char *to, size_t size)
{
    char path[96];
    snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, name);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    size_t len = 0;
    ssize_t n = 0;
    while (len < size - 1 && ((n = read(fd, to + len, size - 1 - len)) > 0 || (n < 0 && errno == EINTR)))
        len += n > 0 ? (size_t)n : 0;
    close(fd);
    to[len] = '\0';
    return n < 0 ? -1 : (ssize_t)len;
}

void snapshot_address(const struct sockaddr *a, char *to, size_t size)
{
    char host[INET6_ADDRSTRLEN] = "";
    to[0] = '\0';
    if (a->sa_family == AF_INET) {
        const struct sockaddr_in *v4 = (const void *)a;
        inet_ntop(AF_INET, &v4->sin_addr, host, sizeof host);
        snprintf(to, size, "%s:%u", host, ntohs(v4->sin_port));
    } else if (a->sa_family == AF_INET6) {
        const struct sockaddr_in6 *v6 = (const void *)a;
        bool mapped = IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr);
        inet_ntop(mapped ? AF_INET : AF_INET6, v6->sin6_addr.s6_addr + (mapped ? 12 : 0), host, sizeof host);
        snprintf(to, size, mapped ? "%s:%u" : "[%s]:%u", host, ntohs(v6->sin6_port));
    }
}

/* The number behind `name` in a status file. */
static uint64_t status_number(const char *text, const char *name, int base)
{
    const char *at = strstr(text, name);
    return at ? strtoull(at + strlen(name), NULL, base) : 0;
}

/* Signals that time alone can send: setitimer's three. What timer_create sends is listed by itself. */
static bool handles_alarm(const char *status)
{
    const uint64_t timed = UINT64_C(1) << (SIGALRM - 1) | UINT64_C(1) << (SIGVTALRM - 1) | UINT64_C(1) << (SIGPROF - 1);
    return !strstr(status, "SigCgt:") || (status_number(status, "SigCgt:", 16) & timed) != 0;
}

static bool has_timers(pid_t pid)
{
    char text[64];
    ssize_t n = snapshot_proc(pid, "timers", text, sizeof text);
    return n != 0; /* not to be read: one may be there */
}

/* "1234 (name) S 1 ...": the name may hold anything. */
static bool read_stat(pid_t pid, const char *file, char *state, char *name, size_t size)
{
    char text[512];
    if (snapshot_proc(pid, file, text, sizeof text) <= 0)
        return false;
    const char *begin = strchr(text, '('), *end = strrchr(text, ')');
    if (!begin || !end || end < begin || !end[1])
        return false;
    *state = end[2];
    if (name)
        snprintf(name, size, "%.*s", (int)(end - begin - 1), begin + 1);
    return true;
}

static void add_thread(struct snapshot *s, uint32_t process, pid_t tid)
{
    char file[64], status[8192];
    pid_t pid = s->processes[process].pid;
    if (s->thread_count == SNAPSHOT_THREADS_MAX) {
        s->whole = false;
        return;
    }
    struct snapshot_thread *t = &s->threads[s->thread_count];
    *t = (struct snapshot_thread){.process = process, .tid = tid, .fd = -1, .first = s->want_count};
    snprintf(file, sizeof file, "task/%d/status", (int)tid);
    if (snapshot_proc(pid, file, status, sizeof status) <= 0) {
        s->whole = false; /* it has ended since: something moves */
        return;
    }
    /* "\nvoluntary" is no part of "nonvoluntary". */
    t->switches = status_number(status, "\nvoluntary_ctxt_switches:", 10) +
                  status_number(status, "nonvoluntary_ctxt_switches:", 10);
    snprintf(file, sizeof file, "task/%d/stat", (int)tid);
    if (!read_stat(pid, file, &t->state, NULL, 0)) {
        s->whole = false;
        return;
    }
    if (t->state == 'Z' || t->state == 'X')
        return; /* it waits for its parent only, and wakes nobody */
    snapshot_add_wait(s, t);
    s->thread_count++;
}

static void add_threads(struct snapshot *s, uint32_t process)
{
    char path[48];
    snprintf(path, sizeof path, "/proc/%d/task", (int)s->processes[process].pid);
    DIR *tasks = opendir(path);
    if (!tasks) {
        s->whole = false;
        return;
    }
    for (struct dirent *d; (d = readdir(tasks)) != NULL;)
        if (d->d_name[0] != '.')
            add_thread(s, process, (pid_t)strtol(d->d_name, NULL, 10));
    closedir(tasks);
}

static void add_process(struct snapshot *s, pid_t pid)
{
    char status[8192], state;
    if (s->process_count == SNAPSHOT_PROCESSES_MAX) {
        s->whole = false;
        return;
    }
    struct snapshot_process *p = &s->processes[s->process_count];
    *p = (struct snapshot_process){.pid = pid};
    if (!read_stat(pid, "stat", &state, p->name, sizeof p->name) || state == 'Z' || state == 'X')
        return; /* ended: a zombie neither holds nor does anything */
    p->alarm = snapshot_proc(pid, "status", status, sizeof status) <= 0 || handles_alarm(status) || has_timers(pid);
    s->process_count++;
    snapshot_add_objects(s, p);
}

struct snapshot *snapshot_take(int netlink, const pid_t *pids, size_t count)
{
    struct snapshot *s = mem_new(1, sizeof *s);
    s->whole = true;
    s->us = clock_us();
    for (size_t i = 0; i < count; i++)
        add_process(s, pids[i]);
    for (uint32_t i = 0; i < s->process_count; i++)
        add_threads(s, i);
    /* Last: queues seen after the threads cannot have been filled before a thread went to sleep over them. */
    snapshot_add_queues(s, netlink);
    return s;
}

void snapshot_free(struct snapshot *s)
{
    free(s);
}
