/* What a look at live programs tells: children of this test that sit in one place each. */
#include "base/clock.h"
#include "base/mem.h"
#include "evidence/queues.h"
#include "evidence/snapshot.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

/* A child is in its place long before; on a loaded machine it may take its time. */
enum { PATIENCE_MS = 10000 };

/* A connection over loopback, made before the fork: [0] is the child's, [1] ours. */
static void connection(int pair[2])
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof a;
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(listener, (void *)&a, sizeof a), 0);
    assert_int_equal(listen(listener, 1), 0);
    assert_int_equal(getsockname(listener, (void *)&a, &len), 0);
    pair[1] = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(connect(pair[1], (void *)&a, sizeof a), 0);
    pair[0] = accept(listener, NULL, NULL);
    assert_true(pair[0] >= 0);
    close(listener);
}

/* --- where a child sits: each function never returns by itself --- */

static void set_timeout(int fd, int option)
{
    struct timeval t = {.tv_sec = 1000};
    setsockopt(fd, SOL_SOCKET, option, &t, sizeof t);
}

static void in_recv(int fd)
{
    char c;
    recv(fd, &c, 1, 0);
}

static void in_recv_limited(int fd)
{
    set_timeout(fd, SO_RCVTIMEO);
    in_recv(fd);
}

static void in_send(int fd)
{
    char bytes[65536] = {0};
    while (send(fd, bytes, sizeof bytes, 0) >= 0)
        ;
}

static void in_send_limited(int fd)
{
    set_timeout(fd, SO_SNDTIMEO);
    in_send(fd);
}

static void in_poll(int fd)
{
    struct pollfd set[2] = {{fd, POLLIN, 0}, {-1, POLLIN, 0}};
    poll(set, 2, -1);
}

static void in_poll_limited(int fd)
{
    struct pollfd set = {fd, POLLIN, 0};
    poll(&set, 1, 1000000);
}

static void in_select(int fd)
{
    fd_set set;
    FD_ZERO(&set);
    FD_SET(fd, &set);
    select(fd + 1, &set, NULL, NULL, NULL);
}

static void in_select_limited(int fd)
{
    fd_set set;
    struct timeval t = {.tv_sec = 1000};
    FD_ZERO(&set);
    FD_SET(fd, &set);
    select(fd + 1, &set, NULL, NULL, &t);
}

static void epoll_on(int fd, uint32_t events, int limit)
{
    struct epoll_event e = {.events = events}, got;
    int ep = epoll_create1(0);
    epoll_ctl(ep, EPOLL_CTL_ADD, fd, &e);
    epoll_wait(ep, &got, 1, limit);
}

static void in_epoll(int fd)
{
    epoll_on(fd, EPOLLIN, -1);
}

static void in_epoll_edge(int fd)
{
    epoll_on(fd, EPOLLIN | EPOLLET, -1);
}

static void in_epoll_limited(int fd)
{
    epoll_on(fd, EPOLLIN, 1000000);
}

static void in_epoll_of_epoll(int fd)
{
    struct epoll_event e = {.events = EPOLLIN};
    int inner = epoll_create1(0);
    epoll_ctl(inner, EPOLL_CTL_ADD, fd, &e);
    epoll_on(inner, EPOLLIN, -1);
}

static void in_sleep(int fd)
{
    (void)fd;
    sleep(1000);
}

static void in_pause(int fd)
{
    (void)fd;
    pause();
}

static void nothing(int signo)
{
    (void)signo;
}

static void in_recv_with_alarm(int fd)
{
    signal(SIGALRM, nothing);
    alarm(1000);
    in_recv(fd);
}

static void in_recv_with_timer(int fd)
{
    timer_t timer;
    struct sigevent how = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1};
    struct itimerspec when = {.it_value.tv_sec = 1000};
    signal(SIGUSR1, nothing);
    timer_create(CLOCK_MONOTONIC, &how, &timer);
    timer_settime(timer, 0, &when, NULL);
    in_recv(fd);
}

static void in_timerfd(int fd)
{
    struct itimerspec when = {.it_value.tv_sec = 1000};
    int timer = timerfd_create(CLOCK_MONOTONIC, 0);
    timerfd_settime(timer, 0, &when, NULL);
    (void)fd;
    epoll_on(timer, EPOLLIN, -1);
}

static void in_idle_timerfd(int fd)
{
    (void)fd;
    epoll_on(timerfd_create(CLOCK_MONOTONIC, 0), EPOLLIN, -1);
}

static void in_pipe(int fd)
{
    int ends[2];
    char c;
    (void)fd;
    if (pipe(ends) == 0 && read(ends[0], &c, 1) < 0)
        _exit(1);
}

static void in_mutex(int fd)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    (void)fd;
    pthread_mutex_lock(&lock);
    pthread_mutex_lock(&lock);
}

static void in_wait(int fd)
{
    if (fork() == 0)
        in_recv(fd);
    wait(NULL);
}

static void in_loop(int fd)
{
    (void)fd;
    for (;;)
        (void)getppid();
}

static void in_stop(int fd)
{
    (void)fd;
    raise(SIGSTOP);
}

/* --- a child and what is seen of it --- */

struct child {
    int ours;
    pid_t pid;
};

static struct child start(void (*place)(int))
{
    int pair[2];
    connection(pair);
    pid_t parent = getpid();
    struct child c = {.ours = pair[1], .pid = fork()};
    assert_true(c.pid >= 0);
    if (c.pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        close(pair[1]);
        if (getppid() == parent)
            place(pair[0]);
        _exit(0);
    }
    close(pair[0]);
    return c;
}

static void end(struct child c)
{
    kill(c.pid, SIGKILL);
    assert_int_equal(waitpid(c.pid, NULL, 0), c.pid);
    close(c.ours);
}

/* Looks until the child has been in one and the same place for two looks. */
static struct snapshot *settled(struct child c, enum snapshot_wait expected)
{
    int nl = queues_open();
    struct snapshot *s = NULL;
    uint64_t switches = 0;
    bool before = false, there = false;
    for (int ms = 0; !there && ms < PATIENCE_MS; ms += 5) {
        snapshot_free(s);
        s = snapshot_take(nl, &c.pid, 1);
        bool now = s->thread_count == 1 && s->threads[0].wait == expected;
        /* One look sees a process first and its threads later, and the child may have gone on between the two. */
        there = before && now && (switches == s->threads[0].switches || expected == SNAPSHOT_RUNS);
        switches = s->thread_count ? s->threads[0].switches : 0;
        before = now;
        usleep(5000);
    }
    if (nl >= 0)
        close(nl);
    assert_true(there);
    assert_true(s->whole);
    return s;
}

struct place {
    const char *name;
    void (*function)(int);
    enum snapshot_wait wait;
    const char *call; /* how it begins: libraries differ (poll, ppoll) */
    bool limited, alarm;
    int wants;
    enum snapshot_kind kind; /* of the first want */
    unsigned events;
};

static const struct place PLACES[] = {
    {"recv", in_recv, SNAPSHOT_OBJECTS, "recv", false, false, 1, SNAPSHOT_STREAM, SNAPSHOT_IN},
    {"recv with SO_RCVTIMEO", in_recv_limited, SNAPSHOT_OBJECTS, "recv", true, false, 1, SNAPSHOT_STREAM, SNAPSHOT_IN},
    {"send", in_send, SNAPSHOT_OBJECTS, "send", false, false, 1, SNAPSHOT_STREAM, SNAPSHOT_OUT},
    {"send with SO_SNDTIMEO", in_send_limited, SNAPSHOT_OBJECTS, "send", true, false, 1, SNAPSHOT_STREAM, SNAPSHOT_OUT},
    {"poll", in_poll, SNAPSHOT_OBJECTS, "p", false, false, 1, SNAPSHOT_STREAM, SNAPSHOT_IN},
    {"poll, limited", in_poll_limited, SNAPSHOT_OBJECTS, "p", true, false, 1, SNAPSHOT_STREAM, SNAPSHOT_IN},
    {"select", in_select, SNAPSHOT_OBJECTS, "", false, false, 1, SNAPSHOT_STREAM, SNAPSHOT_IN},
    {"select, limited", in_select_limited, SNAPSHOT_OBJECTS, "", true, false, 1, SNAPSHOT_STREAM, SNAPSHOT_IN},
    {"epoll", in_epoll, SNAPSHOT_OBJECTS, "epoll", false, false, 1, SNAPSHOT_STREAM, SNAPSHOT_IN},
    {"epoll, edge", in_epoll_edge, SNAPSHOT_OBJECTS, "epoll", false, false, 1, SNAPSHOT_STREAM,
     SNAPSHOT_IN | SNAPSHOT_EDGE},
    {"epoll, limited", in_epoll_limited, SNAPSHOT_OBJECTS, "epoll", true, false, 1, SNAPSHOT_STREAM, SNAPSHOT_IN},
    {"epoll in epoll", in_epoll_of_epoll, SNAPSHOT_OBJECTS, "epoll", false, false, 1, SNAPSHOT_STREAM, SNAPSHOT_IN},
    {"sleep", in_sleep, SNAPSHOT_TIME, "", false, false, 0, 0, 0},
    {"pause", in_pause, SNAPSHOT_SIGNAL, "", false, false, 0, 0, 0},
    {"recv, with an alarm", in_recv_with_alarm, SNAPSHOT_OBJECTS, "recv", false, true, 1, SNAPSHOT_STREAM, SNAPSHOT_IN},
    {"recv, with a timer", in_recv_with_timer, SNAPSHOT_OBJECTS, "recv", false, true, 1, SNAPSHOT_STREAM, SNAPSHOT_IN},
    {"timerfd", in_timerfd, SNAPSHOT_OBJECTS, "epoll", false, false, 1, SNAPSHOT_TIMERFD, SNAPSHOT_IN},
    {"timerfd, not armed", in_idle_timerfd, SNAPSHOT_OBJECTS, "epoll", false, false, 1, SNAPSHOT_TIMERFD, SNAPSHOT_IN},
    {"pipe", in_pipe, SNAPSHOT_OBJECTS, "read", false, false, 1, SNAPSHOT_PIPE, SNAPSHOT_IN},
    {"mutex", in_mutex, SNAPSHOT_OWN, "futex", false, false, 0, 0, 0},
    {"wait", in_wait, SNAPSHOT_OWN, "wait", false, false, 0, 0, 0},
    {"loop", in_loop, SNAPSHOT_RUNS, "", false, false, 0, 0, 0},
    {"stopped", in_stop, SNAPSHOT_STOPPED, "", false, false, 0, 0, 0},
};

static void test_places(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof PLACES / sizeof *PLACES; i++) {
        const struct place *p = &PLACES[i];
        struct child c = start(p->function);
        struct snapshot *s = settled(c, p->wait);
        const struct snapshot_thread *t = &s->threads[0];
        if (strncmp(t->call, p->call, strlen(p->call)) != 0 || t->limited != p->limited || (int)t->count != p->wants ||
            s->processes[0].alarm != p->alarm)
            fail_msg("%s: call %s, limited %d, alarm %d, %u wants", p->name, t->call, t->limited, s->processes[0].alarm,
                     t->count);
        if (p->wants) {
            const struct snapshot_want *w = &s->wants[t->first];
            if (s->objects[w->object].kind != p->kind || w->events != p->events)
                fail_msg("%s: waits for an object of kind %d, events %u", p->name, s->objects[w->object].kind,
                         w->events);
            if (p->kind == SNAPSHOT_TIMERFD)
                assert_int_equal(s->objects[w->object].armed, p->function == in_timerfd);
        }
        snapshot_free(s);
        end(c);
    }
}

/* Both ends of the connection, and what stands in its queues. */
static void test_queues(void **state)
{
    (void)state;
    struct child c = start(in_pause);
    struct sockaddr_in us, them;
    socklen_t len = sizeof us;
    char local[64], remote[64];
    assert_int_equal(getsockname(c.ours, (void *)&us, &len), 0);
    len = sizeof them;
    assert_int_equal(getpeername(c.ours, (void *)&them, &len), 0);
    snapshot_address((void *)&us, local, sizeof local);
    snapshot_address((void *)&them, remote, sizeof remote);
    assert_int_equal(send(c.ours, "12345", 5, 0), 5);
    struct snapshot *s = settled(c, SNAPSHOT_SIGNAL);
    const struct snapshot_object *found = NULL;
    for (uint32_t i = 0; i < s->object_count; i++)
        if (s->objects[i].kind == SNAPSHOT_STREAM && strcmp(s->objects[i].local, remote) == 0)
            found = &s->objects[i];
    assert_non_null(found);
    assert_true(found->seen);
    assert_string_equal(found->remote, local);
    assert_int_equal(found->receive, 5);
    assert_int_equal(found->send, 0);
    assert_int_equal(found->holders, 1);
    snapshot_free(s);
    end(c);
}

/* What is written can be read, and is the same again. */
static void test_text(void **state)
{
    (void)state;
    struct child c = start(in_epoll_edge);
    struct snapshot *s = settled(c, SNAPSHOT_OBJECTS);
    struct buf first = {0}, second = {0};
    int line;
    snapshot_write(s, &first);
    struct snapshot *again = snapshot_read(first.data, first.len, &line);
    assert_non_null(again);
    snapshot_write(again, &second);
    assert_string_equal(buf_text(&first), buf_text(&second));
    assert_int_equal(again->thread_count, 1);
    assert_int_equal(again->wants[0].events, SNAPSHOT_IN | SNAPSHOT_EDGE);
    snapshot_free(again);
    snapshot_free(s);
    buf_free(&first);
    buf_free(&second);
    end(c);
}

static void refused(const char *text, int expected)
{
    int line = 0;
    assert_null(snapshot_read(text, strlen(text), &line));
    assert_int_equal(line, expected);
}

static void test_text_refused(void **state)
{
    (void)state;
    refused("", 0);
    refused("process pid=1 name=a alarm=0 opaque=0 rings=0\n", 1);
    refused("snapshot us=1 whole=1\nelephant\n", 2);
    refused(
        "snapshot us=1 whole=1\nthread process=0 tid=1 state=S wait=own limited=0 call=- fd=-1 switches=1 wants=0\n",
        2);
    refused("snapshot us=1 whole=1\nwant object=0 events=1\n", 2);
    refused("snapshot us=1 whole=1\nprocess pid=1 name=a alarm=0 opaque=0 rings=0\n"
            "thread process=0 tid=1 state=S wait=objects limited=0 call=- fd=-1 switches=1 wants=1\nwant object=7 "
            "events=1\n",
            4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_places),
        cmocka_unit_test(test_queues),
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_text_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
