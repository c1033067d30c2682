/* targets/net on loopback: deadlines, both families, failures told apart, lines over a socket. */
#include "net/net.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* A listener on a free port of `host`; its number in `port`. */
static int listener_on(const char *host, int backlog, char *port, size_t cap)
{
    struct net_error e = {0};
    int fd = net_listen(host, "0", backlog, &e);
    assert_true(fd >= 0);
    struct sockaddr_in6 a; /* both families have the port at the same place */
    socklen_t len = sizeof a;
    assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &len), 0);
    snprintf(port, cap, "%u", (unsigned)ntohs(a.sin6_port));
    return fd;
}

static void pair(int *client, int *server)
{
    char port[16];
    struct net_error e = {0};
    int listener = listener_on("127.0.0.1", 8, port, sizeof port);
    *client = net_dial("127.0.0.1", port, net_deadline(20000), &e);
    assert_true(*client >= 0);
    *server = net_accept(listener);
    assert_true(*server >= 0);
    close(listener);
}

static void test_all_interfaces(void **state)
{
    (void)state;
    char port[16];
    struct net_error e = {0};
    int listener = listener_on("", 8, port, sizeof port);
    int four = net_dial("127.0.0.1", port, net_deadline(20000), &e);
    assert_true(four >= 0);
    int accepted = net_accept(listener);
    assert_true(accepted >= 0);
    assert_int_equal(net_accept(listener), -1);
    assert_int_equal(errno, EAGAIN);
    close(accepted);
    close(four);
    close(listener);
}

static void test_failures_are_told_apart(void **state)
{
    (void)state;
    char port[16];
    struct net_error e = {0};
    int listener = listener_on("127.0.0.1", 8, port, sizeof port);
    assert_int_equal(net_listen("127.0.0.1", port, 8, &e), -1);
    assert_int_equal(e.code, EADDRINUSE);
    close(listener);
    assert_int_equal(net_dial("127.0.0.1", port, net_deadline(20000), &e), -1);
    assert_int_equal(e.failure, NET_SYSTEM);
    assert_int_equal(e.code, ECONNREFUSED);
    assert_int_equal(net_dial("127.0.0.1", "no-such-service", net_deadline(20000), &e), -1);
    assert_int_equal(e.failure, NET_BAD_NAME);
    assert_true(strlen(e.text) > 0);
}

/* A full backlog: SYNs are dropped, and only the deadline ends the attempt. */
static void test_dial_deadline(void **state)
{
    (void)state;
    char port[16];
    struct net_error e = {0};
    int fds[8], n = 0;
    int listener = listener_on("127.0.0.1", 0, port, sizeof port);
    while (n < 8 && (fds[n] = net_dial("127.0.0.1", port, net_deadline(200), &e)) >= 0)
        n++;
    assert_true(n < 8);
    assert_int_equal(e.failure, NET_TIMEOUT);
    while (n > 0)
        close(fds[--n]);
    close(listener);
}

static void test_deadline_of_a_whole_read(void **state)
{
    (void)state;
    static char large[8 << 20];
    int client, server;
    char data[8];
    pair(&client, &server);
    assert_int_equal(net_send_all(client, "abc", 3, net_deadline(20000)), 0);
    assert_int_equal(net_recv_all(server, data, 8, net_deadline(50)), -1);
    assert_int_equal(errno, ETIMEDOUT);
    assert_int_equal(net_send_all(client, large, sizeof large, net_deadline(100)), -1);
    assert_int_equal(errno, ETIMEDOUT); /* nobody reads: sending it all ends at the deadline too */
    close(client);
    close(server);
}

/* A peer that is gone is an error, not the end of this program. */
static void test_no_sigpipe(void **state)
{
    (void)state;
    int client, server;
    pair(&client, &server);
    close(client);
    int failed = 0;
    for (int i = 0; i < 100 && failed == 0; i++)
        failed = net_send_all(server, "x", 1, net_deadline(20000));
    assert_int_equal(failed, -1);
    assert_true(errno == EPIPE || errno == ECONNRESET);
    close(server);
}

static void test_lines(void **state)
{
    (void)state;
    int client, server;
    char data[8], *line;
    struct net_reader r;
    pair(&client, &server);
    net_reader_init(&r, server, data, sizeof data);
    const char text[] = "one\ntwo\n\nlast";
    assert_int_equal(net_send_all(client, text, sizeof text - 1, net_deadline(20000)), 0);
    shutdown(client, SHUT_WR);
    const char *const want[] = {"one\n", "two\n", "\n", "last"};
    for (size_t i = 0; i < 4; i++) {
        ssize_t n = net_reader_line(&r, &line, net_deadline(20000));
        assert_int_equal(n, strlen(want[i]));
        assert_memory_equal(line, want[i], (size_t)n);
    }
    assert_int_equal(net_reader_line(&r, &line, net_deadline(20000)), 0);
    close(client);
    close(server);
}

static void test_line_too_long(void **state)
{
    (void)state;
    int client, server;
    char data[8], *line;
    struct net_reader r;
    pair(&client, &server);
    net_reader_init(&r, server, data, sizeof data);
    assert_int_equal(net_send_all(client, "123456789\n", 10, net_deadline(20000)), 0);
    assert_int_equal(net_reader_line(&r, &line, net_deadline(20000)), -1);
    assert_int_equal(errno, ENOBUFS);
    close(client);
    close(server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_interfaces), cmocka_unit_test(test_failures_are_told_apart),
        cmocka_unit_test(test_dial_deadline),  cmocka_unit_test(test_deadline_of_a_whole_read),
        cmocka_unit_test(test_no_sigpipe),     cmocka_unit_test(test_lines),
        cmocka_unit_test(test_line_too_long),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
