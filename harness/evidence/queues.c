#include "evidence/queues.h"

#include "evidence/diag.h"
#include "evidence/inet.h"

#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/sockios.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <unistd.h>

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
    if (diag_ask(nl, &probe, sizeof probe, true, visit_nothing, NULL) < 0) {
        int code = errno == ENOENT ? EPROTONOSUPPORT : errno;
        close(nl);
        errno = code;
        return -1;
    }
    return nl;
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
    struct queue_state state = {0};
    struct inet_found found = {.state = &state};
    if (inet_tcp(nl, peer, us, !own.acknowledged, &found) < 0)
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
    if (inet_tcp(nl, peer, us, false, &found) < 0)
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
    if (inet_end_of((void *)&ours, &us) < 0 || inet_end_of((void *)&theirs, &peer) < 0)
        return -1;
    if (type == SOCK_STREAM)
        return tcp_peer_took_all(nl, fd, &us, &peer);
    struct queue_state state;
    if (inet_udp(nl, &peer, &us, &state) < 0)
        return -1;
    return state.receive == 0;
}
