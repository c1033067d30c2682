/*
 * HTTP/1.1 with one page and one request a connection: the smallest server that is right. Pure blocking
 * calls, in the order in which things happen; http_server.h is the one for many clients at once.
 */
#ifndef SOCKSPEC_SERVERS_HTTP_PAGE_H
#define SOCKSPEC_SERVERS_HTTP_PAGE_H

#include "net/tcp_server.h"
#include "protocol/http.h"

struct http_page_answer {
    int status;
    const char *type, *body;
    bool head_only; /* HEAD: the length is told, the body is not sent */
};

struct http_page;

/* The points where it goes wrong; NULL stands for the right thing. */
struct http_page_ops {
    /* One conversation, up to where the connection may be closed. */
    void (*session)(int fd, const struct http_page *page);
    /* Writes the head of an answer into out[0 .. cap): returns its length. */
    size_t (*write_head)(const struct http_page_answer *a, char *out, size_t cap);
};

struct http_page {
    const char *type, *body; /* what GET / answers */
    struct http_page_ops ops;
};

/* Reads one request with its body, answers it, and closes. As tcp_server's `handle`; `data` is a struct
 * http_page. */
void http_page_session(int fd, const struct net_address *peer, void *data);

/* The default operation. */
size_t http_page_head(const struct http_page_answer *a, char *out, size_t cap);

#endif
