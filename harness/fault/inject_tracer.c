/*
 * The tracer: one small process that waits for stops, decides, and lets go. It has no event loop of its own, since
 * waitpid() is one.
 */
#include "fault/inject_tracer.h"

#include "base/output.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* Where it keeps its descriptors. */
enum { FD_HELLO = 3, FD_LOG = 4, FD_NOTE = 5, FD_FIRST_FREE = 6 };

#define OPTIONS                                                                                                        \
    (PTRACE_O_TRACESECCOMP | PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE |  \
     PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL)

/* --- stops ---------------------------------------------------------------------------------------------- */

static void let_go(struct tracee *p, enum go go, int signo)
{
    /* It may have been killed meanwhile: then its end is what waitpid tells next. */
    if (go != GO_NOT)
        ptrace(go == GO_TO_EXIT ? PTRACE_SYSCALL : PTRACE_CONT, p->tid, 0, (long)signo);
}

static void on_exec(struct tracer *t, struct tracee *p)
{
    unsigned long former = 0;
    /* All other threads of the process are gone; the one that called exec has taken over the main thread's number. */
    if (ptrace(PTRACE_GETEVENTMSG, p->tid, 0, &former) == 0 && (pid_t)former != p->tid)
        tracee_drop(t, (pid_t)former);
    if (p->state == TRACEE_HELD)
        t->held--;
    p->state = TRACEE_FREE;
    p->ending = p->catches =
        false; /* the main thread's record goes on for another program, which catches nothing yet */
    t->live = true;
    if (!regs_is_native(p->tid))
        for (size_t i = 0; i < t->setup->spec.count; i++)
            atomic_fetch_or(&t->shared->spared[i], SPARED_FOREIGN);
    let_go(p, GO_ON, 0);
}

static void tell_misses(struct tracer *t)
{
    struct buf text = {0};
    t->missed_told = true;
    for (size_t i = 0; i < t->setup->spec.count; i++) {
        if (t->counts[i].hits)
            continue;
        buf_puts(&text, "sockspec inject: '");
        inject_clause_text(&t->setup->clauses[i], &text);
        buf_puts(&text, "' was never hit: ");
        missed_words(atomic_load(&t->shared->spared[i]), t->counts[i].calls, &text);
        buf_putc(&text, '\n');
    }
    (void)output_write(FD_NOTE, text.data, text.len);
    buf_free(&text);
}

static bool is_group_stop(int signo)
{
    return signo == SIGSTOP || signo == SIGTSTP || signo == SIGTTIN || signo == SIGTTOU;
}

static void on_event(struct tracer *t, struct tracee *p, int event, int signo)
{
    switch (event) {
    case PTRACE_EVENT_SECCOMP:
        let_go(p, act_entry(t, p), 0);
        break;
    case PTRACE_EVENT_EXEC:
        on_exec(t, p);
        break;
    case PTRACE_EVENT_EXIT:
        /* A main thread ends before its process where it leaves alone, or where another thread execs. */
        p->ending = true;
        if (!t->missed_told && tracee_process(p) == t->main_pid && tracee_is_last(t, p))
            tell_misses(t);
        let_go(p, GO_ON, 0);
        break;
    case PTRACE_EVENT_STOP: /* stopped as a whole (it stays so, and hears of SIGCONT), or new */
        if (is_group_stop(signo))
            ptrace(PTRACE_LISTEN, p->tid, 0, 0);
        else
            let_go(p, GO_ON, 0);
        break;
    default: /* fork, vfork, clone: the child comes by itself */
        let_go(p, GO_ON, 0);
        break;
    }
}

static void on_stop(struct tracer *t, pid_t tid, int status)
{
    struct tracee *p = tracee_get(t, tid);
    int signo = WSTOPSIG(status), event = status >> 16;
    if (event)
        on_event(t, p, event, signo);
    else if (signo == (SIGTRAP | 0x80))
        let_go(p, act_exit(t, p), 0);
    else
        let_go(p, GO_ON, signo); /* a signal on its way to the program */
}

/* Lets those go whose delay is over. Returns whether it is still to be waited for one, and how long. */
static bool release(struct tracer *t, struct timespec *left)
{
    for (struct tracee *p; (p = tracee_held_first(t)) != NULL;) {
        uint64_t now = clock_us();
        if (p->held_until > now) {
            uint64_t us = p->held_until - now;
            *left = (struct timespec){(time_t)(us / 1000000), (long)(us % 1000000) * 1000};
            return true;
        }
        let_go(p, act_released(t, p), 0);
    }
    return false;
}

/* The next stop or end of a thread; -1 when none is left. Delays end meanwhile: SIGCHLD is blocked, so no news slips by
 * between the two looks. */
static pid_t next_news(struct tracer *t, int *status)
{
    sigset_t child;
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    for (;;) {
        struct timespec left;
        pid_t tid = waitpid(-1, status, t->held ? __WALL | WNOHANG : __WALL);
        if (tid > 0 || (tid < 0 && errno != EINTR))
            return tid;
        if (tid == 0 && release(t, &left))
            sigtimedwait(&child, NULL, &left);
    }
}

static _Noreturn void watch(struct tracer *t)
{
    int status;
    for (pid_t tid; (tid = next_news(t, &status)) > 0;) {
        if (WIFSTOPPED(status))
            on_stop(t, tid, status);
        else
            tracee_drop(t, tid);
    }
    _exit(0);
}

/* --- the beginning -------------------------------------------------------------------------------------- */

/* From here to there; -1 stays shut. */
static int arrange_descriptors(const struct inject_setup *setup)
{
    const int from[] = {setup->hello, setup->spec.log_fd, setup->spec.note_fd};
    const int to[] = {FD_HELLO, FD_LOG, FD_NOTE};
    int high[3];
    for (int i = 0; i < 3; i++)
        if ((high[i] = from[i] < 0 ? -1 : fcntl(from[i], F_DUPFD, 64)) < 0 && from[i] >= 0)
            return -1;
    int null = open("/dev/null", O_RDWR);
    for (int i = 0; null >= 0 && i < FD_HELLO; i++)
        dup2(null, i);
    for (int i = 0; i < 3; i++) {
        if (high[i] >= 0)
            dup2(high[i], to[i]);
        else
            close(to[i]);
    }
    return close_range(FD_FIRST_FREE, ~0u, 0);
}

static void quiet_signals(void)
{
    struct sigaction normal = {.sa_handler = SIG_DFL};
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, NULL);
    for (int signo = 1; signo < NSIG; signo++)
        sigaction(signo, &normal, NULL);
}

/* Onto the processor where it is now: a stop costs a quarter when program and tracer need not wake each other across
 * processors. */
static int pin(const struct inject_spec *spec)
{
    cpu_set_t one;
    int cpu = sched_getcpu();
    if (spec->unpinned || cpu < 0 || cpu >= CPU_SETSIZE)
        return -1;
    CPU_ZERO(&one);
    CPU_SET(cpu, &one);
    return sched_setaffinity(0, sizeof one, &one) < 0 ? -1 : cpu;
}

/* Waits for the program's hello; its credentials hold its PID as we see it. Returns that, or -1
 * when nobody will come. */
static pid_t await_hello(void)
{
    char byte;
    struct iovec part = {&byte, 1};
    _Alignas(struct cmsghdr) char extra[CMSG_SPACE(sizeof(struct ucred))];
    struct msghdr msg = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = extra, .msg_controllen = sizeof extra};
    struct ucred who = {0};
    if (recvmsg(FD_HELLO, &msg, 0) != 1)
        return -1;
    for (struct cmsghdr *c = CMSG_FIRSTHDR(&msg); c; c = CMSG_NXTHDR(&msg, c))
        if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_CREDENTIALS)
            memcpy(&who, CMSG_DATA(c), sizeof who);
    return who.pid > 0 ? who.pid : -1;
}

/* Only the rows of calls that clauses name. */
static void index_rows(struct tracer *t)
{
    size_t count;
    const struct inject_row *rows = inject_rows(&count);
    for (size_t i = count; i > 0; i--)
        for (size_t k = 0; k < t->setup->spec.count; k++)
            if (t->setup->clauses[k].call == rows[i - 1].call && rows[i - 1].number < NUMBERS_MAX)
                t->first_row[rows[i - 1].number] = (uint8_t)i;
}

static int take_hold(struct tracer *t)
{
    long options = OPTIONS | (t->setup->spec.note_fd >= 0 ? PTRACE_O_TRACEEXIT : 0);
    t->main_pid = await_hello();
    if (t->main_pid < 0)
        return -1;
    struct inject_go go = {.cpu = pin(&t->setup->spec)};
    if (ptrace(PTRACE_SEIZE, t->main_pid, 0, options) < 0)
        go.error = errno;
    if (send(FD_HELLO, &go, sizeof go, MSG_NOSIGNAL) != sizeof go || go.error)
        return -1;
    close(FD_HELLO);
    return 0;
}

_Noreturn void tracer_run(const struct inject_setup *setup)
{
    quiet_signals();
    if (!setup->spec.detached)
        prctl(PR_SET_PDEATHSIG, SIGKILL);
    setsid(); /* a signal to the terminal's foreground group is not for us */
    prctl(PR_SET_NAME, "sockspec-tracer");
    struct inject_setup own = *setup;
    struct tracer *t = calloc(1, sizeof *t);
    if (!t || arrange_descriptors(setup) < 0)
        _exit(1);
    if (own.spec.log_fd >= 0)
        own.spec.log_fd = FD_LOG;
    if (own.spec.note_fd >= 0)
        own.spec.note_fd = FD_NOTE;
    t->setup = &own;
    t->shared = own.shared;
    t->began_us = clock_us();
    t->live = own.spec.at_once;
    index_rows(t);
    if (take_hold(t) < 0)
        _exit(1);
    watch(t);
}
