/* net/tcp_server.h: each form serves, ends with its lifetime or a signal, and leaves no child behind. */
#include "net/tcp_server.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#define LIMIT_MS 10000

/* Says one byte, and waits for the peer's end: so a client knows that it is served, and
 * decides for how long. */
static void handle(int fd, const struct net_address *peer, void *data)
{
    char c;
    (void)peer;
    (void)data;
    if (net_send_all(fd, "!", 1, net_deadline(LIMIT_MS)) == 0)
        net_recv_some(fd, &c, 1, net_deadline(LIMIT_MS));
}

/* A server in a process of its own, which exits with 0 when tcp_server_run does. */
static pid_t serve(struct tcp_server *s, char *port, size_t cap)
{
    struct net_error e = {0};
    struct net_address a;
    s->handle = handle;
    int listener = net_listen("127.0.0.1", "0", 16, &e);
    assert_true(listener >= 0);
    assert_int_equal(net_own_address(listener, &a), 0);
    snprintf(port, cap, "%u", (unsigned)ntohs(((struct sockaddr_in *)&a.storage)->sin_port));
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0)
        _exit(tcp_server_run(s, listener) == 0 ? 0 : 1);
    close(listener);
    return pid;
}

/* A client that is being served. */
static int served(const char *port)
{
    char c;
    struct net_error e = {0};
    int fd = net_dial("127.0.0.1", port, net_deadline(LIMIT_MS), &e);
    assert_true(fd >= 0);
    assert_int_equal(net_recv_some(fd, &c, 1, net_deadline(LIMIT_MS)), 1);
    return fd;
}

static void assert_ends_well(pid_t pid)
{
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

static void lifetime_of(enum tcp_server_form form)
{
    char port[16];
    struct tcp_server s = {.form = form, .lifetime = 2};
    pid_t pid = serve(&s, port, sizeof port);
    for (int i = 0; i < 2; i++)
        close(served(port));
    assert_ends_well(pid);
    struct net_error e = {0};
    assert_int_equal(net_dial("127.0.0.1", port, net_deadline(LIMIT_MS), &e), -1);
    assert_int_equal(e.code, ECONNREFUSED);
}

static void test_lifetime(void **state)
{
    (void)state;
    lifetime_of(TCP_SERVER_PLAIN);
    lifetime_of(TCP_SERVER_FORKING);
    lifetime_of(TCP_SERVER_THREADING);
}

/* SIGTERM while it waits in accept: the end, in order. */
static void test_signal(void **state)
{
    (void)state;
    const enum tcp_server_form forms[] = {TCP_SERVER_PLAIN, TCP_SERVER_FORKING, TCP_SERVER_THREADING};
    for (size_t i = 0; i < 3; i++) {
        char port[16], c;
        struct tcp_server s = {.form = forms[i]};
        pid_t pid = serve(&s, port, sizeof port);
        int fd = served(port); /* so that it has begun to take signals as events */
        shutdown(fd, SHUT_WR);
        assert_int_equal(net_recv_some(fd, &c, 1, net_deadline(LIMIT_MS)), 0); /* and is done with this client */
        kill(pid, SIGTERM);
        assert_ends_well(pid);
        close(fd);
    }
}

/* With room for two clients the third waits in the backlog until one has gone. */
static void at_most_two(enum tcp_server_form form)
{
    char port[16], c;
    struct net_error e = {0};
    struct tcp_server s = {.form = form, .max_clients = 2, .lifetime = 3};
    pid_t pid = serve(&s, port, sizeof port);
    int first = served(port), second = served(port);
    int third = net_dial("127.0.0.1", port, net_deadline(LIMIT_MS), &e);
    assert_true(third >= 0);
    assert_int_equal(net_recv_some(third, &c, 1, net_deadline(100)), -1);
    assert_int_equal(errno, ETIMEDOUT);
    close(first);
    assert_int_equal(net_recv_some(third, &c, 1, net_deadline(LIMIT_MS)), 1);
    close(second);
    close(third);
    assert_ends_well(pid);
}

static void test_room(void **state)
{
    (void)state;
    at_most_two(TCP_SERVER_FORKING);
    at_most_two(TCP_SERVER_THREADING);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lifetime),
        cmocka_unit_test(test_signal),
        cmocka_unit_test(test_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
