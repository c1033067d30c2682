#include "net/tcp_server.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

/* Connections that wait for accept: a crowd that comes at once must not wait for a SYN to be sent again. */
#define BACKLOG 4096

/* How long accepting rests when no client ends meanwhile. */
#define REST_MS 100

/* Stack of a thread for one client: handlers keep their buffers on it; the usual 8 MiB would be 4 GiB of
 * address space for 500 clients. */
#define STACK_SIZE (256 * 1024)

/* What a thread is given. */
struct session {
    struct tcp_server *server;
    int fd;
    struct net_address peer;
};

static size_t reap_all(void)
{
    size_t count = 0;
    while (waitpid(-1, NULL, WNOHANG) > 0)
        count++; /* one SIGCHLD may stand for several children */
    return count;
}

static void close_copy(int fd)
{
    close(fd); /* the child has its own; as long as ours is open the peer sees no end */
}

static bool stop_at_once(struct tcp_server *s, int signal)
{
    (void)s;
    (void)signal;
    return true;
}

void tcp_server_rest(struct tcp_server *s)
{
    s->resume = net_deadline(REST_MS);
}

static const struct tcp_server_ops right = {reap_all, close_copy, tcp_server_rest, stop_at_once};

/* --- the three forms ------------------------------------------------------------------------------------ */

/* While a client is served, Ctrl-C means what it means everywhere: the end at once. */
static void serve_here(struct tcp_server *s, int fd, const struct net_address *peer, const sigset_t *waited)
{
    pthread_sigmask(SIG_UNBLOCK, waited, NULL);
    s->handle(fd, peer, s->data);
    pthread_sigmask(SIG_BLOCK, waited, NULL);
    close(fd);
}

static void serve_in_child(struct tcp_server *s, int fd, const struct net_address *peer, const sigset_t *waited)
{
    pid_t server = getpid(), pid = fork();
    if (pid < 0) { /* no more processes: this client goes, the next ones wait */
        fprintf(stderr, "fork: %s\n", strerror(errno));
        close(fd);
        tcp_server_rest(s);
        return;
    }
    if (pid > 0) {
        s->active++;
        s->ops.handed_over(fd);
        return;
    }
    prctl(PR_SET_PDEATHSIG, SIGTERM); /* a child does not outlive its server */
    if (getppid() != server)
        _exit(1);       /* it had ended before we asked */
    close(s->listener); /* or it would stay open when the server restarts */
    close(s->signals);
    pthread_sigmask(SIG_UNBLOCK, waited, NULL);
    s->handle(fd, peer, s->data);
    close(fd);
    _exit(fflush(stdout) == 0 ? 0 : 1);
}

static void *session_thread(void *arg)
{
    struct session *session = arg;
    struct tcp_server *s = session->server;
    s->handle(session->fd, &session->peer, s->data);
    close(session->fd);
    free(session);
    while (eventfd_write(s->ended, 1) < 0 && errno == EINTR)
        continue;
    return NULL;
}

static void serve_in_thread(struct tcp_server *s, int fd, const struct net_address *peer)
{
    pthread_t thread;
    pthread_attr_t attr;
    struct session *session = malloc(sizeof *session);
    if (session != NULL && pthread_attr_init(&attr) == 0) {
        *session = (struct session){s, fd, *peer};
        pthread_attr_setstacksize(&attr, STACK_SIZE);
        pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
        int error = pthread_create(&thread, &attr, session_thread, session);
        pthread_attr_destroy(&attr);
        if (error == 0) {
            s->active++;
            return;
        }
        fprintf(stderr, "no thread: %s\n", strerror(error));
    }
    free(session);
    close(fd);
    tcp_server_rest(s);
}

/* --- the loop ------------------------------------------------------------------------------------------- */

static void accept_one(struct tcp_server *s, const sigset_t *waited)
{
    struct net_address peer;
    int fd = net_accept_from(s->listener, &peer);
    if (fd < 0) {
        if (net_is_shortage(errno))
            s->ops.shortage(s);
        return;
    }
    s->served++;
    if (s->form == TCP_SERVER_FORKING)
        serve_in_child(s, fd, &peer, waited);
    else if (s->form == TCP_SERVER_THREADING)
        serve_in_thread(s, fd, &peer);
    else
        serve_here(s, fd, &peer, waited);
}

/* Clients that have ended make room. */
static void count_out(struct tcp_server *s, size_t ended)
{
    s->active -= ended < s->active ? ended : s->active;
    if (ended > 0)
        s->resume = 0;
}

/* Takes a signal. False: the server ends. */
static bool signalled(struct tcp_server *s)
{
    struct signalfd_siginfo info;
    if (read(s->signals, &info, sizeof info) != (ssize_t)sizeof info)
        return true;
    if (info.ssi_signo != SIGCHLD)
        return !s->ops.stop(s, (int)info.ssi_signo);
    count_out(s, s->ops.reap());
    return true;
}

static void serve_until_stopped(struct tcp_server *s, const sigset_t *waited)
{
    while (s->lifetime == 0 || s->served < s->lifetime || s->active > 0) {
        bool full = s->max_clients > 0 && s->active >= s->max_clients;
        bool over = s->lifetime > 0 && s->served >= s->lifetime;
        bool resting = net_left(s->resume) > 0;
        struct pollfd fds[] = {
            {.fd = s->signals, .events = POLLIN},
            {.fd = s->ended, .events = POLLIN},
            {.fd = full || resting || over ? -1 : s->listener, .events = POLLIN},
        };
        int n = poll(fds, 3, resting ? net_left(s->resume) : -1);
        eventfd_t ended;
        if (n <= 0)
            continue;
        if (fds[0].revents != 0 && !signalled(s))
            return;
        if (fds[1].revents != 0 && eventfd_read(s->ended, &ended) == 0)
            count_out(s, (size_t)ended);
        if (fds[2].revents != 0)
            accept_one(s, waited);
    }
}

/* The signals that are taken as events. */
static sigset_t signals_waited(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGCHLD);
    return set;
}

int tcp_server_run(struct tcp_server *s, int listener)
{
    sigset_t waited = signals_waited(), before;
    OPS_COMPLETE(&s->ops, &right, stop);
    s->listener = listener;
    s->active = s->served = 0;
    s->resume = 0;
    pthread_sigmask(SIG_BLOCK, &waited, &before);
    s->signals = signalfd(-1, &waited, SFD_NONBLOCK | SFD_CLOEXEC);
    s->ended = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    bool begun = s->signals >= 0 && s->ended >= 0;
    if (begun)
        serve_until_stopped(s, &waited);
    int error = errno;
    if (s->active == 0 || s->form != TCP_SERVER_THREADING)
        net_close(&s->ended); /* else threads still count themselves out */
    net_close(&s->signals);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    errno = error;
    return begun ? 0 : -1;
}

int tcp_server_main(struct tcp_server *s, const char *program, const char *host, const char *port)
{
    struct net_error e = {0};
    sigset_t waited = signals_waited();
    /* Before anybody can connect: from then on a signal is to end the server in order. */
    pthread_sigmask(SIG_BLOCK, &waited, NULL);
    int listener = net_listen(host, port, BACKLOG, &e);
    if (listener < 0)
        return net_tell(program, &e);
    int done = tcp_server_run(s, listener);
    if (done < 0)
        fprintf(stderr, "%s: %s\n", program, strerror(errno));
    close(listener);
    return done < 0 ? 1 : 0;
}
