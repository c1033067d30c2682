/* Sockets: what the kernel's tables tell of those that a snapshot holds. */
#include "evidence/diag.h"
#include "evidence/snapshot_internal.h"

#include <arpa/inet.h>
#include <linux/inet_diag.h>
#include <linux/rtnetlink.h>
#include <linux/unix_diag.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* The snapshot's sockets by inode, to be found among all of the namespace. */
struct index {
    struct snapshot_object **items;
    size_t count;
    int protocol; /* of the question that is being answered */
};

static int by_inode(const void *a, const void *b)
{
    const struct snapshot_object *x = *(struct snapshot_object *const *)a, *y = *(struct snapshot_object *const *)b;
    return (x->inode > y->inode) - (x->inode < y->inode);
}

static struct snapshot_object *find(const struct index *index, uint64_t inode)
{
    struct snapshot_object wanted = {.inode = inode}, *key = &wanted;
    struct snapshot_object **at = bsearch(&key, index->items, index->count, sizeof *index->items, by_inode);
    return inode && at ? *at : NULL;
}

static void address_text(int family, const uint32_t *address, uint16_t port, char *to, size_t size)
{
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = port};
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = port, .sin_addr.s_addr = address[0]};
    memcpy(&v6.sin6_addr, address, 16);
    snapshot_address(family == AF_INET ? (const void *)&v4 : (const void *)&v6, to, size);
}

static int visit_inet(const struct nlmsghdr *h, void *data)
{
    const struct index *index = data;
    if (h->nlmsg_len < NLMSG_LENGTH(sizeof(struct inet_diag_msg)))
        return 0;
    const struct inet_diag_msg *m = NLMSG_DATA(h);
    struct snapshot_object *o = find(index, m->idiag_inode);
    if (!o)
        return 0;
    o->seen = true;
    o->receive = m->idiag_rqueue;
    o->send = m->idiag_wqueue;
    o->state = m->idiag_state;
    o->kind = index->protocol != IPPROTO_TCP ? SNAPSHOT_DATAGRAM
              : m->idiag_state == LISTEN     ? SNAPSHOT_LISTENER
                                             : SNAPSHOT_STREAM;
    address_text(m->idiag_family, m->id.idiag_src, m->id.idiag_sport, o->local, sizeof o->local);
    if (o->kind == SNAPSHOT_LISTENER)
        o->send = 0; /* its backlog */
    else if (m->id.idiag_dport)
        address_text(m->idiag_family, m->id.idiag_dst, m->id.idiag_dport, o->remote, sizeof o->remote);
    return 0;
}

static int visit_unix(const struct nlmsghdr *h, void *data)
{
    if (h->nlmsg_len < NLMSG_LENGTH(sizeof(struct unix_diag_msg)))
        return 0;
    const struct unix_diag_msg *m = NLMSG_DATA(h);
    struct snapshot_object *o = find(data, m->udiag_ino);
    if (!o)
        return 0;
    o->seen = true;
    o->state = m->udiag_state;
    o->kind = m->udiag_state == LISTEN      ? SNAPSHOT_LISTENER
              : m->udiag_type == SOCK_DGRAM ? SNAPSHOT_DATAGRAM
                                            : SNAPSHOT_STREAM;
    unsigned left = (unsigned)(h->nlmsg_len - NLMSG_LENGTH(sizeof *m));
    for (const struct rtattr *a = (const void *)(m + 1); RTA_OK(a, left); a = RTA_NEXT(a, left)) {
        uint32_t peer;
        struct unix_diag_rqlen queues;
        if (a->rta_type == UNIX_DIAG_PEER && RTA_PAYLOAD(a) >= sizeof peer) {
            memcpy(&peer, RTA_DATA(a), sizeof peer);
            o->peer = peer;
        } else if (a->rta_type == UNIX_DIAG_RQLEN && RTA_PAYLOAD(a) >= sizeof queues) {
            memcpy(&queues, RTA_DATA(a), sizeof queues);
            o->receive = queues.udiag_rqueue;
            o->send = o->kind == SNAPSHOT_LISTENER ? 0 : queues.udiag_wqueue;
        }
    }
    return 0;
}

static void ask_inet(struct index *index, int netlink, int protocol)
{
    static const int families[] = {AF_INET, AF_INET6};
    index->protocol = protocol;
    for (int i = 0; i < 2; i++) {
        struct inet_diag_req_v2 r = {
            .sdiag_family = (uint8_t)families[i], .sdiag_protocol = (uint8_t)protocol, .idiag_states = ~0u};
        /* What cannot be asked stays unseen. */
        (void)diag_ask(netlink, &r, sizeof r, true, visit_inet, index);
    }
}

void snapshot_add_queues(struct snapshot *s, int netlink)
{
    struct snapshot_object *sockets[SNAPSHOT_OBJECTS_MAX];
    struct index index = {.items = sockets};
    for (uint32_t i = 0; i < s->object_count; i++)
        if (s->objects[i].kind == SNAPSHOT_STREAM)
            sockets[index.count++] = &s->objects[i];
    if (index.count == 0 || netlink < 0)
        return;
    qsort(sockets, index.count, sizeof *sockets, by_inode);
    ask_inet(&index, netlink, IPPROTO_TCP);
    ask_inet(&index, netlink, IPPROTO_UDP);
    struct unix_diag_req r = {
        .sdiag_family = AF_UNIX, .udiag_states = ~0u, .udiag_show = UDIAG_SHOW_PEER | UDIAG_SHOW_RQLEN};
    (void)diag_ask(netlink, &r, sizeof r, true, visit_unix, &index);
}
