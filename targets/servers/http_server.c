/* The life of a connection. */
#include "servers/http_server.h"

#include "net/net.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <unistd.h>

#define PIECE 65536

/* Most that is kept of what was received and not used: a whole head of the greatest size, and a piece. */
#define IN_MOST (2 * PIECE)

/* Rounds of reading and writing that one connection gets before the others have their turn. */
#define TURNS 16

#define BACKLOG 4096

/* A lingering connection is dropped after this time, or these bytes: whoever still sends then does not mean
 * to read. */
#define LINGER_MS    2000
#define LINGER_BYTES (4u << 20)

struct http_server {
    struct http_config config;
    char piece[PIECE];
};

static struct http_server *server_of(const struct http_conn *c)
{
    return c->base.server->data;
}

const struct http_config *http_config_of(const struct http_conn *c)
{
    return &server_of(c)->config;
}

static const struct http_ops *ops_of(const struct http_conn *c)
{
    return server_of(c)->config.ops;
}

static bool alive(const struct http_conn *c)
{
    return c->base.fd >= 0;
}

/* --- the right operations --- */

static int framing(struct http_framing *f, const struct http_head *h, const char *data)
{
    return http_framing_decide(f, h, data, h->method);
}

static enum http_body_event read_right(struct http_conn *c, const char *data, size_t len, size_t *used,
                                       struct http_part *part)
{
    return http_body_read(&c->reader, data, len, used, part);
}

static void nothing(struct http_conn *c)
{
    (void)c;
}

static void as_it_is(struct http_conn *c, struct http_response *r)
{
    (void)c;
    (void)r;
}

void http_conn_error(struct http_conn *c)
{
    net_conn_close(&c->base);
}

ssize_t http_conn_send(struct http_conn *c, const void *data, size_t len, int flags)
{
    return net_send(c->base.fd, data, len, flags);
}

const struct http_ops http_right = {0};

/* The right operation wherever none is given. */
static struct http_ops complete(const struct http_ops *given)
{
    struct http_ops ops = *given;
    ops.framing = ops.framing != NULL ? ops.framing : framing;
    ops.request = ops.request != NULL ? ops.request : nothing;
    ops.respond = ops.respond != NULL ? ops.respond : as_it_is;
    ops.write_head = ops.write_head != NULL ? ops.write_head : http_write_head;
    ops.send = ops.send != NULL ? ops.send : http_conn_send;
    ops.read = ops.read != NULL ? ops.read : read_right;
    ops.received = ops.received != NULL ? ops.received : nothing;
    ops.sent = ops.sent != NULL ? ops.sent : nothing;
    ops.error = ops.error != NULL ? ops.error : http_conn_error;
    ops.shortage = ops.shortage != NULL ? ops.shortage : net_server_rest;
    return ops;
}

/* --- answering --- */

static void progress(struct http_conn *c)
{
    net_conn_timer(&c->base, http_config_of(c)->timeout);
}

/* Puts c->response in line to be sent. */
static void respond(struct http_conn *c)
{
    ops_of(c)->respond(c, &c->response);
    c->response_sent = 0;
    c->state = HTTP_SENDING;
    size_t len = ops_of(c)->write_head(c, &c->response, c->out + c->out_len, sizeof c->out - c->out_len);
    if (len == 0) {
        net_conn_close(&c->base); /* a head that does not fit: nothing true can be said */
        return;
    }
    c->out_len += len;
    progress(c);
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

/* --- reading a request --- */

/* A head is complete: is its body wanted, and how long is it? The head's bytes stay in `in` until the answer
 * is known. */
static void head_complete(struct http_conn *c)
{
    const struct http_config *config = http_config_of(c);
    c->requests++;
    ops_of(c)->request(c);
    if (!alive(c) || c->state != HTTP_AT_HEAD)
        return;
    if (ops_of(c)->framing(&c->framing, c->head, c->in.data) < 0) {
        http_answer(c, c->framing.error.status, true);
        return;
    }
    const struct http_options o = {.allow = ops_of(c)->allow, .body_max = config->body_max};
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
    if (c->framing.expect_continue && !body_here && !ops_of(c)->no_continue) {
        static const char interim[] = "HTTP/1.1 100 Continue\r\n\r\n";
        memcpy(c->out, interim, sizeof interim - 1);
        c->out_len = sizeof interim - 1;
    }
    c->state = HTTP_AT_BODY;
}

/* Looks for a head at the start of `in`. True when something came of it. */
static bool read_head(struct http_conn *c)
{
    const struct http_config *config = http_config_of(c);
    if (c->in.len == 0)
        return false;
    if (c->head == NULL) {
        const struct http_options o = {.allow = ops_of(c)->allow, .body_max = config->body_max};
        c->head = malloc(sizeof *c->head);
        if (c->head == NULL) {
            net_conn_close(&c->base);
            return false;
        }
        http_head_init(c->head, HTTP_REQUEST, &o);
        progress(c); /* once for the whole head: a byte now and then does not renew it */
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

/* Reads on in the body, which begins behind the head in `in`. True when something came of it. */
static bool read_body(struct http_conn *c)
{
    size_t at = c->head->length;
    for (;;) {
        struct http_part part;
        size_t used;
        enum http_body_event e = ops_of(c)->read(c, c->in.data + at, c->in.len - at, &used, &part);
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

/* Receives a piece. True when there was one, or the end. */
static bool receive(struct http_conn *c)
{
    struct http_server *s = server_of(c);
    ssize_t n = net_recv(c->base.fd, s->piece, sizeof s->piece);
    if (n < 0) {
        c->can_read = false;
        if (errno != EAGAIN)
            ops_of(c)->error(c);
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
        ops_of(c)->received(c);
    if (alive(c) && c->state == HTTP_AT_BODY)
        progress(c);
    return true;
}

/* --- sending --- */

/* Accounts for what a send returned. True when bytes left. */
static bool sent(struct http_conn *c, ssize_t n)
{
    if (n > 0) {
        progress(c);
        return true;
    }
    c->can_write = false;
    if (n < 0 && errno != EAGAIN)
        ops_of(c)->error(c);
    return false;
}

static uint64_t body_left(const struct http_conn *c)
{
    return c->response.head_only || c->state != HTTP_SENDING ? 0 : c->response.length - c->response_sent;
}

/* A piece of head or body. True when bytes left. */
static bool send_piece(struct http_conn *c)
{
    const struct http_ops *ops = ops_of(c);
    uint64_t left = body_left(c);
    if (c->out_start < c->out_len) {
        ssize_t n = ops->send(c, c->out + c->out_start, c->out_len - c->out_start, left > 0 ? MSG_MORE : 0);
        c->out_start += n > 0 ? (size_t)n : 0;
        if (c->out_start == c->out_len)
            c->out_start = c->out_len = 0;
        return sent(c, n);
    }
    ssize_t n;
    size_t len = left < PIECE ? (size_t)left : PIECE;
    uint64_t from = c->response.first + c->response_sent;
    if (c->response.file >= 0 && ops->send == http_conn_send) {
        off_t at = (off_t)from;
        n = sendfile(c->base.fd, c->response.file, &at, len);
    } else if (c->response.file >= 0) { /* a send that goes wrong must see the bytes */
        n = pread(c->response.file, server_of(c)->piece, len, (off_t)from);
        if (n > 0)
            n = ops->send(c, server_of(c)->piece, (size_t)n, 0);
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

/* The response has left: on to the next request, or to the end. */
static void response_complete(struct http_conn *c)
{
    bool close_now = c->response.close;
    ops_of(c)->sent(c);
    if (!alive(c))
        return;
    http_response_free(&c->response);
    if (c->head != NULL && c->head->length > 0)
        http_bytes_drop(&c->in, c->head->length);
    free(c->head);
    c->head = NULL;
    c->state = HTTP_AT_HEAD;
    progress(c);
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

/* --- the loop of a connection --- */

static bool wants_read(const struct http_conn *c)
{
    return !c->eof && c->state != HTTP_SENDING && c->in.len < IN_MOST;
}

static bool wants_write(const struct http_conn *c)
{
    return c->out_start < c->out_len || body_left(c) > 0;
}

/* One round: a piece out, a step in the request, a piece in. True when anything moved. */
static bool round_of(struct http_conn *c)
{
    bool moved = false;
    if (wants_write(c) && c->can_write)
        moved = send_piece(c);
    if (alive(c) && c->state == HTTP_SENDING && !wants_write(c)) {
        response_complete(c);
        moved = true;
    }
    if (alive(c) && wants_read(c) && c->can_read)
        moved = receive(c) || moved;
    if (alive(c) && c->state == HTTP_AT_HEAD)
        moved = read_head(c) || moved;
    if (alive(c) && c->state == HTTP_AT_BODY)
        moved = read_body(c) || moved;
    return moved && alive(c);
}

/* Nothing more can come of it: the peer's end, and no response under way. */
static bool at_end(const struct http_conn *c)
{
    if (c->state == HTTP_LINGER)
        return c->eof || c->drained > LINGER_BYTES;
    if (ops_of(c)->ignores_end && c->state == HTTP_AT_HEAD && c->in.len == 0)
        return false;
    return c->eof && c->state != HTTP_SENDING && !wants_write(c);
}

static void ready(struct net_conn *base, uint32_t events)
{
    struct http_conn *c = (struct http_conn *)base;
    c->can_read |= (events & (EPOLLIN | EPOLLERR | EPOLLHUP)) != 0;
    c->can_write |= (events & (EPOLLOUT | EPOLLERR | EPOLLHUP)) != 0;
    if ((events & EPOLLERR) != 0) {
        ops_of(c)->error(c); /* reset: whatever was on its way will not arrive */
        return;
    }
    int turns = TURNS;
    while (turns > 0 && round_of(c))
        turns--;
    if (!alive(c))
        return;
    if (turns > 0 && at_end(c)) {
        net_conn_close(base);
        return;
    }
    if (!http_config_of(c)->edge) {
        /* With turns used up EPOLLOUT brings us back: requests may wait in `in` that no EPOLLIN will tell of.
         */
        net_conn_watch(base, (wants_read(c) ? EPOLLIN : 0) | (wants_write(c) || turns == 0 ? EPOLLOUT : 0));
        c->can_read = false;
        c->can_write =
            !wants_write(c); /* a socket nobody waits for is taken to have room: the first send tells */
    } else if (turns == 0) {
        net_conn_watch(base, EPOLLIN | EPOLLOUT | EPOLLET); /* the edge has passed: ask for it again */
    }
}

static bool opened(struct net_conn *base)
{
    struct http_conn *c = (struct http_conn *)base;
    c->response.file = -1;
    c->can_write = true;
    net_conn_watch(base, http_config_of(c)->edge ? EPOLLIN | EPOLLOUT | EPOLLET : EPOLLIN);
    progress(c);
    return true;
}

/* Too slow. Between requests that is an idle connection, in one it is worth a word (RFC 9110, 15.5.9). */
static void expired(struct net_conn *base)
{
    struct http_conn *c = (struct http_conn *)base;
    if (c->state == HTTP_SENDING || c->state == HTTP_LINGER || c->head == NULL) {
        net_conn_close(base);
        return;
    }
    http_answer(c, 408, true);
    if (alive(c))
        ready(base, 0);
}

static void closed(struct net_conn *base)
{
    struct http_conn *c = (struct http_conn *)base;
    http_response_free(&c->response);
    http_bytes_free(&c->in);
    http_bytes_free(&c->content);
    free(c->head);
    c->head = NULL;
}

int http_serve(const char *host, const char *port, const char *root, struct http_config *config)
{
    const struct http_ops ops = complete(config->ops);
    config->ops = &ops;
    const struct net_protocol protocol = {
        sizeof(struct http_conn), opened, ready, expired, closed, ops.shortage, NULL, NULL};
    struct net_server server;
    struct net_error e;
    net_raise_files();
    signal(SIGPIPE, SIG_IGN); /* sendfile() has no MSG_NOSIGNAL */
    config->root = root == NULL ? -1 : open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (root != NULL && config->root < 0) {
        perror(root);
        return 1;
    }
    int listener = net_listen(host, port, BACKLOG, &e);
    if (listener < 0) {
        fprintf(stderr, "%s\n", e.text);
        return 1;
    }
    struct http_server *s = calloc(1, sizeof *s);
    if (s != NULL && config->select)
        net_server_init_select(&server, listener, &protocol, s);
    if (s == NULL || (!config->select && net_server_init(&server, listener, &protocol, s) < 0)) {
        perror("http server");
        free(s);
        return 1;
    }
    s->config = *config;
    if (ops.max_clients > 0)
        server.max_clients = ops.max_clients;
    int done = net_server_run(&server);
    if (done < 0)
        perror(config->select ? "select" : "epoll_wait");
    net_server_close(&server);
    free(s);
    return done < 0 ? 1 : 0;
}
