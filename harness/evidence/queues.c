#include "evidence/queues.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/sockios.h>
#include <linux/tcp.h>
#include <linux/unix_diag.h>
#include <netinet/in.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <unistd.h>

/* The states by their numbers of netinet/tcp.h, which cannot be included beside linux/tcp.h. */
enum { ESTABLISHED = 1, SYN_SENT = 2, SYN_RECV = 3, CLOSE = 7, LISTEN = 10 };

/*
 * The kernel fills at most 32 KiB a datagram of a dump (NLMSG_GOODSIZE grows to what the reader offers, up to
 * this).
 */
enum { ANSWER_MAX = 32768 };

/*
 * Called for each message of an answer; a return other than 0 ends the walk (the rest is still read off the
 * socket).
 */
typedef int answer_visitor(const struct nlmsghdr *h, void *data);

static int send_request(int nl, const void *body, size_t len, uint16_t flags)
{
    struct nlmsghdr head = {
        .nlmsg_len = (uint32_t)(sizeof head + len),
        .nlmsg_type = SOCK_DIAG_BY_FAMILY,
        .nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags),
    };
    struct iovec parts[2] = {{&head, sizeof head}, {(void *)(uintptr_t)body, len}};
    struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
    struct msghdr msg = {
        .msg_name = &kernel, .msg_namelen = sizeof kernel, .msg_iov = parts, .msg_iovlen = 2};
    ssize_t n;
    do
        n = sendmsg(nl, &msg, 0);
    while (n < 0 && errno == EINTR);
    return n < 0 ? -1 : 0;
}

/* Errors of the kernel come as a message of their own. */
static int answer_error(const struct nlmsghdr *h)
{
    if (h->nlmsg_len < NLMSG_LENGTH(sizeof(struct nlmsgerr)))
        return EPROTO;
    return -((const struct nlmsgerr *)NLMSG_DATA(h))->error;
}

/*
 * Reads the answer to one request: a single message, or a dump up to its NLMSG_DONE. Returns 0, or -1
 * (errno). The kernel answers within the send call, so this never blocks.
 */
static int read_answer(int nl, bool dump, answer_visitor *visit, void *data)
{
    _Alignas(struct nlmsghdr) char bytes[ANSWER_MAX];
    bool stop = false;
    for (;;) {
        ssize_t n = recv(nl, bytes, sizeof bytes, 0);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return -1;
        unsigned left = (unsigned)n;
        for (const struct nlmsghdr *h = (void *)bytes; NLMSG_OK(h, left); h = NLMSG_NEXT(h, left)) {
            if (h->nlmsg_type == NLMSG_DONE)
                return 0;
            if (h->nlmsg_type == NLMSG_ERROR) {
                errno = answer_error(h);
                return errno ? -1 : 0;
            }
            if (!stop && h->nlmsg_type == SOCK_DIAG_BY_FAMILY && visit(h, data))
                stop = true;
        }
        if (!dump)
            return 0;
    }
}

static int ask(int nl, const void *body, size_t len, bool dump, answer_visitor *visit, void *data)
{
    if (send_request(nl, body, len, dump ? NLM_F_DUMP : 0) < 0)
        return -1;
    return read_answer(nl, dump, visit, data);
}

static int visit_nothing(const struct nlmsghdr *h, void *data)
{
    (void)h;
    (void)data;
    return 0;
}

int queues_open(void)
{
    int nl = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
    if (nl < 0)
        return -1;
    /*
     * No state asked for: the answer is empty where the kernel has tcp_diag, ENOENT where not. Later ENOENT
     * means "no socket".
     */
    struct inet_diag_req_v2 probe = {.sdiag_family = AF_INET, .sdiag_protocol = IPPROTO_TCP};
    if (ask(nl, &probe, sizeof probe, true, visit_nothing, NULL) < 0) {
        int code = errno == ENOENT ? EPROTONOSUPPORT : errno;
        close(nl);
        errno = code;
        return -1;
    }
    return nl;
}

/*
 * An end of a connection, IPv4 in place of v4-mapped IPv6: the kernel finds dual-stack sockets by their IPv4
 * ends too.
 */
struct end {
    int family;
    uint32_t address[4];
    uint16_t port; /* network order */
};

static int end_of(const struct sockaddr *a, struct end *to)
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

static struct inet_diag_req_v2 exact_request(int protocol, const struct end *source,
                                             const struct end *destination)
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

struct inet_found {
    struct queue_state *state;
    uint64_t bytes_received; /* by TCP_INFO; 0 where not asked for */
    bool found;
};

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
    if (ask(nl, r, sizeof *r, dump, visit_inet, to) < 0)
        return -1;
    if (to->found)
        return 0;
    errno = ENOENT;
    return -1;
}

/* `want_info` asks for TCP_INFO too, which is dearer. */
static int tcp_exact(int nl, const struct end *local, const struct end *remote, bool want_info,
                     struct inet_found *to)
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
    if (end_of(local, &l) < 0 || end_of(remote, &r) < 0)
        return -1;
    struct inet_found found = {.state = out};
    return tcp_exact(nl, &l, &r, false, &found);
}

int queues_tcp_listener(int nl, int port, struct queue_state *out)
{
    static const int families[] = {AF_INET, AF_INET6};
    struct inet_found found = {.state = out};
    for (int i = 0; i < 2; i++) {
        struct end local = loopback_end(families[i], port), nobody = loopback_end(families[i], 0);
        struct inet_diag_req_v2 r = exact_request(IPPROTO_TCP, &local, &nobody);
        if (ask_inet(nl, &r, false, &found) == 0 && out->state == LISTEN)
            return 0;
    }
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
        list->ports[list->count] = (struct queue_port){ntohs(msg->id.idiag_sport), msg->idiag_inode};
    list->count++;
    return 0;
}

static int list_ports(int nl, int protocol, int state, struct queue_port *ports, int max)
{
    struct port_list list = {.ports = ports, .max = max};
    static const int families[] = {AF_INET, AF_INET6};
    for (int i = 0; i < 2; i++) {
        struct inet_diag_req_v2 r = {.sdiag_family = (uint8_t)families[i],
                                     .sdiag_protocol = (uint8_t)protocol,
                                     .idiag_states = 1u << state};
        if (ask(nl, &r, sizeof r, true, visit_port, &list) < 0)
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
static int udp_exact(int nl, const struct end *local, const struct end *remote, struct queue_state *out)
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
        if (udp_exact(nl, &local, &nobody, out) == 0)
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

struct unix_search {
    const char *path;
    size_t len;
    bool have_file; /* whether `device` and `file` say which file the path is */
    uint32_t device, file;
    struct queue_state *out;
    bool found;
};

/* A path may have been bound under another name (relative, by a link): the file's own number tells. */
static bool unix_matches(const struct unix_search *want, const struct rtattr *a, unsigned left)
{
    for (; RTA_OK(a, left); a = RTA_NEXT(a, left)) {
        const char *bytes = RTA_DATA(a);
        size_t len = RTA_PAYLOAD(a);
        if (a->rta_type == UNIX_DIAG_NAME) {
            while (len > 0 && bytes[0] != '\0' && bytes[len - 1] == '\0')
                len--; /* a path may end in NUL; an abstract name is all its bytes */
            if (len == want->len && memcmp(bytes, want->path, len) == 0)
                return true;
        } else if (a->rta_type == UNIX_DIAG_VFS && len >= sizeof(struct unix_diag_vfs) && want->have_file) {
            struct unix_diag_vfs vfs;
            memcpy(&vfs, bytes, sizeof vfs);
            if (vfs.udiag_vfs_ino == want->file && vfs.udiag_vfs_dev == want->device)
                return true;
        }
    }
    return false;
}

static int visit_unix(const struct nlmsghdr *h, void *data)
{
    struct unix_search *want = data;
    if (h->nlmsg_len < NLMSG_LENGTH(sizeof(struct unix_diag_msg)))
        return 0;
    const struct unix_diag_msg *msg = NLMSG_DATA(h);
    unsigned left = (unsigned)(h->nlmsg_len - NLMSG_LENGTH(sizeof *msg));
    const struct rtattr *first = (const void *)(msg + 1);
    if (msg->udiag_state != LISTEN && msg->udiag_type != SOCK_DGRAM)
        return 0; /* bound, but it does not listen yet */
    if (!unix_matches(want, first, left))
        return 0;
    *want->out = (struct queue_state){.inode = msg->udiag_ino, .state = msg->udiag_state};
    for (const struct rtattr *a = first; RTA_OK(a, left); a = RTA_NEXT(a, left)) {
        struct unix_diag_rqlen queues;
        if (a->rta_type == UNIX_DIAG_RQLEN && RTA_PAYLOAD(a) >= sizeof queues) {
            memcpy(&queues, RTA_DATA(a), sizeof queues);
            want->out->receive = queues.udiag_rqueue;
            want->out->send = queues.udiag_wqueue;
        }
    }
    want->found = true;
    return 1;
}

int queues_unix(int nl, const char *path, size_t len, struct queue_state *out)
{
    struct unix_search want = {.path = path, .len = len, .out = out};
    struct stat st;
    char name[sizeof((struct sockaddr_un *)0)->sun_path + 1] = "";
    if (len == 0 || len >= sizeof name) {
        errno = EINVAL;
        return -1;
    }
    memcpy(name, path, len);
    if (name[0] != '\0' && stat(name, &st) == 0 && S_ISSOCK(st.st_mode)) {
        want.have_file = true;
        want.file = (uint32_t)st.st_ino;
        /* As the kernel keeps it inside (MINORBITS). */
        want.device = (uint32_t)(major(st.st_dev) << 20 | minor(st.st_dev));
    }
    /*
     * Bound sockets that others connect to: listening, or a datagram socket (never connected: closed, to the
     * kernel). Accepted sockets bear the listener's name too, and must not be taken for it.
     */
    struct unix_diag_req r = {
        .sdiag_family = AF_UNIX,
        .udiag_states = 1u << LISTEN | 1u << CLOSE,
        .udiag_show = UDIAG_SHOW_NAME | UDIAG_SHOW_VFS | UDIAG_SHOW_RQLEN,
    };
    if (ask(nl, &r, sizeof r, true, visit_unix, &want) < 0)
        return -1;
    if (want.found)
        return 0;
    errno = ENOENT;
    return -1;
}

/*
 * Our own side of the question: what we have sent in all (without what was sent twice), and whether all has
 * left. An acknowledgement may be delayed by 40 ms though the peer has read long since; the peer's own count
 * needs none.
 */
struct own_side {
    int state;
    bool acknowledged, all_sent;
    uint64_t sent;
};

static int own_tcp_side(int fd, struct own_side *own)
{
    struct tcp_info info = {0};
    socklen_t len = sizeof info;
    int unacknowledged = 0;
    if (ioctl(fd, SIOCOUTQ, &unacknowledged) < 0 || getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len) < 0)
        return -1;
    own->state = info.tcpi_state;
    own->acknowledged = unacknowledged == 0;
    own->all_sent = info.tcpi_notsent_bytes == 0 && info.tcpi_bytes_sent > 0;
    own->sent = info.tcpi_bytes_sent - info.tcpi_bytes_retrans;
    return 0;
}

/*
 * The peer's socket is gone: closed and forgotten, so that nothing can ever take what was sent (it counts as
 * taken, or a sender would wait for ever); or, where ours knows nothing of that, the peer is on another host
 * or in another namespace.
 */
static int peer_not_seen(const struct own_side *own)
{
    if (own->state != ESTABLISHED && own->state != SYN_SENT && own->state != SYN_RECV)
        return 1;
    errno = ENOENT;
    return -1;
}

static int tcp_peer_took_all(int nl, int fd, const struct end *us, const struct end *peer)
{
    struct own_side own;
    if (own_tcp_side(fd, &own) < 0)
        return -1;
    if (!own.acknowledged && !own.all_sent)
        return 0;
    struct queue_state state;
    struct inet_found found = {.state = &state};
    if (tcp_exact(nl, peer, us, !own.acknowledged, &found) < 0)
        return errno == ENOENT ? peer_not_seen(&own) : -1;
    if (state.receive > 0)
        return 0;
    if (own.acknowledged)
        return 1;
    if (found.bytes_received < own.sent)
        return 0;
    /*
     * Within one answer the queue is read before the count: bytes may have come in between. They are there
     * now.
     */
    if (tcp_exact(nl, peer, us, false, &found) < 0)
        return errno == ENOENT ? peer_not_seen(&own) : -1;
    return state.receive == 0;
}

static int unix_peer_took_all(int fd)
{
    int held = 0; /* memory of what the peer has not read yet; freed by its reads, or its end */
    if (ioctl(fd, SIOCOUTQ, &held) < 0)
        return -1;
    return held == 0;
}

int queues_peer_took_all(int nl, int fd)
{
    struct sockaddr_storage ours = {0}, theirs = {0};
    socklen_t our_len = sizeof ours, their_len = sizeof theirs;
    if (getsockname(fd, (void *)&ours, &our_len) < 0)
        return -1;
    if (ours.ss_family == AF_UNIX)
        return unix_peer_took_all(fd);
    int type = 0;
    socklen_t type_len = sizeof type;
    if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &type_len) < 0)
        return -1;
    if (getpeername(fd, (void *)&theirs, &their_len) < 0) {
        struct own_side own;
        if (errno != ENOTCONN || type != SOCK_STREAM || own_tcp_side(fd, &own) < 0)
            return -1;
        return own.state == CLOSE; /* reset: nobody is left to take it; else it is still being connected */
    }
    struct end us, peer;
    if (end_of((void *)&ours, &us) < 0 || end_of((void *)&theirs, &peer) < 0)
        return -1;
    if (type == SOCK_STREAM)
        return tcp_peer_took_all(nl, fd, &us, &peer);
    struct queue_state state;
    if (udp_exact(nl, &peer, &us, &state) < 0)
        return -1;
    return state.receive == 0;
}
