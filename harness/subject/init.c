#include "subject/init.h"

#include "subject/processes.h"
#include "subject/sandbox.h"
#include "subject/temp.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* Where the init keeps its descriptors, so that all others can be closed with one call. */
enum { FD_NULL = 0, FD_OUTPUT = 1, FD_ERROR = 2, FD_CONTROL = 3, FD_HOOK = 4, FD_FIRST_FREE = 5 };

/* Between two hunts for descendants that have not died yet. */
enum { HUNT_PAUSE_MS = 1 };

/*
 * The worker's last stop before SIGKILL leaves a hunter no chance; a hunt without end would outlive
 * everything.
 */
enum { HUNT_MAX_ROUNDS = 10000 };

static void say_on(int fd, int word, int value)
{
    struct init_message m = {word, value, 0};
    (void)send(fd, &m, sizeof m, MSG_NOSIGNAL);
}

static void say(int word, int value)
{
    say_on(FD_CONTROL, word, value);
}

/* There may be many of these: where nobody reads them now they are lost, and the init goes on. */
static void say_reaped(pid_t pid, int status)
{
    struct init_message m = {INIT_REAPED, status, pid};
    (void)send(FD_CONTROL, &m, sizeof m, MSG_NOSIGNAL | MSG_DONTWAIT);
}

/*
 * Moves the descriptors of the plan to their places, first far above, since they may stand in each other's. The
 * hook's is the last, and there may be none.
 */
static int arrange_descriptors(const struct init_plan *plan)
{
    const int from[] = {plan->output, plan->error, plan->control, plan->before_exec_fd};
    const int to[] = {FD_OUTPUT, FD_ERROR, FD_CONTROL, FD_HOOK};
    const int count = plan->before_exec ? 4 : 3;
    int high[4];
    for (int i = 0; i < count; i++)
        if ((high[i] = fcntl(from[i], F_DUPFD, 64)) < 0)
            return -1;
    for (int i = 0; i < count; i++)
        if (dup2(high[i], to[i]) < 0)
            return -1;
    if (!plan->before_exec)
        close(FD_HOOK);
    close(FD_NULL);
    if (open("/dev/null", O_RDONLY) != FD_NULL)
        return -1;
    fcntl(FD_CONTROL, F_SETFD, FD_CLOEXEC);
    return close_range(FD_FIRST_FREE, ~0u, 0);
}

/*
 * By the kernel's call: glibc refuses to touch 32 and 33, which are its own, and its posix_spawn() has them ignored in
 * whatever it starts, us too.
 */
static void reset_signals(void)
{
    const unsigned long normal[4] = {0}; /* the kernel's struct sigaction: SIG_DFL, no flags, no restorer, no mask */
    for (int signo = 1; signo < NSIG; signo++)
        syscall(SYS_rt_sigaction, signo, normal, NULL, sizeof(uint64_t)); /* KILL and STOP refuse, rightly */
}

/*
 * The child: runs in the init's memory until exec (vfork), so it changes nothing but what the kernel keeps
 * for it.
 */
static void become_subject(const struct init_plan *plan)
{
    sigset_t none;
    setsid();
    setrlimit(RLIMIT_NOFILE, &plan->files);
    say(INIT_STARTED, 0);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    int refused = plan->before_exec ? plan->before_exec(plan->before_exec_data, FD_HOOK) : 0;
    if (refused) {
        say(INIT_HOOK_FAILED, refused);
        _exit(127);
    }
    close(FD_HOOK);
    execvpe(plan->argv[0], plan->argv, plan->environment);
    say(INIT_EXEC_FAILED, errno);
    _exit(127);
}

/* Reaps all that can be. Returns false when no child is left. */
static bool reap(pid_t main_pid)
{
    for (;;) {
        int status;
        pid_t pid = waitpid(-1, &status, WNOHANG | __WALL);
        if (pid < 0)
            return errno != ECHILD;
        if (pid == 0)
            return true;
        if (pid == main_pid)
            say(INIT_EXITED, status);
        else if (status != 0)
            say_reaped(pid, status);
    }
}

/* Waits for SIGCHLD or the worker's end. Returns false on the latter. */
static bool wait_for_news(int signals, int timeout)
{
    struct pollfd p[2] = {{.fd = FD_CONTROL, .events = POLLIN}, {.fd = signals, .events = POLLIN}};
    if (poll(p, 2, timeout) < 0)
        return true;
    if (p[1].revents) {
        struct signalfd_siginfo info[8];
        (void)!read(signals, info, sizeof info);
    }
    return p[0].revents == 0; /* the worker never writes: readable is end of file */
}

/*
 * Without a PID namespace: kill and reap until nobody is left. Orphans come to us, so nobody escapes for
 * long.
 */
static void hunt(pid_t main_pid, int signals)
{
    for (int round = 0; round < HUNT_MAX_ROUNDS; round++) {
        struct processes family = {0};
        processes_below(getpid(), &family);
        for (size_t i = 0; i < family.count; i++)
            if (family.items[i].state != 'Z')
                kill(family.items[i].pid, SIGKILL);
        processes_free(&family);
        if (!reap(main_pid))
            return;
        struct pollfd p = {.fd = signals, .events = POLLIN};
        poll(&p, 1, HUNT_PAUSE_MS);
        struct signalfd_siginfo info[8];
        if (p.revents)
            (void)!read(signals, info, sizeof info);
        reap(main_pid);
    }
}

static int open_signals(void)
{
    sigset_t all, child;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, NULL);
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    return signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK);
}

/*
 * Dies with the worker. In namespaces the kernel sees to that; the worker may have died before it was told,
 * which the control socket then shows. Without namespaces the init must live on and hunt: the control socket
 * alone tells it.
 */
static void die_with_worker(const struct init_plan *plan)
{
    if (plan->namespaces)
        prctl(PR_SET_PDEATHSIG, SIGKILL);
    else
        prctl(PR_SET_CHILD_SUBREAPER, 1);
}

static _Noreturn void run(const struct init_plan *plan)
{
    die_with_worker(plan);
    setsid(); /* a signal to the terminal's foreground group is the worker's to handle */
    if (arrange_descriptors(plan) < 0) {
        say_on(plan->control, INIT_NO_PLACES, errno); /* of no effect where it has moved already */
        _exit(1);
    }
    reset_signals();
    int signals = open_signals();
    if (plan->namespaces && sandbox_mount_proc() < 0) {
        say(INIT_NO_PROC, errno);
        _exit(1);
    }
    if (plan->namespaces && plan->temp)
        (void)temp_make_own(plan->temp, plan->user); /* `doctor` tells of a machine that has none */
    if (plan->namespaces && sandbox_mount_files(plan->shown, plan->shown_count) < 0) {
        say(INIT_NO_FILES, errno);
        _exit(1);
    }
    pid_t main_pid = signals < 0 ? -1 : vfork();
    if (main_pid == 0)
        become_subject(plan);
    if (main_pid < 0) {
        say(INIT_EXEC_FAILED, errno);
        _exit(1);
    }
    /*
     * Its pipes must end with the subject, not with us; whoever listens to the hook has heard it. Without a hook
     * its number is what the descriptor for signals has got.
     */
    dup2(FD_NULL, FD_OUTPUT);
    dup2(FD_NULL, FD_ERROR);
    if (plan->before_exec)
        close(FD_HOOK);
    while (reap(main_pid))
        if (!wait_for_news(signals, -1)) {
            if (!plan->namespaces)
                hunt(main_pid, signals);
            break;
        }
    _exit(0);
}

pid_t init_start(const struct init_plan *plan)
{
    /* Signals are blocked over the clone: a handler of the worker must never run in the init. */
    sigset_t all, before;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, &before);
    pid_t pid = sandbox_clone(plan->namespaces ? CLONE_NEWPID | CLONE_NEWNS : 0);
    if (pid == 0)
        run(plan);
    int code = errno;
    sigprocmask(SIG_SETMASK, &before, NULL);
    errno = code;
    return pid;
}
