#include "evidence/inet.h"

#include "evidence/diag.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/rtnetlink.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

int inet_end_of(const struct sockaddr *a, struct end *to)
{
    memset(to, 0, sizeof *to);
    if (a->sa_family == AF_INET) {
        const struct sockaddr_in *v4 = (const void *)a;
        *to = (struct end){.family = AF_INET, .address = {v4->sin_addr.s_addr}, .port = v4->sin_port};
        return 0;
    }
    if (a->sa_family == AF_INET6) {
        const struct sockaddr_in6 *v6 = (const void *)a;
        to->port = v6->sin6_port;
        if (IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr)) {
            to->family = AF_INET;
            memcpy(to->address, &v6->sin6_addr.s6_addr[12], 4);
        } else {
            to->family = AF_INET6;
            memcpy(to->address, &v6->sin6_addr, 16);
        }
        return 0;
    }
    errno = EAFNOSUPPORT;
    return -1;
}

static struct end loopback_end(int family, int port)
{
    struct end e = {.family = family, .port = htons((uint16_t)port)};
    if (family == AF_INET)
        e.address[0] = htonl(INADDR_LOOPBACK);
    else
        memcpy(e.address, &in6addr_loopback, 16);
    return e;
}

static struct inet_diag_req_v2 exact_request(int protocol, const struct end *source, const struct end *destination)
{
    struct inet_diag_req_v2 r = {
        .sdiag_family = (uint8_t)source->family,
        .sdiag_protocol = (uint8_t)protocol,
        .idiag_states = ~0u,
        .id = {.idiag_sport = source->port,
               .idiag_dport = destination->port,
               .idiag_cookie = {INET_DIAG_NOCOOKIE, INET_DIAG_NOCOOKIE}},
    };
    memcpy(r.id.idiag_src, source->address, sizeof source->address);
    memcpy(r.id.idiag_dst, destination->address, sizeof destination->address);
    return r;
}

static void read_info(const struct nlmsghdr *h, const struct inet_diag_msg *msg, struct inet_found *to)
{
    unsigned left = (unsigned)(h->nlmsg_len - NLMSG_LENGTH(sizeof *msg));
    for (const struct rtattr *a = (const void *)(msg + 1); RTA_OK(a, left); a = RTA_NEXT(a, left)) {
        const size_t at = offsetof(struct tcp_info, tcpi_bytes_received), size = sizeof to->bytes_received;
        if (a->rta_type == INET_DIAG_INFO && RTA_PAYLOAD(a) >= at + size)
            memcpy(&to->bytes_received, (const char *)RTA_DATA(a) + at, size);
    }
}

static int visit_inet(const struct nlmsghdr *h, void *data)
{
    struct inet_found *to = data;
    if (h->nlmsg_len < NLMSG_LENGTH(sizeof(struct inet_diag_msg)))
        return 0;
    const struct inet_diag_msg *msg = NLMSG_DATA(h);
    *to->state = (struct queue_state){
        .receive = msg->idiag_rqueue,
        .send = msg->idiag_wqueue,
        .inode = msg->idiag_inode,
        .state = msg->idiag_state,
        .timer = msg->idiag_timer,
    };
    read_info(h, msg, to);
    to->found = true;
    return 1;
}

static int ask_inet(int nl, const struct inet_diag_req_v2 *r, bool dump, struct inet_found *to)
{
    to->found = false;
    if (diag_ask(nl, r, sizeof *r, dump, visit_inet, to) < 0)
        return -1;
    if (to->found)
        return 0;
    errno = ENOENT;
    return -1;
}

int inet_tcp(int nl, const struct end *local, const struct end *remote, bool want_info, struct inet_found *to)
{
    if (local->family != remote->family) {
        errno = EAFNOSUPPORT;
        return -1;
    }
    struct inet_diag_req_v2 r = exact_request(IPPROTO_TCP, local, remote);
    if (want_info)
        r.idiag_ext = 1 << (INET_DIAG_INFO - 1);
    if (ask_inet(nl, &r, false, to) < 0)
        return -1;
    /* Where no connection matches, the kernel offers the listener that would take one. */
    if (to->state->state == LISTEN) {
        errno = ENOENT;
        return -1;
    }
    return 0;
}

int queues_tcp(int nl, const struct sockaddr *local, const struct sockaddr *remote, struct queue_state *out)
{
    struct end l, r;
    if (inet_end_of(local, &l) < 0 || inet_end_of(remote, &r) < 0)
        return -1;
    struct inet_found found = {.state = out};
    return inet_tcp(nl, &l, &r, false, &found);
}

/* An address that nobody sends from: no connection has such an end. */
static struct end nobody_of(const struct end *e)
{
    struct end nobody = *e;
    nobody.port = 0;
    return nobody;
}

int queues_tcp_taker(int nl, const struct sockaddr *to, struct queue_state *out)
{
    struct end local;
    struct inet_found found = {.state = out};
    if (inet_end_of(to, &local) < 0)
        return -1;
    const struct end nobody = nobody_of(&local);
    struct inet_diag_req_v2 r = exact_request(IPPROTO_TCP, &local, &nobody);
    if (ask_inet(nl, &r, false, &found) < 0)
        return -1;
    if (out->state == LISTEN)
        return 0;
    errno = ENOENT;
    return -1;
}

int queues_udp_taker(int nl, const struct sockaddr *to, struct queue_state *out)
{
    struct end local;
    if (inet_end_of(to, &local) < 0)
        return -1;
    const struct end nobody = nobody_of(&local);
    return inet_udp(nl, &local, &nobody, out);
}

int queues_tcp_loopback_listener(int nl, int port, struct queue_state *out)
{
    static const int families[] = {AF_INET, AF_INET6};
    struct inet_found found = {.state = out};
    for (int i = 0; i < 2; i++) {
        struct end local = loopback_end(families[i], port), nobody = loopback_end(families[i], 0);
        struct inet_diag_req_v2 r = exact_request(IPPROTO_TCP, &local, &nobody);
        if (ask_inet(nl, &r, false, &found) < 0)
            continue;
        if (out->state == LISTEN)
            return 0;
        errno = ENOENT;
    }
    return -1;
}

int queues_tcp_listener(int nl, int port, struct queue_state *out)
{
    static const int families[] = {AF_INET, AF_INET6};
    struct inet_found found = {.state = out};
    if (queues_tcp_loopback_listener(nl, port, out) == 0)
        return 0;
    for (int i = 0; i < 2; i++) {
        struct inet_diag_req_v2 r = {
            .sdiag_family = (uint8_t)families[i],
            .sdiag_protocol = IPPROTO_TCP,
            .idiag_states = 1u << LISTEN,
            .id = {.idiag_sport = htons((uint16_t)port)},
        };
        if (ask_inet(nl, &r, true, &found) == 0)
            return 0;
    }
    return -1;
}

void queues_port_text(const struct queue_port *p, char text[QUEUE_PORT_TEXT])
{
    char host[INET6_ADDRSTRLEN] = "?";
    inet_ntop(p->family, p->address, host, sizeof host);
    snprintf(text, QUEUE_PORT_TEXT, strchr(host, ':') ? "[%s]:%d" : "%s:%d", host, p->port);
}

struct port_list {
    struct queue_port *ports;
    int max, count;
};

static int visit_port(const struct nlmsghdr *h, void *data)
{
    struct port_list *list = data;
    if (h->nlmsg_len < NLMSG_LENGTH(sizeof(struct inet_diag_msg)))
        return 0;
    const struct inet_diag_msg *msg = NLMSG_DATA(h);
    if (list->count < list->max)
        list->ports[list->count] = (struct queue_port){
            ntohs(msg->id.idiag_sport),
            msg->idiag_inode,
            msg->idiag_family,
            {msg->id.idiag_src[0], msg->id.idiag_src[1], msg->id.idiag_src[2], msg->id.idiag_src[3]}};
    list->count++;
    return 0;
}

static int list_ports(int nl, int protocol, int state, struct queue_port *ports, int max)
{
    struct port_list list = {.ports = ports, .max = max};
    static const int families[] = {AF_INET, AF_INET6};
    for (int i = 0; i < 2; i++) {
        struct inet_diag_req_v2 r = {
            .sdiag_family = (uint8_t)families[i], .sdiag_protocol = (uint8_t)protocol, .idiag_states = 1u << state};
        if (diag_ask(nl, &r, sizeof r, true, visit_port, &list) < 0)
            return -1;
    }
    return list.count;
}

int queues_tcp_listeners(int nl, struct queue_port *ports, int max)
{
    return list_ports(nl, IPPROTO_TCP, LISTEN, ports, max);
}

int queues_udp_ports(int nl, struct queue_port *ports, int max)
{
    return list_ports(nl, IPPROTO_UDP, CLOSE, ports, max);
}

/*
 * For UDP the kernel takes source and destination the other way round ("for historical reasons",
 * net/ipv4/udp_diag.c).
 */
int inet_udp(int nl, const struct end *local, const struct end *remote, struct queue_state *out)
{
    struct inet_diag_req_v2 r = exact_request(IPPROTO_UDP, remote, local);
    struct inet_found found = {.state = out};
    return ask_inet(nl, &r, false, &found);
}

int queues_udp(int nl, int port, struct queue_state *out)
{
    static const int families[] = {AF_INET, AF_INET6};
    for (int i = 0; i < 2; i++) {
        struct end local = loopback_end(families[i], port), nobody = loopback_end(families[i], 0);
        if (inet_udp(nl, &local, &nobody, out) == 0)
            return 0;
    }
    struct inet_found found = {.state = out};
    for (int i = 0; i < 2; i++) {
        struct inet_diag_req_v2 r = {
            .sdiag_family = (uint8_t)families[i],
            .sdiag_protocol = IPPROTO_UDP,
            .idiag_states = ~0u,
            .id = {.idiag_sport = htons((uint16_t)port)},
        };
        if (ask_inet(nl, &r, true, &found) == 0)
            return 0;
    }
    return -1;
}
