/*
 * net/group.h in a network of its own: what is sent to a group arrives with who has joined it; and on an interface
 * whose other end we hold, the messages of IGMP by which the kernel tells that somebody has joined and left.
 */
#include "net/group.h"

#include "net/datagram.h"
#include "own_network.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define LIMIT_MS  10000
#define GROUP     "239.255.7.7"
#define OWN       "10.99.0.1"
#define REPORT    0x22 /* IGMPv3 membership report (RFC 3376, 4.2) */
#define TO_EXCEPT 4    /* a record's type: from now on everybody but nobody is listened to, so all are (4.2.12) */
#define TO_ONLY   3    /* from now on nobody is: it is left */

/* An interface whose packets are read from the descriptor that comes back; -1 where this machine gives none. */
static int open_interface(void)
{
    struct ifreq r = {.ifr_flags = IFF_TUN | IFF_NO_PI};
    int tun = open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK), fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    bool made = tun >= 0 && fd >= 0 && ioctl(tun, TUNSETIFF, &r) == 0;
    struct sockaddr_in *a = (struct sockaddr_in *)&r.ifr_addr;
    char name[IFNAMSIZ];
    strcpy(name, r.ifr_name);
    *a = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = inet_addr(OWN)};
    bool up = made && ioctl(fd, SIOCSIFADDR, &r) == 0 && interface_set(fd, name, IFF_UP | IFF_MULTICAST);
    net_close(&fd);
    if (!up)
        net_close(&tun);
    return up ? tun : -1;
}

static bool have_network;

static int set_up(void **state)
{
    (void)state;
    have_network = enter_network();
    return 0;
}

static void test_arrives(void **state)
{
    (void)state;
    NEED(have_network);
    struct net_error e = {0};
    char data[8], port[12];
    struct net_address own, group = {.len = sizeof(struct sockaddr_in)};
    int in = net_bind_udp(GROUP, "0", &e), out = net_udp_socket(AF_INET);
    assert_true(in >= 0 && out >= 0);
    assert_int_equal(net_own_address(in, &own), 0);
    struct sockaddr_in *to = (struct sockaddr_in *)&group.storage;
    *to = *(struct sockaddr_in *)&own.storage;
    snprintf(port, sizeof port, "%u", (unsigned)ntohs(to->sin_port));
    assert_int_equal(net_group_send_through(out, "127.0.0.1", &e), 0);
    assert_int_equal(net_send_to(out, "early", 5, &group, net_deadline(LIMIT_MS)), 0);
    assert_int_equal(net_group_join(in, GROUP, "127.0.0.1", &e), 0);
    assert_int_equal(net_send_to(out, "late", 4, &group, net_deadline(LIMIT_MS)), 0);
    /* What was sent before has met nobody. */
    assert_int_equal(net_recv_from(in, data, sizeof data, NULL, net_deadline(LIMIT_MS)), 4);
    assert_memory_equal(data, "late", 4);
    close(in);
    close(out);
}

static void test_refused(void **state)
{
    (void)state;
    NEED(have_network);
    struct net_error e = {0};
    int fd = net_udp_socket(AF_INET);
    assert_int_equal(net_group_join(fd, "10.0.0.1", "127.0.0.1", &e), -1);
    assert_int_equal(e.code, EINVAL); /* no group */
    assert_int_equal(net_group_join(fd, GROUP, "", &e), -1);
    assert_int_equal(e.code, ENODEV); /* no route leads there */
    assert_int_equal(net_group_join(fd, "all of them", "", &e), -1);
    assert_string_equal(e.text, "join all of them: Invalid argument");
    close(fd);
}

/* Reads packets until a report about our group comes. Returns the type of its record. The IPv4 header tells its own
 * length: IGMP's has the option Router Alert. */
static int record_of_next_report(int tun)
{
    unsigned char packet[1500];
    const in_addr_t group = inet_addr(GROUP);
    for (;;) {
        if (net_wait(tun, POLLIN, net_deadline(LIMIT_MS)) < 0)
            return -1;
        ssize_t n = read(tun, packet, sizeof packet);
        size_t header = n > 20 ? (size_t)(packet[0] & 15) * 4 : 0;
        if (header == 0 || (size_t)n < header + 16 || packet[0] >> 4 != 4 || packet[9] != IPPROTO_IGMP)
            continue;
        const unsigned char *igmp = packet + header, *record = igmp + 8;
        if (igmp[0] == REPORT && memcmp(record + 4, &group, sizeof group) == 0)
            return record[0];
    }
}

static void test_igmp(void **state)
{
    (void)state;
    NEED(have_network);
    struct net_error e = {0};
    int tun = open_interface(), fd = net_udp_socket(AF_INET), record;
    NEED(tun >= 0);
    assert_int_equal(net_group_join(fd, GROUP, OWN, &e), 0);
    assert_int_equal(record_of_next_report(tun), TO_EXCEPT);
    close(fd);
    do
        record = record_of_next_report(tun); /* what was said at first is said again: packets get lost */
    while (record == TO_EXCEPT);
    assert_int_equal(record, TO_ONLY);
    close(tun);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_arrives),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_igmp),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
