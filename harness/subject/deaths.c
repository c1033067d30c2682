/*
 * Who of the subject's processes has ended, and how. The main process and orphans are told by the init; the children of
 * a master, which it reaps itself, by a handle on each (pidfd), which also tells how where the kernel keeps that (Linux
 * 6.15 and later) or where it is not reaped yet.
 */
#include "subject/internal.h"

#include "base/clock.h"
#include "base/mem.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* Between two looks for new processes: a walk of /proc is worth some cases. Microseconds. */
#define LOOK_US 20000
/* When it is ready and before its first case; and behind the first cases, when it may still be making its workers. */
enum { LOOKS_BEFORE = 2, LOOKS_AT_FIRST = 8 };
/* So long behind a death who has come in its place may die as soon. */
#define ALERT_US 500000

/* linux/pidfd.h of Linux 6.15, first version of the struct: 64 bytes. */
struct pidfd_info {
    uint64_t mask, cgroup;
    uint32_t ids[11];
    int32_t exit_code;
};
#define INFO_EXIT (UINT64_C(1) << 3)
#define ASK_INFO  _IOWR(0xFF, 11, struct pidfd_info)

/* How often the kernel has killed for want of memory, since it booted; 0 where it does not count. */
static uint64_t count_oom_kills(void)
{
    char line[128];
    unsigned long long count = 0;
    FILE *f = fopen("/proc/vmstat", "re");
    while (f && fgets(line, sizeof line, f))
        if (sscanf(line, "oom_kill %llu", &count) == 1)
            break;
    if (f)
        fclose(f);
    return count;
}

/* By a signal that comes of a mistake, and that nobody sends to have a process end. */
static bool is_crash(int status)
{
    static const int signals[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGSYS, SIGTRAP};
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
        if (WIFSIGNALED(status) && WTERMSIG(status) == signals[i])
            return true;
    return false;
}

/* With status 0, or by a signal with which a master has its workers retire (or, of a shell's status, had). */
static bool is_orderly(int status)
{
    static const int signals[] = {SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2};
    int signo = WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status) - 128;
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
        if (signo == signals[i])
            return true;
    return status == 0;
}

/* `death` came now. */
static void record(struct subject *s, const struct subject_death *death)
{
    if (s->death_count == DEATHS_MAX)
        return; /* the first are the ones to mend */
    struct subject_death *d = &s->deaths[s->death_count++];
    *d = *death;
    d->us = s->died_us = clock_us();
    d->oom =
        d->status_known && WIFSIGNALED(d->status) && WTERMSIG(d->status) == SIGKILL && count_oom_kills() > s->oom_kills;
    d->is_crash = d->is_crash || d->oom;
}

void deaths_start(struct subject *s)
{
    if (s->spec.is_server)
        s->oom_kills = count_oom_kills();
}

void deaths_main(struct subject *s)
{
    record(s, &(struct subject_death){.is_main = true,
                                      .is_crash = is_crash(s->status),
                                      .status_known = true,
                                      .status = s->status,
                                      .pid = s->pid});
}

void deaths_all(struct subject *s)
{
    for (size_t i = 0; i < s->death_count; i++)
        s->deaths[i].is_crash = s->deaths[i].is_crash || s->deaths[i].is_main;
}

static void unwatch(struct subject *s, struct watched *w)
{
    for (size_t i = 0; i < s->watched_count; i++)
        if (s->watched[i] == w)
            s->watched[i] = s->watched[--s->watched_count];
    ev_io_stop(s->loop, &w->io);
    close(w->handle);
    free(w);
}

void deaths_reaped(struct subject *s, pid_t inner_pid, int status)
{
    for (size_t i = 0; i < s->watched_count; i++)
        if (s->watched[i]->inner_pid == inner_pid) {
            s->watched[i]->reaped = true; /* its handle tells of the end */
            s->watched[i]->status = status;
            return;
        }
    if (is_crash(status)) /* it was never seen alive */
        record(s, &(struct subject_death){
                      .is_crash = true, .status_known = true, .status = status, .pid = inner_pid, .name = "?"});
}

/* While it is a zombie: the last field of /proc/PID/stat (proc(5): exit_code). */
static bool status_of_zombie(pid_t pid, int *status)
{
    char path[32], text[1024];
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    if (process_read(path, text, sizeof text) <= 0)
        return false;
    const char *behind = strrchr(text, ')'), *last = strrchr(text, ' ');
    if (!behind || !last || behind[1] != ' ' || (behind[2] != 'Z' && behind[2] != 'X'))
        return false;
    *status = (int)strtol(last + 1, NULL, 10);
    return true;
}

static bool status_of_handle(int handle, int *status)
{
    struct pidfd_info info = {.mask = INFO_EXIT};
    if (ioctl(handle, ASK_INFO, &info) < 0 || !(info.mask & INFO_EXIT))
        return false;
    *status = info.exit_code;
    return true;
}

/* How it ended. Returns whether that can be known. */
static bool find_status(struct subject *s, struct watched *w)
{
    if (status_of_handle(w->handle, &w->status) || status_of_zombie(w->pid, &w->status) ||
        status_of_handle(w->handle, &w->status)) /* reaped in between */
        return true;
    (void)s;
    return w->reaped;
}

static void on_end(struct ev_loop *loop, struct ev_io *io, int events)
{
    struct watched *w = io->data;
    struct subject *s = w->owner;
    (void)loop;
    (void)events;
    struct subject_death d = {.pid = w->pid, .status_known = find_status(s, w), .status = w->status};
    memcpy(d.name, w->name, sizeof d.name);
    d.is_crash = d.status_known && is_crash(d.status);
    if (d.is_crash || (w->first && !(d.status_known && is_orderly(d.status))))
        record(s, &d);
    s->looked_us = 0; /* its master may have put another in its place */
    unwatch(s, w);
}

/* Its pid in the init's namespace: the last of "NSpid:" in /proc/PID/status; the same where there is none. */
static pid_t inner_pid_of(pid_t pid)
{
    char path[40], text[4096];
    snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
    char *line = process_read(path, text, sizeof text) > 0 ? strstr(text, "\nNSpid:") : NULL;
    if (!line)
        return pid;
    line[1 + strcspn(line + 1, "\n")] = '\0';
    const char *last = strrchr(line, '\t');
    return last ? (pid_t)strtol(last + 1, NULL, 10) : pid;
}

static void watch_one(struct subject *s, pid_t pid, bool first)
{
    char path[32];
    for (size_t i = 0; i < s->watched_count; i++)
        if (s->watched[i]->pid == pid)
            return;
    int handle = s->watched_count < WATCHED_MAX ? (int)syscall(SYS_pidfd_open, pid, 0) : -1;
    if (handle < 0)
        return;
    struct watched *w = mem_new(1, sizeof *w);
    *w = (struct watched){.owner = s, .handle = handle, .pid = pid, .inner_pid = inner_pid_of(pid), .first = first};
    snprintf(path, sizeof path, "/proc/%d/comm", (int)pid);
    if (process_read(path, w->name, sizeof w->name) > 0)
        w->name[strcspn(w->name, "\n")] = '\0';
    ev_io_init(&w->io, on_end, handle, EV_READ);
    w->io.data = w;
    ev_io_start(s->loop, &w->io);
    s->watched[s->watched_count++] = w;
}

void subject_look(struct subject *s)
{
    struct processes family = {0};
    bool first = s->looks < LOOKS_BEFORE;
    uint64_t now = clock_us();
    if (s->control < 0 || (s->looks >= LOOKS_AT_FIRST && now - s->looked_us < LOOK_US && now - s->died_us > ALERT_US))
        return;
    s->looked_us = now;
    s->looks++;
    subject_family(s, &family);
    for (size_t i = 0; i < family.count; i++)
        if (family.items[i].pid != s->pid)
            watch_one(s, family.items[i].pid, first);
    processes_free(&family);
    if (subject_may_be_deaf(s))
        (void)subject_find_acceptor(s); /* another has come in its place, perhaps */
}

size_t subject_deaths(const struct subject *s, const struct subject_death **deaths)
{
    *deaths = s->deaths;
    return s->death_count;
}

bool subject_death_is_fault(const struct subject_death *d)
{
    return d->oom || (d->status_known && is_crash(d->status));
}

void subject_death_describe(const struct subject_death *d, struct buf *out)
{
    buf_printf(out, "its process %d (%s) ", (int)d->pid, d->name);
    if (!d->status_known)
        buf_puts(out, "ended, nobody knows how");
    else if (WIFSIGNALED(d->status))
        buf_puts(out, "was ");
    else
        buf_puts(out, "ended with ");
    if (d->status_known)
        status_describe(d->status, d->oom, out);
}

void deaths_stop(struct subject *s)
{
    while (s->watched_count)
        unwatch(s, s->watched[0]);
}
