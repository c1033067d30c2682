#include "evidence/synthetic.h"

#include "evidence/pcapng.h"

#include <arpa/inet.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <string.h>

/* Data of one packet: with its headers it must stay within the 65,535 bytes of an IPv4 packet
 * (RFC 791, total length). */
#define PAYLOAD_MAX 65000
#define WINDOW      65535

enum { SYN = 2, RST = 4, PSH = 8, ACK = 16, FIN = 1 };

struct packet {
    unsigned char bytes[40 + 20 + PAYLOAD_MAX];
    size_t len;
};

/* RFC 1071: the sum of 16-bit words in ones' complement. */
static uint32_t sum(const void *data, size_t len, uint32_t so_far)
{
    const unsigned char *p = data;
    for (size_t i = 0; i + 1 < len; i += 2)
        so_far += (uint32_t)(p[i] << 8 | p[i + 1]);
    if (len % 2)
        so_far += (uint32_t)(p[len - 1] << 8);
    return so_far;
}

static uint16_t folded(uint32_t s)
{
    while (s >> 16)
        s = (s & 0xffff) + (s >> 16);
    return htons((uint16_t)~s);
}

/* The addresses in a header, and in the pseudo header that TCP's and UDP's checksums cover (RFC 9293, 3.1; RFC
 * 8200, 8.1). */
struct ends {
    const void *from, *to;
    size_t size;                 /* of an address */
    uint16_t from_port, to_port; /* network order */
};

static struct ends ends_of(const struct synthetic_flow *f, bool outgoing)
{
    const struct sockaddr_in6 *a = outgoing ? &f->ours : &f->theirs, *b = outgoing ? &f->theirs : &f->ours;
    bool v6 = f->ours.sin6_family == AF_INET6;
    const struct sockaddr_in *a4 = (const void *)a, *b4 = (const void *)b;
    return (struct ends){v6 ? (const void *)&a->sin6_addr : &a4->sin_addr,
                         v6 ? (const void *)&b->sin6_addr : &b4->sin_addr,
                         v6 ? sizeof a->sin6_addr : sizeof a4->sin_addr, a->sin6_port, b->sin6_port};
}

static size_t put_ip(struct packet *p, const struct ends *e, uint8_t protocol, size_t len)
{
    if (e->size == sizeof(struct in6_addr)) {
        struct ip6_hdr h = {
            .ip6_flow = htonl(6u << 28), .ip6_plen = htons((uint16_t)len), .ip6_nxt = protocol, .ip6_hlim = 64};
        memcpy(&h.ip6_src, e->from, e->size);
        memcpy(&h.ip6_dst, e->to, e->size);
        memcpy(p->bytes, &h, sizeof h);
        return sizeof h;
    }
    struct iphdr h = {
        .version = 4, .ihl = 5, .ttl = 64, .protocol = protocol, .tot_len = htons((uint16_t)(sizeof h + len))};
    memcpy(&h.saddr, e->from, e->size);
    memcpy(&h.daddr, e->to, e->size);
    h.check = folded(sum(&h, sizeof h, 0));
    memcpy(p->bytes, &h, sizeof h);
    return sizeof h;
}

static uint16_t checksum(const struct ends *e, uint8_t protocol, const unsigned char *segment, size_t len)
{
    uint32_t s = sum(e->from, e->size, 0);
    s = sum(e->to, e->size, s);
    return folded(sum(segment, len, s + protocol + (uint32_t)len));
}

static void tcp_packet(struct buf *out, struct synthetic_flow *f, bool outgoing, int flags, uint64_t us,
                       const void *data, size_t len, const char *comment)
{
    struct packet p;
    struct ends e = ends_of(f, outgoing);
    uint32_t *own = outgoing ? &f->sent : &f->received, other = outgoing ? f->received : f->sent;
    struct tcphdr h = {
        .source = e.from_port, .dest = e.to_port, .seq = htonl(*own), .doff = 5, .window = htons(WINDOW)};
    h.ack_seq = flags & ACK ? htonl(other) : 0;
    h.th_flags = (uint8_t)flags;
    size_t at = put_ip(&p, &e, IPPROTO_TCP, sizeof h + len);
    memcpy(p.bytes + at, &h, sizeof h);
    if (len)
        memcpy(p.bytes + at + sizeof h, data, len);
    h.check = checksum(&e, IPPROTO_TCP, p.bytes + at, sizeof h + len);
    memcpy(p.bytes + at, &h, sizeof h);
    p.len = at + sizeof h + len;
    pcapng_packet(out, us, p.bytes, p.len, p.len, comment);
    *own += (uint32_t)len + (flags & (SYN | FIN) ? 1 : 0);
}

static void udp_packet(struct buf *out, const struct synthetic_flow *f, bool outgoing, uint64_t us, const void *data,
                       size_t len, const char *comment)
{
    struct packet p;
    struct ends e = ends_of(f, outgoing);
    struct udphdr h = {.source = e.from_port, .dest = e.to_port, .len = htons((uint16_t)(sizeof h + len))};
    size_t at = put_ip(&p, &e, IPPROTO_UDP, sizeof h + len);
    memcpy(p.bytes + at, &h, sizeof h);
    if (len)
        memcpy(p.bytes + at + sizeof h, data, len);
    h.check = checksum(&e, IPPROTO_UDP, p.bytes + at, sizeof h + len);
    memcpy(p.bytes + at, &h, sizeof h);
    p.len = at + sizeof h + len;
    pcapng_packet(out, us, p.bytes, p.len, p.len, comment);
}

static void handshake(struct buf *out, struct synthetic_flow *f, bool outgoing, uint64_t us, const char *comment)
{
    tcp_packet(out, f, outgoing, SYN, us, NULL, 0, comment);
    tcp_packet(out, f, !outgoing, SYN | ACK, us, NULL, 0, NULL);
    tcp_packet(out, f, outgoing, ACK, us, NULL, 0, NULL);
    f->open = true;
}

static void stream_data(struct buf *out, struct synthetic_flow *f, bool outgoing, uint64_t us, const char *data,
                        size_t len, const char *comment)
{
    for (size_t at = 0; at < len;) {
        size_t n = len - at < PAYLOAD_MAX ? len - at : PAYLOAD_MAX;
        tcp_packet(out, f, outgoing, PSH | ACK, us, data + at, n, at == 0 ? comment : NULL);
        at += n;
    }
    tcp_packet(out, f, !outgoing, ACK, us, NULL, 0, NULL);
}

void synthetic_event(struct buf *out, struct synthetic_flow *f, enum synthetic_kind kind, bool outgoing, uint64_t us,
                     const void *data, size_t len, const char *comment)
{
    if (f->datagrams) {
        if (kind == SYNTHETIC_DATA)
            udp_packet(out, f, outgoing, us, data, len < PAYLOAD_MAX ? len : PAYLOAD_MAX, comment);
        return;
    }
    switch (kind) {
    case SYNTHETIC_OPEN:
    case SYNTHETIC_ACCEPT:
        handshake(out, f, kind == SYNTHETIC_OPEN, us, comment);
        break;
    case SYNTHETIC_REFUSED:
        tcp_packet(out, f, true, SYN, us, NULL, 0, comment);
        tcp_packet(out, f, false, RST | ACK, us, NULL, 0, NULL);
        break;
    case SYNTHETIC_DATA:
        stream_data(out, f, outgoing, us, data, len, comment);
        break;
    case SYNTHETIC_FIN:
        tcp_packet(out, f, outgoing, FIN | ACK, us, NULL, 0, comment);
        tcp_packet(out, f, !outgoing, ACK, us, NULL, 0, NULL);
        break;
    case SYNTHETIC_RST:
        tcp_packet(out, f, outgoing, RST | ACK, us, NULL, 0, comment);
        f->open = false;
        break;
    }
}
