#include "fault/packet.h"
#include "fault/packet_ring.h"

#include "base/clock.h"
#include "base/mem.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* A packet to be swapped waits for the next one this long: longer than any gap inside a window, shorter than TCP's
 * patience (200 ms). */
#define SWAP_WAIT_US 10000
/* The kernel had no room for a packet: tried again then. */
#define RETRY_US 1000
/* Packets taken in one turn of the loop, so that actors get theirs. */
#define TURN 256
/* Datagrams cut into fragments that are under way at a time. */
#define FRAGMENTED 64

struct packet {
    struct packet *next;
    uint64_t due; /* clock_us */
    size_t len;
    struct packet_event self; /* for the report of a swap */
    unsigned char data[];
};

struct way {
    struct packet_faults faults;
    struct packet *first, **last; /* in the order in which they leave */
    struct packet *held;          /* to be swapped: leaves behind the next one, or when its time has come */
    uint64_t latest;              /* the last one's `due`: order is kept */
    double line_free;             /* when the line has sent what it was given, seconds; for `rate` */
    size_t queued;                /* bytes */
    uint64_t payload;             /* bytes handed on, for `silent` */
    bool is_silent;
    struct packet_count count;
};

struct packet_link {
    struct ev_loop *loop;
    struct packet_network *network;
    struct packet_plan plan;
    int *ports;
    size_t diverted; /* so many of the ports are */
    struct way ways[2];
    struct packet_ring ring;
    int out;
    struct ev_io readable;
    struct ev_timer timer;
    struct {
        uint32_t id;
        bool v6, used;
        enum packet_direction direction;
    } fragmented[FRAGMENTED];
    size_t next_fragmented;
    uint64_t missed;
};

/* --- what happened -------------------------------------------------------------------------------------- */

void packet_event_text(const struct packet_event *event, struct buf *out)
{
    static const char *const words[] = {"lost", "doubled", "swapped", "and all after it silenced",
                                        "lost, too many wait"};
    buf_printf(out, "packet %llu %s %s: %zu bytes", (unsigned long long)event->number,
               packet_direction_name(event->direction), words[event->what], event->header.payload);
    if (event->header.protocol == IPPROTO_TCP)
        buf_printf(out, ", seq %u", event->header.sequence);
}

static void report(struct packet_link *l, struct packet_event event, enum packet_happening what)
{
    event.what = what;
    if (l->plan.report)
        l->plan.report(l->plan.data, &event);
}

/* --- leaving -------------------------------------------------------------------------------------------- */

/* Puts the packet back into the kernel. Returns false when there is no room now. */
static bool put(struct packet_link *l, const struct packet *p)
{
    struct sockaddr_ll to = {
        .sll_family = AF_PACKET, .sll_ifindex = packet_network_loopback(l->network), .sll_halen = ETH_ALEN};
    to.sll_protocol = htons(p->self.header.v6 ? ETH_P_IPV6 : ETH_P_IP);
    while (sendto(l->out, p->data, p->len, 0, (struct sockaddr *)&to, sizeof(to)) < 0) {
        if (errno == EINTR)
            continue;
        return errno != EAGAIN && errno != ENOBUFS; /* what the kernel refuses for good is lost, as on any line */
    }
    return true;
}

static void set_timer(struct packet_link *l)
{
    uint64_t now = clock_us(), due = UINT64_MAX;
    for (int d = 0; d < 2; d++) {
        const struct way *w = &l->ways[d];
        if (w->first && w->first->due < due)
            due = w->first->due;
        if (w->held && w->held->due < due)
            due = w->held->due;
    }
    ev_timer_stop(l->loop, &l->timer);
    if (due == UINT64_MAX)
        return;
    ev_now_update(l->loop);
    ev_timer_set(&l->timer, due > now ? (double)(due - now) / 1e6 : 0, 0);
    ev_timer_start(l->loop, &l->timer);
}

static void append(struct way *w, struct packet *p)
{
    p->next = NULL;
    *w->last = p;
    w->last = &p->next;
}

/* The one to be swapped has waited long enough. */
static void release_held(struct way *w, uint64_t now)
{
    if (!w->held || w->held->due > now)
        return;
    append(w, w->held);
    w->held = NULL;
}

static void leave(struct packet_link *l, struct way *w)
{
    uint64_t now = clock_us();
    release_held(w, now);
    while (w->first && w->first->due <= now) {
        struct packet *p = w->first;
        if (!put(l, p)) {
            p->due = now + RETRY_US;
            return;
        }
        w->first = p->next;
        if (!w->first)
            w->last = &w->first;
        w->queued -= p->len;
        free(p);
    }
}

/* --- coming in ------------------------------------------------------------------------------------------ */

static struct packet *keep(struct way *w, const unsigned char *data, size_t len, const struct packet_event *self,
                           uint64_t due)
{
    struct packet *p = mem_new(1, sizeof(*p) + len);
    p->due = due;
    p->len = len;
    p->self = *self;
    memcpy(p->data, data, len);
    w->queued += len;
    return p;
}

/* When the packet leaves: behind those before it, when the line is free, and late as the link is. */
static uint64_t due_at(const struct packet_link *l, struct way *w, const struct packet_event *self, size_t len)
{
    double now = (double)clock_us();
    double sent = now;
    if (w->faults.rate > 0) {
        sent = (w->line_free > now ? w->line_free : now) + (double)len / w->faults.rate * 1e6;
        w->line_free = sent;
    }
    uint64_t due = (uint64_t)(sent + packet_lateness(&w->faults, l->plan.seed, self->direction, self->number) * 1e6);
    if (due < w->latest)
        due = w->latest;
    return w->latest = due;
}

/* A packet that was neither lost nor silenced gets its place in the queue, and one that waited to be swapped the place
 * behind it. */
static void hand_on(struct packet_link *l, struct way *w, const unsigned char *data, size_t len,
                    const struct packet_event *self, unsigned fate)
{
    uint64_t due = due_at(l, w, self, len);
    struct packet *p = keep(w, data, len, self, due);
    if ((fate & PACKET_SWAPPED) && !w->held) {
        p->due += SWAP_WAIT_US;
        w->held = p;
    } else {
        append(w, p);
        if (w->held) {
            w->held->due = due;
            w->count.swapped++;
            report(l, w->held->self, PACKET_WAS_SWAPPED);
            append(w, w->held);
            w->held = NULL;
        }
    }
    if (fate & PACKET_DOUBLED) {
        w->count.doubled++;
        report(l, *self, PACKET_WAS_DOUBLED);
        append(w, keep(w, data, len, self, due));
    }
}

static bool is_silenced(struct packet_link *l, struct way *w, const struct packet_event *self)
{
    if (!w->faults.silent)
        return false;
    if (!w->is_silent && w->payload >= w->faults.silent_after) {
        w->is_silent = true;
        report(l, *self, PACKET_WENT_SILENT);
    }
    return w->is_silent;
}

static void take(struct packet_link *l, enum packet_direction d, const unsigned char *data, size_t len,
                 const struct packet_header *header)
{
    struct way *w = &l->ways[d];
    struct packet_event self = {.direction = d, .number = ++w->count.seen, .header = *header};
    unsigned fate = packet_fate(&w->faults, l->plan.seed, d, self.number);
    if (is_silenced(l, w, &self)) {
        w->count.silenced++;
    } else if (fate & PACKET_LOST) {
        w->count.lost++;
        report(l, self, PACKET_WAS_LOST);
    } else if (w->queued + 2 * len > PACKET_QUEUE_MAX) {
        w->count.refused++;
        report(l, self, PACKET_WAS_TOO_MUCH);
    } else {
        w->payload += header->payload;
        hand_on(l, w, data, len, &self, fate);
    }
}

static bool is_port(const struct packet_link *l, uint16_t port)
{
    for (size_t i = 0; i < l->plan.port_count; i++)
        if (l->ports[i] == port)
            return true;
    return false;
}

/* By its ports; a later fragment has none and goes where the first one went. */
static enum packet_direction direction_of(struct packet_link *l, const struct packet_header *h)
{
    enum packet_direction d = is_port(l, h->to) ? PACKET_UP : PACKET_DOWN;
    if (!h->fragment)
        return d;
    if (h->has_ports) {
        size_t i = l->next_fragmented++ % FRAGMENTED;
        l->fragmented[i].id = h->id;
        l->fragmented[i].v6 = h->v6;
        l->fragmented[i].used = true;
        l->fragmented[i].direction = d;
        return d;
    }
    for (size_t i = 0; i < FRAGMENTED; i++)
        if (l->fragmented[i].used && l->fragmented[i].id == h->id && l->fragmented[i].v6 == h->v6)
            return l->fragmented[i].direction;
    return d;
}

static void on_readable(struct ev_loop *loop, struct ev_io *watcher, int events)
{
    struct packet_link *l = watcher->data;
    const unsigned char *data;
    size_t len;
    (void)loop;
    (void)events;
    for (int i = 0; i < TURN && (data = packet_ring_next(&l->ring, &len)); i++) {
        struct packet_header header;
        if (packet_header_read(&header, data, len) == 0)
            take(l, direction_of(l, &header), data, len, &header);
        packet_ring_done(&l->ring);
    }
    for (int d = 0; d < 2; d++)
        leave(l, &l->ways[d]);
    set_timer(l);
}

static void on_timer(struct ev_loop *loop, struct ev_timer *watcher, int events)
{
    struct packet_link *l = watcher->data;
    (void)loop;
    (void)events;
    for (int d = 0; d < 2; d++)
        leave(l, &l->ways[d]);
    set_timer(l);
}

/* --- its life ------------------------------------------------------------------------------------------- */

static int open_out(struct packet_link *l, struct err *e)
{
    l->out = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (l->out < 0)
        return err_errno(e, errno, "a socket of AF_PACKET");
    if (setsockopt(l->out, SOL_SOCKET, SO_MARK, &(int){PACKET_MARK}, sizeof(int)) < 0)
        return err_errno(e, errno, "marking packets");
    return 0;
}

static int open_all(struct packet_link *l, struct err *e)
{
    if (open_out(l, e) < 0 || packet_ring_open(&l->ring, packet_network_device(l->network), e) < 0)
        return -1;
    for (; l->diverted < l->plan.port_count; l->diverted++)
        if (packet_network_divert(l->network, l->ports[l->diverted], true, e) < 0)
            return -1;
    return 0;
}

struct packet_link *packet_link_open(struct ev_loop *loop, struct packet_network *network,
                                     const struct packet_plan *plan, struct err *e)
{
    struct packet_link *l = mem_new(1, sizeof(*l));
    *l = (struct packet_link){.loop = loop, .network = network, .plan = *plan, .out = -1, .ring = {.fd = -1}};
    l->ports = mem_new(plan->port_count, sizeof(*l->ports));
    memcpy(l->ports, plan->ports, plan->port_count * sizeof(*l->ports));
    for (int d = 0; d < 2; d++) {
        l->ways[d].faults = plan->faults[d];
        l->ways[d].last = &l->ways[d].first;
    }
    ev_io_init(&l->readable, on_readable, -1, EV_READ);
    ev_timer_init(&l->timer, on_timer, 0, 0);
    l->readable.data = l->timer.data = l;
    if (open_all(l, e) < 0) {
        packet_link_close(l);
        return NULL;
    }
    ev_io_set(&l->readable, l->ring.fd, EV_READ);
    ev_io_start(loop, &l->readable);
    return l;
}

void packet_link_change(struct packet_link *l, enum packet_direction d, const struct packet_faults *faults)
{
    l->ways[d].faults = *faults;
}

struct packet_count packet_link_count(const struct packet_link *l, enum packet_direction d)
{
    return l->ways[d].count;
}

uint64_t packet_link_missed(struct packet_link *l)
{
    return l->missed += packet_ring_missed(&l->ring);
}

void packet_link_close(struct packet_link *l)
{
    struct err ignored = {0};
    if (!l)
        return;
    ev_io_stop(l->loop, &l->readable);
    ev_timer_stop(l->loop, &l->timer);
    while (l->diverted)
        packet_network_divert(l->network, l->ports[--l->diverted], false, &ignored);
    packet_ring_close(&l->ring);
    if (l->out >= 0)
        close(l->out);
    for (int d = 0; d < 2; d++) {
        free(l->ways[d].held);
        for (struct packet *p = l->ways[d].first, *next; p; p = next) {
            next = p->next;
            free(p);
        }
    }
    free(l->ports);
    free(l);
}
