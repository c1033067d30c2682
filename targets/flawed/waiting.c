#include "waiting.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stddef.h>
#include <sys/socket.h>

/* A stream with room at all has room for so much: the kernel tells of room when a third of its buffer is free, and
 * 4,608 bytes is its smallest. */
#define SEND_MOST 1024

/* Makes the socket one that waits, when there is something to do. Returns its flags from before, or -1 with EAGAIN or
 * another errno. */
static int begin(int fd, short events)
{
    struct pollfd p = {.fd = fd, .events = events};
    if (poll(&p, 1, 0) == 0) {
        errno = EAGAIN;
        return -1;
    }
    int flags = fcntl(fd, F_GETFL);
    return flags < 0 || fcntl(fd, F_SETFL, flags & ~O_NONBLOCK) < 0 ? -1 : flags;
}

static void end(int fd, int flags)
{
    int code = errno;
    fcntl(fd, F_SETFL, flags);
    errno = code;
}

int waiting_accept(int listener)
{
    int flags = begin(listener, POLLIN);
    if (flags < 0)
        return -1;
    int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    end(listener, flags);
    return fd;
}

ssize_t waiting_recv(int fd, void *to, size_t len, int flags)
{
    int before = begin(fd, POLLIN);
    if (before < 0)
        return -1;
    ssize_t n = recv(fd, to, len, flags);
    end(fd, before);
    return n;
}

ssize_t waiting_send(int fd, const void *data, size_t len)
{
    int flags = begin(fd, POLLOUT);
    if (flags < 0)
        return -1;
    ssize_t n = send(fd, data, len < SEND_MOST ? len : SEND_MOST, MSG_NOSIGNAL);
    end(fd, flags);
    return n;
}
