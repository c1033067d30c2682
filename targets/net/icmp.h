/*
 * ICMP's echo: the messages as bytes (RFC 792, RFC 4443 section 4), the checksum (RFC 1071), and the IPv4
 * header that a RAW socket hands over with them, or wants from us (IP_HDRINCL; document 004, SOCK_RAW). Pure:
 * no sockets.
 */
#ifndef SOCKSPEC_NET_ICMP_H
#define SOCKSPEC_NET_ICMP_H

#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>

#define ICMP_HEADER 8  /* bytes before the data of an echo message */
#define IP4_HEADER  20 /* bytes of an IPv4 header without options */

/* The Internet checksum of data[0 .. len): the ones' complement of the ones' complement sum of its 16-bit
 * words in network order, an odd last byte filled up with 0. It is 0 over data that holds its own right
 * checksum. */
uint16_t icmp_checksum(const void *data, size_t len);

/* An echo message: what asks and what answers hold the same. */
struct icmp_echo {
    uint16_t id, sequence; /* host order */
    const unsigned char *data;
    size_t len;
};

/* What a packet is, to one who has asked. */
enum icmp_what {
    ICMP_BROKEN,      /* cut short, a wrong checksum, no such packet */
    ICMP_OTHER,       /* a right one of another type: requests pass by here too */
    ICMP_REPLY,       /* an echo reply */
    ICMP_UNREACHABLE, /* somebody on the way could not deliver an echo request, and quotes it */
};

/*
 * Writes an echo request of `family` (AF_INET, AF_INET6) to to[0 .. cap). The checksum is there for IPv4; for
 * IPv6 it covers addresses that only the kernel knows, and the kernel fills it in. Returns its length, or 0
 * when it does not fit.
 */
size_t icmp_write_request(int family, const struct icmp_echo *echo, unsigned char *to, size_t cap);

/*
 * What the ICMP message data[0 .. len) is. *echo, for ICMP_REPLY and ICMP_UNREACHABLE, is what it answers or
 * quotes; its data points into `data` (a quote has none). IPv6's checksum was the kernel's to verify.
 */
enum icmp_what icmp_read(int family, const unsigned char *data, size_t len, struct icmp_echo *echo);

/* An IPv4 header, as far as we mind it. */
struct ip4_packet {
    struct in_addr from, to;
    uint8_t protocol, ttl;
    const unsigned char *data; /* behind the header, options included */
    size_t len;
};

/* Reads the header of packet[0 .. len). Returns 0, or -1: too short, not IPv4, a header longer than the
 * packet, a fragment. */
int ip4_read(const unsigned char *packet, size_t len, struct ip4_packet *ip);

/* Writes a header of IP4_HEADER bytes and the data behind it. A source of 0.0.0.0 is the kernel's to fill in.
 * Returns the length of the packet, or 0 when it does not fit. */
size_t ip4_write(const struct ip4_packet *ip, unsigned char *to, size_t cap);

#endif
