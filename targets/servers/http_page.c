#include "servers/http_page.h"

#include "protocol/http_write.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

/* A request may take so long, with its body, and its answer as long again. */
#define REQUEST_MS 30000

/* Room for the longest head that the parser takes, and a piece behind it. */
#define ROOM (80 * 1024)

/* Bodies are read and dropped, up to here. */
#define BODY_MOST (8u << 20)

/* After our last byte: what may still come, and for how long. */
#define UNREAD_MOST (4u << 20)
#define FINISH_MS   2000

#define HEAD_ROOM 1024

struct request {
    int fd;
    uint64_t deadline;
    char *data; /* data[0 .. len) is what has been received; the head is in front */
    size_t len, used;
    struct http_head head;
    struct http_framing framing;
};

/* Reads up to the end of the head and decides where the body ends. Returns 0, a status to refuse it with, or
 * -1: nobody to answer. */
static int read_head(struct request *r)
{
    http_head_init(&r->head, HTTP_REQUEST, NULL);
    for (;;) {
        long n = http_head_parse(&r->head, r->data, r->len);
        if (n < 0)
            return r->head.error.status;
        if (n > 0)
            break;
        ssize_t got = net_recv_some(r->fd, r->data + r->len, ROOM - r->len, r->deadline);
        if (got <= 0)
            return -1;
        r->len += (size_t)got;
    }
    r->used = r->head.length;
    return http_framing_decide(&r->framing, &r->head, r->data, r->head.method) < 0 ? r->framing.error.status : 0;
}

/* Reads the body and drops it: what is unread at our close would turn it into a reset.
 * Returns as read_head. */
static int read_body(struct request *r)
{
    static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";
    const struct http_options options = {.body_max = BODY_MOST};
    struct http_body body;
    struct http_part part;
    http_body_init(&body, &r->framing, &options);
    bool waits = r->framing.expect_continue && r->used == r->len;
    for (;;) {
        size_t used;
        enum http_body_event event = http_body_read(&body, r->data + r->used, r->len - r->used, &used, &part);
        r->used += used;
        if (event == HTTP_EVENT_END)
            return 0;
        if (event == HTTP_EVENT_ERROR)
            return body.error.status;
        if (event != HTTP_EVENT_MORE)
            continue;
        if (waits && net_send_all(r->fd, go_on, sizeof go_on - 1, r->deadline) < 0)
            return -1;
        waits = false;
        memmove(r->data, r->data + r->used, r->len - r->used);
        r->len -= r->used;
        r->used = 0;
        ssize_t got = net_recv_some(r->fd, r->data + r->len, ROOM - r->len, r->deadline);
        if (got <= 0)
            return -1; /* incomplete: not carried out (RFC 9112, 6.3) */
        r->len += (size_t)got;
    }
}

static bool is_root(const struct request *r)
{
    const struct http_span path = http_target_path(&r->head, r->data);
    return path.len == 0 || http_span_is(r->data, path, "/");
}

static struct http_page_answer answer_to(const struct request *r, int refused, const struct http_page *page)
{
    struct http_page_answer a = {.status = refused, .type = "text/plain"};
    enum http_method m = r->head.method;
    bool get = m == HTTP_GET || m == HTTP_HEAD;
    a.head_only = m == HTTP_HEAD; /* what is refused for its fields or its body is a HEAD all the same */
    if (refused == 0)
        a.status = http_target_foreign(&r->head, r->data) ? 421
                   : m == HTTP_METHOD_OTHER               ? 501
                   : !get                                 ? 405
                   : is_root(r)                           ? 200
                                                          : 404;
    a.body = http_reason(a.status);
    if (a.status == 200) {
        a.type = page->type;
        a.body = page->body;
    }
    return a;
}

size_t http_page_head(const struct http_page_answer *a, char *out, size_t cap)
{
    struct http_writer w;
    http_write_init(&w, out, cap);
    http_write_status(&w, a->status);
    http_write_date(&w, time(NULL));
    http_write_field(&w, "Server", "sockspec-page");
    http_write_field(&w, "Content-Type", a->type);
    http_write_length(&w, strlen(a->body));
    if (a->status == 405)
        http_write_field(&w, "Allow", "GET, HEAD");
    http_write_field(&w, "Connection", "close");
    http_write_end(&w);
    return w.overflow ? 0 : w.len;
}

static void converse(struct request *r, const struct http_page *page)
{
    char head[HEAD_ROOM];
    r->deadline = net_deadline(REQUEST_MS);
    int refused = read_head(r);
    if (refused < 0)
        return;
    /* The target lies in the buffer that the body is read into: looked at before. */
    struct http_page_answer a = answer_to(r, refused, page);
    if (refused == 0) {
        refused = read_body(r);
        if (refused < 0)
            return;
        if (refused > 0)
            a = answer_to(r, refused, page);
    }
    size_t len = page->ops.write_head(&a, head, sizeof head);
    r->deadline = net_deadline(REQUEST_MS);
    if (net_send_all(r->fd, head, len, r->deadline) == 0 && !a.head_only)
        net_send_all(r->fd, a.body, strlen(a.body), r->deadline);
}

/* Reads one request with its body, answers it, and lets the peer see its end. */
static void session(int fd, const struct http_page *page)
{
    struct request r = {.fd = fd, .data = malloc(ROOM)};
    if (r.data == NULL)
        return;
    converse(&r, page);
    free(r.data);
    net_finish(fd, UNREAD_MOST, net_deadline(FINISH_MS));
}

static const struct http_page_ops right = {.session = session, .write_head = http_page_head};

void http_page_session(int fd, const struct net_address *peer, void *data)
{
    const struct http_page *given = data;
    struct http_page page = *given;
    (void)peer;
    OPS_COMPLETE(&page.ops, &right, write_head);
    page.ops.session(fd, &page);
}
