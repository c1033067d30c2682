/* A request is received and read, and answered when it is complete or wrong. */
#include "servers/http_internal.h"

#include "net/net.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Most that is kept of what was received and not used: a whole head of the greatest size, and a piece. */
#define IN_MOST (2 * HTTP_PIECE)

/* --- answering --- */

/* Puts c->response in line to be sent. */
static void respond(struct http_conn *c)
{
    http_ops_of(c)->respond(c, &c->response);
    c->response_sent = 0;
    c->state = HTTP_SENDING;
    size_t len = http_ops_of(c)->write_head(c, &c->response, c->out + c->out_len, sizeof c->out - c->out_len);
    if (len == 0) {
        net_conn_close(&c->base); /* a head that does not fit: nothing true can be said */
        return;
    }
    c->out_len += len;
    http_progress(c);
}

void http_answer(struct http_conn *c, int status, bool close_after)
{
    http_response_free(&c->response); /* what the request would have got */
    c->response = http_plain(status);
    c->response.close = close_after;
    c->response.head_only = c->head != NULL && c->head->method == HTTP_HEAD;
    respond(c);
}

/* The request is complete: what http_route has found can leave. */
static void answer_request(struct http_conn *c)
{
    c->response.close = !c->framing.keep_alive;
    c->response.head_only = c->head->method == HTTP_HEAD;
    if (c->keep_content) {
        c->response.body = c->content;
        c->response.length = c->content.len;
        c->content = (struct http_bytes){0};
    }
    respond(c);
}

bool http_wants_read(const struct http_conn *c)
{
    return !c->eof && c->state != HTTP_SENDING && c->in.len < IN_MOST;
}

/* --- reading a request --- */

/* A head is complete: is its body wanted, and how long is it? The head's bytes stay in `in` until the answer
 * is known. */
static void head_complete(struct http_conn *c)
{
    const struct http_config *config = http_config_of(c);
    c->requests++;
    http_ops_of(c)->request(c);
    if (!http_alive(c) || c->state != HTTP_AT_HEAD)
        return;
    if (http_ops_of(c)->framing(&c->framing, c->head, c->in.data) < 0) {
        http_answer(c, c->framing.error.status, true);
        return;
    }
    const struct http_options o = {.allow = http_ops_of(c)->allow, .body_max = config->body_max};
    http_body_init(&c->reader, &c->framing, &o);
    c->response = http_route(c, &c->keep_content);
    if (c->framing.expect_continue && c->response.status >= 400) {
        /* The final answer in place of 100: whether the body will come now is not known, so nothing can
         * follow it. */
        c->framing.keep_alive = false;
        answer_request(c);
        return;
    }
    bool body_here = c->in.len > c->head->length;
    if (c->framing.expect_continue && !body_here && !http_ops_of(c)->no_continue) {
        static const char interim[] = "HTTP/1.1 100 Continue\r\n\r\n";
        memcpy(c->out, interim, sizeof interim - 1);
        c->out_len = sizeof interim - 1;
    }
    c->state = HTTP_AT_BODY;
}

bool http_read_head(struct http_conn *c)
{
    const struct http_config *config = http_config_of(c);
    if (c->in.len == 0)
        return false;
    if (c->head == NULL) {
        const struct http_options o = {.allow = http_ops_of(c)->allow, .body_max = config->body_max};
        c->head = malloc(sizeof *c->head);
        if (c->head == NULL) {
            net_conn_close(&c->base);
            return false;
        }
        http_head_init(c->head, HTTP_REQUEST, &o);
        http_progress(c); /* once for the whole head: a byte now and then does not renew it */
    }
    long len = http_head_parse(c->head, c->in.data, c->in.len);
    if (len == 0)
        return false;
    if (len < 0)
        http_answer(c, c->head->error.status, true);
    else
        head_complete(c);
    return true;
}

bool http_read_body(struct http_conn *c)
{
    size_t at = c->head->length;
    for (;;) {
        struct http_part part;
        size_t used;
        enum http_body_event e = http_ops_of(c)->read(c, c->in.data + at, c->in.len - at, &used, &part);
        if (e == HTTP_EVENT_DATA && c->keep_content && !http_bytes_add(&c->content, part.data, part.len)) {
            http_answer(c, 503, true);
            return true;
        }
        at += used;
        if (e == HTTP_EVENT_DATA || e == HTTP_EVENT_TRAILER)
            continue;
        /* Cut out what was used, behind the head: its offsets must go on to hold. */
        memmove(c->in.data + c->head->length, c->in.data + at, c->in.len - at);
        c->in.len -= at - c->head->length;
        if (e == HTTP_EVENT_MORE)
            return false;
        if (e == HTTP_EVENT_ERROR)
            http_answer(c, c->reader.error.status, true);
        else
            answer_request(c);
        return true;
    }
}

bool http_receive(struct http_conn *c)
{
    struct http_server *s = http_server_of(c);
    ssize_t n = net_recv(c->base.fd, s->piece, sizeof s->piece);
    if (n < 0) {
        c->can_read = false;
        if (errno != EAGAIN)
            http_ops_of(c)->error(c);
        return false;
    }
    if (n == 0) {
        c->eof = true;
        c->can_read = false;
        return true;
    }
    c->received += (uint64_t)n;
    if (c->state == HTTP_LINGER) {
        c->drained += (uint64_t)n;
        return true;
    }
    if (!http_bytes_add(&c->in, s->piece, (size_t)n))
        net_conn_close(&c->base);
    else
        http_ops_of(c)->received(c);
    if (http_alive(c) && c->state == HTTP_AT_BODY)
        http_progress(c);
    return true;
}
