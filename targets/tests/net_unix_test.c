/* net/unix.h: stream, seqpacket and datagram by a path, dead sockets in the way, paths that are too long. */
#include "net/unix.h"

#include "net/datagram.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char folder[] = "/tmp/net-unix-XXXXXX", path[64];

static int set_up(void **state)
{
    (void)state;
    if (mkdtemp(folder) == NULL)
        return -1;
    snprintf(path, sizeof path, "%s/s", folder);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    unlink(path);
    return rmdir(folder);
}

static void exchange(int type)
{
    struct net_error e = {0};
    char data[8];
    int listener = net_listen_unix(path, type, 5, &e);
    assert_true(listener >= 0);
    int client = net_dial_unix(path, type, net_deadline(20000), &e);
    assert_true(client >= 0);
    int server = net_accept(listener);
    assert_true(server >= 0);
    assert_int_equal(net_send_all(client, "hello", 5, net_deadline(20000)), 0);
    assert_int_equal(net_recv_some(server, data, sizeof data, net_deadline(20000)), 5);
    close(client);
    assert_int_equal(net_recv_some(server, data, sizeof data, net_deadline(20000)), 0);
    close(server);
    close(listener);
    unlink(path);
}

static void test_stream(void **state)
{
    (void)state;
    exchange(SOCK_STREAM);
}

static void test_seqpacket(void **state)
{
    (void)state;
    exchange(SOCK_SEQPACKET);
}

static void test_datagram(void **state)
{
    (void)state;
    struct net_error e = {0};
    struct net_address from;
    char data[8];
    int server = net_listen_unix(path, SOCK_DGRAM, 0, &e);
    assert_true(server >= 0);
    int client = net_dial_unix(path, SOCK_DGRAM, net_deadline(20000), &e);
    assert_true(client >= 0);
    assert_int_equal(net_send_to(client, "ask", 3, NULL, net_deadline(20000)), 0);
    assert_int_equal(net_recv_from(server, data, sizeof data, &from, net_deadline(20000)), 3);
    assert_int_equal(net_send_to(server, "answer", 6, &from, net_deadline(20000)), 0);
    assert_int_equal(net_recv_from(client, data, sizeof data, NULL, net_deadline(20000)), 6);
    close(client);
    close(server);
    unlink(path);
}

static void test_in_the_way(void **state)
{
    (void)state;
    struct net_error e = {0};
    int first = net_listen_unix(path, SOCK_STREAM, 5, &e);
    assert_true(first >= 0);
    assert_int_equal(net_listen_unix(path, SOCK_STREAM, 5, &e), -1); /* it is served */
    assert_int_equal(e.code, EADDRINUSE);
    close(first);
    first = net_listen_unix(path, SOCK_STREAM, 5, &e); /* its server is dead */
    assert_true(first >= 0);
    close(first);
    unlink(path);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fclose(file);
    assert_int_equal(net_listen_unix(path, SOCK_STREAM, 5, &e), -1); /* not a socket: somebody's file */
    assert_int_equal(e.code, EADDRINUSE);
    assert_int_equal(access(path, F_OK), 0);
    unlink(path);
}

static void test_failures(void **state)
{
    (void)state;
    struct net_error e = {0};
    char too_long[200];
    memset(too_long, 'x', sizeof too_long - 1);
    too_long[sizeof too_long - 1] = '\0';
    assert_int_equal(net_listen_unix(too_long, SOCK_STREAM, 5, &e), -1);
    assert_int_equal(e.code, ENAMETOOLONG);
    assert_int_equal(net_dial_unix("", SOCK_STREAM, net_deadline(100), &e), -1);
    assert_int_equal(net_dial_unix(path, SOCK_STREAM, net_deadline(100), &e), -1);
    assert_int_equal(e.failure, NET_SYSTEM);
    assert_int_equal(e.code, ENOENT);
}

/* A full backlog is EAGAIN here: the deadline ends the attempts. */
static void test_full_backlog(void **state)
{
    (void)state;
    struct net_error e = {0};
    int fds[8], n = 0;
    int listener = net_listen_unix(path, SOCK_STREAM, 0, &e);
    assert_true(listener >= 0);
    while (n < 8 && (fds[n] = net_dial_unix(path, SOCK_STREAM, net_deadline(50), &e)) >= 0)
        n++;
    assert_in_range(n, 1, 7);
    assert_int_equal(e.failure, NET_TIMEOUT);
    while (n > 0)
        close(fds[--n]);
    close(listener);
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stream),     cmocka_unit_test(test_seqpacket), cmocka_unit_test(test_datagram),
        cmocka_unit_test(test_in_the_way), cmocka_unit_test(test_failures),  cmocka_unit_test(test_full_backlog),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
