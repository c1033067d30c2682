/* What the kernel says of socket queues, on sockets of our own over loopback. */
#include "evidence/queues.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

enum { ESTABLISHED = 1, LISTEN = 10 };

/* The kernel may deliver a segment a little after send() returns; nothing here takes longer than this. */
enum { PATIENCE_MS = 5000 };

struct pair {
    int nl, listener, client, server;
    int port;
};

static void listen_on(struct pair *p, int family)
{
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_addr = in6addr_any};
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = family == AF_INET ? sizeof v4 : sizeof v6;
    void *address = family == AF_INET ? (void *)&v4 : (void *)&v6;
    p->listener = socket(family, SOCK_STREAM, 0);
    assert_true(p->listener >= 0);
    assert_int_equal(bind(p->listener, address, len), 0);
    assert_int_equal(listen(p->listener, 7), 0);
    assert_int_equal(getsockname(p->listener, address, &len), 0);
    p->port = ntohs(family == AF_INET ? v4.sin_port : v6.sin6_port);
}

/* `mapped`: an IPv6 socket that connects to an IPv4 address. */
static void connect_from(struct pair *p, int family, bool mapped)
{
    struct sockaddr_in6 v6 = {
        .sin6_family = AF_INET6, .sin6_port = htons((uint16_t)p->port), .sin6_addr = in6addr_loopback};
    struct sockaddr_in v4 = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)p->port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    if (mapped)
        assert_int_equal(inet_pton(AF_INET6, "::ffff:127.0.0.1", &v6.sin6_addr), 1);
    p->client = socket(family, SOCK_STREAM, 0);
    assert_true(p->client >= 0);
    const void *address = family == AF_INET ? (void *)&v4 : (void *)&v6;
    assert_int_equal(connect(p->client, address, family == AF_INET ? sizeof v4 : sizeof v6), 0);
}

static void end(struct pair *p)
{
    close(p->nl);
    close(p->listener);
    close(p->client);
    close(p->server);
}

/* Whatever the answer has to become, it does so soon, and `wrong` it must never be. */
static void assert_took(struct pair *p, int expected)
{
    for (int ms = 0; ms < PATIENCE_MS; ms++) {
        if (queues_peer_took_all(p->nl, p->client) == expected)
            return;
        poll(NULL, 0, 1);
    }
    assert_int_equal(queues_peer_took_all(p->nl, p->client), expected);
}

static void assert_never_taken(struct pair *p)
{
    for (int i = 0; i < 100; i++)
        assert_int_equal(queues_peer_took_all(p->nl, p->client), 0);
}

static void check_conversation(struct pair *p)
{
    char bytes[16];
    assert_took(p, 1); /* nothing sent yet */
    assert_int_equal(send(p->client, "hello", 5, 0), 5);
    assert_never_taken(p); /* it sits in a connection that nobody has accepted */
    p->server = accept(p->listener, NULL, NULL);
    assert_true(p->server >= 0);
    assert_never_taken(p);
    assert_int_equal(recv(p->server, bytes, 3, 0), 3);
    assert_never_taken(p); /* half of it */
    assert_int_equal(recv(p->server, bytes, 2, 0), 2);
    assert_took(p, 1);
    /* In a dialogue acknowledgements are delayed by up to 40 ms; the answer must not be. */
    for (int i = 0; i < 50; i++) {
        assert_int_equal(send(p->server, "x", 1, 0), 1);
        assert_int_equal(recv(p->client, bytes, 1, 0), 1);
        assert_int_equal(send(p->client, "y", 1, 0), 1);
        assert_int_equal(queues_peer_took_all(p->nl, p->client), 0);
        assert_int_equal(recv(p->server, bytes, 1, 0), 1);
        assert_int_equal(queues_peer_took_all(p->nl, p->client), 1);
    }
    close(p->server);
    p->server = -1;
    assert_took(p, 1);
}

static void check_family(int listener_family, int client_family, bool mapped)
{
    struct pair p = {.nl = queues_open(), .server = -1};
    assert_true(p.nl >= 0);
    listen_on(&p, listener_family);
    connect_from(&p, client_family, mapped);
    check_conversation(&p);
    end(&p);
}

static void test_v4(void **state)
{
    (void)state;
    check_family(AF_INET, AF_INET, false);
}

static void test_v6(void **state)
{
    (void)state;
    check_family(AF_INET6, AF_INET6, false);
}

static void test_dual_stack_listener(void **state)
{
    (void)state;
    check_family(AF_INET6, AF_INET, false);
}

static void test_v4_mapped_client(void **state)
{
    (void)state;
    check_family(AF_INET, AF_INET6, true);
    check_family(AF_INET6, AF_INET6, true);
}

static void test_full_queues(void **state)
{
    (void)state;
    struct pair p = {.nl = queues_open(), .server = -1};
    static char bytes[65536];
    listen_on(&p, AF_INET);
    connect_from(&p, AF_INET, false);
    p.server = accept(p.listener, NULL, NULL);
    while (send(p.client, bytes, sizeof bytes, MSG_DONTWAIT) > 0)
        ;
    assert_never_taken(&p);
    struct sockaddr_in ours, theirs;
    socklen_t len = sizeof ours;
    assert_int_equal(getsockname(p.client, (void *)&ours, &len), 0);
    assert_int_equal(getpeername(p.client, (void *)&theirs, &len), 0);
    struct queue_state q;
    assert_int_equal(queues_tcp(p.nl, (void *)&theirs, (void *)&ours, &q), 0);
    assert_int_equal(q.state, ESTABLISHED);
    assert_true(q.receive > 0 && q.inode > 0);
    assert_int_equal(queues_tcp(p.nl, (void *)&ours, (void *)&theirs, &q), 0);
    assert_true(q.send > 0);
    while (recv(p.server, bytes, sizeof bytes, MSG_DONTWAIT) > 0 || queues_peer_took_all(p.nl, p.client) == 0)
        ;
    assert_took(&p, 1);
    end(&p);
}

static void test_reset_peer(void **state)
{
    (void)state;
    struct pair p = {.nl = queues_open(), .server = -1};
    struct linger abort_it = {1, 0};
    listen_on(&p, AF_INET);
    connect_from(&p, AF_INET, false);
    p.server = accept(p.listener, NULL, NULL);
    assert_int_equal(send(p.client, "x", 1, 0), 1);
    setsockopt(p.server, SOL_SOCKET, SO_LINGER, &abort_it, sizeof abort_it);
    close(p.server);
    p.server = -1;
    assert_took(&p, 1);
    end(&p);
}

static void test_unknown_connection(void **state)
{
    (void)state;
    struct pair p = {.nl = queues_open(), .server = -1, .client = -1};
    listen_on(&p, AF_INET);
    struct sockaddr_in here = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)p.port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct sockaddr_in there = here;
    there.sin_port = htons(9);
    struct queue_state q;
    /* There is a listener at `here`, which the kernel offers instead; it is not the connection asked for. */
    assert_int_equal(queues_tcp(p.nl, (void *)&here, (void *)&there, &q), -1);
    assert_int_equal(errno, ENOENT);
    end(&p);
}

static void test_listeners(void **state)
{
    (void)state;
    static const int families[] = {AF_INET, AF_INET6};
    for (int i = 0; i < 2; i++) {
        struct pair p = {.nl = queues_open(), .server = -1};
        struct queue_state q;
        struct queue_port ports[1024];
        listen_on(&p, families[i]);
        assert_int_equal(queues_tcp_listener(p.nl, p.port, &q), 0);
        assert_int_equal(q.state, LISTEN);
        assert_int_equal(q.send, 7);
        assert_int_equal(q.receive, 0);
        connect_from(&p, families[i], false);
        assert_int_equal(queues_tcp_listener(p.nl, p.port, &q), 0);
        assert_int_equal(q.receive, 1);
        int count = queues_tcp_listeners(p.nl, ports, 1024), found = 0;
        for (int k = 0; k < count && k < 1024; k++)
            found += ports[k].port == p.port && ports[k].inode == q.inode;
        assert_int_equal(found, 1);
        close(p.listener);
        assert_int_equal(queues_tcp_listener(p.nl, p.port, &q), -1);
        assert_int_equal(errno, ENOENT);
        end(&p);
    }
}

static void test_listener_on_another_address(void **state)
{
    (void)state;
    int nl = queues_open(), fd = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(0x7f000203)}; /* 127.0.2.3 */
    socklen_t len = sizeof a;
    struct queue_state q;
    assert_int_equal(bind(fd, (void *)&a, sizeof a), 0);
    assert_int_equal(listen(fd, 3), 0);
    assert_int_equal(getsockname(fd, (void *)&a, &len), 0);
    assert_int_equal(queues_tcp_listener(nl, ntohs(a.sin_port), &q), 0);
    assert_int_equal(q.send, 3);
    /* It takes what is sent there, and nothing that is sent to another address. */
    assert_int_equal(queues_tcp_taker(nl, (void *)&a, &q), 0);
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(queues_tcp_taker(nl, (void *)&a, &q), -1);
    assert_int_equal(errno, ENOENT);
    close(fd);
    close(nl);
}

/* A socket of :: takes IPv4 too, unless it says otherwise. */
static void test_who_takes_what_is_sent(void **state)
{
    (void)state;
    int nl = queues_open();
    for (int only = 0; only < 2; only++) {
        for (int datagrams = 0; datagrams < 2; datagrams++) {
            int fd = socket(AF_INET6, datagrams ? SOCK_DGRAM : SOCK_STREAM, 0);
            struct sockaddr_in6 any = {.sin6_family = AF_INET6};
            struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
            socklen_t len = sizeof any;
            struct queue_state q;
            assert_int_equal(setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &only, sizeof only), 0);
            assert_int_equal(bind(fd, (void *)&any, sizeof any), 0);
            if (!datagrams)
                assert_int_equal(listen(fd, 3), 0);
            assert_int_equal(getsockname(fd, (void *)&any, &len), 0);
            to.sin_port = any.sin6_port;
            int got = datagrams ? queues_udp_taker(nl, (void *)&to, &q) : queues_tcp_taker(nl, (void *)&to, &q);
            assert_int_equal(got, only ? -1 : 0);
            close(fd);
        }
    }
    close(nl);
}

static void test_ports_as_text(void **state)
{
    (void)state;
    char text[QUEUE_PORT_TEXT];
    queues_port_text(&(struct queue_port){.port = 80, .family = AF_INET, .address = {htonl(0x7f000001)}}, text);
    assert_string_equal(text, "127.0.0.1:80");
    queues_port_text(&(struct queue_port){.port = 8080, .family = AF_INET6, .address = {0, 0, 0, htonl(1)}}, text);
    assert_string_equal(text, "[::1]:8080");
}

static void test_udp(void **state)
{
    (void)state;
    static const int families[] = {AF_INET, AF_INET6};
    for (int i = 0; i < 2; i++) {
        struct pair p = {.nl = queues_open(), .server = -1};
        struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_addr = in6addr_loopback};
        struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        void *a = i == 0 ? (void *)&v4 : (void *)&v6;
        socklen_t len = i == 0 ? sizeof v4 : sizeof v6;
        struct queue_state q;
        char byte;
        p.listener = socket(families[i], SOCK_DGRAM, 0);
        p.client = socket(families[i], SOCK_DGRAM, 0);
        assert_int_equal(bind(p.listener, a, len), 0);
        assert_int_equal(getsockname(p.listener, a, &len), 0);
        p.port = ntohs(i == 0 ? v4.sin_port : v6.sin6_port);
        assert_int_equal(queues_udp(p.nl, p.port, &q), 0);
        assert_true(q.inode > 0 && q.receive == 0);
        assert_int_equal(connect(p.client, a, len), 0);
        assert_took(&p, 1);
        assert_int_equal(send(p.client, "x", 1, 0), 1);
        assert_took(&p, 0);
        assert_never_taken(&p);
        assert_int_equal(recv(p.listener, &byte, 1, 0), 1);
        assert_took(&p, 1);
        close(p.listener);
        assert_int_equal(queues_udp(p.nl, p.port, &q), -1);
        end(&p);
    }
}

static void test_unix_types(void **state)
{
    (void)state;
    static const int types[] = {SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET};
    for (int i = 0; i < 3; i++) {
        int ends[2];
        char byte;
        struct pair p = {.nl = queues_open(), .listener = -1};
        assert_int_equal(socketpair(AF_UNIX, types[i], 0, ends), 0);
        p.client = ends[0];
        p.server = ends[1];
        assert_int_equal(queues_peer_took_all(p.nl, p.client), 1);
        assert_int_equal(send(p.client, "x", 1, 0), 1);
        assert_never_taken(&p);
        assert_int_equal(recv(p.server, &byte, 1, 0), 1);
        assert_int_equal(queues_peer_took_all(p.nl, p.client), 1);
        end(&p);
    }
}

static void test_unix_by_path(void **state)
{
    (void)state;
    char dir[] = "/tmp/queues_test_XXXXXX";
    assert_non_null(mkdtemp(dir));
    assert_int_equal(chdir(dir), 0);
    int nl = queues_open(), fd = socket(AF_UNIX, SOCK_STREAM, 0);
    struct sockaddr_un a = {.sun_family = AF_UNIX, .sun_path = "./name"};
    struct queue_state q;
    assert_int_equal(bind(fd, (void *)&a, sizeof a), 0);
    assert_int_equal(queues_unix(nl, "./name", 6, &q), -1); /* bound, not listening */
    assert_int_equal(errno, ENOENT);
    assert_int_equal(listen(fd, 5), 0);
    assert_int_equal(queues_unix(nl, "./name", 6, &q), 0);
    assert_int_equal(q.state, LISTEN);
    assert_int_equal(q.send, 5);
    assert_int_equal(queues_unix(nl, "name", 4, &q), 0); /* another spelling of the same file */
    assert_int_equal(queues_unix(nl, "nam", 3, &q), -1);
    close(fd);
    assert_int_equal(queues_unix(nl, "./name", 6, &q), -1);
    close(nl);
    unlink("name");
    assert_int_equal(chdir("/"), 0);
    rmdir(dir);
}

static void test_unix_abstract(void **state)
{
    (void)state;
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    int nl = queues_open(), fd = socket(AF_UNIX, SOCK_DGRAM, 0);
    int len = snprintf(a.sun_path + 1, sizeof a.sun_path - 1, "queues-test-%d", getpid()) + 1;
    struct queue_state q;
    socklen_t all = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + (size_t)len);
    assert_int_equal(bind(fd, (void *)&a, all), 0);
    assert_int_equal(queues_unix(nl, a.sun_path, (size_t)len, &q), 0);
    assert_true(q.inode > 0);
    assert_int_equal(queues_unix(nl, a.sun_path, (size_t)len - 1, &q), -1);
    close(fd);
    close(nl);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_v4),
        cmocka_unit_test(test_v6),
        cmocka_unit_test(test_dual_stack_listener),
        cmocka_unit_test(test_v4_mapped_client),
        cmocka_unit_test(test_full_queues),
        cmocka_unit_test(test_reset_peer),
        cmocka_unit_test(test_unknown_connection),
        cmocka_unit_test(test_listeners),
        cmocka_unit_test(test_listener_on_another_address),
        cmocka_unit_test(test_who_takes_what_is_sent),
        cmocka_unit_test(test_ports_as_text),
        cmocka_unit_test(test_udp),
        cmocka_unit_test(test_unix_types),
        cmocka_unit_test(test_unix_by_path),
        cmocka_unit_test(test_unix_abstract),
    };
    return cmocka_run_group_tests_name("queues", tests, NULL, NULL);
}
