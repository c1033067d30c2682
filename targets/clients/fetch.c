#include "clients/fetch.h"

#include "protocol/http_write.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Room for the head of a response (64 KiB is the parser's limit) and a piece behind it. */
#define ROOM (96 * 1024)

/* Room for a request: the target is the longest part of it. */
#define REQUEST_ROOM (URL_RESOLVED_MAX + 1024)

static int tell(const struct fetch *f, int status, const char *what, const char *detail)
{
    fprintf(stderr, "%s: %s%s%s\n", f->program, what, detail[0] == '\0' ? "" : ": ", detail);
    return status;
}

static int tell_errno(const struct fetch *f, const char *what)
{
    struct net_error e = {.failure = errno == ETIMEDOUT ? NET_TIMEOUT : NET_SYSTEM, .code = errno};
    snprintf(e.text, sizeof e.text, "%s: %s", what, strerror(e.code));
    return f->ops->failed(f->program, &e);
}

/* --- the operations ------------------------------------------------------------------------------------ */

long fetch_request(const struct fetch *f, char *out, size_t cap)
{
    char target[URL_LENGTH_MAX + 2], host[URL_LENGTH_MAX + 2];
    struct http_writer w;
    if (url_target(&f->url, f->url_text, target, sizeof target) < 0 ||
        url_host_field(&f->url, f->url_text, host, sizeof host) < 0)
        return -1;
    http_write_init(&w, out, cap);
    http_write_request(&w, "GET", target);
    http_write_field(&w, "Host", host);
    http_write_field(&w, "User-Agent", "page-fetcher/1.0");
    http_write_field(&w, "Accept", "*/*");
    http_write_field(&w, "Connection", "close"); /* one page, and then no more */
    http_write_end(&w);
    return w.overflow ? -1 : (long)w.len;
}

ssize_t fetch_receive(struct fetch *f, void *to, size_t len)
{
    return net_recv_some(f->fd, to, len, f->deadline);
}

int fetch_frame(struct http_framing *framing, const struct http_head *h, const char *data)
{
    return http_framing_decide(framing, h, data, HTTP_GET);
}

static void print(const char *data, size_t len)
{
    fwrite(data, 1, len, stdout);
}

static bool ended(struct http_body *b)
{
    return http_body_eof(b) == HTTP_EVENT_END;
}

static const char *as_it_stands(const char *host)
{
    return host;
}

static bool broken(const struct http_body *b)
{
    (void)b;
    return true;
}

static bool ignore_trailer(struct fetch *f, const struct http_part *part)
{
    (void)f;
    (void)part;
    return true;
}

bool fetch_success(struct fetch *f, const char *data)
{
    (void)data;
    return f->head.status >= 200 && f->head.status <= 299;
}

static bool interim(const struct fetch *f, const struct http_framing *framing)
{
    (void)f;
    return framing->interim;
}

bool fetch_redirected(struct fetch *f, const char *data)
{
    static const int statuses[] = {301, 302, 303, 307, 308};
    const struct http_field *location = http_field_find(&f->head, data, "Location", 0);
    char target[URL_RESOLVED_MAX + 1];
    struct url reference;
    bool is_one = false;
    for (size_t i = 0; i < sizeof statuses / sizeof statuses[0]; i++)
        is_one |= f->head.status == statuses[i];
    if (!is_one || location == NULL ||
        url_parse_reference(&reference, http_text(data, location->value), location->value.len) < 0)
        return false;
    long len = url_resolve(&f->url, f->url_text, &reference, http_text(data, location->value), target,
                           URL_RESOLVED_MAX);
    if (len < 0)
        return false;
    target[len] = '\0';
    strcpy(f->url_text, target);
    return true;
}

static struct fetch_ops complete(const struct fetch_ops *given)
{
    struct fetch_ops ops = given == NULL ? (struct fetch_ops){0} : *given;
    ops.resolve = ops.resolve != NULL ? ops.resolve : as_it_stands;
    ops.request = ops.request != NULL ? ops.request : fetch_request;
    ops.frame = ops.frame != NULL ? ops.frame : fetch_frame;
    ops.print = ops.print != NULL ? ops.print : print;
    ops.ended = ops.ended != NULL ? ops.ended : ended;
    ops.broken = ops.broken != NULL ? ops.broken : broken;
    ops.trailer = ops.trailer != NULL ? ops.trailer : ignore_trailer;
    ops.success = ops.success != NULL ? ops.success : fetch_success;
    ops.redirected = ops.redirected != NULL ? ops.redirected : fetch_redirected;
    ops.receive = ops.receive != NULL ? ops.receive : fetch_receive;
    ops.interim = ops.interim != NULL ? ops.interim : interim;
    ops.failed = ops.failed != NULL ? ops.failed : net_tell;
    ops.timeout = ops.timeout != 0 ? ops.timeout : FETCH_MS;
    ops.redirects = ops.redirects != 0 ? ops.redirects : FETCH_REDIRECTS;
    return ops;
}

/* --- the response -------------------------------------------------------------------------------------- */

/* More bytes behind those that are not used yet. Returns what receive returned. */
static ssize_t receive_more(struct fetch *f)
{
    memmove(f->data, f->data + f->start, f->end - f->start);
    f->end -= f->start;
    f->start = 0;
    ssize_t n = f->ops->receive(f, f->data + f->end, ROOM - f->end);
    f->end += n > 0 ? (size_t)n : 0;
    return n;
}

/* Reads one head. Returns whether it came; else *status is what to exit with. The head's bytes stay in front:
 * data[start] is its first. */
static bool read_head(struct fetch *f, int *status)
{
    const struct http_options options = {.allow = (FETCH_ALLOW & ~f->ops->refuse) | f->ops->allow};
    http_head_init(&f->head, HTTP_RESPONSE, &options);
    for (;;) {
        long len = http_head_parse(&f->head, f->data + f->start, f->end - f->start);
        if (len > 0)
            return true;
        if (len < 0) {
            *status = tell(f, FETCH_BAD_RESPONSE, f->head.error.rule, f->head.error.sentence);
            return false;
        }
        ssize_t n = receive_more(f);
        if (n > 0)
            continue;
        *status = n < 0 ? tell_errno(f, "response")
                        : tell(f, FETCH_BAD_RESPONSE, "the response ends before its head does", "");
        return false;
    }
}

/* Reads and prints the body. Returns 0 when it was complete, or the exit status. */
static int read_body(struct fetch *f, const struct http_framing *framing)
{
    struct http_body body;
    struct http_part part;
    http_body_init(&body, framing, NULL);
    for (;;) {
        size_t used;
        enum http_body_event event =
            http_body_read(&body, f->data + f->start, f->end - f->start, &used, &part);
        if (event == HTTP_EVENT_DATA)
            f->ops->print(part.data, part.len);
        if (event == HTTP_EVENT_TRAILER && !f->ops->trailer(f, &part))
            return tell(f, FETCH_BAD_RESPONSE, "a trailer", "");
        f->start += used;
        if (event == HTTP_EVENT_ERROR)
            return f->ops->broken(&body) ? tell(f, FETCH_BAD_RESPONSE, body.error.rule, body.error.sentence) : 0;
        if (event == HTTP_EVENT_END && !f->ops->never_done)
            return 0;
        if (event != HTTP_EVENT_MORE && event != HTTP_EVENT_END)
            continue;
        ssize_t n = f->ops->one_recv ? 0 : receive_more(f);
        if (n < 0)
            return tell_errno(f, "body");
        if (n == 0)
            return f->ops->one_recv || event == HTTP_EVENT_END || f->ops->ended(&body)
                       ? 0
                       : tell(f, FETCH_BAD_RESPONSE, "the response is incomplete", "");
    }
}

/* The final response, whatever was before it. Returns -1 for a redirect, else the exit status. */
static int read_response(struct fetch *f)
{
    struct http_framing framing;
    for (;;) {
        int status;
        if (!read_head(f, &status))
            return status;
        const char *data = f->data + f->start;
        if (f->ops->frame(&framing, &f->head, data) < 0)
            return tell(f, FETCH_BAD_RESPONSE, framing.error.rule, framing.error.sentence);
        if (!f->ops->interim(f, &framing))
            break;
        f->start += f->head.length;
    }
    const char *data = f->data + f->start;
    char text[64];
    if (f->ops->redirected(f, data))
        return -1;
    snprintf(text, sizeof text, "%d %.40s", f->head.status, http_reason(f->head.status));
    if (!f->ops->success(f, data))
        return tell(f, FETCH_BAD_STATUS, "the server answers", text);
    f->start += f->head.length;
    return read_body(f, &framing);
}

/* --- the request --------------------------------------------------------------------------------------- */

/* Connects to the host of f->url. Returns 0, or the exit status. */
static int dial(struct fetch *f)
{
    char host[URL_LENGTH_MAX + 2], port[12];
    struct net_error e = {0};
    if (url_parse(&f->url, f->url_text, strlen(f->url_text)) < 0)
        return tell(f, FETCH_BAD_URL, f->url.error.rule, f->url.error.sentence);
    if (f->url.scheme_kind == URL_HTTPS)
        return tell(f, FETCH_BAD_URL, "https is not spoken here: this client has no TLS", "");
    if (url_host_name(&f->url, f->url_text, host, sizeof host) < 0)
        return tell(f, FETCH_BAD_URL, "no host to connect to", "");
    snprintf(port, sizeof port, "%u", (unsigned)f->url.port);
    f->fd = net_dial(f->ops->resolve(host), port, f->deadline, &e);
    return f->fd >= 0 ? 0 : f->ops->failed(f->program, &e);
}

/* One request and its response. Returns -1 for a redirect, else the exit status. */
static int fetch_once(struct fetch *f)
{
    char request[REQUEST_ROOM];
    int status = dial(f);
    if (status != 0 || f->fd < 0)
        return status;
    long len = f->ops->request(f, request, sizeof request);
    f->start = f->end = 0;
    if (len < 0)
        status = tell(f, FETCH_BAD_URL, "the request would be too long", "");
    else if (net_send_all(f->fd, request, (size_t)len, f->deadline) < 0)
        status = tell_errno(f, "request");
    else
        status = read_response(f);
    net_close(&f->fd);
    return status;
}

int fetch_page(struct fetch *f, const char *program, const char *url)
{
    const struct fetch_ops ops = complete(f->ops);
    f->ops = &ops;
    f->program = program;
    f->fd = -1;
    f->data = malloc(ROOM);
    f->deadline = net_deadline(ops.timeout);
    int status = -1;
    if (f->data == NULL)
        return tell(f, 1, strerror(errno), "");
    if (strlen(url) > URL_LENGTH_MAX)
        status = tell(f, FETCH_BAD_URL, "the URL is too long", "");
    else
        strcpy(f->url_text, url);
    for (int i = 0; i <= ops.redirects && status < 0; i++)
        status = fetch_once(f);
    if (status < 0)
        status = tell(f, FETCH_BAD_STATUS, "too many redirects", "");
    free(f->data);
    status = fflush(stdout) != 0 && status == 0 ? 1 : status;
    return ops.exit_with != NULL ? ops.exit_with(status) : status;
}
