#include "run/renew.h"

#include "base/clock.h"
#include "subject/subject.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static _Noreturn void restart_child(const char *command)
{
    sigset_t none;
    sigemptyset(&none);
    setpgid(0, 0);
    for (int signo = 1; signo < NSIG; signo++)
        signal(signo, SIG_DFL);
    sigprocmask(SIG_SETMASK, &none, NULL);
    int null = open("/dev/null", O_RDWR);
    if (null >= 0) {
        dup2(null, 0);
        dup2(null, 1); /* standard output is the reports'; what it complains of still shows */
    }
    sandbox_lower_files();
    execl("/bin/sh", "sh", "-c", command, (char *)NULL);
    _exit(127);
}

/* Waits for the end of `pid` until `deadline`. Returns 0 and *status, or -1 (ETIMEDOUT). */
static int await_end(pid_t pid, uint64_t deadline, int *status)
{
    int fd = (int)syscall(SYS_pidfd_open, pid, 0);
    struct pollfd p = {.fd = fd, .events = POLLIN};
    pid_t got = 0;
    for (uint64_t now; (now = clock_us()) < deadline && (got = waitpid(pid, status, WNOHANG)) == 0;) {
        int left = (int)((deadline - now + 999) / 1000);
        /* Without a handle (no descriptor to be had) it is looked at again and again. */
        if (poll(&p, 1, fd >= 0 ? left : 1) < 0 && errno != EINTR)
            nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    }
    if (fd >= 0)
        close(fd);
    if (got == pid || waitpid(pid, status, WNOHANG) == pid)
        return 0;
    kill(-pid, SIGKILL);
    kill(pid, SIGKILL);
    waitpid(pid, status, 0);
    errno = ETIMEDOUT;
    return -1;
}

int renew_restart(const char *command, const struct place *place, double seconds, struct err *e)
{
    uint64_t deadline = clock_us() + (uint64_t)(seconds * 1e6);
    char where[PLACE_TEXT];
    int status, result = -1;
    bool seen = place_taken(place);
    pid_t pid = fork();
    if (pid == 0)
        restart_child(command);
    if (pid < 0)
        err_errno(e, errno, "cannot fork for --restart");
    else if (await_end(pid, deadline, &status) < 0)
        err_set(e, ETIMEDOUT, "--restart '%s' did not end within %.0f s", command, seconds);
    else if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        err_set(e, 0, "--restart '%s' failed (%s %d)", command, WIFEXITED(status) ? "exit status" : "signal",
                WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status));
    else
        result = 0;
    double left = ((double)deadline - (double)clock_us()) / 1e6;
    if (result < 0 || !seen || place_awaited(place, left > 0 ? left : 0))
        return result;
    place_text(place, where);
    return err_set(e, ETIMEDOUT, "after --restart nobody listens on %s", where);
}
