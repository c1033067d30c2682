/*
 * An HTTP/1.1 origin server over net_server: files of a folder, and /echo, which gives back what is posted to
 * it.
 *
 * One request of a connection is dealt with at a time, in order; while its response leaves, nothing more is
 * read (the peer that does not read is not read from). The life of a connection:
 *
 *     HTTP_HEAD -> HTTP_BODY -> HTTP_SENDING -> HTTP_HEAD (keep-alive) or HTTP_LINGER -> closed
 *
 * LINGER: a socket that is closed with unread input sends RST, and RST destroys the response on its way. So
 * the server shuts down its sending side, and reads and drops what comes until the peer's end, within limits
 * (RFC 9112, 9.6).
 */
#ifndef SOCKSPEC_SERVERS_HTTP_SERVER_H
#define SOCKSPEC_SERVERS_HTTP_SERVER_H

#include "net/ops.h"
#include "net/server.h"
#include "protocol/http.h"
#include "servers/http_conditions.h"

#include <sys/types.h>

/* Room for the head of a response, an interim one before it, and the body of an error page. */
#define HTTP_OUT_CAP 2048

/* Bytes that grow. */
struct http_bytes {
    char *data;
    size_t len, cap;
};

/* What is to be answered. */
struct http_response {
    int status;
    const char *type;                  /* Content-Type, or NULL */
    const char *allow;                 /* Allow, or NULL */
    const char *text;                  /* a body that lives as long as the program, or NULL */
    char *location;                    /* Location, or NULL; freed once sent */
    struct http_bytes body;            /* a body of its own, freed once sent */
    int file;                          /* a body from a file, -1: none; closed once sent */
    uint64_t length;                   /* of the body, whatever its kind */
    uint64_t first;                    /* where the body begins in the representation: 206 */
    uint64_t complete;                 /* length of the representation: 206 and 416 */
    bool ranges;                       /* a part of it may be asked for */
    struct http_validators validators; /* of the representation */
    bool head_only;                    /* HEAD: the length is told, no body is sent */
    bool close;                        /* no request after this one */
};

enum http_state { HTTP_AT_HEAD, HTTP_AT_BODY, HTTP_SENDING, HTTP_LINGER };

struct http_conn {
    struct net_conn base;
    enum http_state state;
    bool can_read, can_write; /* as far as is known: the last call did not say EAGAIN */
    bool eof;                 /* the peer has shut down its side */
    struct http_bytes in;     /* received, not used yet */
    struct http_head *head;   /* of the request being read; NULL between requests */
    struct http_framing framing;
    struct http_body reader;
    struct http_bytes content; /* of a request to /echo */
    bool keep_content;
    char out[HTTP_OUT_CAP];
    size_t out_start, out_len;
    struct http_response response; /* known once the head is, sent once the body is complete */
    uint64_t response_sent;        /* of its body */
    uint64_t drained;              /* while lingering */
    uint64_t received;
    unsigned requests;
};

struct http_config;

/* The points where a server goes wrong, NULL stands for the right thing. See
 * flawed/flawed_http_server.c. */
struct http_ops {
    /* As http_framing_decide for requests. */
    int (*framing)(struct http_framing *f, const struct http_head *h, const char *data);
    /* The request is read up to its body: may change what is known of it. */
    void (*request)(struct http_conn *c);
    /* The answer is known: may change it. */
    void (*respond)(struct http_conn *c, struct http_response *r);
    /* Writes the head of a response into out[0 .. cap): returns its length. */
    size_t (*write_head)(const struct http_conn *c, const struct http_response *r, char *out, size_t cap);
    /* One send; as net_send. */
    ssize_t (*send)(struct http_conn *c, const void *data, size_t len, int flags);
    /* As http_body_read, in c->reader. */
    enum http_body_event (*read)(struct http_conn *c, const char *data, size_t len, size_t *used,
                                 struct http_part *part);
    /* New bytes have come in. */
    void (*received)(struct http_conn *c);
    /* The response has left. */
    void (*sent)(struct http_conn *c);
    /* recv or send failed: the peer is gone. */
    void (*error)(struct http_conn *c);
    /* accept lacks descriptors. */
    void (*shortage)(struct net_server *s);
    unsigned allow;     /* leniencies of the parser: none */
    size_t max_clients; /* at once; 0: no limit */
    bool no_continue;   /* 100-continue is not answered */
    bool ignores_end;   /* a peer that closes between requests is not noticed */
    const void *data;   /* what a wrong operation needs to know; the right ones do not look at it */
};

struct http_config {
    struct http_ops ops;
    int root;          /* of a connection: a descriptor of the folder; -1: none, only the built-in page */
    bool edge;         /* edge-triggered */
    bool select;       /* select() in place of epoll */
    int timeout;       /* milliseconds for a head, and for each progress of a body or a response */
    uint64_t body_max; /* content of a request */
};

/* Listens on host:port and serves. `root` may be NULL. Returns the exit status: 1 with a message when that
 * cannot be. */
int http_serve(const char *host, const char *port, const char *root, const struct http_config *config);

/* The configuration of a connection's server. */
const struct http_config *http_config_of(const struct http_conn *c);

/* Defaults of http_ops that twins call. */
size_t http_write_head(const struct http_conn *c, const struct http_response *r, char *out, size_t cap);
void http_conn_error(struct http_conn *c);
ssize_t http_conn_send(struct http_conn *c, const void *data, size_t len, int flags);

/* Begins an answer with this status and a line of text, and closes after it when `close_after`. */
void http_answer(struct http_conn *c, int status, bool close_after);

/* --- http_respond.c --- */

/* What the request that c->head holds asks for. With `wants_body` true the content is to be kept for it. */
struct http_response http_route(struct http_conn *c, bool *wants_body);

/* A response that is a status and its reason as text. */
struct http_response http_plain(int status);

/* Selects what of a file's representation is sent: all, a part, or nothing because the client has it. */
void http_select(const struct http_conn *c, struct http_response *r);

/* Frees what a response holds. */
void http_response_free(struct http_response *r);

/* --- http_files.c --- */

/* A file that is open for reading, or why there is none. */
struct http_file {
    int fd;     /* -1: none */
    int status; /* then 400, 403, 404, 503, or 301: a folder whose path lacks its last slash */
    uint64_t size;
    const char *type;
    struct timespec modified;
};

/* The regular file beneath `root` that the path text[0 .. len) of a request names, percent-encoded as
 * http_target_path returns it. The caller closes its descriptor. */
struct http_file http_file_open(int root, const char *text, size_t len);

/* Appends; false without memory. */
bool http_bytes_add(struct http_bytes *b, const void *data, size_t len);
void http_bytes_free(struct http_bytes *b);
/* Drops the first `count`; what is empty keeps no memory. */
void http_bytes_drop(struct http_bytes *b, size_t count);

#endif
