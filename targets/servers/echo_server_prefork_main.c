/*
 * echo-server-prefork HOST PORT [WORKERS]: gives back every byte, with some processes that are forked before
 * the first client comes, each with an epoll of its own on one listener: as document 003 (13.5) describes
 * nginx.
 *
 * The listener must be non-blocking: a connection wakes several workers, one of them gets it, and accept() of
 * the others would wait, with all of their clients, for the next one.
 */
#include "net/net.h"
#include "net/words.h"
#include "servers/echo.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define BACKLOG      4096
#define WORKERS      4
#define WORKERS_MOST 64

/* A worker that died is replaced after this pause: one that cannot live is not forked in a circle. */
#define PAUSE_S 1

static pid_t fork_worker(int listener, const sigset_t *waited)
{
    pid_t master = getpid(), pid = fork();
    if (pid != 0)
        return pid;
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    sigprocmask(SIG_UNBLOCK, waited, NULL);
    _exit(getppid() == master ? echo_serve_on(listener, &echo_right) : 1);
}

/* Forks until `workers` are there. Returns how many are. */
static long fill(int listener, const sigset_t *waited, long running, long workers)
{
    while (running < workers && fork_worker(listener, waited) > 0)
        running++;
    return running;
}

/* Replaces workers that die, until a signal says that it is over. */
static void supervise(int listener, const sigset_t *waited, long workers)
{
    const struct timespec pause = {.tv_sec = PAUSE_S};
    long running = fill(listener, waited, 0, workers);
    for (;;) {
        siginfo_t info;
        int signal = running < workers ? sigtimedwait(waited, &info, &pause) : sigwaitinfo(waited, &info);
        if (signal == SIGINT || signal == SIGTERM)
            return; /* the workers end with their master */
        if (signal < 0)
            running = fill(listener, waited, running, workers);
        while (waitpid(-1, NULL, WNOHANG) > 0)
            running--;
    }
}

int main(int argc, char **argv)
{
    struct net_error e = {0};
    int status;
    long workers = WORKERS;
    if (argc == 4 && !net_number_word(argv[3], "WORKERS", 1, WORKERS_MOST, &workers))
        return 2;
    if (!net_words(argc == 4 ? 3 : argc, argv, 2, "HOST PORT [WORKERS]", &status))
        return status;
    sigset_t waited;
    sigemptyset(&waited);
    sigaddset(&waited, SIGINT);
    sigaddset(&waited, SIGTERM);
    sigaddset(&waited, SIGCHLD);
    sigprocmask(SIG_BLOCK, &waited, NULL);
    net_raise_files();
    int listener = net_listen(argv[1], argv[2], BACKLOG, &e);
    if (listener < 0)
        return net_tell(argv[0], &e);
    supervise(listener, &waited, workers);
    close(listener);
    return 0;
}
