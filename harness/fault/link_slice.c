/*
 * Slices: each leaves once the receiver has taken the one before, because its kernel would join them again.
 */
#include "fault/link_internal.h"

#include "evidence/queues.h"

/* A receiver that has not taken a slice by then waits for more before it reads (SO_RCVLOWAT, a poll for N bytes): what
 * follows leaves without proof until its queue is empty again. Seconds, times patience. */
#define TAKEN_S 1.0
/* Where the receiver's queue cannot be seen a slice leaves so long after the one before. Seconds, times patience. */
#define BLIND_S 0.002

bool slice_may_leave(struct flow *f)
{
    const struct link *l = f->conn->link;
    if (!f->slice_out)
        return true;
    double now = link_now(l), spent = now - f->slice_sent, patience = l->options.patience;
    int took = l->netlink < 0 ? -1 : queues_peer_took_all(l->netlink, f->to->fd);
    /* A recv() that has emptied the queue and not returned yet would take the next slice along: it gets a tick to
     * return. */
    if (took == 1 && f->slice_seen > 0 && now - f->slice_seen >= LINK_TICK_US / 1e6) {
        f->slice_out = f->slice_free = false;
        return true;
    }
    if (took != 1)
        f->slice_seen = 0;
    else if (!(f->slice_seen > 0))
        f->slice_seen = now;
    if (took == 0 && spent >= TAKEN_S * patience)
        f->slice_free = true;
    if (took != 1 && f->slice_free)
        return true;
    if (took < 0 && spent >= BLIND_S * patience)
        return true;
    link_tick(f);
    return false;
}
