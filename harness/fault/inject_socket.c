#include "fault/inject_internal.h"

#include "base/mem.h"
#include "base/visible.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

/* Beyond so many sockets all are forgotten: their numbers begin anew, and receipts say so. */
#define SOCKETS_MAX 65536
/* What epoll instances wait for is asked again after so long: it costs a walk of /proc. */
#define EDGES_HOLD_US 50000

/* --- peers ---------------------------------------------------------------------------------------------- */

/* The place of an address in the tables of peers; NULL when it has none. */
static const _Atomic uint8_t *peer_slot(const struct inject_shared *shared, const struct sockaddr *sa, socklen_t len)
{
    const struct sockaddr_un *un = (const struct sockaddr_un *)(const void *)sa;
    char digits[6], *end;
    switch (sa->sa_family) {
    case AF_INET:
        return &shared->peer_port[ntohs(((const struct sockaddr_in *)(const void *)sa)->sin_port)];
    case AF_INET6:
        return &shared->peer_port[ntohs(((const struct sockaddr_in6 *)(const void *)sa)->sin6_port)];
    case AF_UNIX: /* a name by autobind: a NUL and five hex digits (unix(7)) */
        if (len != offsetof(struct sockaddr_un, sun_path) + 6 || un->sun_path[0])
            return NULL;
        memcpy(digits, un->sun_path + 1, 5);
        digits[5] = '\0';
        unsigned long number = strtoul(digits, &end, 16);
        return *end ? NULL : &shared->peer_name[number % PEER_NAMES];
    default:
        return NULL;
    }
}

static int actor_of(const struct inject_shared *shared, const struct sockaddr *sa, socklen_t len)
{
    const _Atomic uint8_t *slot = peer_slot(shared, sa, len);
    return slot ? (int)atomic_load_explicit(slot, memory_order_acquire) - 1 : -1;
}

void inject_shared_peer(struct inject_shared *shared, int actor, const struct sockaddr *sa, socklen_t len)
{
    _Atomic uint8_t *slot = (_Atomic uint8_t *)(uintptr_t)peer_slot(shared, sa, len);
    if (slot)
        atomic_store_explicit(slot, (uint8_t)(actor + 1), memory_order_release);
}

static void name_unix(char *out, size_t size, const struct sockaddr_un *un, socklen_t len)
{
    struct buf text = {0};
    size_t n = len - offsetof(struct sockaddr_un, sun_path);
    if (len <= offsetof(struct sockaddr_un, sun_path)) {
        snprintf(out, size, "unix");
        return;
    }
    bool abstract = !un->sun_path[0];
    visible_add(&text, un->sun_path + abstract, abstract ? n - 1 : strnlen(un->sun_path, n), 0);
    snprintf(out, size, "unix:%s%.40s", abstract ? "@" : "", buf_text(&text));
    buf_free(&text);
}

/* Whether an AF_UNIX socket is bound to nothing. */
static bool has_no_name(int copy)
{
    struct sockaddr_un un;
    socklen_t len = sizeof un;
    return getsockname(copy, (struct sockaddr *)&un, &len) == 0 && len <= offsetof(struct sockaddr_un, sun_path);
}

static void name_peer(struct inject_socket *s, int copy, const struct inject_shared *shared)
{
    union {
        struct sockaddr any;
        struct sockaddr_in in;
        struct sockaddr_in6 in6;
        struct sockaddr_un un;
    } u;
    socklen_t len = sizeof u;
    char text[INET6_ADDRSTRLEN];
    if (s->peer_known || getpeername(copy, &u.any, &len) < 0)
        return;
    s->peer_known = true;
    s->actor = actor_of(shared, &u.any, len);
    s->is_pair = u.any.sa_family == AF_UNIX && len <= offsetof(struct sockaddr_un, sun_path) && has_no_name(copy);
    if (u.any.sa_family == AF_INET && inet_ntop(AF_INET, &u.in.sin_addr, text, sizeof text))
        snprintf(s->peer, sizeof s->peer, "%s:%u", text, ntohs(u.in.sin_port));
    else if (u.any.sa_family == AF_INET6 && inet_ntop(AF_INET6, &u.in6.sin6_addr, text, sizeof text))
        snprintf(s->peer, sizeof s->peer, "[%s]:%u", text, ntohs(u.in6.sin6_port));
    else if (u.any.sa_family == AF_UNIX)
        name_unix(s->peer, sizeof s->peer, &u.un, len);
}

/* --- what is known of a socket -------------------------------------------------------------------------- */

static void forget_all(struct inject_sockets *all)
{
    for (size_t i = 0; i < SOCKET_BUCKETS; i++)
        while (all->buckets[i]) {
            struct inject_socket *s = all->buckets[i];
            all->buckets[i] = s->next;
            free(s);
        }
    all->count = 0;
}

static int option(int fd, int name)
{
    int value = -1;
    socklen_t len = sizeof value;
    return getsockopt(fd, SOL_SOCKET, name, &value, &len) < 0 ? -1 : value;
}

static struct inject_socket *learn(struct inject_sockets *all, int copy, uint32_t inode)
{
    bool overflow = all->count >= SOCKETS_MAX;
    if (overflow)
        forget_all(all);
    struct inject_socket *s = mem_new(1, sizeof *s), **bucket = &all->buckets[inode % SOCKET_BUCKETS];
    *s = (struct inject_socket){.next = *bucket, .inode = inode, .actor = -1, .missed_some = overflow};
    s->family = option(copy, SO_DOMAIN);
    s->type = option(copy, SO_TYPE);
    s->protocol = option(copy, SO_PROTOCOL);
    *bucket = s;
    all->count++;
    return s;
}

struct inject_socket *socket_known(struct inject_sockets *all, int copy, const struct inject_shared *shared)
{
    struct stat st;
    if (fstat(copy, &st) < 0 || !S_ISSOCK(st.st_mode))
        return NULL;
    uint32_t inode = (uint32_t)st.st_ino;
    struct inject_socket *s = all->buckets[inode % SOCKET_BUCKETS];
    while (s && s->inode != inode)
        s = s->next;
    if (!s)
        s = learn(all, copy, inode);
    name_peer(s, copy, shared);
    return s;
}

/* --- offsets -------------------------------------------------------------------------------------------- */

bool socket_is_counted(const struct inject_socket *s)
{
    return s->type == SOCK_STREAM && s->protocol == IPPROTO_TCP && s->family != AF_UNIX;
}

/* States in which the peer's FIN has come in: it counts as one byte received (linux/tcp_states.h). */
static bool has_fin(unsigned state)
{
    enum { TIME_WAIT = 6, CLOSE_WAIT = 8, LAST_ACK = 9, CLOSING = 11 };
    return state == TIME_WAIT || state == CLOSE_WAIT || state == LAST_ACK || state == CLOSING;
}

bool socket_offset(const struct inject_socket *s, int copy, enum scn_call call, uint64_t *offset)
{
    struct tcp_info info = {0};
    socklen_t len = sizeof info;
    int waiting = 0;
    if (s->type != SOCK_STREAM)
        return false;
    if (!socket_is_counted(s)) {
        *offset = call == SCN_CALL_SEND ? s->sent : s->received;
        return true;
    }
    /* bytes_retrans is the last field asked for: kernels from 4.19 on have it. */
    if (getsockopt(copy, IPPROTO_TCP, TCP_INFO, &info, &len) < 0 ||
        len < offsetof(struct tcp_info, tcpi_bytes_retrans) + sizeof info.tcpi_bytes_retrans)
        return false;
    if (call == SCN_CALL_SEND) {
        *offset = info.tcpi_bytes_sent - info.tcpi_bytes_retrans + info.tcpi_notsent_bytes;
        return true;
    }
    if (ioctl(copy, SIOCINQ, &waiting) < 0)
        return false;
    uint64_t beyond = (uint64_t)waiting + has_fin(info.tcpi_state);
    *offset = info.tcpi_bytes_received > beyond ? info.tcpi_bytes_received - beyond : 0;
    return true;
}

/* --- what POSIX allows ---------------------------------------------------------------------------------- */

bool socket_listens(int copy)
{
    return option(copy, SO_ACCEPTCONN) > 0;
}

bool socket_may_wait(int copy, uint64_t flags)
{
    int status = fcntl(copy, F_GETFL);
    return (status < 0 || !(status & O_NONBLOCK)) && !(flags & MSG_DONTWAIT);
}

bool socket_has_limit(int copy, enum scn_call call)
{
    struct timeval limit = {0};
    socklen_t len = sizeof limit;
    int option = call == SCN_CALL_SEND || call == SCN_CALL_CONNECT ? SO_SNDTIMEO : SO_RCVTIMEO;
    return getsockopt(copy, SOL_SOCKET, option, &limit, &len) == 0 && (limit.tv_sec || limit.tv_usec);
}

bool socket_may_say_again(int copy, enum scn_call call, uint64_t flags)
{
    return !socket_may_wait(copy, flags) || socket_has_limit(copy, call);
}

/*
 * Both options, set to what they are, have the kernel look again and tell all who wait (tcp_set_rcvlowat,
 * do_tcp_setsockopt of net/ipv4/tcp.c): an edge as it would come with the next segment, or the next acknowledgement.
 */
void socket_raise_edge(int copy, enum scn_call call)
{
    int level = call == SCN_CALL_SEND ? IPPROTO_TCP : SOL_SOCKET;
    int name = call == SCN_CALL_SEND ? TCP_NOTSENT_LOWAT : SO_RCVLOWAT;
    int value = 0;
    socklen_t len = sizeof value;
    if (getsockopt(copy, level, name, &value, &len) == 0)
        setsockopt(copy, level, name, &value, sizeof value);
}

/* Whether /proc/PID/fdinfo/N of an epoll instance has "tfd: FD events: HEX" with EPOLLET. */
static bool waits_for_edges(const char *path, int fd)
{
    char line[256];
    int watched;
    unsigned events;
    bool found = false;
    FILE *f = fopen(path, "re");
    while (f && !found && fgets(line, sizeof line, f))
        found = sscanf(line, "tfd: %d events: %x", &watched, &events) == 2 && watched == fd && events & EPOLLET;
    if (f)
        fclose(f);
    return found;
}

bool socket_waits_for_edges(struct inject_socket *s, pid_t tgid, int fd)
{
    char path[64];
    bool found = false;
    uint64_t now = clock_us();
    if (s->edges_asked_us && now - s->edges_asked_us < EDGES_HOLD_US)
        return s->edges;
    snprintf(path, sizeof path, "/proc/%d/fdinfo", (int)tgid);
    DIR *dir = opendir(path);
    for (struct dirent *d; dir && !found && (d = readdir(dir)) != NULL;) {
        if (d->d_name[0] == '.')
            continue;
        snprintf(path, sizeof path, "/proc/%d/fdinfo/%.10s", (int)tgid, d->d_name);
        found = waits_for_edges(path, fd);
    }
    if (dir)
        closedir(dir);
    s->edges = found;
    s->edges_asked_us = now;
    return found;
}
