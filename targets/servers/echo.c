#include "servers/echo.h"

#include "net/net.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What one recv takes, and so the most that a connection keeps: an idle one keeps nothing. */
#define PIECE 65536

/* Pieces that one connection may get echoed before the others get their turn. */
#define TURNS 16

/* Connections that wait for accept: a crowd that comes at once must not wait for a SYN to be sent again. */
#define BACKLOG 4096

struct echo_server {
    struct echo_ops ops;
    char piece[PIECE];
};

static struct echo_server *server_of(const struct echo_conn *c)
{
    return c->base.server->data;
}

ssize_t echo_recv(struct echo_conn *c, void *to, size_t len)
{
    return net_recv(c->base.fd, to, len);
}

ssize_t echo_send(struct echo_conn *c, const void *data, size_t len)
{
    return net_send(c->base.fd, data, len, 0);
}

void echo_close(struct echo_conn *c)
{
    net_conn_close(&c->base);
}

static size_t unchanged(char *data, size_t len)
{
    (void)data;
    return len;
}

static void nothing(struct echo_conn *c)
{
    (void)c;
}

const struct echo_ops echo_right = {
    .recv = echo_recv,
    .send = echo_send,
    .between = unchanged,
    .sent = nothing,
    .eof = echo_close,
    .error = echo_close,
    .shortage = net_server_rest,
};

static bool gone(int error)
{
    return error != EAGAIN && error != EINTR;
}

/* Sends until all is sent or the socket is full. Returns the bytes sent, or -1: the connection has been dealt
 * with. */
static ssize_t send_some(struct echo_conn *c, const char *data, size_t len)
{
    const struct echo_ops *ops = &server_of(c)->ops;
    size_t done = 0;
    while (done < len) {
        ssize_t n = ops->send(c, data + done, len - done);
        if (n < 0 && gone(errno)) {
            ops->error(c);
            return -1;
        }
        if (n <= 0)
            break;
        done += (size_t)n;
        c->sent += (size_t)n;
    }
    return (ssize_t)done;
}

/* Keeps what the socket did not take and waits for room in it: the peer that does not read is not read from
 * either. */
static void keep(struct echo_conn *c, const char *data, size_t len)
{
    c->rest = malloc(len);
    if (c->rest == NULL) {
        echo_close(c);
        return;
    }
    memcpy(c->rest, data, len);
    c->start = 0;
    c->len = len;
    net_conn_watch(&c->base, EPOLLOUT | server_of(c)->ops.also);
}

/* Sends on what was kept. True when nothing is left. */
static bool send_rest(struct echo_conn *c)
{
    if (c->rest == NULL)
        return true;
    ssize_t n = send_some(c, c->rest + c->start, c->len - c->start);
    if (n < 0)
        return false;
    c->start += (size_t)n;
    if (c->start < c->len)
        return false;
    free(c->rest);
    c->rest = NULL;
    net_conn_watch(&c->base, EPOLLIN | server_of(c)->ops.also);
    server_of(c)->ops.sent(c);
    return c->base.fd >= 0;
}

/* Receives a piece and gives it back. True when there may be more at once. */
static bool echo_piece(struct echo_conn *c)
{
    struct echo_server *s = server_of(c);
    ssize_t n = s->ops.recv(c, s->piece, sizeof s->piece);
    if (n == 0) {
        s->ops.eof(c);
        return false;
    }
    if (n < 0) {
        if (gone(errno))
            s->ops.error(c);
        return false;
    }
    c->received += (size_t)n;
    size_t len = s->ops.between(s->piece, (size_t)n);
    ssize_t done = send_some(c, s->piece, len);
    if (done < 0)
        return false;
    if ((size_t)done < len) {
        keep(c, s->piece + done, len - (size_t)done);
        return false;
    }
    s->ops.sent(c);
    return c->base.fd >= 0 && (size_t)n == sizeof s->piece;
}

static bool opened(struct net_conn *base)
{
    struct echo_conn *c = (struct echo_conn *)base;
    const struct echo_ops *ops = &server_of(c)->ops;
    net_conn_watch(base, EPOLLIN | ops->also);
    return ops->opened == NULL || ops->opened(c);
}

/* EPOLLERR and EPOLLHUP need no case of their own: the send or recv that follows says what has happened. */
static void ready(struct net_conn *base, uint32_t events)
{
    struct echo_conn *c = (struct echo_conn *)base;
    const struct echo_ops *ops = &server_of(c)->ops;
    if (ops->event != NULL && ops->event(c, events))
        return;
    if (!send_rest(c))
        return;
    for (int i = 0; i < TURNS && echo_piece(c); i++)
        continue;
}

static void closed(struct net_conn *base)
{
    free(((struct echo_conn *)base)->rest);
}

int echo_serve_on(int listener, const struct echo_ops *given)
{
    struct echo_ops ops = OPS_COPY(echo_ops, given);
    OPS_COMPLETE(&ops, &echo_right, shortage);
    const struct net_protocol protocol = {
        sizeof(struct echo_conn), opened, ready, NULL, closed, ops.shortage, ops.accept, ops.interrupted};
    struct net_server server;
    struct echo_server *s = calloc(1, sizeof *s);
    if (s == NULL || net_server_init(&server, listener, &protocol, s) < 0) {
        perror("echo server");
        free(s);
        return 1;
    }
    s->ops = ops;
    server.max_clients = ops.max_clients;
    if (ops.blocking)
        net_blocking(listener);
    int done = net_server_run(&server);
    if (done < 0)
        perror("epoll_wait");
    net_server_close(&server);
    free(s);
    return done < 0 ? 1 : 0;
}

int echo_serve(const char *host, const char *port, const struct echo_ops *given)
{
    struct net_error e;
    net_raise_files();
    int listener = net_listen(host, port, BACKLOG, &e);
    if (listener < 0) {
        fprintf(stderr, "%s\n", e.text);
        return 1;
    }
    int status = echo_serve_on(listener, given);
    close(listener);
    return status;
}
