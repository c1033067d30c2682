/* net/datagram.h: whole messages, from whom, too long ones, nobody there. */
#include "net/datagram.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int bound(const char *host, struct net_address *a)
{
    struct net_error e = {0};
    int fd = net_bind_udp(host, "0", &e);
    assert_true(fd >= 0);
    assert_int_equal(net_own_address(fd, a), 0);
    return fd;
}

static void test_there_and_back(void **state)
{
    (void)state;
    struct net_address here, there, from;
    char data[64];
    int client = bound("127.0.0.1", &here), server = bound("127.0.0.1", &there);
    assert_int_equal(net_send_to(client, "one", 3, &there, net_deadline(20000)), 0);
    assert_int_equal(net_send_to(client, "", 0, &there, net_deadline(20000)), 0);
    assert_int_equal(net_send_to(client, "three", 5, &there, net_deadline(20000)), 0);
    assert_int_equal(net_recv_from(server, data, sizeof data, &from, net_deadline(20000)), 3);
    assert_memory_equal(data, "one", 3);
    assert_true(net_same_address(&from, &here));
    assert_int_equal(net_recv_from(server, data, sizeof data, &from, net_deadline(20000)), 0); /* no end */
    assert_int_equal(net_send_to(server, "back", 4, &from, net_deadline(20000)), 0);
    assert_int_equal(net_recv_from(client, data, sizeof data, &from, net_deadline(20000)), 4);
    assert_true(net_same_address(&from, &there));
    assert_int_equal(net_recv_from(server, data, 2, NULL, net_deadline(20000)), 5); /* cut, and told */
    assert_memory_equal(data, "th", 2);
    assert_int_equal(net_recv_from(server, data, sizeof data, NULL, net_deadline(30)), -1);
    assert_int_equal(errno, ETIMEDOUT);
    close(client);
    close(server);
}

static void test_sizes(void **state)
{
    (void)state;
    static char large[NET_DATAGRAM_MAX + 1];
    struct net_address there;
    int server = bound("127.0.0.1", &there), client = net_udp_socket(AF_INET);
    assert_int_equal(net_send_to(client, large, NET_DATAGRAM_MAX, &there, net_deadline(20000)), 0);
    assert_int_equal(net_recv_from(server, large, sizeof large, NULL, net_deadline(20000)), NET_DATAGRAM_MAX);
    assert_int_equal(net_send_to(client, large, sizeof large, &there, net_deadline(20000)), -1);
    assert_int_equal(errno, EMSGSIZE);
    close(client);
    close(server);
}

/* A connected socket learns that nobody is there, an unconnected one does not. */
static void test_nobody(void **state)
{
    (void)state;
    struct net_address there;
    char data[4];
    close(bound("127.0.0.1", &there));
    int fd = net_udp_socket(AF_INET);
    assert_int_equal(net_send_to(fd, "x", 1, &there, net_deadline(20000)), 0);
    assert_int_equal(net_recv_from(fd, data, sizeof data, NULL, net_deadline(30)), -1);
    assert_int_equal(errno, ETIMEDOUT);
    assert_int_equal(connect(fd, (struct sockaddr *)&there.storage, there.len), 0);
    assert_int_equal(net_send_to(fd, "x", 1, NULL, net_deadline(20000)), 0);
    assert_int_equal(net_recv_from(fd, data, sizeof data, NULL, net_deadline(20000)), -1);
    assert_int_equal(errno, ECONNREFUSED);
    close(fd);
}

static void test_bind(void **state)
{
    (void)state;
    struct net_error e = {0};
    struct net_address there;
    char port[16], data[4];
    int all = bound("", &there); /* '' is every interface, IPv4 too */
    snprintf(port, sizeof port, "%u", (unsigned)ntohs(((struct sockaddr_in6 *)&there.storage)->sin6_port));
    struct addrinfo *four = net_resolve("127.0.0.1", port, SOCK_DGRAM, false, &e);
    assert_non_null(four);
    struct net_address to = {.len = four->ai_addrlen};
    memcpy(&to.storage, four->ai_addr, four->ai_addrlen);
    freeaddrinfo(four);
    int fd = net_udp_socket(AF_INET);
    assert_int_equal(net_send_to(fd, "x", 1, &to, net_deadline(20000)), 0);
    assert_int_equal(net_recv_from(all, data, sizeof data, NULL, net_deadline(20000)), 1);
    assert_int_equal(net_bind_udp("", port, &e), -1); /* a port has one owner */
    assert_int_equal(e.failure, NET_SYSTEM);
    assert_int_equal(e.code, EADDRINUSE);
    assert_int_equal(net_bind_udp("127.0.0.1", "no-such-service", &e), -1);
    assert_int_equal(e.failure, NET_BAD_NAME);
    close(fd);
    close(all);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_there_and_back),
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_nobody),
        cmocka_unit_test(test_bind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
