/* What the parts of the HTTP server share: a connection receives (http_receive.c), sends (http_send.c), and
 * lives (http_server.c). */
#ifndef SOCKSPEC_SERVERS_HTTP_INTERNAL_H
#define SOCKSPEC_SERVERS_HTTP_INTERNAL_H

#include "servers/http_server.h"

/* Bytes that are received, or read from a file, at a time. */
#define HTTP_PIECE 65536

struct http_server {
    struct http_config config;
    char piece[HTTP_PIECE];
};

static inline struct http_server *http_server_of(const struct http_conn *c)
{
    return c->base.server->data;
}

static inline const struct http_ops *http_ops_of(const struct http_conn *c)
{
    return &http_server_of(c)->config.ops;
}

/* False once it was closed, which each operation may do. */
static inline bool http_alive(const struct http_conn *c)
{
    return c->base.fd >= 0;
}

/* Gives the connection its whole time limit again. */
void http_progress(struct http_conn *c);

/* Whether more may be received now. */
bool http_wants_read(const struct http_conn *c);

/* Receives a piece. True when there was one, or the end. */
bool http_receive(struct http_conn *c);

/* Looks for a head at the start of `in`; reads on in the body behind it. True when something came of it. */
bool http_read_head(struct http_conn *c);
bool http_read_body(struct http_conn *c);

/* Whether bytes wait to be sent. */
bool http_wants_write(const struct http_conn *c);

/* Sends a piece of head or body. True when bytes left. */
bool http_send_piece(struct http_conn *c);

/* The response has left: on to the next request, or to the end. */
void http_response_complete(struct http_conn *c);

#endif
