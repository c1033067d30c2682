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

int net_send_rest(int fd, struct net_rest *rest, uint64_t deadline)
{
    while (rest->len > 0) {
        ssize_t n = net_send(fd, rest->data, rest->len, MSG_DONTWAIT);
        if (n > 0) {
            rest->data += n;
            rest->len -= (size_t)n;
        } else if (n < 0 && errno != EAGAIN) {
            return -1;
        } else if (net_wait(fd, POLLOUT, deadline) < 0) {
            return -1;
        }
    }
    return 0;
}

int net_send_all(int fd, const void *data, size_t len, uint64_t deadline)
{
    struct net_rest rest = {data, len};
    return net_send_rest(fd, &rest, deadline);
}

ssize_t net_recv_some(int fd, void *to, size_t len, uint64_t deadline)
{
    for (;;) {
        if (net_wait(fd, POLLIN, deadline) < 0)
            return -1;
        ssize_t n;
        do
            n = recv(fd, to, len, MSG_DONTWAIT);
        while (n < 0 && errno == EINTR);
        if (n >= 0 || errno != EAGAIN)
            return n;
    }
}

int net_finish(int fd, size_t most, uint64_t deadline)
{
    char dropped[4096];
    size_t seen = 0;
    if (shutdown(fd, SHUT_WR) < 0)
        return -1;
    while (seen <= most) {
        ssize_t n = net_recv_some(fd, dropped, sizeof dropped, deadline);
        if (n <= 0)
            return (int)n;
        seen += (size_t)n;
    }
    return -1;
}

ssize_t net_recv_all(int fd, void *to, size_t len, uint64_t deadline)
{
    size_t got = 0;
    while (got < len) {
        ssize_t n = net_recv_some(fd, (char *)to + got, len - got, deadline);
        if (n < 0)
            return -1;
        if (n == 0)
            break;
        got += (size_t)n;
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
    ssize_t n = net_recv_some(r->fd, r->data + r->end, r->cap - r->end, deadline);
    if (n > 0)
        r->end += (size_t)n;
    r->eof = n == 0;
    return n;
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
