#include "net/datagram.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int net_udp_socket(int family)
{
    return socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
}

static int bind_one(const struct addrinfo *a)
{
    int fd = net_udp_socket(a->ai_family);
    const int off = 0;
    if (fd < 0)
        return -1;
    bool failed = a->ai_family == AF_INET6 && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off) < 0;
    /* No SO_REUSEADDR: for UDP it would let a second program take the port, and half of the datagrams. */
    if (!failed && bind(fd, a->ai_addr, a->ai_addrlen) == 0)
        return fd;
    int error = errno;
    close(fd);
    errno = error;
    return -1;
}

int net_bind_udp(const char *host, const char *service, struct net_error *e)
{
    struct addrinfo *list = net_resolve(host, service, SOCK_DGRAM, true, e);
    if (list == NULL)
        return -1;
    int fd = -1;
    const int order[] = {AF_INET6, AF_INET}; /* as net_listen */
    for (size_t k = 0; k < 2 && fd < 0; k++) {
        for (const struct addrinfo *a = list; a != NULL && fd < 0; a = a->ai_next) {
            if (a->ai_family == order[k])
                fd = bind_one(a);
        }
    }
    int error = errno;
    freeaddrinfo(list);
    if (fd >= 0)
        return fd;
    e->failure = NET_SYSTEM;
    e->code = error;
    snprintf(e->text, sizeof e->text, "bind to %s port %s: %s", host[0] == '\0' ? "*" : host, service, strerror(error));
    errno = error;
    return -1;
}

ssize_t net_recv_from(int fd, void *to, size_t len, struct net_address *from, uint64_t deadline)
{
    for (;;) {
        if (net_wait(fd, POLLIN, deadline) < 0)
            return -1;
        socklen_t size = sizeof from->storage;
        /* MSG_TRUNC: the true length is told, so that a datagram that was cut is not
         * taken for a whole one. */
        ssize_t n = recvfrom(fd, to, len, MSG_DONTWAIT | MSG_TRUNC,
                             from == NULL ? NULL : (struct sockaddr *)&from->storage, from == NULL ? NULL : &size);
        if (n >= 0 && from != NULL)
            from->len = size;
        /* EAGAIN although it was readable: the kernel dropped a datagram whose checksum was wrong. */
        if (n >= 0 || (errno != EAGAIN && errno != EINTR))
            return n;
    }
}

int net_send_to(int fd, const void *data, size_t len, const struct net_address *to, uint64_t deadline)
{
    for (;;) {
        ssize_t n = sendto(fd, data, len, MSG_DONTWAIT | MSG_NOSIGNAL,
                           to == NULL ? NULL : (const struct sockaddr *)&to->storage, to == NULL ? 0 : to->len);
        if (n >= 0)
            return 0;
        if (errno == EAGAIN && net_wait(fd, POLLOUT, deadline) < 0)
            return -1;
        if (errno != EAGAIN && errno != EINTR)
            return -1;
    }
}
