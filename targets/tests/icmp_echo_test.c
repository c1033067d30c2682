/*
 * clients/icmp_echo.h on the loopback of a network namespace of its own: the kernel's echo by each kind of
 * socket, and a replier of ours that answers wrongly before it answers rightly, or does not at all.
 */
#include "clients/icmp_echo.h"

#include "net/datagram.h"
#include "net/family.h"
#include "net/icmp.h"
#include "own_network.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Says in the network's settings, which are ours alone. */
static bool say(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    bool done = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);
    net_close(&fd);
    return done;
}

static bool kernel_echo(bool answers)
{
    return say("/proc/sys/net/ipv4/icmp_echo_ignore_all", answers ? "0" : "1");
}

static bool have_network;

static int set_up(void **state)
{
    (void)state;
    have_network = enter_network();
    return 0;
}

static void test_each_way(void **state)
{
    (void)state;
    static const struct {
        enum icmp_echo_way way, used;
        const char *host;
    } ways[] = {
        {ICMP_ECHO_ANY, ICMP_ECHO_RAW, "127.0.0.1"},
        {ICMP_ECHO_RAW, ICMP_ECHO_RAW, "127.0.0.1"},
        {ICMP_ECHO_OWN_HEADER, ICMP_ECHO_OWN_HEADER, "127.0.0.1"},
        {ICMP_ECHO_RAW, ICMP_ECHO_RAW, "::1"},
    };
    NEED(have_network);
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        struct net_error e = {0};
        struct icmp_echo_client c = {.way = ways[i].way};
        assert_int_equal(icmp_echo_run(&c, ways[i].host, &e), 0);
        assert_int_equal(c.used, ways[i].used);
        assert_int_equal(c.sequence, 1);
        assert_true(c.us < 1000000);
    }
    struct net_error e = {0};
    struct icmp_echo_client six = {.way = ICMP_ECHO_OWN_HEADER};
    assert_int_equal(icmp_echo_run(&six, "::1", &e), -1);
    assert_int_equal(e.code, EAFNOSUPPORT);
}

static void test_datagram(void **state)
{
    (void)state;
    struct net_error e = {0};
    struct icmp_echo_client c = {.way = ICMP_ECHO_DGRAM};
    NEED(have_network);
    /* The usual setting of a new network: the range of groups is empty. */
    assert_int_equal(icmp_echo_run(&c, "127.0.0.1", &e), -1);
    assert_int_equal(e.failure, NET_SYSTEM);
    assert_int_equal(e.code, EACCES);
    NEED(say("/proc/sys/net/ipv4/ping_group_range", "0 0"));
    assert_int_equal(icmp_echo_run(&c, "127.0.0.1", &e), 0);
    assert_int_equal(c.used, ICMP_ECHO_DGRAM);
    assert_int_equal(icmp_echo_run(&c, "::1", &e), 0);
}

/* Without the privilege for RAW the client takes DGRAM by itself; where that is refused too, it says so. */
static void *as_nobody(void *at)
{
    struct icmp_echo_client *c = at;
    struct net_error e = {0};
    /* Of this thread alone: the call behind seteuid(), which would tell all threads. CAP_NET_RAW goes with
     * it. */
    if (syscall(SYS_setresuid, -1, 65534, -1) != 0)
        return NULL;
    c->sequence = 0;
    return icmp_echo_run(c, "127.0.0.1", &e) == 0 ? c : NULL;
}

static void test_falls_back(void **state)
{
    (void)state;
    struct icmp_echo_client c = {.way = ICMP_ECHO_ANY}, raw = {.way = ICMP_ECHO_RAW};
    pthread_t thread;
    void *done = NULL;
    NEED(have_network && geteuid() == 0 && say("/proc/sys/net/ipv4/ping_group_range", "0 0"));
    assert_int_equal(pthread_create(&thread, NULL, as_nobody, &c), 0);
    assert_int_equal(pthread_join(thread, &done), 0);
    assert_ptr_equal(done, &c);
    assert_int_equal(c.used, ICMP_ECHO_DGRAM);
    assert_int_equal(pthread_create(&thread, NULL, as_nobody, &raw), 0);
    assert_int_equal(pthread_join(thread, &done), 0);
    assert_null(done);
}

/* --- a replier that gets it wrong ----------------------------------------------------------------------- */

enum wrong {
    WRONG_PEER,
    WRONG_ID,
    WRONG_SEQUENCE,
    WRONG_CHECKSUM,
    WRONG_DATA,
    WRONG_TYPE,
    SHORT_DATA,
    RIGHT,
    UNREACHABLE,
    REPLIES
};

struct replier {
    int fd;
    int ignore;       /* so many requests get no answer */
    unsigned answers; /* bits of enum wrong: what is sent, in this order */
    struct ip4_packet got;
    unsigned char room[256];
};

static void sum_up(unsigned char *message, size_t len)
{
    message[2] = message[3] = 0;
    uint16_t sum = icmp_checksum(message, len);
    message[2] = (unsigned char)(sum >> 8);
    message[3] = (unsigned char)sum;
}

static void answer(const struct replier *r, enum wrong how)
{
    unsigned char message[256], packet[256];
    struct ip4_packet ip = {.from = r->got.to, .to = r->got.from, .protocol = IPPROTO_ICMP, .ttl = 64};
    size_t len = r->got.len;
    memcpy(message, r->got.data, len);
    message[0] = how == WRONG_TYPE ? 14 : 0;
    if (how == WRONG_PEER)
        inet_pton(AF_INET, "127.0.0.77", &ip.from);
    message[4] ^= how == WRONG_ID;
    message[6] ^= how == WRONG_SEQUENCE;
    message[len - 1] ^= how == WRONG_DATA;
    len -= how == SHORT_DATA;
    if (how == UNREACHABLE) {
        memset(message, 0, ICMP_HEADER);
        message[0] = 3;
        message[1] = 1;
        len = ICMP_HEADER + ip4_write(&r->got, message + ICMP_HEADER, sizeof message - ICMP_HEADER);
    }
    sum_up(message, len);
    message[2] ^= how == WRONG_CHECKSUM;
    ip.data = message;
    ip.len = len;
    struct net_address to = {.len = sizeof(struct sockaddr_in)};
    *(struct sockaddr_in *)&to.storage = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr = r->got.from};
    net_send_to(r->fd, packet, ip4_write(&ip, packet, sizeof packet), &to, net_deadline(1000));
}

static void *reply(void *at)
{
    struct replier *r = at;
    for (int asked = 0; asked <= r->ignore;) {
        ssize_t n = net_recv_from(r->fd, r->room, sizeof r->room, NULL, net_deadline(5000));
        if (n < 0)
            return NULL;
        if ((size_t)n > sizeof r->room || ip4_read(r->room, (size_t)n, &r->got) < 0 || r->got.data[0] != 8)
            continue;
        asked++;
    }
    for (int how = 0; how < REPLIES; how++) {
        if (r->answers & 1u << how)
            answer(r, (enum wrong)how);
    }
    return r;
}

/* Asks 127.0.0.5 while the replier answers as it is told. Returns what the client does. */
static int against(struct replier *r, struct icmp_echo_client *c, struct net_error *e)
{
    const int on = 1;
    pthread_t thread;
    void *done = NULL;
    r->fd = net_socket(AF_INET, SOCK_RAW, IPPROTO_ICMP, e);
    assert_true(r->fd >= 0);
    assert_int_equal(setsockopt(r->fd, IPPROTO_IP, IP_HDRINCL, &on, sizeof on), 0);
    assert_int_equal(pthread_create(&thread, NULL, reply, r), 0);
    int result = icmp_echo_run(c, "127.0.0.5", e);
    assert_int_equal(pthread_join(thread, &done), 0);
    assert_ptr_equal(done, r);
    net_close(&r->fd);
    return result;
}

static void test_only_the_right_reply(void **state)
{
    (void)state;
    static const enum icmp_echo_way ways[] = {ICMP_ECHO_RAW, ICMP_ECHO_OWN_HEADER};
    NEED(have_network && kernel_echo(false));
    for (size_t w = 0; w < 2; w++) {
        struct net_error e = {0};
        struct icmp_echo_client c = {.way = ways[w]};
        struct replier all = {.answers = (1u << UNREACHABLE) - 1};
        assert_int_equal(against(&all, &c, &e), 0);
        for (int how = 0; how < RIGHT; how++) {
            struct icmp_echo_client one = {.way = ways[w], .tries = 1, .wait_ms = 30};
            struct replier wrong = {.answers = 1u << how};
            assert_int_equal(against(&wrong, &one, &e), -1);
            assert_int_equal(e.failure, NET_TIMEOUT);
        }
    }
}

static void test_unreachable(void **state)
{
    (void)state;
    struct net_error e = {0};
    struct icmp_echo_client c = {.way = ICMP_ECHO_RAW};
    struct replier r = {.answers = 1u << UNREACHABLE};
    NEED(have_network && kernel_echo(false));
    assert_int_equal(against(&r, &c, &e), -1);
    assert_int_equal(e.failure, NET_SYSTEM);
    assert_int_equal(e.code, EHOSTUNREACH);
    assert_int_equal(icmp_echo_run(&c, "10.99.99.99", &e), -1); /* no way there at all */
    assert_int_equal(e.failure, NET_SYSTEM);
    assert_int_equal(e.code, ENETUNREACH);
}

/* Lost ones are asked for again, and nobody is asked for ever. */
static void test_again(void **state)
{
    (void)state;
    struct net_error e = {0};
    struct icmp_echo_client c = {.way = ICMP_ECHO_RAW, .tries = 20, .wait_ms = 300};
    struct replier third = {.ignore = 2, .answers = 1u << RIGHT}, silent = {.answers = 0};
    NEED(have_network && kernel_echo(false));
    assert_int_equal(against(&third, &c, &e), 0);
    assert_int_equal(c.sequence, 3); /* also where a slow machine has asked once more meanwhile */
    c = (struct icmp_echo_client){.way = ICMP_ECHO_RAW, .tries = 3, .wait_ms = 20};
    assert_int_equal(against(&silent, &c, &e), -1);
    assert_int_equal(e.failure, NET_TIMEOUT);
    assert_string_equal(e.text, "127.0.0.5: no echo");
}

static void test_no_such_name(void **state)
{
    (void)state;
    struct net_error e = {0};
    struct icmp_echo_client c = {.way = ICMP_ECHO_ANY};
    assert_int_equal(icmp_echo_run(&c, "no such host", &e), -1);
    assert_int_equal(e.failure, NET_BAD_NAME);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_way),     cmocka_unit_test(test_datagram),
        cmocka_unit_test(test_falls_back),   cmocka_unit_test(test_only_the_right_reply),
        cmocka_unit_test(test_unreachable),  cmocka_unit_test(test_again),
        cmocka_unit_test(test_no_such_name),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
