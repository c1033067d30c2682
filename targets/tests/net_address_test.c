/* net/address.h: both ends of a connection, text of each family, services and hosts that are not known. */
#include "net/address.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static struct net_address of_text(int family, const char *host, unsigned short port)
{
    struct net_address a = {.storage.ss_family = (sa_family_t)family};
    struct sockaddr_in *in = (struct sockaddr_in *)&a.storage;
    struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&a.storage;
    in->sin_port = htons(port); /* at the same place in both */
    a.len = family == AF_INET ? sizeof *in : sizeof *in6;
    assert_int_equal(inet_pton(family, host, family == AF_INET ? (void *)&in->sin_addr : (void *)&in6->sin6_addr), 1);
    return a;
}

static void assert_text(const struct net_address *a, const char *want)
{
    char text[NET_ADDRESS_TEXT];
    net_address_text(a, text, sizeof text);
    assert_string_equal(text, want);
}

static void test_text(void **state)
{
    (void)state;
    struct net_address a = of_text(AF_INET, "127.0.0.1", 80);
    assert_text(&a, "127.0.0.1 port 80");
    a = of_text(AF_INET6, "::1", 65535);
    assert_text(&a, "::1 port 65535");
    a = of_text(AF_INET6, "::ffff:10.1.2.3", 7);
    assert_text(&a, "10.1.2.3 port 7");
    a = (struct net_address){.len = 0};
    assert_text(&a, "unknown peer");
    int pair[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    assert_int_equal(net_peer_address(pair[0], &a), 0);
    assert_text(&a, "unnamed socket");
    close(pair[0]);
    close(pair[1]);
}

static void test_same(void **state)
{
    (void)state;
    struct net_address a = of_text(AF_INET, "127.0.0.1", 80), b = of_text(AF_INET, "127.0.0.1", 80);
    ((struct sockaddr_in *)&b.storage)->sin_zero[0] = 1; /* padding says nothing */
    assert_true(net_same_address(&a, &b));
    b = of_text(AF_INET, "127.0.0.1", 81);
    assert_false(net_same_address(&a, &b));
    b = of_text(AF_INET, "127.0.0.2", 80);
    assert_false(net_same_address(&a, &b));
    a = of_text(AF_INET6, "::1", 80);
    b = of_text(AF_INET6, "::1", 80);
    assert_true(net_same_address(&a, &b));
    b = of_text(AF_INET6, "::2", 80);
    assert_false(net_same_address(&a, &b));
    b.len = 0;
    assert_false(net_same_address(&b, &b));
}

/* What one end calls its own is what the other calls its peer. */
static void test_both_ends(void **state)
{
    (void)state;
    struct net_error e = {0};
    struct net_address listening, own, peer, seen;
    char port[16], text[NET_ADDRESS_TEXT];
    int listener = net_listen("127.0.0.1", "0", 5, &e);
    assert_true(listener >= 0);
    assert_int_equal(net_own_address(listener, &listening), 0);
    net_address_text(&listening, text, sizeof text);
    snprintf(port, sizeof port, "%s", strrchr(text, ' ') + 1);
    int client = net_dial("127.0.0.1", port, net_deadline(20000), &e);
    assert_true(client >= 0);
    int server = net_accept_from(listener, &seen);
    assert_true(server >= 0);
    assert_int_equal(net_own_address(client, &own), 0);
    assert_int_equal(net_peer_address(client, &peer), 0);
    assert_true(net_same_address(&own, &seen));
    assert_true(net_same_address(&peer, &listening));
    assert_int_equal(net_peer_address(server, &peer), 0);
    assert_true(net_same_address(&peer, &own));
    assert_int_equal(net_peer_address(listener, &peer), -1);
    assert_int_equal(errno, ENOTCONN);
    close(client);
    close(server);
    close(listener);
}

static void test_services(void **state)
{
    (void)state;
    struct net_error e = {0};
    assert_int_equal(net_service_port("no-such-service", "tcp", &e), -1);
    assert_int_equal(e.failure, NET_BAD_NAME);
    assert_non_null(strstr(e.text, "no-such-service"));
    /* A machine without a list of services knows none; one with it has both of these. */
    if (access("/etc/services", R_OK) == 0) {
        assert_int_equal(net_service_port("http", "tcp", &e), 80);
        assert_int_equal(net_service_port("domain", "udp", &e), 53);
        assert_int_equal(net_service_port("tftp", "tcp", &e), -1); /* UDP only */
    }
}

/* herror: an address without a name is another failure than a name without an address. */
static void test_host_of(void **state)
{
    (void)state;
    struct net_error e = {0};
    char host[NI_MAXHOST];
    struct net_address a = {.storage.ss_family = AF_INET, .len = 3}; /* too short to be one */
    assert_int_equal(net_host_of(&a, host, sizeof host, &e), -1);
    assert_int_equal(e.failure, NET_BAD_ADDRESS);
    assert_int_equal(net_tell("test", &e), 4);
    a = of_text(AF_INET, "127.0.0.1", 0);
    if (net_host_of(&a, host, sizeof host, &e) == 0)
        assert_true(strlen(host) > 0);
    else
        assert_true(e.failure == NET_BAD_ADDRESS || e.failure == NET_SYSTEM);
}

/* The four classes have words and statuses of their own. */
static void test_tell(void **state)
{
    (void)state;
    struct net_error e = {.failure = NET_OK};
    assert_int_equal(net_tell("test", &e), 0);
    e = (struct net_error){NET_SYSTEM, ECONNREFUSED, "connect: refused"};
    assert_int_equal(net_tell("test", &e), 1);
    e.failure = NET_BAD_NAME;
    assert_int_equal(net_tell("test", &e), 3);
    e.failure = NET_TIMEOUT;
    assert_int_equal(net_tell("test", &e), 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text),     cmocka_unit_test(test_same),    cmocka_unit_test(test_both_ends),
        cmocka_unit_test(test_services), cmocka_unit_test(test_host_of), cmocka_unit_test(test_tell),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
