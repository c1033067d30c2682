/* net/family.h: every family and type of documents 003 and 004: there it is used, or it is said why not. */
#include "net/family.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

static void test_usual(void **state)
{
    (void)state;
    static const int families[] = {AF_INET, AF_INET6, AF_UNIX}, types[] = {SOCK_STREAM, SOCK_DGRAM};
    for (size_t f = 0; f < 3; f++) {
        for (size_t t = 0; t < 2; t++) {
            struct net_error e = {0};
            int fd = net_socket(families[f], types[t], 0, &e), kind = 0;
            socklen_t size = sizeof kind;
            assert_true(fd >= 0);
            assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
            assert_int_equal(getsockopt(fd, SOL_SOCKET, SO_TYPE, &kind, &size), 0);
            assert_int_equal(kind, types[t]);
            close(fd);
        }
    }
    struct net_error e = {0};
    int fd = net_socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, &e);
    assert_true(fd >= 0);
    assert_true(fcntl(fd, F_GETFL) & O_NONBLOCK);
    close(fd);
}

/* The document describes RDM as if it were there. */
static void test_rdm(void **state)
{
    (void)state;
    static const struct {
        int family;
        const char *text;
    } all[] = {
        {AF_INET, "RDM sockets of family INET are not supported by this kernel"},
        {AF_INET6, "RDM sockets of family INET6 are not supported by this kernel"},
        {AF_UNIX, "RDM sockets of family UNIX are not supported by this kernel"},
    };
    for (size_t i = 0; i < 3; i++) {
        struct net_error e = {0};
        assert_int_equal(net_socket(all[i].family, SOCK_RDM, 0, &e), -1);
        assert_int_equal(errno, e.code);
        assert_int_equal(e.failure, NET_SYSTEM);
        assert_string_equal(e.text, all[i].text);
        assert_int_equal(net_tell("test", &e), 1);
    }
}

/* The one family that has it, where its module is loaded. */
static void test_rdm_of_tipc(void **state)
{
    (void)state;
    struct net_error e = {0};
    int fd = net_socket(AF_TIPC, SOCK_RDM, 0, &e), kind = 0;
    socklen_t size = sizeof kind;
    if (fd < 0) {
        assert_int_equal(e.code, EAFNOSUPPORT);
        assert_string_equal(e.text, "RDM sockets of family TIPC are not supported by this kernel");
        return;
    }
    assert_int_equal(getsockopt(fd, SOL_SOCKET, SO_TYPE, &kind, &size), 0);
    assert_int_equal(kind, SOCK_RDM);
    close(fd);
}

static void test_names(void **state)
{
    (void)state;
    struct net_error e = {0};
    char room[24];
    assert_string_equal(net_type_name(SOCK_RAW | SOCK_CLOEXEC, room), "RAW");
    assert_string_equal(net_type_name(7, room), "number 7");
    assert_string_equal(net_family_name(AF_UNIX, room), "UNIX");
    assert_int_equal(net_socket(4711, SOCK_STREAM, 0, &e), -1);
    assert_int_equal(e.code, EAFNOSUPPORT);
    assert_string_equal(e.text, "STREAM sockets of family number 4711 are not supported by this kernel");
}

/* What has run out is another sentence. */
static void test_no_descriptors(void **state)
{
    (void)state;
    struct net_error e = {0};
    struct rlimit old, none;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
    none = (struct rlimit){3, old.rlim_max}; /* 0, 1 and 2 are taken */
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    int fd = net_socket(AF_INET, SOCK_STREAM, 0, &e);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
    assert_int_equal(fd, -1);
    assert_int_equal(e.code, EMFILE);
    assert_string_equal(e.text, "STREAM sockets of family INET cannot be had: Too many open files");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_usual),          cmocka_unit_test(test_rdm),
        cmocka_unit_test(test_rdm_of_tipc),    cmocka_unit_test(test_names),
        cmocka_unit_test(test_no_descriptors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
