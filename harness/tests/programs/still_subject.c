/*
 * Servers in which nothing moves after a client has sent one byte: some for ever, some only for a while, which answer
 * "y" in the end. For the tests of what is called a deadlock and what is not.
 *
 *     still_subject HOST PORT MODE      serves one connection after the other
 *     still_subject --list              the modes, their kinds ("dead", "slow", ...: ci/check/still) before each
 */
#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* How long the slow ones take: longer than any proof. */
enum { THINK_MS = 1500 };

static void answer(int fd)
{
    if (write(fd, "y", 1) != 1)
        _exit(1);
}

static void read_one(int fd)
{
    char c;
    if (read(fd, &c, 1) != 1)
        _exit(0);
}

static void think(void)
{
    struct timespec t = {.tv_sec = THINK_MS / 1000, .tv_nsec = THINK_MS % 1000 * 1000000L};
    nanosleep(&t, NULL);
}

static void on_signal(int signo)
{
    (void)signo;
}

static void handle(int signo)
{
    struct sigaction a = {.sa_handler = on_signal};
    sigaction(signo, &a, NULL);
}

/* --- dead: they wait for what never comes --- */

static void dead_recv(int fd)
{
    char two[2];
    if (recv(fd, two, sizeof two, MSG_WAITALL) == 2)
        answer(fd);
}

static void dead_send(int fd)
{
    static char much[50000000];
    for (size_t at = 0; at < sizeof much;) {
        ssize_t n = write(fd, much + at, sizeof much - at);
        if (n <= 0)
            return;
        at += (size_t)n;
    }
}

static void dead_poll(int fd)
{
    struct pollfd set = {fd, POLLIN, 0};
    read_one(fd);
    poll(&set, 1, -1);
}

static void dead_select(int fd)
{
    fd_set set;
    read_one(fd);
    FD_ZERO(&set);
    FD_SET(fd, &set);
    select(fd + 1, &set, NULL, NULL, NULL);
}

static int watch(int fd, uint32_t events)
{
    struct epoll_event e = {.events = events};
    int ep = epoll_create1(0);
    epoll_ctl(ep, EPOLL_CTL_ADD, fd, &e);
    return ep;
}

static void dead_epoll(int fd)
{
    struct epoll_event e;
    read_one(fd);
    epoll_wait(watch(fd, EPOLLIN), &e, 1, -1);
}

/* The first edge is taken without reading to EAGAIN: there is no second one. */
static void dead_edge(int fd)
{
    struct epoll_event e;
    int ep = watch(fd, EPOLLIN | EPOLLET);
    epoll_wait(ep, &e, 1, -1);
    epoll_wait(ep, &e, 1, -1);
}

static void dead_fork(int fd)
{
    if (fork() == 0)
        dead_recv(fd);
    else
        wait(NULL);
}

static void *recv_thread(void *fd)
{
    dead_recv(*(int *)fd);
    return NULL;
}

static void dead_thread(int fd)
{
    pthread_t t;
    pthread_create(&t, NULL, recv_thread, &fd);
    pthread_join(t, NULL);
}

static pthread_mutex_t locks[2] = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER};
static pthread_barrier_t both;

static void *lock_thread(void *first)
{
    int n = *(int *)first;
    pthread_mutex_lock(&locks[n]);
    pthread_barrier_wait(&both);
    pthread_mutex_lock(&locks[1 - n]);
    return NULL;
}

static void dead_locks(int fd)
{
    static int numbers[2] = {0, 1};
    pthread_t t[2];
    read_one(fd);
    pthread_barrier_init(&both, NULL, 2);
    for (int i = 0; i < 2; i++)
        pthread_create(&t[i], NULL, lock_thread, &numbers[i]);
    for (int i = 0; i < 2; i++)
        pthread_join(t[i], NULL);
}

static void dead_condition(int fd)
{
    pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    pthread_cond_t never = PTHREAD_COND_INITIALIZER;
    read_one(fd);
    pthread_mutex_lock(&lock);
    pthread_cond_wait(&never, &lock);
}

static void dead_forgotten(int fd)
{
    (void)fd; /* back to accept() with the connection open */
}

static void dead_pipe(int fd)
{
    int ends[2];
    if (pipe(ends) != 0)
        return;
    if (fork() == 0) {
        dead_recv(fd);
        _exit(0);
    }
    read_one(ends[0]); /* its own copy of the writing end keeps the pipe open, too */
}

static void dead_pair(int fd)
{
    int ends[2];
    read_one(fd);
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0)
        return;
    int side = fork() == 0;
    read_one(ends[side]);
}

static void dead_pause(int fd)
{
    read_one(fd);
    pause();
}

static void dead_idle_timer(int fd)
{
    struct epoll_event e, timer = {.events = EPOLLIN};
    int ep = watch(fd, EPOLLIN);
    read_one(fd);
    epoll_ctl(ep, EPOLL_CTL_ADD, timerfd_create(CLOCK_MONOTONIC, 0), &timer);
    epoll_wait(ep, &e, 1, -1);
}

/* --- slow: each has a way out --- */

static void slow_sleep(int fd)
{
    read_one(fd);
    think();
    answer(fd);
}

static void slow_busy(int fd)
{
    struct timespec begin, now;
    read_one(fd);
    clock_gettime(CLOCK_MONOTONIC, &begin);
    do
        clock_gettime(CLOCK_MONOTONIC, &now);
    while ((now.tv_sec - begin.tv_sec) * 1000 + (now.tv_nsec - begin.tv_nsec) / 1000000 < THINK_MS);
    answer(fd);
}

static void slow_poll(int fd)
{
    struct pollfd set = {fd, POLLIN, 0};
    read_one(fd);
    poll(&set, 1, THINK_MS);
    answer(fd);
}

static void slow_select(int fd)
{
    fd_set set;
    struct timeval t = {.tv_sec = 1, .tv_usec = 500000};
    read_one(fd);
    FD_ZERO(&set);
    FD_SET(fd, &set);
    select(fd + 1, &set, NULL, NULL, &t);
    answer(fd);
}

static void slow_epoll(int fd)
{
    struct epoll_event e;
    read_one(fd);
    epoll_wait(watch(fd, EPOLLIN), &e, 1, THINK_MS);
    answer(fd);
}

static void slow_recv_timeout(int fd)
{
    struct timeval t = {.tv_sec = 1, .tv_usec = 500000};
    char c;
    read_one(fd);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &t, sizeof t);
    if (recv(fd, &c, 1, 0) < 0)
        answer(fd);
}

static void slow_alarm(int fd)
{
    char c;
    struct itimerval t = {.it_value = {.tv_sec = 1, .tv_usec = 500000}};
    handle(SIGALRM);
    read_one(fd);
    setitimer(ITIMER_REAL, &t, NULL);
    if (recv(fd, &c, 1, 0) < 0)
        answer(fd);
}

static void slow_timer(int fd)
{
    char c;
    timer_t timer;
    struct sigevent how = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1};
    struct itimerspec t = {.it_value = {.tv_sec = 1, .tv_nsec = 500000000}};
    handle(SIGUSR1);
    read_one(fd);
    timer_create(CLOCK_MONOTONIC, &how, &timer);
    timer_settime(timer, 0, &t, NULL);
    if (recv(fd, &c, 1, 0) < 0)
        answer(fd);
}

static void slow_timerfd(int fd)
{
    struct epoll_event e, event = {.events = EPOLLIN};
    struct itimerspec t = {.it_value = {.tv_sec = 1, .tv_nsec = 500000000}};
    int ep = watch(fd, EPOLLIN), timer = timerfd_create(CLOCK_MONOTONIC, 0);
    read_one(fd);
    timerfd_settime(timer, 0, &t, NULL);
    epoll_ctl(ep, EPOLL_CTL_ADD, timer, &event);
    epoll_wait(ep, &e, 1, -1);
    answer(fd);
}

static void slow_child(int fd)
{
    read_one(fd);
    if (fork() == 0) {
        think();
        answer(fd);
        _exit(0);
    }
    wait(NULL);
}

static void *sleep_thread(void *fd)
{
    think();
    answer(*(int *)fd);
    return NULL;
}

static void slow_thread(int fd)
{
    pthread_t t;
    read_one(fd);
    pthread_create(&t, NULL, sleep_thread, &fd);
    pthread_join(t, NULL);
}

static void slow_condition(int fd)
{
    pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    pthread_cond_t never = PTHREAD_COND_INITIALIZER;
    struct timespec t;
    read_one(fd);
    clock_gettime(CLOCK_REALTIME, &t);
    t.tv_sec += 2;
    pthread_mutex_lock(&lock);
    pthread_cond_timedwait(&never, &lock, &t);
    answer(fd);
}

static void slow_pipe(int fd)
{
    int ends[2];
    char c;
    read_one(fd);
    if (pipe(ends) != 0)
        return;
    if (fork() == 0) {
        think();
        _exit(0);
    }
    close(ends[1]);
    if (read(ends[0], &c, 1) == 0)
        answer(fd);
}

/* Wakes often, for nothing, and in the end for something. */
static void slow_ticks(int fd)
{
    struct pollfd set = {fd, POLLIN, 0};
    read_one(fd);
    for (int ms = 0; ms < THINK_MS; ms += 300)
        poll(&set, 1, 300);
    answer(fd);
}

static void *tick_thread(void *unused)
{
    for (;;)
        usleep(5000);
    return unused;
}

/* Another thread wakes again and again, as runtimes' timers do: nobody can know that it never will do more. */
static void restless(int fd)
{
    pthread_t t;
    pthread_create(&t, NULL, tick_thread, NULL);
    dead_recv(fd);
}

static const struct mode {
    const char *kind, *name;
    void (*serve)(int fd);
} modes[] = {
    {"dead", "recv", dead_recv},
    {"both-write", "send", dead_send},
    {"dead", "poll", dead_poll},
    {"dead", "select", dead_select},
    {"dead", "epoll", dead_epoll},
    {"dead", "edge", dead_edge},
    {"dead", "fork", dead_fork},
    {"dead", "thread", dead_thread},
    {"dead", "locks", dead_locks},
    {"dead", "condition", dead_condition},
    {"dead", "forgotten", dead_forgotten},
    {"dead", "pipe", dead_pipe},
    {"dead", "pair", dead_pair},
    {"dead", "pause", dead_pause},
    {"dead", "idle-timer", dead_idle_timer},
    {"second", "head-of-line", dead_recv},
    {"slow", "sleep", slow_sleep},
    {"slow", "busy", slow_busy},
    {"slow", "poll-limit", slow_poll},
    {"slow", "select-limit", slow_select},
    {"slow", "epoll-limit", slow_epoll},
    {"slow", "rcvtimeo", slow_recv_timeout},
    {"slow", "alarm", slow_alarm},
    {"slow", "timer", slow_timer},
    {"slow", "timerfd", slow_timerfd},
    {"slow", "child", slow_child},
    {"slow", "sleeping-thread", slow_thread},
    {"slow", "timedwait", slow_condition},
    {"slow", "pipe-child", slow_pipe},
    {"slow", "ticks", slow_ticks},
    {"restless", "timer-thread", restless},
};

static const struct mode *find(const char *name)
{
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++)
        if (strcmp(modes[i].name, name) == 0)
            return &modes[i];
    return NULL;
}

static int listen_at(const char *host, const char *port)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port))};
    int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (inet_pton(AF_INET, host, &a.sin_addr) != 1 || bind(fd, (void *)&a, sizeof a) != 0 || listen(fd, 16) != 0)
        return -1;
    return fd;
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--list") == 0) {
        for (size_t i = 0; i < sizeof modes / sizeof *modes; i++)
            printf("%s %s\n", modes[i].kind, modes[i].name);
        return 0;
    }
    const struct mode *m = argc == 4 ? find(argv[3]) : NULL;
    int listener = m ? listen_at(argv[1], argv[2]) : -1;
    if (listener < 0)
        return 2;
    signal(SIGPIPE, SIG_IGN);
    for (;;) {
        int fd = accept(listener, NULL, NULL);
        if (fd >= 0)
            m->serve(fd);
    }
}
