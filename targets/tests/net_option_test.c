/* net/option.h, and what net_listen sets: by name, with units, and what the kernel made of it. */
#include "net/net.h"
#include "net/option.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <unistd.h>

static int value_of(int fd, const char *name)
{
    int value = -12345;
    assert_int_equal(net_option_get(fd, name, &value), 0);
    return value;
}

static void test_switches(void **state)
{
    (void)state;
    const char *const names[] = {"TCP_NODELAY", "SO_REUSEADDR", "SO_KEEPALIVE", "SO_OOBINLINE"};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        assert_int_equal(value_of(fd, names[i]), 0);
        assert_int_equal(net_option_set(fd, names[i], 1), 0);
        assert_int_equal(value_of(fd, names[i]), 1);
    }
    close(fd);
}

static void test_units(void **state)
{
    (void)state;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(net_option_set(fd, "SO_RCVTIMEO", 1500), 0);
    assert_in_range(value_of(fd, "SO_RCVTIMEO"), 1500, 1510); /* rounded up to the kernel's ticks */
    assert_int_equal(value_of(fd, "SO_LINGER"), -1);
    assert_int_equal(net_option_set(fd, "SO_LINGER", 3), 0);
    assert_int_equal(value_of(fd, "SO_LINGER"), 3);
    assert_int_equal(net_option_set(fd, "SO_LINGER", -1), 0);
    assert_int_equal(value_of(fd, "SO_LINGER"), -1);
    assert_int_equal(net_option_set(fd, "SO_RCVBUF", 8192), 0);
    assert_int_equal(value_of(fd, "SO_RCVBUF"), 16384); /* socket(7): doubled, for its own needs */
    assert_int_equal(value_of(fd, "SO_TYPE"), SOCK_STREAM);
    assert_int_equal(value_of(fd, "SO_ERROR"), 0);
    close(fd);
}

static void test_wrong(void **state)
{
    (void)state;
    int value, udp = socket(AF_INET, SOCK_DGRAM, 0);
    assert_int_equal(net_option_set(udp, "SO_REUSADDR", 1), -1);
    assert_int_equal(errno, ENOPROTOOPT);
    assert_int_equal(net_option_get(udp, "", &value), -1);
    assert_int_equal(net_option_set(udp, "TCP_NODELAY", 1), -1); /* not this protocol's */
    close(udp);
    assert_int_equal(net_option_set(-1, "SO_KEEPALIVE", 1), -1);
    assert_int_equal(errno, EBADF);
}

static void test_blocking(void **state)
{
    (void)state;
    char c;
    int pair[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    assert_int_equal(net_nonblocking(pair[0]), 0);
    assert_int_equal(net_recv(pair[0], &c, 1), -1);
    assert_int_equal(errno, EAGAIN);
    assert_int_equal(net_blocking(pair[0]), 0);
    assert_int_equal(fcntl(pair[0], F_GETFL) & O_NONBLOCK, 0);
    close(pair[1]);
    assert_int_equal(net_recv(pair[0], &c, 1), 0);
    close(pair[0]);
}

/* A second close does nothing, though the number belongs to somebody else by now. */
static void test_double_close(void **state)
{
    (void)state;
    int fd = socket(AF_INET, SOCK_STREAM, 0), number = fd;
    assert_int_equal(net_close(&fd), 0);
    assert_int_equal(fd, -1);
    int other = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(other, number);
    assert_int_equal(net_close(&fd), 0);
    assert_true(fcntl(other, F_GETFD) >= 0);
    close(other);
    assert_int_equal(net_close(&other), -1); /* closed behind its back */
    assert_int_equal(errno, EBADF);
}

static int backlog_of(int fd)
{
    struct tcp_info info;
    socklen_t size = sizeof info;
    assert_int_equal(getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size), 0);
    return (int)info.tcpi_sacked; /* of a listener: the most that may wait */
}

/* The sizes that the documents use, 0, and below 0, which means 0. */
static void test_backlog(void **state)
{
    (void)state;
    const int given[] = {-5, 0, 1, 5, 10}, want[] = {0, 0, 1, 5, 10};
    struct net_error e = {0};
    for (size_t i = 0; i < 5; i++) {
        int fd = net_listen("127.0.0.1", "0", given[i], &e);
        assert_true(fd >= 0);
        assert_int_equal(backlog_of(fd), want[i]);
        assert_int_equal(value_of(fd, "SO_ACCEPTCONN"), 1);
        assert_int_equal(value_of(fd, "SO_REUSEADDR"), 1);
        close(fd);
    }
}

static void test_listening_in_full(void **state)
{
    (void)state;
    struct net_error e = {0};
    int fd = net_listen_with("127.0.0.1", "0", &(struct net_listening){.backlog = 5, .no_reuse = true}, &e);
    assert_true(fd >= 0);
    assert_int_equal(value_of(fd, "SO_REUSEADDR"), 0);
    close(fd);
    fd = net_listen_with("::", "0", &(struct net_listening){.backlog = 5, .v6only = true}, &e);
    if (fd < 0) {
        assert_true(e.code == EADDRNOTAVAIL || e.code == EAFNOSUPPORT); /* a machine without IPv6 */
        return;
    }
    assert_int_equal(value_of(fd, "IPV6_V6ONLY"), 1);
    close(fd);
    fd = net_listen("::", "0", 5, &e);
    assert_int_equal(value_of(fd, "IPV6_V6ONLY"), 0);
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_switches),          cmocka_unit_test(test_units),        cmocka_unit_test(test_wrong),
        cmocka_unit_test(test_blocking),          cmocka_unit_test(test_double_close), cmocka_unit_test(test_backlog),
        cmocka_unit_test(test_listening_in_full),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
