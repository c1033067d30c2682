#include "run/pool.h"
#include "run/pool_internal.h"

#include "base/clock.h"
#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* Most cases that wait in a worker: fast ones come in batches, so that the parent's wake-ups cost little... */
#define BATCH_MAX 32
/* ...but no more of them than take this long, since what waits behind a slow case waits although other workers are
 * free. */
#define BATCH_US 4000
/* A further worker is forked this long after the one before: a short run needs no more than it can keep busy. */
#define SPAWN_US 3000
/* A worker that was told to end has this long, then it is killed: its subject takes a moment to stop. */
#define END_US 10000000
/* One that has no more cases may still search for whose doing a death was (worker_death.c gives up after 60 s). */
#define LAST_US 75000000

struct member {
    pid_t pid; /* 0: free slot */
    int socket;
    int life;    /* the read end of a pipe whose other end the worker holds: at its end when the worker is dead */
    bool told;   /* that there is no more */
    bool silent; /* has closed its end */
    struct buf in;
    uint32_t cases[BATCH_MAX]; /* handed out and not answered, in the order in which it runs them */
    size_t outstanding;
    uint64_t handed_us; /* when the first of them became current */
    uint64_t kill_us;   /* it should have ended by then; 0: it need not end yet */
};

struct pool {
    const struct pool_spec *spec;
    struct member *members; /* spec->workers slots */
    struct pollfd *polled;  /* the signals, then two a slot */
    int signals;
    size_t live;
    uint32_t *returned; /* cases that a dead worker had not begun */
    size_t returned_count, returned_cap;
    uint32_t waiting; /* the next case, when `has_waiting` */
    bool has_waiting, dry;
    uint64_t average_us; /* of a case: a moving average */
    uint64_t spawned_us; /* when the last worker was forked */
    bool stopping, interrupted;
    struct err error;
};

/* --- what to hand out ----------------------------------------------------------------------------------- */

/* Whether some case waits to be handed out. */
static bool more(struct pool *p)
{
    if (p->stopping)
        return false;
    if (p->returned_count > 0 || p->has_waiting)
        return true;
    if (!p->dry) {
        p->has_waiting = p->spec->next(p->spec->data, &p->waiting);
        p->dry = !p->has_waiting;
    }
    return p->has_waiting;
}

static uint32_t take(struct pool *p)
{
    if (p->returned_count > 0)
        return p->returned[--p->returned_count];
    p->has_waiting = false;
    return p->waiting;
}

static void give_back(struct pool *p, uint32_t index)
{
    if (p->returned_count == p->returned_cap) {
        p->returned_cap = p->returned_cap ? p->returned_cap * 2 : BATCH_MAX;
        p->returned = mem_realloc(p->returned, p->returned_cap * sizeof(*p->returned));
    }
    p->returned[p->returned_count++] = index;
}

/* How many cases a worker should have before it. Slow or unknown ones are handed out one by one. */
static size_t batch(const struct pool *p)
{
    if (p->average_us == 0)
        return 1;
    size_t n = BATCH_US / p->average_us;
    return n < 1 ? 1 : n > BATCH_MAX ? BATCH_MAX : n;
}

static void hand_out(struct pool *p, struct member *m)
{
    size_t want = batch(p), begin = m->outstanding;
    /* Half empty, so that the worker never waits and the frames stay few. */
    if (m->told || (m->outstanding > 0 && m->outstanding > want / 2))
        return;
    while (m->outstanding < want && more(p))
        m->cases[m->outstanding++] = take(p);
    if (begin == 0)
        m->handed_us = clock_us();
    if (m->outstanding > begin) {
        /* Fails only when the worker is dead: its pipe tells, and the cases come back. */
        frame_send(m->socket, FRAME_CASES, 0, m->cases + begin, (m->outstanding - begin) * sizeof(*m->cases));
    } else if (m->outstanding == 0) {
        shutdown(m->socket, SHUT_WR);
        m->told = true;
        m->kill_us = clock_us() + LAST_US;
    }
}

/* --- workers -------------------------------------------------------------------------------------------- */

static _Noreturn void worker_main(struct pool *p, int number, int socket, pid_t parent, const sigset_t *mask)
{
    sigset_t set = *mask;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) /* it died before the line above */
        _exit(0);
    signal(SIGINT, SIG_IGN); /* the terminal sends it to all: the parent decides what it means */
    signal(SIGHUP, SIG_IGN);
    signal(SIGPIPE, SIG_IGN);
    sigaddset(&set, SIGTERM);
    sigdelset(&set, SIGCHLD);
    for (int i = 0; i < p->spec->workers; i++)
        if (p->members[i].pid) {
            close(p->members[i].socket);
            close(p->members[i].life);
            buf_free(&p->members[i].in);
        }
    close(p->signals);
    const struct pool_spec spec = *p->spec;
    free(p->members);
    free(p->polled);
    free(p->returned);
    sigprocmask(SIG_SETMASK, &set, NULL);
    spec.work(spec.data, number, socket);
    close(socket);
    _exit(0);
}

static int spawn(struct pool *p, const sigset_t *mask)
{
    int ends[2], life[2], number = 0;
    pid_t parent = getpid();
    while (p->members[number].pid)
        number++;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
        return err_errno(&p->error, errno, "cannot make a socketpair for a worker");
    if (pipe2(life, O_CLOEXEC) < 0) {
        close(ends[0]);
        close(ends[1]);
        return err_errno(&p->error, errno, "cannot make a pipe for a worker");
    }
    pid_t pid = fork();
    if (pid == 0) {
        close(ends[0]);
        close(life[0]);
        worker_main(p, number, ends[1], parent, mask);
    }
    close(ends[1]);
    close(life[1]);
    if (pid < 0) {
        close(ends[0]);
        close(life[0]);
        return err_errno(&p->error, errno, "cannot fork a worker");
    }
    p->members[number] = (struct member){.pid = pid, .life = life[0], .socket = ends[0]};
    p->live++;
    p->spawned_us = clock_us();
    hand_out(p, &p->members[number]);
    return 0;
}

/* To each worker that lives, which shall then end within END_US. */
static void signal_all(struct pool *p, int signo)
{
    for (int i = 0; i < p->spec->workers; i++)
        if (p->members[i].pid) {
            kill(p->members[i].pid, signo);
            p->members[i].kill_us = clock_us() + END_US;
        }
}

/* Asks all to end soon; replies that still come count only after the user's interrupt. */
static void stop(struct pool *p)
{
    if (p->stopping)
        return;
    p->stopping = true;
    signal_all(p, SIGTERM);
}

/* --- what workers say ----------------------------------------------------------------------------------- */

static void reply(struct pool *p, struct member *m, const struct frame *f, const char *data)
{
    if (p->stopping && !p->interrupted)
        return;
    if (m->outstanding == 0 || m->cases[0] != f->index) {
        err_set(&p->error, EPROTO, "a worker answered a case that it was not given");
        stop(p);
        return;
    }
    uint64_t now = clock_us(), took = now - m->handed_us;
    p->average_us = p->average_us ? (p->average_us * 7 + took) / 8 : took;
    if (p->average_us == 0)
        p->average_us = 1;
    m->handed_us = now;
    m->outstanding--;
    memmove(m->cases, m->cases + 1, m->outstanding * sizeof(*m->cases));
    if (p->spec->done(p->spec->data, f->index, data, f->len) == POOL_STOP)
        stop(p);
}

static void refused(struct pool *p, const struct frame *f, const char *data)
{
    if (!p->error.text[0])
        err_set(&p->error, (int)f->index, "%.*s", (int)f->len, data);
    stop(p);
}

/* Reads what there is. Returns whether there may be more. */
static bool listen_to(struct pool *p, struct member *m)
{
    size_t offset = 0;
    struct frame f;
    const char *data;
    int got;
    long n = frame_receive(m->socket, &m->in, 65536);
    while ((got = frame_next(&m->in, &offset, &f, &data)) > 0) {
        if (f.type == FRAME_REPLY)
            reply(p, m, &f, data);
        else if (f.type == FRAME_AMEND && !p->stopping &&
                 p->spec->done(p->spec->data, f.index, data, f.len) == POOL_STOP)
            stop(p);
        else if (f.type == FRAME_REFUSE)
            refused(p, &f, data);
    }
    if (got < 0) {
        err_set(&p->error, EPROTO, "a worker sent what is no frame");
        stop(p);
    }
    buf_consume(&m->in, offset);
    if (m->in.len == 0 && m->in.cap > 1024 * 1024)
        buf_free(&m->in); /* a large result should not stay with us */
    if (n == 0)
        m->silent = true;
    return n > 0;
}

static void bury(struct pool *p, struct member *m)
{
    int status = 0;
    while (listen_to(p, m)) /* what it said before it died counts */
        continue;
    waitpid(m->pid, &status, 0);
    close(m->life);
    close(m->socket);
    buf_free(&m->in);
    p->live--;
    m->pid = 0;
    for (size_t i = m->outstanding; i-- > 1;)
        give_back(p, m->cases[i]);
    if (m->outstanding > 0 && !p->stopping && p->spec->died(p->spec->data, m->cases[0], status) == POOL_STOP)
        stop(p);
    m->outstanding = 0;
}

/* --- the loop ------------------------------------------------------------------------------------------- */

static void user_signal(struct pool *p)
{
    struct signalfd_siginfo info;
    if (read(p->signals, &info, sizeof(info)) != sizeof(info))
        return;
    if (p->interrupted) {
        signal_all(p, SIGKILL);
        return;
    }
    p->interrupted = true;
    if (p->stopping)
        signal_all(p, SIGKILL);
    stop(p);
}

/* Milliseconds until something is due, -1: nothing is. */
static int until_due(const struct pool *p, bool wants_worker)
{
    uint64_t now = clock_us(), due = wants_worker ? p->spawned_us + SPAWN_US : UINT64_MAX;
    for (int i = 0; i < p->spec->workers; i++)
        if (p->members[i].pid && p->members[i].kill_us && p->members[i].kill_us < due)
            due = p->members[i].kill_us;
    if (due == UINT64_MAX)
        return -1;
    return due <= now ? 0 : (int)((due - now + 999) / 1000);
}

static void fill_polled(struct pool *p)
{
    p->polled[0] = (struct pollfd){.fd = p->signals, .events = POLLIN};
    for (int i = 0; i < p->spec->workers; i++) {
        const struct member *m = &p->members[i];
        /* poll() passes over negative descriptors. A silent one can only end, which its pipe tells. */
        p->polled[1 + 2 * i] = (struct pollfd){.fd = m->pid && !m->silent ? m->socket : -1, .events = POLLIN};
        p->polled[2 + 2 * i] = (struct pollfd){.fd = m->pid ? m->life : -1, .events = POLLIN};
    }
}

/* Without being told of workers' ends we can only end them all. */
static void give_up(struct pool *p)
{
    p->stopping = true;
    signal_all(p, SIGKILL);
    for (int i = 0; i < p->spec->workers; i++)
        if (p->members[i].pid)
            bury(p, &p->members[i]);
}

static void poll_once(struct pool *p, bool wants_worker)
{
    fill_polled(p);
    if (poll(p->polled, 1 + 2 * (nfds_t)p->spec->workers, until_due(p, wants_worker)) < 0) {
        if (errno != EINTR) { /* the next one would fail the same way, and so on for ever */
            err_errno(&p->error, errno, "cannot wait for the workers (poll)");
            give_up(p);
        }
        return;
    }
    if (p->polled[0].revents)
        user_signal(p);
    for (int i = 0; i < p->spec->workers; i++) {
        struct member *m = &p->members[i];
        if (p->polled[2 + 2 * i].revents) {
            bury(p, m);
        } else if (p->polled[1 + 2 * i].revents) {
            listen_to(p, m);
            if (!p->stopping)
                hand_out(p, m);
        }
        if (m->pid && m->kill_us && clock_us() >= m->kill_us) {
            kill(m->pid, SIGKILL);
            m->kill_us = clock_us() + END_US;
        }
    }
}

static void loop(struct pool *p, const sigset_t *mask)
{
    for (;;) {
        bool wants = more(p) && p->live < (size_t)p->spec->workers;
        /* The first one at once, the others by and by; where none more can be had, those that live must do. */
        if (wants && (p->live == 0 || clock_us() >= p->spawned_us + SPAWN_US) && spawn(p, mask) < 0) {
            if (p->live == 0)
                return;
            p->error = (struct err){0};
            p->spawned_us = clock_us() + 1000000;
        }
        if (p->live == 0 && !more(p))
            return;
        if (p->live > 0)
            poll_once(p, more(p) && p->live < (size_t)p->spec->workers);
    }
}

void pool_signals(sigset_t *set)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
    struct sigaction now;
    sigemptyset(set);
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
        if (sigaction(numbers[i], NULL, &now) != 0 || now.sa_handler != SIG_IGN)
            sigaddset(set, numbers[i]);
}

int pool_run(const struct pool_spec *spec, bool *interrupted, struct err *e)
{
    struct pool p = {.spec = spec};
    sigset_t ours, before;
    pool_signals(&ours);
    sigprocmask(SIG_BLOCK, &ours, &before);
    p.signals = signalfd(-1, &ours, SFD_CLOEXEC | SFD_NONBLOCK);
    p.members = mem_new((size_t)spec->workers, sizeof(*p.members));
    p.polled = mem_new(1 + 2 * (size_t)spec->workers, sizeof(*p.polled));
    if (p.signals < 0)
        err_errno(&p.error, errno, "cannot watch for signals (signalfd)");
    else
        loop(&p, &before);
    if (p.signals >= 0)
        close(p.signals);
    free(p.members);
    free(p.polled);
    free(p.returned);
    sigprocmask(SIG_SETMASK, &before, NULL);
    *interrupted = p.interrupted;
    if (p.error.text[0]) {
        *e = p.error;
        return -1;
    }
    return 0;
}
