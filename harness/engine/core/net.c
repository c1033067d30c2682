/*
 * Sockets and addresses of the actors.
 */
#include "engine/core/net.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* As many as the kernel allows: a crowd must not wait for SYN retransmissions of our own making. */
#define BACKLOG 65535

enum scn_transport transport_of(const struct case_run *run, enum scn_transport step, enum scn_transport actor)
{
    if (step != SCN_TRANSPORT_DEFAULT)
        return step;
    if (actor != SCN_TRANSPORT_DEFAULT)
        return actor;
    return run->scenario->transport != SCN_TRANSPORT_DEFAULT ? run->scenario->transport : SCN_TCP;
}

int net_socket(enum scn_transport t)
{
    static const struct {
        int family, type;
    } kinds[SCN_TRANSPORT_COUNT] = {
        [SCN_TCP] = {AF_INET, SOCK_STREAM},
        [SCN_TCP6] = {AF_INET6, SOCK_STREAM},
        [SCN_UDP] = {AF_INET, SOCK_DGRAM},
        [SCN_UDP6] = {AF_INET6, SOCK_DGRAM},
        [SCN_UNIX_STREAM] = {AF_UNIX, SOCK_STREAM},
        [SCN_UNIX_DGRAM] = {AF_UNIX, SOCK_DGRAM},
        [SCN_UNIX_SEQPACKET] = {AF_UNIX, SOCK_SEQPACKET},
    };
    int fd = socket(kinds[t].family, kinds[t].type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    /* What a step sends leaves at once: Nagle's algorithm would join pieces that the scenario keeps apart. */
    if (fd >= 0 && (t == SCN_TCP || t == SCN_TCP6))
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
    return fd;
}

static int unix_address(struct address *out, const char *path, struct err *e)
{
    if (!path)
        return err_set(e, EINVAL, "this scenario needs an AF_UNIX socket: put {socket} into the subject's command");
    if (strlen(path) >= sizeof(out->u.un.sun_path))
        return err_set(e, ENAMETOOLONG, "the socket path %s is longer than %zu bytes", path,
                       sizeof(out->u.un.sun_path) - 1);
    out->u.un.sun_family = AF_UNIX;
    strcpy(out->u.un.sun_path, path);
    out->len = sizeof(out->u.un);
    return 0;
}

int net_address(struct address *out, enum scn_transport t, const char *host, int port, const char *path, struct err *e)
{
    memset(out, 0, sizeof(*out));
    switch (t) {
    case SCN_TCP:
    case SCN_UDP:
        out->u.in.sin_family = AF_INET;
        out->u.in.sin_port = htons((uint16_t)port);
        out->len = sizeof(out->u.in);
        if (inet_pton(AF_INET, host ? host : "127.0.0.1", &out->u.in.sin_addr) != 1)
            return err_set(e, EINVAL, "%s is no IPv4 address", host);
        return 0;
    case SCN_TCP6:
    case SCN_UDP6:
        out->u.in6.sin6_family = AF_INET6;
        out->u.in6.sin6_port = htons((uint16_t)port);
        out->len = sizeof(out->u.in6);
        /* A host given as IPv4 is the loopback address of the other family here. */
        if (!host || !strchr(host, ':'))
            host = "::1";
        if (inet_pton(AF_INET6, host, &out->u.in6.sin6_addr) != 1)
            return err_set(e, EINVAL, "%s is no IPv6 address", host);
        return 0;
    case SCN_UNIX_STREAM:
    case SCN_UNIX_DGRAM:
    case SCN_UNIX_SEQPACKET:
        return unix_address(out, path, e);
    case SCN_TRANSPORT_DEFAULT: /* transport_of has put another in its place */
    case SCN_TRANSPORT_COUNT:
        break;
    }
    return err_set(e, EINVAL, "no transport");
}

void listener_learn_port(struct listener *l)
{
    const struct address *a = &l->found_at;
    if (a->u.any.sa_family != AF_UNIX)
        l->port = ntohs(a->u.any.sa_family == AF_INET6 ? a->u.in6.sin6_port : a->u.in.sin_port);
}

/* Has the kernel's choice of a port put into the address. */
static void learn_address(struct listener *l)
{
    socklen_t len = sizeof(l->address.u.storage);
    if (l->address.u.any.sa_family != AF_UNIX)
        getsockname(l->fd, &l->address.u.any, &len);
    l->found_at = l->address;
    listener_learn_port(l);
}

void net_fresh_path(struct engine *e, char *path, size_t room)
{
    snprintf(path, room, "%s/%u.sock", e->options.tmp_dir ? e->options.tmp_dir : "/tmp", ++e->serial);
}

int listener_open(struct listener *l, struct case_run *run, const struct scn_actor *actor, enum scn_transport t,
                  const char *host, int port, struct err *e)
{
    char path[sizeof(l->address.u.un.sun_path)];
    *l = (struct listener){.run = run, .actor = actor, .transport = t, .fd = -1};
    net_fresh_path(run->engine, path, sizeof(path));
    if (net_address(&l->address, t, host, port, path, e) != 0)
        return -1;
    l->fd = net_socket(t);
    if (l->fd < 0)
        return err_errno(e, errno, "no socket for server '%s'", actor->name);
    setsockopt(l->fd, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int));
    if (bind(l->fd, &l->address.u.any, l->address.len) != 0)
        return err_errno(e, errno, "cannot bind server '%s'", actor->name);
    bool datagrams = t == SCN_UDP || t == SCN_UDP6 || t == SCN_UNIX_DGRAM;
    if (!datagrams && listen(l->fd, BACKLOG) != 0)
        return err_errno(e, errno, "cannot listen as server '%s'", actor->name);
    learn_address(l);
    return 0;
}

void listener_close(struct listener *l)
{
    if (l->watching)
        ev_io_stop(l->run->engine->loop, &l->watcher);
    l->watching = false;
    if (l->fd < 0)
        return;
    if (l->shut)
        l->shut(l, l->shut_number);
    close(l->fd);
    l->fd = -1;
    if (l->address.u.any.sa_family == AF_UNIX)
        unlink(l->address.u.un.sun_path);
}

void net_reset(int fd)
{
    struct linger none = {.l_onoff = 1, .l_linger = 0};
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &none, sizeof(none));
    close(fd);
}

int net_set(int fd, enum scn_transport t, enum scn_option option, double value)
{
    int n = (int)value;
    struct linger l = {.l_onoff = n >= 0, .l_linger = n};
    if (!scn_transport_is(t, scn_option_medium(option))) {
        errno = EINVAL;
        return -1;
    }
    switch (option) {
    case SCN_SET_RCVBUF:
        return setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &n, sizeof(n));
    case SCN_SET_SNDBUF:
        return setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &n, sizeof(n));
    case SCN_SET_KEEPALIVE:
        return setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &n, sizeof(n));
    case SCN_SET_LINGER:
        return setsockopt(fd, SOL_SOCKET, SO_LINGER, &l, sizeof(l));
    case SCN_SET_BACKLOG:
        return listen(fd, n); /* a second listen() only changes the backlog */
    case SCN_SET_NODELAY:
        return setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &n, sizeof(n));
    case SCN_SET_QUICKACK:
        return setsockopt(fd, IPPROTO_TCP, TCP_QUICKACK, &n, sizeof(n));
    case SCN_SET_MSS:
        return setsockopt(fd, IPPROTO_TCP, TCP_MAXSEG, &n, sizeof(n));
    case SCN_SET_INTAKE: /* of the connection, not of its socket: the caller's */
        return 0;
    }
    errno = EINVAL;
    return -1;
}
