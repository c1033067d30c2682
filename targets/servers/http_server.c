/* The operations of a connection, its life, and the server that has them all. */
#include "servers/http_internal.h"

#include "net/net.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

/* Rounds of reading and writing that one connection gets before the others have their turn. */
#define TURNS 16

#define BACKLOG 4096

/* So many bytes of a lingering connection are drained: who still sends then does not mean to read. */
#define LINGER_BYTES (4u << 20)

const struct http_config *http_config_of(const struct http_conn *c)
{
    return &http_server_of(c)->config;
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

static const struct http_ops right = {
    .framing = framing,
    .request = nothing,
    .respond = as_it_is,
    .write_head = http_write_head,
    .send = http_conn_send,
    .read = read_right,
    .received = nothing,
    .sent = nothing,
    .error = http_conn_error,
    .shortage = net_server_rest,
};

/* --- the life of a connection --- */

void http_progress(struct http_conn *c)
{
    net_conn_timer(&c->base, http_config_of(c)->timeout);
}

/* One round: a piece out, a step in the request, a piece in. True when anything moved. */
static bool round_of(struct http_conn *c)
{
    bool moved = false;
    if (http_wants_write(c) && c->can_write)
        moved = http_send_piece(c);
    if (http_alive(c) && c->state == HTTP_SENDING && !http_wants_write(c)) {
        http_response_complete(c);
        moved = true;
    }
    if (http_alive(c) && http_wants_read(c) && c->can_read)
        moved = http_receive(c) || moved;
    if (http_alive(c) && c->state == HTTP_AT_HEAD)
        moved = http_read_head(c) || moved;
    if (http_alive(c) && c->state == HTTP_AT_BODY)
        moved = http_read_body(c) || moved;
    return moved && http_alive(c);
}

/* Nothing more can come of it: the peer's end, and no response under way. */
static bool at_end(const struct http_conn *c)
{
    if (c->state == HTTP_LINGER)
        return c->eof || c->drained > LINGER_BYTES;
    if (http_ops_of(c)->ignores_end && c->state == HTTP_AT_HEAD && c->in.len == 0)
        return false;
    return c->eof && c->state != HTTP_SENDING && !http_wants_write(c);
}

static void ready(struct net_conn *base, uint32_t events)
{
    struct http_conn *c = (struct http_conn *)base;
    c->can_read |= (events & (EPOLLIN | EPOLLERR | EPOLLHUP)) != 0;
    c->can_write |= (events & (EPOLLOUT | EPOLLERR | EPOLLHUP)) != 0;
    if ((events & EPOLLERR) != 0) {
        http_ops_of(c)->error(c); /* reset: whatever was on its way will not arrive */
        return;
    }
    int turns = TURNS;
    while (turns > 0 && round_of(c))
        turns--;
    if (!http_alive(c))
        return;
    if (turns > 0 && at_end(c)) {
        net_conn_close(base);
        return;
    }
    if (!http_config_of(c)->edge) {
        /* With turns used up EPOLLOUT brings us back: requests may wait in `in` that no
         * EPOLLIN will tell of. */
        net_conn_watch(base, (http_wants_read(c) ? EPOLLIN : 0) | (http_wants_write(c) || turns == 0 ? EPOLLOUT : 0));
        c->can_read = false;
        c->can_write = !http_wants_write(c); /* a socket nobody waits for is taken to have room: the first send tells */
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
    http_progress(c);
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
    if (http_alive(c))
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

/* Serves on `listener` with a configuration that has its root. Returns the exit status. */
static int serve_on(int listener, const struct http_config *config)
{
    const struct net_protocol protocol = {sizeof(struct http_conn), opened, ready, expired, closed,
                                          config->ops.shortage,     NULL,   NULL};
    struct net_server server;
    struct http_server *s = calloc(1, sizeof *s);
    if (s != NULL && config->select)
        net_server_init_select(&server, listener, &protocol, s);
    if (s == NULL || (!config->select && net_server_init(&server, listener, &protocol, s) < 0)) {
        perror("http server");
        free(s);
        return 1;
    }
    s->config = *config;
    if (config->ops.max_clients > 0)
        server.max_clients = config->ops.max_clients;
    int done = net_server_run(&server);
    if (done < 0)
        perror(config->select ? "select" : "epoll_wait");
    net_server_close(&server);
    free(s);
    return done < 0 ? 1 : 0;
}

int http_serve(const char *host, const char *port, const char *root, const struct http_config *given)
{
    struct http_config config = *given;
    struct net_error e;
    OPS_COMPLETE(&config.ops, &right, shortage);
    net_raise_files();
    signal(SIGPIPE, SIG_IGN); /* sendfile() has no MSG_NOSIGNAL */
    config.root = root == NULL ? -1 : open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (root != NULL && config.root < 0) {
        perror(root);
        return 1;
    }
    int status = 1, listener = net_listen(host, port, BACKLOG, &e);
    if (listener < 0)
        fprintf(stderr, "%s\n", e.text);
    else
        status = serve_on(listener, &config);
    net_close(&listener);
    net_close(&config.root);
    return status;
}
