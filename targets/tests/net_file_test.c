/* net/file.h and the send loop: stdio on a socket, the rest that was not sent, the end of a conversation. */
#include "net/file.h"
#include "net/net.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void pair(int fds[2])
{
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
}

static void test_lines(void **state)
{
    (void)state;
    int fds[2];
    char line[64];
    pair(fds);
    FILE *out = net_file(fds[0], "w", net_deadline(20000), -1), *in = net_file(fds[1], "r", net_deadline(20000), -1);
    assert_non_null(out);
    assert_non_null(in);
    fprintf(out, "one\n%s\nrest", "two");
    assert_int_equal(fclose(out), 0);
    assert_int_equal(shutdown(fds[0], SHUT_WR), 0); /* fclose has left the socket open */
    assert_string_equal(fgets(line, sizeof line, in), "one\n");
    assert_string_equal(fgets(line, sizeof line, in), "two\n");
    assert_string_equal(fgets(line, sizeof line, in), "rest");
    assert_null(fgets(line, sizeof line, in));
    assert_true(feof(in) && !ferror(in));
    fclose(in);
    close(fds[0]);
    close(fds[1]);
}

static void test_deadline(void **state)
{
    (void)state;
    int fds[2];
    char line[64];
    pair(fds);
    FILE *in = net_file(fds[1], "r", net_deadline(30), -1);
    assert_int_equal(net_send_all(fds[0], "no end", 6, net_deadline(20000)), 0);
    errno = 0;
    assert_null(fgets(line, sizeof line, in));
    assert_true(ferror(in));
    assert_int_equal(errno, ETIMEDOUT);
    fclose(in);
    in = net_file(fds[1], "r", NET_NEVER, 30);
    errno = 0;
    assert_null(fgets(line, sizeof line, in));
    assert_int_equal(errno, ETIMEDOUT);
    fclose(in);
    close(fds[0]);
    close(fds[1]);
}

/* A peer that is gone: an error of fclose, no SIGPIPE. */
static void test_gone(void **state)
{
    (void)state;
    int fds[2];
    pair(fds);
    FILE *out = net_file(fds[0], "w", net_deadline(20000), -1);
    close(fds[1]);
    fputs("hello", out);
    errno = 0;
    assert_int_equal(fclose(out), EOF);
    assert_int_equal(errno, EPIPE);
    close(fds[0]);
    assert_null(net_file(fds[0], "r+", NET_NEVER, -1));
    assert_int_equal(errno, EINVAL);
}

static void test_rest(void **state)
{
    (void)state;
    const size_t len = 4 << 20;
    int fds[2];
    char *data = malloc(len), *got = malloc(len);
    assert_non_null(data);
    assert_non_null(got);
    for (size_t i = 0; i < len; i++)
        data[i] = (char)(i * 7 + i / 1000);
    pair(fds);
    struct net_rest rest = {data, len};
    assert_int_equal(net_send_rest(fds[0], &rest, net_deadline(50)), -1);
    assert_int_equal(errno, ETIMEDOUT);
    size_t sent = len - rest.len, have = 0;
    assert_true(sent > 0 && rest.len > 0 && rest.data == data + sent);
    /* What was told to be sent is what can be read, to the byte; and it goes on from there. */
    while (have < len) {
        ssize_t n = net_recv_some(fds[1], got + have, len - have, net_deadline(20000));
        assert_true(n > 0);
        have += (size_t)n;
        net_send_rest(fds[0], &rest, net_deadline(0));
    }
    assert_int_equal(rest.len, 0);
    assert_memory_equal(data, got, len);
    close(fds[1]);
    rest = (struct net_rest){data, 10};
    assert_int_equal(net_send_rest(fds[0], &rest, net_deadline(50)), -1);
    assert_int_equal(errno, EPIPE);
    assert_int_equal(rest.len, 10);
    close(fds[0]);
    free(data);
    free(got);
}

static void test_finish(void **state)
{
    (void)state;
    int fds[2];
    char data[8];
    pair(fds);
    assert_int_equal(net_send_all(fds[1], "unread", 6, net_deadline(20000)), 0);
    assert_int_equal(net_finish(fds[0], 100, net_deadline(30)), -1); /* it does not end */
    assert_int_equal(errno, ETIMEDOUT);
    assert_int_equal(net_recv_some(fds[1], data, sizeof data, net_deadline(20000)), 0);
    assert_int_equal(net_send_all(fds[1], "more than that", 14, net_deadline(20000)), 0);
    assert_int_equal(net_finish(fds[0], 3, net_deadline(20000)), -1); /* too much of it */
    shutdown(fds[1], SHUT_WR);
    assert_int_equal(net_finish(fds[0], 100, net_deadline(20000)), 0);
    close(fds[0]);
    close(fds[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines), cmocka_unit_test(test_deadline), cmocka_unit_test(test_gone),
        cmocka_unit_test(test_rest),  cmocka_unit_test(test_finish),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
