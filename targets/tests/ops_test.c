/*
 * net/ops.h: NULL is filled in, what is given stays; and whatever has operations runs a second time with what it had.
 * AddressSanitizer sees to it that nothing of the first run's frame is used in the second.
 */
#include "net/ops.h"

#include "clients/echo_client.h"
#include "clients/fetch.h"
#include "clients/hello.h"
#include "clients/port_check.h"
#include "clients/reader.h"
#include "clients/udp_client.h"
#include "servers/echo.h"
#include "servers/greeting.h"
#include "servers/http_page.h"
#include "servers/http_server.h"
#include "servers/line_session.h"
#include "servers/udp_echo.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define LIMIT_MS 10000

/* gcc's default is off: a frame that has been left would be found in order. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "detect_stack_use_after_return=1";
}

/* --- filling in ----------------------------------------------------------------------------------------- */

struct sample_ops {
    int (*first)(void);
    bool (*second)(int a, const char *b);
    void (*last)(void);
    int number;
};

static int one(void)
{
    return 1;
}

static int two(void)
{
    return 2;
}

static bool never(int a, const char *b)
{
    (void)a;
    (void)b;
    return false;
}

static void test_fills_in(void **state)
{
    (void)state;
    const struct sample_ops right = {.first = one, .second = never, .number = 7}, *nothing = NULL;
    struct sample_ops ops = OPS_COPY(sample_ops, nothing), given = {.first = two, .number = 0};
    OPS_COMPLETE(&ops, &right, last);
    assert_int_equal(ops.first(), 1);
    assert_true(ops.second == never && ops.last == NULL);
    assert_int_equal(ops.number, 0); /* numbers are nobody's here */
    OPS_COMPLETE(&given, &right, last);
    assert_int_equal(given.first(), 2);
    assert_true(given.second == never);
    struct sample_ops part = {0};
    OPS_COMPLETE(&part, &right, first);
    assert_true(part.first == one && part.second == NULL);
}

/* --- a second run --------------------------------------------------------------------------------------- */

static size_t heard;

static void hear(const char *data, size_t len)
{
    (void)data;
    heard += len;
}

static int listener_on(char *port, size_t cap)
{
    struct net_error e = {0};
    struct net_address a;
    int listener = net_listen("127.0.0.1", "0", 16, &e);
    assert_true(listener >= 0);
    assert_int_equal(net_own_address(listener, &a), 0);
    snprintf(port, cap, "%u", (unsigned)ntohs(((struct sockaddr_in *)&a.storage)->sin_port));
    return listener;
}

/* fork(); the child goes with its test, which may fail before it ends it. */
static pid_t process(void)
{
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0)
        prctl(PR_SET_PDEATHSIG, SIGKILL);
    return pid;
}

/* In a process of its own, one run behind the other: a connection each. It exits with 0 when both have. */
static pid_t serve_twice(struct tcp_server *s, int listener)
{
    pid_t pid = process();
    s->lifetime = 1;
    if (pid == 0)
        _exit(tcp_server_run(s, listener) == 0 && tcp_server_run(s, listener) == 0 ? 0 : 1);
    close(listener);
    return pid;
}

static void assert_ends_well(pid_t pid)
{
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

static void test_pages_and_a_server_of_one(void **state)
{
    (void)state;
    char port[16], url[64], *urls[] = {url};
    struct http_page page = {.type = "text/plain", .body = "hello\n"};
    struct tcp_server s = {.form = TCP_SERVER_PLAIN, .handle = http_page_session, .data = &page};
    static struct fetch f = {.ops.print = hear};
    pid_t pid = serve_twice(&s, listener_on(port, sizeof port));
    snprintf(url, sizeof url, "http://127.0.0.1:%s/", port);
    heard = 0;
    assert_int_equal(fetch_pages(&f, "first", urls, 1), 0);
    assert_int_equal(fetch_pages(&f, "second", urls, 1), 0);
    assert_int_equal(heard, 2 * strlen(page.body));
    assert_ends_well(pid);
}

static void test_reader_and_greeting(void **state)
{
    (void)state;
    char port[16];
    struct greeting g = {.text = "welcome"};
    struct tcp_server s = {.form = TCP_SERVER_PLAIN, .handle = greeting_session, .data = &g};
    struct reader r = {.ops.print = hear, .delimiter = '\n'};
    pid_t pid = serve_twice(&s, listener_on(port, sizeof port));
    heard = 0;
    for (int i = 0; i < 2; i++)
        assert_int_equal(reader_run(&r, reader_read_all, "reader", "127.0.0.1", port), 0);
    assert_int_equal(heard, 2 * strlen(g.text));
    assert_ends_well(pid);
}

static bool two_and_no_more(int fd, char *data, size_t len, const struct net_address *from)
{
    static int count;
    udp_echo_came(fd, data, len, from);
    return ++count < 2;
}

static void test_datagrams(void **state)
{
    (void)state;
    char port[16];
    struct net_error e = {0};
    struct net_address a;
    struct udp_client c = {.ops.print = hear, .message = "hello", .len = 5};
    int fd = net_bind_udp("127.0.0.1", "0", &e);
    assert_true(fd >= 0);
    assert_int_equal(net_own_address(fd, &a), 0);
    snprintf(port, sizeof port, "%u", (unsigned)ntohs(((struct sockaddr_in *)&a.storage)->sin_port));
    pid_t pid = process();
    if (pid == 0)
        _exit(udp_echo_serve(fd, &(struct udp_echo_ops){.came = two_and_no_more}));
    close(fd);
    heard = 0;
    for (int i = 0; i < 2; i++)
        assert_int_equal(udp_client_run(&c, "udp", "127.0.0.1", port), 0);
    assert_int_equal(heard, 10);
    assert_ends_well(pid);
}

static void close_and_stop(struct echo_conn *c)
{
    c->base.server->stop = true;
    echo_close(c);
}

static void test_echo(void **state)
{
    (void)state;
    char port[16];
    const struct echo_ops ops = {.eof = close_and_stop};
    int listener = listener_on(port, sizeof port);
    pid_t pid = process();
    if (pid == 0)
        _exit(echo_serve_on(listener, &ops) | echo_serve_on(listener, &ops));
    close(listener);
    for (int i = 0; i < 2; i++)
        assert_int_equal(echo_client_run("127.0.0.1", port, "100000", LIMIT_MS, NULL), 0);
    assert_ends_well(pid);
}

static void test_lines_greeted_and_checked(void **state)
{
    (void)state;
    char port[16];
    struct tcp_server s = {.form = TCP_SERVER_PLAIN, .handle = line_session};
    pid_t pid = serve_twice(&s, listener_on(port, sizeof port));
    assert_int_equal(hello_run(NULL, "hello", "127.0.0.1", port, 1), 0);
    assert_int_equal(port_check("check", "127.0.0.1", port, NULL), 0);
    assert_ends_well(pid);
}

static void stop_behind_it(struct http_conn *c)
{
    c->base.server->stop = true;
}

/* Until the server listens: connecting is the question, and there is no other sign of it. */
static void wait_for_listener(const char *host, const char *port)
{
    struct net_error e = {0};
    uint64_t deadline = net_deadline(LIMIT_MS);
    int fd;
    while ((fd = net_dial(host, port, deadline, &e)) < 0 && e.code == ECONNREFUSED && net_left(deadline) > 0)
        poll(NULL, 0, 5);
    assert_true(fd >= 0);
    close(fd);
}

/* On an address of this process alone, so that nobody else takes its port before it listens. */
static void test_http(void **state)
{
    (void)state;
    char host[32], port[16], url[64], *urls[] = {url}, byte;
    const struct http_config config = {.ops.sent = stop_behind_it, .timeout = LIMIT_MS};
    static struct fetch f = {.ops.print = hear};
    int own = (int)getpid(), ends[2];
    snprintf(host, sizeof host, "127.%d.%d.%d", 16 + (own >> 16) % 64, (own >> 8) & 255, own & 255);
    close(listener_on(port, sizeof port));
    snprintf(url, sizeof url, "http://%s:%s/", host, port);
    assert_int_equal(pipe(ends), 0);
    pid_t pid = process();
    if (pid == 0) {
        int status = http_serve(host, port, NULL, &config);
        (void)!write(ends[1], "", 1);
        _exit(status | http_serve(host, port, NULL, &config));
    }
    heard = 0;
    wait_for_listener(host, port);
    assert_int_equal(fetch_pages(&f, "http", urls, 1), 0);
    close(ends[1]);
    assert_int_equal(read(ends[0], &byte, 1), 1); /* the first listener has gone, and with it its queue */
    close(ends[0]);
    wait_for_listener(host, port);
    assert_int_equal(fetch_pages(&f, "http", urls, 1), 0);
    assert_true(heard > 0);
    assert_ends_well(pid);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fills_in),
        cmocka_unit_test(test_pages_and_a_server_of_one),
        cmocka_unit_test(test_reader_and_greeting),
        cmocka_unit_test(test_datagrams),
        cmocka_unit_test(test_echo),
        cmocka_unit_test(test_lines_greeted_and_checked),
        cmocka_unit_test(test_http),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
