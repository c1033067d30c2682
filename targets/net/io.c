/* Bytes in and out. */
#include "net/net.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

ssize_t net_recv(int fd, void *to, size_t len)
{
    ssize_t n;
    do
        n = recv(fd, to, len, 0);
    while (n < 0 && errno == EINTR);
    return n;
}

ssize_t net_send(int fd, const void *data, size_t len, int flags)
{
    ssize_t n;
    do
        n = send(fd, data, len, flags | MSG_NOSIGNAL);
    while (n < 0 && errno == EINTR);
    return n;
}

int net_send_all(int fd, const void *data, size_t len, uint64_t deadline)
{
    const char *at = data;
    while (len > 0) {
        ssize_t n = net_send(fd, at, len, MSG_DONTWAIT);
        if (n > 0) {
            at += n;
            len -= (size_t)n;
        } else if (n < 0 && errno != EAGAIN) {
            return -1;
        } else if (net_wait(fd, POLLOUT, deadline) < 0) {
            return -1;
        }
    }
    return 0;
}

ssize_t net_recv_all(int fd, void *to, size_t len, uint64_t deadline)
{
    size_t got = 0;
    while (got < len) {
        if (net_wait(fd, POLLIN, deadline) < 0)
            return -1;
        ssize_t n = net_recv(fd, (char *)to + got, len - got);
        if (n == 0)
            break;
        if (n < 0 && errno != EAGAIN)
            return -1;
        got += n > 0 ? (size_t)n : 0;
    }
    return (ssize_t)got;
}

void net_reader_init(struct net_reader *r, int fd, char *data, size_t cap)
{
    *r = (struct net_reader){.fd = fd, .data = data, .cap = cap};
}

ssize_t net_reader_fill(struct net_reader *r, uint64_t deadline)
{
    if (r->eof)
        return 0;
    if (r->start > 0) {
        memmove(r->data, r->data + r->start, r->end - r->start);
        r->end -= r->start;
        r->start = 0;
    }
    if (r->end == r->cap) {
        errno = ENOBUFS;
        return -1;
    }
    for (;;) {
        if (net_wait(r->fd, POLLIN, deadline) < 0)
            return -1;
        ssize_t n = net_recv(r->fd, r->data + r->end, r->cap - r->end);
        if (n < 0 && errno == EAGAIN)
            continue;
        if (n > 0)
            r->end += (size_t)n;
        r->eof = n == 0;
        return n;
    }
}

ssize_t net_reader_line(struct net_reader *r, char **line, uint64_t deadline)
{
    size_t seen = 0; /* bytes of the line in which no LF was found */
    for (;;) {
        char *lf = memchr(r->data + r->start + seen, '\n', r->end - r->start - seen);
        if (lf == NULL && !r->eof) {
            seen = r->end - r->start;
            if (net_reader_fill(r, deadline) < 0)
                return -1;
            continue;
        }
        *line = r->data + r->start;
        size_t len = lf == NULL ? r->end - r->start : (size_t)(lf + 1 - *line);
        r->start += len;
        return (ssize_t)len;
    }
}
