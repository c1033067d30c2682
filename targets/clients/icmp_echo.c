#include "clients/icmp_echo.h"

#include "net/datagram.h"
#include "net/family.h"
#include "net/icmp.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

/* The most that is looked at of a packet: ours are short, and what is longer is not ours. */
#define ROOM 2048

/* One address being asked. */
struct asking {
    int fd;
    int family;
    enum icmp_echo_way way;
    const struct net_address *peer;
    uint16_t id;
    unsigned char token[ICMP_ECHO_DATA];
    uint64_t sent_us[256]; /* by sequence; tries are fewer */
};

static uint64_t now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

static int open_raw(struct asking *a, struct net_error *e)
{
    const int on = 1;
    int protocol = a->family == AF_INET6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP;
    int fd = net_socket(a->family, SOCK_RAW, protocol, e);
    if (fd < 0 || a->way != ICMP_ECHO_OWN_HEADER || setsockopt(fd, IPPROTO_IP, IP_HDRINCL, &on, sizeof on) == 0)
        return fd;
    *e = (struct net_error){.failure = NET_SYSTEM, .code = errno};
    snprintf(e->text, sizeof e->text, "IP_HDRINCL: %s", strerror(errno));
    net_close(&fd);
    return -1;
}

/* A DGRAM socket for ICMP: its "port" is the id of its requests, which the kernel chooses when it is
 * connected. A connected one also learns as an error of its own what others tell of unreachable places. */
static int open_dgram(struct asking *a, struct net_error *e)
{
    struct net_address own;
    int fd = net_socket(a->family, SOCK_DGRAM, a->family == AF_INET6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP, e);
    if (fd < 0)
        return -1;
    if (connect(fd, (const struct sockaddr *)&a->peer->storage, a->peer->len) == 0 && net_own_address(fd, &own) == 0) {
        a->id = ntohs(((const struct sockaddr_in *)&own.storage)->sin_port); /* at the same place in both */
        return fd;
    }
    *e = (struct net_error){.failure = NET_SYSTEM, .code = errno};
    snprintf(e->text, sizeof e->text, "connect for ICMP: %s", strerror(errno));
    net_close(&fd);
    return -1;
}

static int open_for(struct asking *a, enum icmp_echo_way way, struct net_error *e)
{
    a->way = way;
    if (way == ICMP_ECHO_OWN_HEADER && a->family != AF_INET) {
        *e = (struct net_error){.failure = NET_SYSTEM, .code = EAFNOSUPPORT};
        snprintf(e->text, sizeof e->text, "IP_HDRINCL is for IPv4");
        return -1;
    }
    if (way == ICMP_ECHO_DGRAM)
        return open_dgram(a, e);
    a->way = way == ICMP_ECHO_ANY ? ICMP_ECHO_RAW : way;
    int fd = open_raw(a, e);
    if (fd >= 0 || way != ICMP_ECHO_ANY || (e->code != EPERM && e->code != EACCES))
        return fd;
    a->way = ICMP_ECHO_DGRAM;
    return open_dgram(a, e);
}

static int ask(struct asking *a, uint16_t sequence, uint64_t deadline)
{
    unsigned char message[ICMP_HEADER + ICMP_ECHO_DATA], packet[IP4_HEADER + sizeof message];
    const struct icmp_echo echo = {a->id, sequence, a->token, sizeof a->token};
    const void *data = message;
    size_t len = icmp_write_request(a->family, &echo, message, sizeof message);
    if (a->way == ICMP_ECHO_OWN_HEADER) {
        /* From 0.0.0.0: the kernel fills in the address of the way that it takes, and
         * the checksum over it. */
        struct ip4_packet ip = {.protocol = IPPROTO_ICMP, .ttl = 64, .data = message, .len = len};
        ip.to = ((const struct sockaddr_in *)&a->peer->storage)->sin_addr;
        len = ip4_write(&ip, packet, sizeof packet);
        data = packet;
    }
    a->sent_us[sequence] = now_us();
    return net_send_to(a->fd, data, len, a->way == ICMP_ECHO_DGRAM ? NULL : a->peer, deadline);
}

/* What a packet of `len` bytes from `from` is to us. */
static enum icmp_what judge(const struct asking *a, const unsigned char *packet, size_t len,
                            const struct net_address *from, int tried, struct icmp_echo *echo)
{
    struct ip4_packet ip = {.data = packet, .len = len};
    bool header = a->family == AF_INET && a->way != ICMP_ECHO_DGRAM; /* IPv6's is never handed over */
    if (header && (ip4_read(packet, len, &ip) < 0 || ip.protocol != IPPROTO_ICMP))
        return ICMP_BROKEN;
    enum icmp_what what = icmp_read(a->family, ip.data, ip.len, echo);
    if (what != ICMP_REPLY && what != ICMP_UNREACHABLE)
        return what;
    if (echo->id != a->id || echo->sequence < 1 || echo->sequence > tried)
        return ICMP_OTHER;
    if (what == ICMP_UNREACHABLE) /* anybody on the way may say so */
        return what;
    /* RFC 792: the data of the request comes back, and the reply comes from where the request went. */
    bool ours = net_same_address(a->peer, from) && echo->len == sizeof a->token &&
                memcmp(echo->data, a->token, sizeof a->token) == 0;
    return ours ? ICMP_REPLY : ICMP_OTHER;
}

/* Waits for the answer to one of the requests 1 .. tried. Returns its sequence, or -1. */
static int take(const struct asking *a, int tried, uint64_t deadline)
{
    unsigned char packet[ROOM];
    struct net_address from;
    struct icmp_echo echo;
    for (;;) {
        ssize_t n = net_recv_from(a->fd, packet, sizeof packet, &from, deadline);
        if (n < 0)
            return -1;
        if ((size_t)n > sizeof packet) /* cut */
            continue;
        enum icmp_what what = judge(a, packet, (size_t)n, &from, tried, &echo);
        if (what == ICMP_REPLY)
            return echo.sequence;
        if (what == ICMP_UNREACHABLE) {
            errno = EHOSTUNREACH;
            return -1;
        }
    }
}

/* Returns the sequence of the request that was answered, or -1 with errno. */
static int ask_again(struct asking *a, int tries, int wait_ms)
{
    for (int i = 1; i <= tries; i++) {
        uint64_t deadline = net_deadline(wait_ms);
        int sequence = ask(a, (uint16_t)i, deadline) < 0 ? -1 : take(a, i, deadline);
        if (sequence > 0 || errno != ETIMEDOUT)
            return sequence;
    }
    errno = ETIMEDOUT;
    return -1;
}

static int ask_one(struct icmp_echo_client *c, const char *host, struct net_error *e)
{
    struct asking a = {.family = c->peer.storage.ss_family, .peer = &c->peer};
    int tries = c->tries == 0 ? ICMP_ECHO_TRIES : c->tries > 255 ? 255 : c->tries;
    a.fd = -1;
    if (getrandom(a.token, sizeof a.token, 0) != sizeof a.token || getrandom(&a.id, sizeof a.id, 0) != sizeof a.id) {
        *e = (struct net_error){NET_SYSTEM, errno, "no random bytes"};
        return -1;
    }
    if ((a.fd = open_for(&a, c->way, e)) < 0)
        return -1;
    int sequence = ask_again(&a, tries, c->wait_ms == 0 ? ICMP_ECHO_WAIT_MS : c->wait_ms), error = errno;
    uint64_t end = now_us();
    net_close(&a.fd);
    c->used = a.way;
    if (sequence > 0) {
        c->sequence = sequence;
        c->us = end - a.sent_us[sequence];
        return 0;
    }
    *e = (struct net_error){.failure = error == ETIMEDOUT ? NET_TIMEOUT : NET_SYSTEM, .code = error};
    snprintf(e->text, sizeof e->text, "%s: %s", host, error == ETIMEDOUT ? "no echo" : strerror(error));
    return -1;
}

int icmp_echo_run(struct icmp_echo_client *c, const char *host, struct net_error *e)
{
    struct addrinfo *list = net_resolve(host, "0", SOCK_DGRAM, false, e);
    int done = -1;
    for (const struct addrinfo *at = list; at != NULL && done < 0; at = at->ai_next) {
        c->peer.len = at->ai_addrlen;
        memcpy(&c->peer.storage, at->ai_addr, at->ai_addrlen);
        done = ask_one(c, host, e);
    }
    if (list != NULL)
        freeaddrinfo(list);
    return done;
}
