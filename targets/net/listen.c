/* Listening and accepting. */
#include "net/address.h"
#include "net/net.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static int listen_one(const struct addrinfo *a, const struct net_listening *how)
{
    int fd = socket(a->ai_family, a->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, a->ai_protocol);
    if (fd < 0)
        return -1;
    const int reuse = !how->no_reuse, v6only = how->v6only;
    bool failed = setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &reuse, sizeof reuse) < 0;
    /* The default of IPV6_V6ONLY is the administrator's (net.ipv6.bindv6only): say what is meant. */
    if (!failed && a->ai_family == AF_INET6)
        failed = setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &v6only, sizeof v6only) < 0;
    /* A backlog below 0 would be taken for a number beyond all limits. */
    if (!failed && bind(fd, a->ai_addr, a->ai_addrlen) == 0 && listen(fd, how->backlog < 0 ? 0 : how->backlog) == 0)
        return fd;
    int error = errno;
    close(fd);
    errno = error;
    return -1;
}

int net_listen(const char *host, const char *service, int backlog, struct net_error *e)
{
    return net_listen_with(host, service, &(struct net_listening){.backlog = backlog}, e);
}

int net_listen_with(const char *host, const char *service, const struct net_listening *how, struct net_error *e)
{
    struct addrinfo *list = net_resolve(host, service, SOCK_STREAM, true, e);
    if (list == NULL)
        return -1;
    int fd = -1;
    /* IPv6 first: its wildcard takes IPv4 as well, and then 0.0.0.0 could not be bound any more. */
    const int order[] = {AF_INET6, AF_INET};
    for (size_t k = 0; k < 2 && fd < 0; k++) {
        for (const struct addrinfo *a = list; a != NULL && fd < 0; a = a->ai_next) {
            if (a->ai_family == order[k])
                fd = listen_one(a, how);
        }
    }
    int error = errno;
    freeaddrinfo(list);
    if (fd >= 0)
        return fd;
    e->failure = NET_SYSTEM;
    e->code = error;
    snprintf(e->text, sizeof e->text, "listen on %s port %s: %s", host, service, strerror(error));
    errno = error;
    return -1;
}

/* Errors of one connection that had been queued, not of the listener (accept(2), "Error handling"). */
static bool is_dead_connection(int error)
{
    switch (error) {
    case EINTR:
    case ECONNABORTED:
    case ENETDOWN:
    case EPROTO:
    case ENOPROTOOPT:
    case EHOSTDOWN:
    case ENONET:
    case EHOSTUNREACH:
    case EOPNOTSUPP:
    case ENETUNREACH:
        return true;
    default:
        return false;
    }
}

int net_accept_from(int listener, struct net_address *peer)
{
    for (;;) {
        if (peer != NULL)
            peer->len = sizeof peer->storage;
        int fd = accept4(listener, peer == NULL ? NULL : (struct sockaddr *)&peer->storage,
                         peer == NULL ? NULL : &peer->len, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0 || !is_dead_connection(errno))
            return fd;
    }
}

int net_accept(int listener)
{
    return net_accept_from(listener, NULL);
}

bool net_is_shortage(int error)
{
    return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

void net_raise_files(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit); /* where it fails, the old limit goes on to hold */
    }
}
