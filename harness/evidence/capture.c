#include "evidence/capture.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/ethernet.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <pcap/pcap.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

/* A packet on the loopback device is at most its MTU of 64 KiB and the link header. */
#define SNAPLEN 65600
/* The kernel's buffer: what comes between two turns of the loop when bulk is sent. */
#define KERNEL_BUFFER (32 << 20)
/* The kernel hands packets over in blocks, at the latest so often (ms): a block packs small ones tightly, which single
 * frames would not. */
#define BLOCK_MS 5
/* A mark that has not come by then has been dropped: the buffer is full, and what follows is incomplete anyway. */
#define MARK_TIMEOUT_MS 2000
#define MARK_SIZE       24

struct kept {
    size_t at; /* in `bytes` */
    size_t len, whole;
    uint64_t us;
};

struct capture {
    pcap_t *pcap;
    struct buf bytes;
    struct kept *items;
    size_t count, room;
    uint64_t missed, drops_before;
    int mark_socket; /* sends to itself */
    uint64_t mark_number;
    char mark[MARK_SIZE]; /* the one that is waited for */
    bool marked;          /* it has come by */
};

static bool is_mark(struct capture *c, const unsigned char *data, size_t len)
{
    if (len < MARK_SIZE || memcmp(data + len - MARK_SIZE, c->mark, 16) != 0)
        return false;
    c->marked = c->marked || memcmp(data + len - MARK_SIZE, c->mark, MARK_SIZE) == 0;
    return true;
}

static void keep(unsigned char *user, const struct pcap_pkthdr *h, const unsigned char *data)
{
    struct capture *c = (struct capture *)(void *)user;
    if (is_mark(c, data, h->caplen))
        return;
    if (c->bytes.len + h->caplen > CAPTURE_MAX) {
        c->missed++;
        return;
    }
    if (c->count == c->room) {
        c->room = c->room ? 2 * c->room : 64;
        c->items = mem_realloc(c->items, c->room * sizeof *c->items);
    }
    c->items[c->count++] = (struct kept){.at = c->bytes.len,
                                         .len = h->caplen,
                                         .whole = h->len,
                                         .us = (uint64_t)h->ts.tv_sec * 1000000 + (uint64_t)h->ts.tv_usec};
    buf_add(&c->bytes, data, h->caplen);
}

/* A datagram socket that is its own peer; what begins each mark is drawn, so that no program sends the like. */
static int open_mark(struct capture *c)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof a;
    c->mark_socket = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (c->mark_socket < 0 || getrandom(c->mark, sizeof c->mark, 0) != sizeof c->mark)
        return -1;
    if (bind(c->mark_socket, (void *)&a, sizeof a) < 0 || getsockname(c->mark_socket, (void *)&a, &len) < 0)
        return -1;
    return connect(c->mark_socket, (void *)&a, sizeof a);
}

struct capture *capture_open(struct err *e)
{
    char text[PCAP_ERRBUF_SIZE] = "";
    pcap_t *p = pcap_create("lo", text);
    if (!p) {
        err_set(e, 0, "no capture: %s", text);
        return NULL;
    }
    pcap_set_snaplen(p, SNAPLEN);
    pcap_set_timeout(p, BLOCK_MS);
    pcap_set_buffer_size(p, KERNEL_BUFFER);
    if (pcap_activate(p) < 0 || pcap_setnonblock(p, 1, text) < 0 || pcap_datalink(p) != DLT_EN10MB) {
        err_set(e, 0, "no capture: %s", text[0] ? text : pcap_geterr(p));
        pcap_close(p);
        return NULL;
    }
    struct capture *c = mem_new(1, sizeof *c);
    c->pcap = p;
    if (open_mark(c) == 0)
        return c;
    err_errno(e, errno, "no capture");
    capture_close(c);
    return NULL;
}

void capture_close(struct capture *c)
{
    if (!c)
        return;
    pcap_close(c->pcap);
    if (c->mark_socket >= 0)
        close(c->mark_socket);
    buf_free(&c->bytes);
    free(c->items);
    free(c);
}

int capture_fd(const struct capture *c)
{
    return pcap_get_selectable_fd(c->pcap);
}

static uint64_t kernel_drops(struct capture *c)
{
    struct pcap_stat s = {0};
    return pcap_stats(c->pcap, &s) == 0 ? s.ps_drop : 0;
}

void capture_take(struct capture *c)
{
    while (pcap_dispatch(c->pcap, -1, keep, (unsigned char *)c) > 0)
        ;
}

/* Reads on until all that was sent before has come by. */
static void pass_mark(struct capture *c)
{
    struct pollfd ready = {capture_fd(c), POLLIN, 0};
    uint64_t end = clock_us() + MARK_TIMEOUT_MS * 1000;
    char taken[MARK_SIZE];
    c->marked = false;
    c->mark_number++;
    memcpy(c->mark + 16, &c->mark_number, sizeof c->mark_number);
    if (send(c->mark_socket, c->mark, sizeof c->mark, 0) < 0)
        return;
    while (!c->marked && clock_us() < end) {
        poll(&ready, 1, BLOCK_MS);
        capture_take(c);
    }
    (void)!recv(c->mark_socket, taken, sizeof taken, 0);
}

void capture_begin(struct capture *c)
{
    pass_mark(c);
    buf_clear(&c->bytes);
    c->count = 0;
    c->missed = 0;
    c->drops_before = kernel_drops(c);
}

size_t capture_end(struct capture *c)
{
    pass_mark(c);
    c->missed += kernel_drops(c) - c->drops_before;
    return c->count;
}

uint64_t capture_missed(const struct capture *c)
{
    return c->missed;
}

/* Reads ports and flags behind the IP header. */
static void read_transport(struct captured *p, int protocol, size_t at)
{
    struct tcphdr tcp;
    struct udphdr udp;
    if (protocol == IPPROTO_TCP && p->len >= at + sizeof tcp) {
        memcpy(&tcp, p->data + at, sizeof tcp);
        size_t header = (size_t)tcp.doff * 4;
        p->tcp = true;
        p->from = ntohs(tcp.source);
        p->to = ntohs(tcp.dest);
        p->syn = tcp.syn;
        p->ack = tcp.ack;
        p->fin = tcp.fin;
        p->rst = tcp.rst;
        p->payload = p->whole > at + header ? p->whole - at - header : 0;
    } else if (protocol == IPPROTO_UDP && p->len >= at + sizeof udp) {
        memcpy(&udp, p->data + at, sizeof udp);
        p->udp = true;
        p->from = ntohs(udp.source);
        p->to = ntohs(udp.dest);
        p->payload = p->whole > at + sizeof udp ? p->whole - at - sizeof udp : 0;
    }
}

void capture_packet(const struct capture *c, size_t index, struct captured *out)
{
    const struct kept *k = &c->items[index];
    *out = (struct captured){
        .us = k->us, .len = k->len, .whole = k->whole, .data = (const unsigned char *)c->bytes.data + k->at};
    struct ether_header link;
    if (k->len < sizeof link)
        return;
    memcpy(&link, out->data, sizeof link);
    const size_t ip = sizeof link;
    if (ntohs(link.ether_type) == ETHERTYPE_IP && k->len >= ip + sizeof(struct iphdr)) {
        struct iphdr v4;
        memcpy(&v4, out->data + ip, sizeof v4);
        read_transport(out, v4.protocol, ip + (size_t)v4.ihl * 4);
    } else if (ntohs(link.ether_type) == ETHERTYPE_IPV6 && k->len >= ip + sizeof(struct ip6_hdr)) {
        struct ip6_hdr v6;
        memcpy(&v6, out->data + ip, sizeof v6);
        out->v6 = true;
        read_transport(out, v6.ip6_nxt, ip + sizeof v6);
    }
}
