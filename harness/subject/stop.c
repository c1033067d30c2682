#include "subject/subject.h"

#include "base/clock.h"
#include "subject/internal.h"
#include "subject/sandbox.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/*
 * For the end of all: the kernel needs a millisecond, a hunt a few; a process in the D state may need for
 * ever.
 */
enum { KILL_MS = 5000 };

/* For an init to start a program, which takes a millisecond, or a hundred of them in a crowd. */
enum { START_MS = 5000 };

static int ms_left(uint64_t deadline)
{
    uint64_t now = clock_us();
    return now >= deadline ? 0 : (int)((deadline - now + 999) / 1000);
}

/*
 * SIGTERM for the main process, or, where it has left daemons behind, for them. SIGCONT lets a stopped one
 * see it.
 */
static void ask_to_end(const struct subject *s)
{
    if (!s->exited) {
        if (s->pid > 0 && kill(s->pid, SIGTERM) == 0)
            kill(s->pid, SIGCONT);
        return;
    }
    struct processes family = {0};
    subject_family(s, &family);
    for (size_t i = 0; i < family.count; i++)
        if (kill(family.items[i].pid, SIGTERM) == 0)
            kill(family.items[i].pid, SIGCONT);
    processes_free(&family);
}

/* Lets it end by itself, its output drained meanwhile, since a full pipe could keep it. */
static void end_politely(struct subject *s, double grace)
{
    uint64_t deadline = clock_us() + (uint64_t)(grace * 1e6);
    bool had_exited = s->exited;
    subject_read_control(s);
    if (s->control >= 0)
        ask_to_end(s);
    while (s->control >= 0 && (had_exited || !s->exited)) {
        int timeout = ms_left(deadline);
        if (timeout == 0)
            return;
        struct pollfd p[3] = {{.fd = s->control, .events = POLLIN},
                              {.fd = s->streams[0].fd, .events = POLLIN},
                              {.fd = s->streams[1].fd, .events = POLLIN}};
        int got = poll(p, 3, timeout);
        if (got < 0 && errno != EINTR)
            return; /* what cannot be waited for is not waited for */
        if (got > 0 && (p[1].revents || p[2].revents))
            subject_drain(s);
        subject_read_control(s);
    }
}

/* Waits for the init's end and reaps it. Returns whether it has ended in time; *status is waitpid's. */
static bool await_init(struct subject *s, int ms, int *status)
{
    uint64_t deadline = clock_us() + (uint64_t)ms * 1000;
    for (;;) {
        pid_t got = waitpid(s->init, status, WNOHANG | __WALL);
        if (got == s->init || (got < 0 && errno == ECHILD))
            return true;
        int left = ms_left(deadline);
        if (left == 0)
            return false;
        /* Without a handle (a kernel before 5.3) look again every millisecond. */
        struct pollfd p = {.fd = s->init_handle, .events = POLLIN};
        if (poll(&p, 1, s->init_handle >= 0 ? left : 1) < 0 && errno != EINTR)
            nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    }
}

static void end_init(struct subject *s)
{
    int status = 0;
    bool namespaces = sandbox_has_namespaces(s->spec.isolation), ended = false;
    if (s->init <= 0)
        return;
    if (!namespaces) {
        shutdown(s->control, SHUT_RDWR); /* tells it to hunt; an init that is killed could not */
        ended = await_init(s, KILL_MS, &status);
    }
    if (!ended) {
        kill(s->init, SIGKILL);
        await_init(s, KILL_MS, &status);
    }
    if (!namespaces && status != 0) /* it was killed, and has hunted nobody down */
        processes_hunt(&s->elders);
    s->init = 0;
}

void subject_stop(struct subject *s, double grace)
{
    if (!s)
        return;
    if (grace > 0 && s->control >= 0)
        end_politely(s, grace);
    end_init(s);
    subject_close(s);
    ready_stop(s);
    if (s->init_handle >= 0)
        close(s->init_handle);
    for (int i = 0; i < 3; i++)
        tail_free(&s->tails[i]);
    processes_free(&s->elders);
    free(s);
}

int subject_signal(struct subject *s, int signo)
{
    if (!subject_has_begun(s, START_MS) || s->exited) {
        errno = ESRCH;
        return -1;
    }
    return kill(s->pid, signo);
}
