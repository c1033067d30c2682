/*
 * Fetches pages over HTTP/1.1, one after the other: a request, a response, and an end that is sure: the body
 * was complete, or there is an error (RFC 9112, 8). Pages of one server come over one connection while
 * nothing speaks against it (RFC 9112, 9.3): that it was found closed is no error of the page, which is asked
 * for once more on a new one (RFC 9110, 9.2.2: GET is idempotent).
 */
#ifndef SOCKSPEC_CLIENTS_FETCH_H
#define SOCKSPEC_CLIENTS_FETCH_H

#include "net/net.h"
#include "net/ops.h"
#include "protocol/http.h"
#include "protocol/url.h"

/* A page, redirects included, may take so long. */
#define FETCH_MS 5000

/* Redirects that are followed one after the other. */
#define FETCH_REDIRECTS 5

/* What a user agent has to read though no server may send it: obs-fold (RFC 9112, 5.2). */
#define FETCH_ALLOW HTTP_ALLOW_OBS_FOLD

/* Exit statuses besides those of net_tell. */
#define FETCH_BAD_STATUS   6 /* the response is none of 2xx */
#define FETCH_BAD_RESPONSE 7 /* it is no HTTP, or it is incomplete */
#define FETCH_BAD_URL      8 /* https among them, which is not spoken here */

struct fetch;

/* The points where it goes wrong; NULL stands for the right thing. */
struct fetch_ops {
    /* The host to connect to, for the one in the URL. */
    const char *(*resolve)(const char *host);
    /* Writes the request into out[0 .. cap). Returns its length, or -1. */
    long (*request)(const struct fetch *f, char *out, size_t cap);
    /* As http_framing_decide for the response; data is where h begins. */
    int (*frame)(struct http_framing *framing, const struct http_head *h, const char *data);
    /* Prints a piece of the body. */
    void (*print)(const char *data, size_t len);
    /* Whether the end of the stream is a right end of the body. */
    bool (*ended)(struct http_body *b);
    /* Whether what b->error says of the body is an error. */
    bool (*broken)(const struct http_body *b);
    /* What becomes of a trailer field. Returns whether it is to be ignored. */
    bool (*trailer)(struct fetch *f, const struct http_part *part);
    /* Whether the response with f->head is a success; data is where the head begins. */
    bool (*success)(struct fetch *f, const char *data);
    /* Whether f->head is a redirect to be followed; then f->url_text is its target. */
    bool (*redirected)(struct fetch *f, const char *data);
    /* One recv; as net_recv_some. */
    ssize_t (*receive)(struct fetch *f, void *to, size_t len);
    /* Whether what comes next is another head: 1xx. */
    bool (*interim)(const struct fetch *f, const struct http_framing *framing);
    /* What to exit with for an error of the connection. */
    int (*failed)(const char *program, const struct net_error *e);
    /* What the program exits with, of what it ought to. */
    int (*exit_with)(int status);
    /* Whether the connection may carry the next request, with the response complete and `framing` its
     * framing. */
    bool (*keeps)(struct fetch *f, const struct http_framing *framing);
    /* Whether the connection that was kept is still what it was: open, and nobody has spoken meanwhile. */
    bool (*usable)(const struct fetch *f);
    /* Whether to ask again where the connection has ended and nothing of a response came; `tries` is 1 at
     * first. */
    bool (*again)(const struct fetch *f, int tries);
    unsigned allow;   /* leniencies of the parser besides FETCH_ALLOW */
    unsigned refuse;  /* those of FETCH_ALLOW that it does without */
    bool never_done;  /* the end of the stream is the only end of a body */
    bool one_recv;    /* what one recv brings behind the head is the body */
    bool unread;      /* the body of an error is left where it is, and the connection kept */
    bool last_counts; /* the last page says how all went */
    bool hurries;     /* what is asked for again is pipelined again */
    int timeout;      /* ms; 0: FETCH_MS, negative: none */
    int redirects;    /* 0: FETCH_REDIRECTS */
};

struct fetch {
    struct fetch_ops ops;
    const char *program;
    bool one_each;  /* set by the caller: each page over a connection of its own */
    bool pipelines; /* set by the caller: the requests for one server at once (RFC 9112, 9.3.2) */
    char url_text[URL_RESOLVED_MAX + 1];
    struct url url;
    char *const *urls;
    size_t count, index;                     /* of the pages, and of this one */
    size_t ahead;                            /* requests that have gone out on the connection besides this page's */
    bool careful;                            /* a pipeline has broken: one request at a time */
    bool more;                               /* another page will be asked for: this request is not the last */
    uint64_t deadline;                       /* of this page */
    int fd;                                  /* the connection, or -1 */
    bool kept;                               /* it has carried a response and may carry another */
    bool reused;                             /* this request goes over a connection that was kept */
    char host[URL_LENGTH_MAX + 2], port[12]; /* where it leads to */
    char *data;                              /* received: data[start .. end) is not used yet */
    size_t start, end;
    struct http_head head; /* of the last response */
};

/*
 * Fetches `count` pages in turn and writes their bodies to stdout, with nothing between them. Returns the
 * exit status: 0 when all responses were 2xx and complete, else that of the first page that failed; the
 * others are fetched all the same.
 */
int fetch_pages(struct fetch *f, const char *program, char *const *urls, size_t count);

/* The value of Authorization for the user and password in f->url, NUL-terminated. They stand in that URL alone: where a
 * redirect leads to another server they are not told. Returns false where there are none. */
#define FETCH_CREDENTIALS_MAX (6 + (URL_LENGTH_MAX + 2) / 3 * 4 + 1)
bool fetch_credentials(const struct fetch *f, char out[FETCH_CREDENTIALS_MAX]);

/* Default operations that twins call. */
long fetch_request(const struct fetch *f, char *out, size_t cap);
ssize_t fetch_receive(struct fetch *f, void *to, size_t len);
int fetch_frame(struct http_framing *framing, const struct http_head *h, const char *data);
bool fetch_success(struct fetch *f, const char *data);
bool fetch_redirected(struct fetch *f, const char *data);
bool fetch_keeps(struct fetch *f, const struct http_framing *framing);
bool fetch_again(const struct fetch *f, int tries);

#endif
