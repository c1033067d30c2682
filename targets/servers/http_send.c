/* A response leaves. */
#include "servers/http_internal.h"

#include "net/net.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/sendfile.h>
#include <unistd.h>

/* A lingering connection is dropped after this time: who still sends then does not mean to read. */
#define LINGER_MS 2000

/* Accounts for what a send returned. True when bytes left. */
static bool sent(struct http_conn *c, ssize_t n)
{
    if (n > 0) {
        http_progress(c);
        return true;
    }
    c->can_write = false;
    if (n < 0 && errno != EAGAIN)
        http_ops_of(c)->error(c);
    return false;
}

static uint64_t body_left(const struct http_conn *c)
{
    return c->response.head_only || c->state != HTTP_SENDING ? 0 : c->response.length - c->response_sent;
}

bool http_wants_write(const struct http_conn *c)
{
    return c->out_start < c->out_len || body_left(c) > 0;
}

bool http_send_piece(struct http_conn *c)
{
    const struct http_ops *ops = http_ops_of(c);
    uint64_t left = body_left(c);
    if (c->out_start < c->out_len) {
        ssize_t n = ops->send(c, c->out + c->out_start, c->out_len - c->out_start, left > 0 ? MSG_MORE : 0);
        c->out_start += n > 0 ? (size_t)n : 0;
        if (c->out_start == c->out_len)
            c->out_start = c->out_len = 0;
        return sent(c, n);
    }
    ssize_t n;
    size_t len = left < HTTP_PIECE ? (size_t)left : HTTP_PIECE;
    uint64_t from = c->response.first + c->response_sent;
    if (c->response.file >= 0 && ops->send == http_conn_send) {
        off_t at = (off_t)from;
        n = sendfile(c->base.fd, c->response.file, &at, len);
    } else if (c->response.file >= 0) { /* a send that goes wrong must see the bytes */
        n = pread(c->response.file, http_server_of(c)->piece, len, (off_t)from);
        if (n > 0)
            n = ops->send(c, http_server_of(c)->piece, (size_t)n, 0);
    } else {
        const char *data = c->response.text != NULL ? c->response.text : c->response.body.data;
        n = ops->send(c, data + from, len, 0);
    }
    if (n == 0) { /* the file has become shorter: the length that was told cannot be kept */
        net_conn_close(&c->base);
        return false;
    }
    c->response_sent += n > 0 ? (uint64_t)n : 0;
    return sent(c, n);
}

void http_response_complete(struct http_conn *c)
{
    bool close_now = c->response.close;
    http_ops_of(c)->sent(c);
    if (!http_alive(c))
        return;
    http_response_free(&c->response);
    if (c->head != NULL && c->head->length > 0)
        http_bytes_drop(&c->in, c->head->length);
    free(c->head);
    c->head = NULL;
    c->state = HTTP_AT_HEAD;
    http_progress(c);
    if (!close_now)
        return;
    http_bytes_free(&c->in);
    if (c->eof || shutdown(c->base.fd, SHUT_WR) < 0) {
        net_conn_close(&c->base);
        return;
    }
    c->state = HTTP_LINGER;
    net_conn_timer(&c->base, LINGER_MS);
}
