#include "subject/subject.h"

#include "subject/internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

/* What a system call waits for, and so how it is told. */
enum wait_kind {
    WAIT_FD,    /* its first argument is the descriptor it is blocked on */
    WAIT_EVENT, /* it waits for events on many, as idle programs do */
    WAIT_OTHER,
};

struct call_name {
    long number;
    enum wait_kind kind;
    const char *name;
};

/* A row, not a block. */
// clang-format off
#define CALL(name, kind) {SYS_##name, kind, #name}
// clang-format on

/* The calls in which socket programs sit. Not every architecture has the old ones. */
static const struct call_name calls[] = {
    CALL(read, WAIT_FD),
    CALL(write, WAIT_FD),
    CALL(readv, WAIT_FD),
    CALL(writev, WAIT_FD),
    CALL(pread64, WAIT_FD),
    CALL(pwrite64, WAIT_FD),
    CALL(sendto, WAIT_FD),
    CALL(recvfrom, WAIT_FD),
    CALL(sendmsg, WAIT_FD),
    CALL(recvmsg, WAIT_FD),
    CALL(sendmmsg, WAIT_FD),
    CALL(recvmmsg, WAIT_FD),
    CALL(accept, WAIT_FD),
    CALL(accept4, WAIT_FD),
    CALL(connect, WAIT_FD),
    CALL(sendfile, WAIT_FD),
    CALL(splice, WAIT_FD),
    CALL(close, WAIT_FD),
    CALL(fsync, WAIT_FD),
    CALL(flock, WAIT_FD),
    CALL(ioctl, WAIT_FD),
    CALL(epoll_pwait, WAIT_EVENT),
    CALL(ppoll, WAIT_EVENT),
    CALL(pselect6, WAIT_EVENT),
    CALL(io_uring_enter, WAIT_EVENT),
    CALL(rt_sigtimedwait, WAIT_EVENT),
    CALL(rt_sigsuspend, WAIT_EVENT),
    CALL(nanosleep, WAIT_OTHER),
    CALL(clock_nanosleep, WAIT_OTHER),
    CALL(futex, WAIT_OTHER),
    CALL(wait4, WAIT_OTHER),
    CALL(waitid, WAIT_OTHER),
    CALL(openat, WAIT_OTHER),
    CALL(exit_group, WAIT_OTHER),
    CALL(restart_syscall, WAIT_OTHER),
    CALL(execve, WAIT_OTHER),
#ifdef SYS_epoll_pwait2
    CALL(epoll_pwait2, WAIT_EVENT),
#endif
#ifdef SYS_epoll_wait
    CALL(epoll_wait, WAIT_EVENT),
#endif
#ifdef SYS_poll
    CALL(poll, WAIT_EVENT),
#endif
#ifdef SYS_select
    CALL(select, WAIT_EVENT),
#endif
#ifdef SYS_pause
    CALL(pause, WAIT_OTHER),
#endif
#ifdef SYS_open
    CALL(open, WAIT_OTHER),
#endif
};

#undef CALL

static const struct call_name *find_call(long number)
{
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
        if (calls[i].number == number)
            return &calls[i];
    return NULL;
}

/* "blocked in sendto(fd 5)", by /proc/PID/syscall: "running", "-1 ..." or "NUMBER ARGUMENT... SP PC". */
static bool add_call(pid_t pid, struct buf *out)
{
    char path[32], text[512];
    snprintf(path, sizeof path, "/proc/%d/syscall", (int)pid);
    if (process_read(path, text, sizeof text) <= 0)
        return false;
    char *rest;
    long number = strtol(text, &rest, 10);
    if (rest == text || number < 0)
        return false; /* it runs, or is blocked outside of any call */
    const struct call_name *call = find_call(number);
    if (!call)
        buf_printf(out, "blocked in system call %ld", number);
    else if (call->kind == WAIT_FD)
        buf_printf(out, "blocked in %s(fd %d)", call->name, (int)strtoull(rest, NULL, 16));
    else
        buf_printf(out, "%s %s", call->kind == WAIT_EVENT ? "waits in" : "blocked in", call->name);
    return true;
}

/* Where the call may not be seen, the kernel function it sleeps in still may. */
static void add_wait_channel(pid_t pid, struct buf *out)
{
    char path[32], text[128];
    snprintf(path, sizeof path, "/proc/%d/wchan", (int)pid);
    if (process_read(path, text, sizeof text) > 0 && strcmp(text, "0") != 0)
        buf_printf(out, "sleeps in the kernel's %s", text);
    else
        buf_puts(out, "sleeps");
}

void subject_activity(const struct subject *s, struct buf *out)
{
    struct process one;
    if (s->exited || s->pid <= 0 || process_stat(s->pid, &one) < 0) {
        subject_describe(s, out);
        return;
    }
    switch (one.state) {
    case 'T':
        buf_puts(out, "stopped by a signal");
        break;
    case 't':
        buf_puts(out, "stopped by a debugger");
        break;
    case 'Z':
    case 'X':
        buf_puts(out, "ended");
        break;
    case 'R':
        buf_puts(out, "running");
        break;
    default:
        if (!add_call(s->pid, out))
            add_wait_channel(s->pid, out);
    }
}
