#include "fault/packet_ring.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

/* A packet of PACKET_MTU, its address and the kernel's own header. */
#define FRAME 2048
/* So many packets of several connections at full window size fit: the limit is not the usual one of a socket's buffer.
 * 16 MiB. */
#define FRAMES 8192
#define BLOCK  65536

static struct tpacket2_hdr *frame(const struct packet_ring *r)
{
    return (struct tpacket2_hdr *)(r->frames + r->next * FRAME);
}

int packet_ring_open(struct packet_ring *r, int device, struct err *e)
{
    *r = (struct packet_ring){.fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    if (r->fd < 0)
        return err_errno(e, errno, "a socket of AF_PACKET");
    struct tpacket_req size = {
        .tp_block_size = BLOCK, .tp_block_nr = FRAMES / (BLOCK / FRAME), .tp_frame_size = FRAME, .tp_frame_nr = FRAMES};
    struct sockaddr_ll at = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL), .sll_ifindex = device};
    const char *what = "a ring of packets";
    if (setsockopt(r->fd, SOL_PACKET, PACKET_VERSION, &(int){TPACKET_V2}, sizeof(int)) == 0 &&
        setsockopt(r->fd, SOL_PACKET, PACKET_RX_RING, &size, sizeof(size)) == 0) {
        r->frames = mmap(NULL, (size_t)FRAMES * FRAME, PROT_READ | PROT_WRITE, MAP_SHARED, r->fd, 0);
        if (r->frames == MAP_FAILED)
            r->frames = NULL;
        else if (bind(r->fd, (struct sockaddr *)&at, sizeof(at)) == 0)
            return 0;
    }
    err_errno(e, errno, "%s", what);
    packet_ring_close(r);
    return -1;
}

const unsigned char *packet_ring_next(struct packet_ring *r, size_t *len)
{
    for (;;) {
        struct tpacket2_hdr *h = frame(r);
        if (!(__atomic_load_n(&h->tp_status, __ATOMIC_ACQUIRE) & TP_STATUS_USER))
            return NULL;
        const struct sockaddr_ll *from = (const struct sockaddr_ll *)((const char *)h + TPACKET_ALIGN(sizeof(*h)));
        bool ip = from->sll_protocol == htons(ETH_P_IP) || from->sll_protocol == htons(ETH_P_IPV6);
        if (from->sll_pkttype == PACKET_OUTGOING && ip && h->tp_snaplen == h->tp_len) {
            *len = h->tp_snaplen;
            return (const unsigned char *)h + h->tp_net;
        }
        packet_ring_done(r);
    }
}

void packet_ring_done(struct packet_ring *r)
{
    __atomic_store_n(&frame(r)->tp_status, TP_STATUS_KERNEL, __ATOMIC_RELEASE);
    r->next = (r->next + 1) % FRAMES;
}

uint64_t packet_ring_missed(struct packet_ring *r)
{
    struct tpacket_stats stats;
    socklen_t len = sizeof(stats);
    return getsockopt(r->fd, SOL_PACKET, PACKET_STATISTICS, &stats, &len) == 0 ? stats.tp_drops : 0;
}

void packet_ring_close(struct packet_ring *r)
{
    if (r->frames)
        munmap(r->frames, (size_t)FRAMES * FRAME);
    if (r->fd >= 0)
        close(r->fd);
    *r = (struct packet_ring){.fd = -1};
}
