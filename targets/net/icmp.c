#include "net/icmp.h"

#include <netinet/icmp6.h>
#include <netinet/ip_icmp.h>
#include <string.h>

/* A packet's length is 16 bits wide. */
#define IP4_MOST 65535

#define IP6_HEADER 40

static uint16_t get16(const unsigned char *at)
{
    return (uint16_t)(at[0] << 8 | at[1]);
}

static void put16(unsigned char *at, uint16_t value)
{
    at[0] = (unsigned char)(value >> 8);
    at[1] = (unsigned char)value;
}

uint16_t icmp_checksum(const void *data, size_t len)
{
    const unsigned char *at = data;
    uint64_t sum = 0; /* room for the carries of any packet */
    for (; len > 1; at += 2, len -= 2)
        sum += get16(at);
    if (len == 1)
        sum += (uint64_t)at[0] << 8;
    while (sum >> 16 != 0)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)~sum;
}

size_t icmp_write_request(int family, const struct icmp_echo *echo, unsigned char *to, size_t cap)
{
    if (cap < ICMP_HEADER || echo->len > cap - ICMP_HEADER)
        return 0;
    size_t len = ICMP_HEADER + echo->len;
    memset(to, 0, ICMP_HEADER);
    to[0] = family == AF_INET6 ? ICMP6_ECHO_REQUEST : ICMP_ECHO;
    put16(to + 4, echo->id);
    put16(to + 6, echo->sequence);
    if (echo->len > 0)
        memcpy(to + ICMP_HEADER, echo->data, echo->len);
    if (family != AF_INET6)
        put16(to + 2, icmp_checksum(to, len));
    return len;
}

static struct icmp_echo echo_of(const unsigned char *data, size_t len)
{
    return (struct icmp_echo){get16(data + 4), get16(data + 6), data + ICMP_HEADER, len - ICMP_HEADER};
}

/* An error quotes the packet that it is about: its IP header and at least 8 bytes (RFC 792). */
static enum icmp_what read_quote(int family, const unsigned char *data, size_t len, struct icmp_echo *echo)
{
    const unsigned char *quoted = data + ICMP_HEADER;
    size_t left = len - ICMP_HEADER, header = IP6_HEADER;
    if (family == AF_INET6 ? left < IP6_HEADER : left < IP4_HEADER)
        return ICMP_BROKEN;
    if (family == AF_INET)
        header = (size_t)(quoted[0] & 15) * 4;
    if (header < IP4_HEADER || left < header + ICMP_HEADER)
        return ICMP_BROKEN;
    int protocol = family == AF_INET6 ? quoted[6] : quoted[9];
    int asked = family == AF_INET6 ? ICMP6_ECHO_REQUEST : ICMP_ECHO;
    if (protocol != (family == AF_INET6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP) || quoted[header] != asked)
        return ICMP_OTHER;
    *echo = echo_of(quoted + header, ICMP_HEADER);
    return ICMP_UNREACHABLE;
}

enum icmp_what icmp_read(int family, const unsigned char *data, size_t len, struct icmp_echo *echo)
{
    if (len < ICMP_HEADER || (family == AF_INET && icmp_checksum(data, len) != 0))
        return ICMP_BROKEN;
    if (data[0] == (family == AF_INET6 ? ICMP6_DST_UNREACH : ICMP_DEST_UNREACH))
        return read_quote(family, data, len, echo);
    /* A code other than 0 is no echo reply that any standard knows. */
    if (data[0] != (family == AF_INET6 ? ICMP6_ECHO_REPLY : ICMP_ECHOREPLY) || data[1] != 0)
        return ICMP_OTHER;
    *echo = echo_of(data, len);
    return ICMP_REPLY;
}

int ip4_read(const unsigned char *packet, size_t len, struct ip4_packet *ip)
{
    if (len < IP4_HEADER || packet[0] >> 4 != 4)
        return -1;
    size_t header = (size_t)(packet[0] & 15) * 4, total = get16(packet + 2);
    if (header < IP4_HEADER || total < header || total > len)
        return -1;
    if ((get16(packet + 6) & 0x3fff) != 0) /* more fragments, or an offset: a piece of a packet */
        return -1;
    *ip = (struct ip4_packet){.protocol = packet[9], .ttl = packet[8]};
    memcpy(&ip->from, packet + 12, sizeof ip->from);
    memcpy(&ip->to, packet + 16, sizeof ip->to);
    ip->data = packet + header;
    ip->len = total - header; /* a link may have padded what follows */
    return 0;
}

size_t ip4_write(const struct ip4_packet *ip, unsigned char *to, size_t cap)
{
    if (cap > IP4_MOST)
        cap = IP4_MOST;
    if (cap < IP4_HEADER || ip->len > cap - IP4_HEADER)
        return 0;
    memset(to, 0, IP4_HEADER);
    to[0] = 4 << 4 | IP4_HEADER / 4;
    put16(to + 2, (uint16_t)(IP4_HEADER + ip->len));
    to[8] = ip->ttl;
    to[9] = ip->protocol;
    memcpy(to + 12, &ip->from, sizeof ip->from);
    memcpy(to + 16, &ip->to, sizeof ip->to);
    put16(to + 10, icmp_checksum(to, IP4_HEADER));
    if (ip->len > 0)
        memcpy(to + IP4_HEADER, ip->data, ip->len);
    return IP4_HEADER + ip->len;
}
