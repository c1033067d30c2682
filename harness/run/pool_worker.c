#include "run/pool.h"
#include "run/pool_internal.h"

#include "base/mem.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

/* Waits until a non-blocking socket takes more. -1 where that cannot be waited for. */
static int wait_writable(int fd)
{
    struct pollfd p = {.fd = fd, .events = POLLOUT};
    while (poll(&p, 1, -1) < 0)
        if (errno != EINTR)
            return -1;
    return 0;
}

int frame_send(int fd, enum frame_type type, uint32_t index, const void *data, size_t len)
{
    struct frame f = {type, index, (uint32_t)len};
    struct iovec parts[2] = {{&f, sizeof(f)}, {(void *)(uintptr_t)data, len}};
    struct msghdr m = {.msg_iov = parts, .msg_iovlen = 2};
    while (parts[0].iov_len + parts[1].iov_len > 0) {
        ssize_t n = sendmsg(fd, &m, MSG_NOSIGNAL);
        if (n < 0 && (errno == EINTR || (errno == EAGAIN && wait_writable(fd) == 0)))
            continue;
        if (n < 0)
            return -1;
        for (size_t i = 0, left = (size_t)n; i < 2; i++) {
            size_t take = left < parts[i].iov_len ? left : parts[i].iov_len;
            parts[i].iov_base = (char *)parts[i].iov_base + take;
            parts[i].iov_len -= take;
            left -= take;
        }
    }
    return 0;
}

long frame_receive(int fd, struct buf *in, size_t max)
{
    char *to = buf_reserve(in, max);
    ssize_t n;
    do
        n = recv(fd, to, max, MSG_DONTWAIT);
    while (n < 0 && errno == EINTR);
    if (n > 0)
        in->len += (size_t)n;
    if (in->data)
        in->data[in->len] = '\0';
    return n;
}

int frame_next(const struct buf *in, size_t *offset, struct frame *f, const char **data)
{
    size_t have = in->len - *offset;
    if (have < sizeof(*f))
        return 0;
    memcpy(f, in->data + *offset, sizeof(*f));
    if (f->len > FRAME_MAX || f->type < FRAME_CASES || f->type > FRAME_REFUSE)
        return -1;
    if (have - sizeof(*f) < f->len)
        return 0;
    *data = in->data + *offset + sizeof(*f);
    *offset += sizeof(*f) + f->len;
    return 1;
}

static void enqueue(struct pool_worker *w, const char *data, size_t len)
{
    size_t n = len / sizeof(*w->queue);
    if (w->head == w->count)
        w->head = w->count = 0;
    if (w->count + n > w->cap) {
        w->cap = (w->count + n) * 2;
        w->queue = mem_realloc(w->queue, w->cap * sizeof(*w->queue));
    }
    memcpy(w->queue + w->count, data, n * sizeof(*w->queue));
    w->count += n;
}

static void take_orders(struct pool_worker *w)
{
    long n = frame_receive(w->socket, &w->in, 4096);
    if (n == 0 || (n < 0 && errno != EAGAIN))
        w->over = true;
    size_t offset = 0;
    struct frame f;
    const char *data;
    int got;
    while ((got = frame_next(&w->in, &offset, &f, &data)) > 0)
        if (f.type == FRAME_CASES)
            enqueue(w, data, f.len);
    if (got < 0)
        w->over = true;
    buf_consume(&w->in, offset);
}

int pool_worker_next(struct pool_worker *w, uint32_t *index)
{
    if (w->head == w->count && !w->over)
        take_orders(w);
    if (w->head == w->count)
        return w->over ? -1 : 0;
    *index = w->queue[w->head++];
    return 1;
}

int pool_worker_reply(struct pool_worker *w, uint32_t index, const void *reply, size_t len)
{
    return frame_send(w->socket, FRAME_REPLY, index, reply, len);
}

int pool_worker_amend(struct pool_worker *w, uint32_t index, const void *reply, size_t len)
{
    return frame_send(w->socket, FRAME_AMEND, index, reply, len);
}

void pool_worker_refuse(struct pool_worker *w, const struct err *e)
{
    frame_send(w->socket, FRAME_REFUSE, (uint32_t)e->code, e->text, strlen(e->text));
}

void pool_worker_free(struct pool_worker *w)
{
    buf_free(&w->in);
    free(w->queue);
    *w = (struct pool_worker){.socket = -1};
}
