#include "clients/fetch_internal.h"

#include "protocol/http_write.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

int fetch_tell(const struct fetch *f, int status, const char *what, const char *detail)
{
    fprintf(stderr, "%s: %s%s%s\n", f->program, what, detail[0] == '\0' ? "" : ": ", detail);
    return status;
}

int fetch_tell_errno(const struct fetch *f, const char *what)
{
    struct net_error e = {.failure = errno == ETIMEDOUT ? NET_TIMEOUT : NET_SYSTEM, .code = errno};
    snprintf(e.text, sizeof e.text, "%s: %s", what, strerror(e.code));
    return f->ops.failed(f->program, &e);
}

/* --- the operations ------------------------------------------------------------------------------------- */

long fetch_request(const struct fetch *f, char *out, size_t cap)
{
    char target[URL_LENGTH_MAX + 2], host[URL_LENGTH_MAX + 2], credentials[FETCH_CREDENTIALS_MAX];
    struct http_writer w;
    if (url_target(&f->url, f->url_text, target, sizeof target) < 0 ||
        url_host_field(&f->url, f->url_text, host, sizeof host) < 0)
        return -1;
    http_write_init(&w, out, cap);
    http_write_request(&w, "GET", target);
    http_write_field(&w, "Host", host);
    http_write_field(&w, "User-Agent", "page-fetcher/1.0");
    http_write_field(&w, "Accept", "*/*");
    if (fetch_credentials(f, credentials))
        http_write_field(&w, "Authorization", credentials);
    if (!f->more)
        http_write_field(&w, "Connection", "close"); /* the last page */
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
    long len =
        url_resolve(&f->url, f->url_text, &reference, http_text(data, location->value), target, URL_RESOLVED_MAX);
    if (len < 0)
        return false;
    target[len] = '\0';
    strcpy(f->url_text, target);
    return true;
}

/* What stands behind the response is the answer to another request that is outstanding, or it was sent
 * unasked: then nobody can say any more where the next one begins (9.2). */
bool fetch_keeps(struct fetch *f, const struct http_framing *framing)
{
    return f->more && framing->keep_alive && (f->start == f->end || f->ahead > 0);
}

/* A FIN, a RST or bytes that nobody asked for: whatever there is to read, the connection is of no use. */
static bool usable(const struct fetch *f)
{
    struct pollfd p = {.fd = f->fd, .events = POLLIN | POLLRDHUP};
    return poll(&p, 1, 0) == 0;
}

/* A server may close an idle connection at any time (9.5), and a pipeline behind any response (9.3.2): who
 * asked there has not been refused. */
bool fetch_again(const struct fetch *f, int tries)
{
    return (f->reused || f->ahead > 0) && tries == 1;
}

static int as_it_is(int status)
{
    return status;
}

static const struct fetch_ops right = {
    .resolve = as_it_stands,
    .request = fetch_request,
    .frame = fetch_frame,
    .print = print,
    .ended = ended,
    .broken = broken,
    .trailer = ignore_trailer,
    .success = fetch_success,
    .redirected = fetch_redirected,
    .receive = fetch_receive,
    .interim = interim,
    .failed = net_tell,
    .exit_with = as_it_is,
    .keeps = fetch_keeps,
    .usable = usable,
    .again = fetch_again,
};

void fetch_complete(struct fetch_ops *ops)
{
    OPS_COMPLETE(ops, &right, again);
    ops->timeout = ops->timeout != 0 ? ops->timeout : FETCH_MS;
    ops->redirects = ops->redirects != 0 ? ops->redirects : FETCH_REDIRECTS;
}

/* --- the response --------------------------------------------------------------------------------------- */

ssize_t fetch_receive_more(struct fetch *f)
{
    memmove(f->data, f->data + f->start, f->end - f->start);
    f->end -= f->start;
    f->start = 0;
    ssize_t n = f->ops.receive(f, f->data + f->end, FETCH_ROOM - f->end);
    f->end += n > 0 ? (size_t)n : 0;
    return n;
}

/* Reads one head. Returns whether it came; else *status is what to exit with. The head's bytes stay in front:
 * data[start] is its first. */
static bool read_head(struct fetch *f, int *status)
{
    const struct http_options options = {.allow = (FETCH_ALLOW & ~f->ops.refuse) | f->ops.allow};
    http_head_init(&f->head, HTTP_RESPONSE, &options);
    for (;;) {
        long len = http_head_parse(&f->head, f->data + f->start, f->end - f->start);
        if (len > 0)
            return true;
        if (len < 0) {
            *status = fetch_tell(f, FETCH_BAD_RESPONSE, f->head.error.rule, f->head.error.sentence);
            return false;
        }
        ssize_t n = fetch_receive_more(f);
        if (n > 0)
            continue;
        *status = n < 0 ? fetch_tell_errno(f, "response")
                        : fetch_tell(f, FETCH_BAD_RESPONSE, "the response ends before its head does", "");
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
        enum http_body_event event = http_body_read(&body, f->data + f->start, f->end - f->start, &used, &part);
        if (event == HTTP_EVENT_DATA)
            f->ops.print(part.data, part.len);
        if (event == HTTP_EVENT_TRAILER && !f->ops.trailer(f, &part))
            return fetch_tell(f, FETCH_BAD_RESPONSE, "a trailer", "");
        f->start += used;
        if (event == HTTP_EVENT_ERROR)
            return f->ops.broken(&body) ? fetch_tell(f, FETCH_BAD_RESPONSE, body.error.rule, body.error.sentence) : 0;
        if (event == HTTP_EVENT_END && !f->ops.never_done)
            return 0;
        if (event != HTTP_EVENT_MORE && event != HTTP_EVENT_END)
            continue;
        ssize_t n = f->ops.one_recv ? 0 : fetch_receive_more(f);
        if (n < 0)
            return fetch_tell_errno(f, "body");
        if (n == 0)
            return f->ops.one_recv || event == HTTP_EVENT_END || f->ops.ended(&body)
                       ? 0
                       : fetch_tell(f, FETCH_BAD_RESPONSE, "the response is incomplete", "");
    }
}

int fetch_response(struct fetch *f)
{
    struct http_framing framing;
    for (;;) {
        int status;
        if (!read_head(f, &status))
            return status;
        const char *data = f->data + f->start;
        if (f->ops.frame(&framing, &f->head, data) < 0)
            return fetch_tell(f, FETCH_BAD_RESPONSE, framing.error.rule, framing.error.sentence);
        if (!f->ops.interim(f, &framing))
            break;
        f->start += f->head.length;
    }
    const char *data = f->data + f->start;
    char text[64];
    if (f->ops.redirected(f, data))
        return -1;
    snprintf(text, sizeof text, "%d %.40s", f->head.status, http_reason(f->head.status));
    bool success = f->ops.success(f, data);
    f->start += f->head.length;
    int status = success ? read_body(f, &framing) : fetch_tell(f, FETCH_BAD_STATUS, "the server answers", text);
    f->kept = success ? status == 0 && f->ops.keeps(f, &framing) : f->ops.unread;
    return status;
}
