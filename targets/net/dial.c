/* Names, and the way to a peer. */
#include "net/net.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct addrinfo *net_resolve(const char *host, const char *service, int socktype, bool passive, struct net_error *e)
{
    struct addrinfo hints = {.ai_socktype = socktype, .ai_flags = passive ? AI_PASSIVE : 0};
    struct addrinfo *list = NULL;
    if (host != NULL && host[0] == '\0')
        host = NULL;
    int code = getaddrinfo(host, service, &hints, &list);
    if (code == 0)
        return list;
    e->failure = code == EAI_SYSTEM ? NET_SYSTEM : NET_BAD_NAME;
    e->code = code == EAI_SYSTEM ? errno : code;
    snprintf(e->text, sizeof e->text, "%s port %s: %s", host == NULL ? "*" : host, service,
             code == EAI_SYSTEM ? strerror(errno) : gai_strerror(code));
    return NULL;
}

int net_nonblocking(int fd)
{
    int flags = fcntl(fd, F_GETFL);
    return flags < 0 ? -1 : fcntl(fd, F_SETFL, flags | O_NONBLOCK);
}

int net_blocking(int fd)
{
    int flags = fcntl(fd, F_GETFL);
    return flags < 0 ? -1 : fcntl(fd, F_SETFL, flags & ~O_NONBLOCK);
}

int net_close(int *fd)
{
    int old = *fd;
    *fd = -1;
    /* Not again after EINTR: Linux has released the descriptor, and another thread may own its number now. */
    return old < 0 || close(old) == 0 || errno == EINTR ? 0 : -1;
}

/*
 * One address. connect() on a non-blocking socket goes on in the background (EINPROGRESS; after EINTR too):
 * the socket becomes writable when it is decided, and SO_ERROR tells how.
 */
static int dial_one(const struct addrinfo *a, uint64_t deadline)
{
    int fd = socket(a->ai_family, a->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, a->ai_protocol);
    if (fd < 0)
        return -1;
    int error = 0;
    if (connect(fd, a->ai_addr, a->ai_addrlen) < 0)
        error = errno;
    if (error == EINPROGRESS || error == EINTR) {
        socklen_t size = sizeof error;
        error = 0;
        if (net_wait(fd, POLLOUT, deadline) < 0 || getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0)
            error = errno;
    }
    if (error == 0 && net_blocking(fd) < 0)
        error = errno;
    if (error == 0)
        return fd;
    close(fd);
    errno = error;
    return -1;
}

int net_dial(const char *host, const char *service, uint64_t deadline, struct net_error *e)
{
    struct addrinfo *list = net_resolve(host, service, SOCK_STREAM, false, e);
    if (list == NULL)
        return -1;
    int fd = -1;
    size_t count = 0;
    for (const struct addrinfo *a = list; a != NULL; a = a->ai_next)
        count++;
    /* One that does not answer leaves the others their time. */
    for (const struct addrinfo *a = list; a != NULL && fd < 0; a = a->ai_next)
        fd = dial_one(a, net_share(deadline, count--));
    int error = errno;
    freeaddrinfo(list);
    if (fd >= 0)
        return fd;
    e->failure = error == ETIMEDOUT ? NET_TIMEOUT : NET_SYSTEM;
    e->code = error;
    snprintf(e->text, sizeof e->text, "connect to %s port %s: %s", host, service, strerror(error));
    errno = error;
    return -1;
}
