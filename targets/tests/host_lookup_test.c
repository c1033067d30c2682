/*
 * clients/host_lookup.h: each of the four values of h_errno, from a name server of ours on loopback that answers with
 * the code that leads to it.
 */
#include "clients/host_lookup.h"

#include "net/datagram.h"

#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <netinet/in.h>
#include <resolv.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* Answers every question with the code that its first letter stands for, and no record. In a DNS header the flags begin
 * with the bit of an answer, 0x80 in the first byte, and their second byte holds the code (RFC 1035, 4.1.1); without
 * 0x04, an answer with authority, the resolver would take one without records for a server that knows nothing. */
static void answer(int fd)
{
    for (;;) {
        char message[NS_PACKETSZ];
        struct net_address from;
        ssize_t n = net_recv_from(fd, message, sizeof message, &from, NET_NEVER);
        if (n <= NS_HFIXEDSZ + 1 || (size_t)n > sizeof message)
            continue;
        char first = message[NS_HFIXEDSZ + 1]; /* behind the length of the first label */
        int code = first == 'n' ? ns_r_nxdomain : first == 's' ? ns_r_servfail : first == 'f' ? ns_r_formerr : 0;
        message[2] = (char)(message[2] | 0x84);
        message[3] = (char)code;
        net_send_to(fd, message, (size_t)n, &from, net_deadline(1000));
    }
}

static pid_t server;

/* The resolver of this process asks our server, once, and adds no domain to a name. */
static int ask_ours(void **state)
{
    (void)state;
    struct net_error e = {0};
    struct net_address own;
    int fd = net_bind_udp("127.0.0.1", "0", &e);
    if (fd < 0 || net_own_address(fd, &own) < 0 || res_init() < 0)
        return -1;
    server = fork();
    if (server == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        answer(fd);
    }
    close(fd);
    memcpy(&_res.nsaddr_list[0], &own.storage, sizeof _res.nsaddr_list[0]);
    _res.nscount = 1;
    _res.retry = 1;
    _res.options &= ~(unsigned long)(RES_DNSRCH | RES_DEFNAMES);
    return server < 0 ? -1 : 0;
}

static int end_server(void **state)
{
    (void)state;
    kill(server, SIGKILL);
    return waitpid(server, NULL, 0) == server ? 0 : -1;
}

static void test_failures(void **state)
{
    (void)state;
    static const struct {
        const char *host;
        int code;
        const char *text;
    } rows[] = {
        {"no-such.sockspec.test", HOST_NOT_FOUND, "no-such.sockspec.test: Unknown host"},
        {"servfail.sockspec.test", TRY_AGAIN, "servfail.sockspec.test: Host name lookup failure"},
        {"formerr.sockspec.test", NO_RECOVERY, "formerr.sockspec.test: Unknown server error"},
        {"empty.sockspec.test", NO_DATA, "empty.sockspec.test: No address associated with name"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct net_error e = {0};
        assert_null(host_lookup(rows[i].host, &e));
        assert_string_equal(e.text, rows[i].text);
        assert_int_equal(e.code, rows[i].code);
        assert_int_equal(e.failure, NET_BAD_ADDRESS);
        assert_int_equal(net_tell("test", &e), 4);
    }
}

/* An address that is one is known without asking anybody: of what it is is another question. */
static void test_found(void **state)
{
    (void)state;
    struct net_error e = {0};
    const struct in_addr loopback = {htonl(INADDR_LOOPBACK)};
    const struct hostent *host = host_lookup("localhost", &e);
    assert_non_null(host);
    assert_int_equal(host->h_addrtype, AF_INET);
    assert_memory_equal(host->h_addr_list[0], &loopback, sizeof loopback);
    host_print(host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_failures),
        cmocka_unit_test(test_found),
    };
    return cmocka_run_group_tests(tests, ask_ours, end_server);
}
