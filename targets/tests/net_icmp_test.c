/* net/icmp.h: the checksum of RFC 1071, messages there and back, and packets of anybody's making. */
#include "net/icmp.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

static void test_checksum(void **state)
{
    (void)state;
    /* RFC 1071, section 3: the sum of these words is 2ddf0, folded ddf2; the checksum is its complement. */
    const unsigned char words[] = {0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7};
    assert_int_equal(icmp_checksum(words, sizeof words), 0xffff - 0xddf2);
    assert_int_equal(icmp_checksum(words, 0), 0xffff);
    assert_int_equal(icmp_checksum(words, 3), 0xffff - 0xf201); /* 0001 + f200: an odd byte is the high one */
    static unsigned char ones[65535];
    memset(ones, 0xff, sizeof ones);
    assert_int_equal(icmp_checksum(ones, sizeof ones - 1), 0); /* carries of carries */
    assert_int_equal(icmp_checksum(ones, sizeof ones), 0x00ff);
    /* A header that many textbooks sum: 45 00 00 73 ... b861. */
    const unsigned char header[] = {0x45, 0x00, 0x00, 0x73, 0x00, 0x00, 0x40, 0x00, 0x40, 0x11,
                                    0xb8, 0x61, 0xc0, 0xa8, 0x00, 0x01, 0xc0, 0xa8, 0x00, 0xc7};
    assert_int_equal(icmp_checksum(header, sizeof header), 0);
}

/* A reply as the kernel of the peer makes it of a request. */
static size_t reply_to(int family, unsigned char *message, size_t len)
{
    message[0] = family == AF_INET6 ? 129 : 0;
    message[2] = message[3] = 0;
    uint16_t sum = family == AF_INET6 ? 0x1234 : icmp_checksum(message, len);
    message[2] = (unsigned char)(sum >> 8);
    message[3] = (unsigned char)sum;
    return len;
}

static void test_there_and_back(void **state)
{
    (void)state;
    static const int families[] = {AF_INET, AF_INET6};
    const unsigned char data[] = "odd";
    for (size_t i = 0; i < 2; i++) {
        unsigned char message[64];
        const struct icmp_echo echo = {0xabcd, 0x0102, data, 3};
        struct icmp_echo back = {0};
        size_t len = icmp_write_request(families[i], &echo, message, sizeof message);
        assert_int_equal(len, ICMP_HEADER + 3);
        assert_int_equal(icmp_read(families[i], message, len, &back), ICMP_OTHER); /* a request is no reply */
        reply_to(families[i], message, len);
        assert_int_equal(icmp_read(families[i], message, len, &back), ICMP_REPLY);
        assert_int_equal(back.id, 0xabcd);
        assert_int_equal(back.sequence, 0x0102);
        assert_int_equal(back.len, 3);
        assert_memory_equal(back.data, "odd", 3);
        assert_int_equal(icmp_write_request(families[i], &echo, message, len - 1), 0);
        assert_int_equal(icmp_write_request(families[i], &echo, message, 3), 0);
    }
}

/* Each packet lies at the end of memory of its own size, so that a byte read too far is
 * seen by a sanitizer. */
static enum icmp_what read_exact(int family, const unsigned char *data, size_t len)
{
    struct icmp_echo echo;
    unsigned char *copy = malloc(len + 1);
    assert_non_null(copy);
    memcpy(copy + 1, data, len);
    enum icmp_what what = icmp_read(family, copy + 1, len, &echo);
    free(copy);
    return what;
}

static void test_broken(void **state)
{
    (void)state;
    unsigned char message[64];
    const struct icmp_echo echo = {7, 1, (const unsigned char *)"12345678", 8};
    size_t len = reply_to(AF_INET, message, icmp_write_request(AF_INET, &echo, message, sizeof message));
    assert_int_equal(read_exact(AF_INET, message, len), ICMP_REPLY);
    for (size_t n = 0; n < len; n++) /* cut anywhere: a wrong sum, or too short for one */
        assert_int_equal(read_exact(AF_INET, message, n), ICMP_BROKEN);
    for (size_t bit = 0; bit < len * 8; bit++) { /* any bit turned */
        message[bit / 8] ^= (unsigned char)(1 << bit % 8);
        assert_int_equal(read_exact(AF_INET, message, len), ICMP_BROKEN);
        message[bit / 8] ^= (unsigned char)(1 << bit % 8);
    }
    message[1] = 1; /* a code that no reply has, with its right sum */
    reply_to(AF_INET, message, len);
    assert_int_equal(read_exact(AF_INET, message, len), ICMP_OTHER);
    for (size_t n = 0; n < ICMP_HEADER; n++)
        assert_int_equal(read_exact(AF_INET6, message, n), ICMP_BROKEN);
}

static void sum_up(unsigned char *message, size_t len)
{
    message[2] = message[3] = 0;
    uint16_t sum = icmp_checksum(message, len);
    message[2] = (unsigned char)(sum >> 8);
    message[3] = (unsigned char)sum;
}

/* "Destination unreachable" quotes the packet that it is about. */
static void test_unreachable(void **state)
{
    (void)state;
    unsigned char asked[64], error[128] = {3, 1};
    const struct icmp_echo echo = {0x0708, 2, (const unsigned char *)"12345678", 8};
    struct icmp_echo quoted = {0};
    struct ip4_packet ip = {.protocol = IPPROTO_ICMP, .ttl = 1, .data = asked};
    ip.len = icmp_write_request(AF_INET, &echo, asked, sizeof asked);
    size_t len = ICMP_HEADER + ip4_write(&ip, error + ICMP_HEADER, sizeof error - ICMP_HEADER);
    sum_up(error, len);
    assert_int_equal(icmp_read(AF_INET, error, len, &quoted), ICMP_UNREACHABLE);
    assert_int_equal(quoted.id, 0x0708);
    assert_int_equal(quoted.sequence, 2);
    assert_int_equal(quoted.len, 0);
    for (size_t n = ICMP_HEADER; n < ICMP_HEADER + IP4_HEADER + ICMP_HEADER; n++) { /* less than what must be there */
        sum_up(error, n);
        assert_int_equal(read_exact(AF_INET, error, n), ICMP_BROKEN);
    }
    error[ICMP_HEADER] = 4 << 4 | 15; /* the quoted header says that it is longer than what there is */
    sum_up(error, len);
    assert_int_equal(read_exact(AF_INET, error, len), ICMP_BROKEN);
    error[ICMP_HEADER] = 4 << 4; /* and shorter than any */
    sum_up(error, len);
    assert_int_equal(read_exact(AF_INET, error, len), ICMP_BROKEN);
    error[ICMP_HEADER] = 4 << 4 | 5;
    error[ICMP_HEADER + 9] = IPPROTO_UDP; /* about somebody else's datagram */
    sum_up(error, len);
    assert_int_equal(read_exact(AF_INET, error, len), ICMP_OTHER);
}

static void test_ip_header(void **state)
{
    (void)state;
    unsigned char packet[64];
    struct ip4_packet ip = {.protocol = 1, .ttl = 64, .data = (const unsigned char *)"abc", .len = 3}, back = {0};
    inet_pton(AF_INET, "10.0.0.1", &ip.from);
    inet_pton(AF_INET, "10.0.0.2", &ip.to);
    size_t len = ip4_write(&ip, packet, sizeof packet);
    assert_int_equal(len, IP4_HEADER + 3);
    assert_int_equal(icmp_checksum(packet, IP4_HEADER), 0);
    assert_int_equal(ip4_read(packet, len, &back), 0);
    assert_int_equal(back.from.s_addr, ip.from.s_addr);
    assert_int_equal(back.to.s_addr, ip.to.s_addr);
    assert_int_equal(back.protocol, 1);
    assert_int_equal(back.ttl, 64);
    assert_int_equal(back.len, 3);
    assert_memory_equal(back.data, "abc", 3);
    assert_int_equal(ip4_read(packet, sizeof packet, &back), 0); /* padded by a link */
    assert_int_equal(back.len, 3);
    for (size_t n = 0; n < len; n++)
        assert_int_equal(ip4_read(packet, n, &back), -1);
    static const struct {
        size_t at;
        unsigned char value;
    } wrong[] = {
        {0, 6 << 4 | 5},                   /* IPv6 */
        {0, 4 << 4 | 4}, {0, 4 << 4 | 15}, /* a header too short for one, and longer than the packet */
        {3, 19},                           /* a total shorter than the header */
        {6, 0x20},       {7, 1},           /* more fragments; an offset */
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        unsigned char was = packet[wrong[i].at];
        packet[wrong[i].at] = wrong[i].value;
        assert_int_equal(ip4_read(packet, len, &back), -1);
        packet[wrong[i].at] = was;
    }
    packet[6] = 0x40; /* don't fragment is fine */
    assert_int_equal(ip4_read(packet, len, &back), 0);
    assert_int_equal(ip4_write(&ip, packet, len - 1), 0);
    static unsigned char large[70000];
    ip.data = large;
    ip.len = 65535 - IP4_HEADER + 1; /* one more than the length field can say */
    assert_int_equal(ip4_write(&ip, large, sizeof large), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_checksum),    cmocka_unit_test(test_there_and_back), cmocka_unit_test(test_broken),
        cmocka_unit_test(test_unreachable), cmocka_unit_test(test_ip_header),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
