#include "cli/start.h"

#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <unistd.h>

void start_descriptors(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0) /* the lowest number that is free is this one */
            (void)!open("/dev/null", (fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) | O_CLOEXEC);
}

/* What is left alone where whoever started us has it ignored. */
static bool may_stay_ignored(int signo)
{
    return signo == SIGHUP || signo == SIGINT || signo == SIGQUIT || signo == SIGTSTP || signo == SIGTTIN ||
           signo == SIGTTOU;
}

void start_signals(void)
{
    sigset_t none;
    for (int signo = 1; signo < NSIG; signo++) {
        bool ignored = signo == SIGPIPE || signo == SIGXFSZ;
        struct sigaction want = {.sa_handler = ignored ? SIG_IGN : SIG_DFL}, now;
        if (may_stay_ignored(signo) && sigaction(signo, NULL, &now) == 0 && now.sa_handler == SIG_IGN)
            continue;
        sigaction(signo, &want, NULL); /* KILL, STOP and glibc's own refuse, rightly */
    }
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}
