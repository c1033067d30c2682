/* flawed-http-server --flaw NAME HOST PORT [ROOT]: an HTTP server with one thing wrong. */
#include "flawed/flaws.h"
#include "net/net.h"
#include "servers/http_server.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#define TIMEOUT_MS 30000
#define BODY_MAX   (8u << 20)

/* The right operations with some replaced. */
#define WITH(...)                                                                                            \
    &(const struct http_ops)                                                                                 \
    {                                                                                                        \
        __VA_ARGS__                                                                                          \
    }

static const struct http_field *field(const struct http_conn *c, const char *name)
{
    return http_field_find(c->head, c->in.data, name, 0);
}

/* --- what is accepted though it must not be --- */

static bool no_host(const struct http_conn *c)
{
    return c->head->minor > 0 && field(c, "host") == NULL;
}

static bool two_hosts(const struct http_conn *c)
{
    const struct http_field *host = field(c, "host");
    return host != NULL &&
           http_field_find(c->head, c->in.data, "host", (size_t)(host - c->head->fields) + 1) != NULL;
}

/* HTTP_ALLOW_HOST is one leniency; each of these keeps all of the check but one part. */
static void only_missing(struct http_conn *c)
{
    if (c->head->findings.count > 0 && !no_host(c))
        http_answer(c, 400, true);
}

static void only_doubled(struct http_conn *c)
{
    if (c->head->findings.count > 0 && !two_hosts(c))
        http_answer(c, 400, true);
}

static void only_invalid(struct http_conn *c)
{
    if (no_host(c) || two_hosts(c))
        http_answer(c, 400, true);
}

/* atoi() on the first Content-Length: signs, garbage behind the digits and further values go unnoticed. */
static int framing_by_atoi(struct http_framing *f, const struct http_head *h, const char *data)
{
    if (http_framing_decide(f, h, data, h->method) == 0)
        return 0;
    const struct http_field *length = http_field_find(h, data, "content-length", 0);
    if (f->error.limit || length == NULL || http_field_find(h, data, "transfer-encoding", 0) != NULL)
        return -1;
    long value = strtol(http_text(data, length->value), NULL, 10); /* a CR stands behind the value */
    f->kind = HTTP_BODY_LENGTH;
    f->length = value > 0 ? (uint64_t)value : 0;
    return 0;
}

/* Takes the last of two lengths. */
static int framing_last_length(struct http_framing *f, const struct http_head *h, const char *data)
{
    struct http_head last = *h;
    size_t kept = 0;
    for (size_t i = 0; i < h->field_count; i++) {
        bool again = http_span_is_nocase(data, h->fields[i].name, "content-length") &&
                     http_field_find(h, data, "content-length", i + 1) != NULL;
        if (!again)
            last.fields[kept++] = h->fields[i];
    }
    last.field_count = kept;
    return http_framing_decide(f, &last, data, h->method);
}

/* Does not know chunked: without Content-Length there is no body, and the chunks are the next request. */
static int framing_no_chunks(struct http_framing *f, const struct http_head *h, const char *data)
{
    if (http_field_find(h, data, "transfer-encoding", 0) == NULL)
        return http_framing_decide(f, h, data, h->method);
    *f = (struct http_framing){.kind = HTTP_BODY_NONE, .keep_alive = true};
    return 0;
}

/* With both, the length wins: where another server on the way takes the chunks, a second request is smuggled
 * in. */
static int framing_length_wins(struct http_framing *f, const struct http_head *h, const char *data)
{
    struct http_head lengths = *h;
    size_t kept = 0;
    bool both = http_field_find(h, data, "content-length", 0) != NULL;
    for (size_t i = 0; i < h->field_count; i++) {
        if (!both || !http_span_is_nocase(data, h->fields[i].name, "transfer-encoding"))
            lengths.fields[kept++] = h->fields[i];
    }
    lengths.field_count = kept;
    return http_framing_decide(f, &lengths, data, h->method);
}

static int framing_keeps_open(struct http_framing *f, const struct http_head *h, const char *data)
{
    int done = http_framing_decide(f, h, data, h->method);
    f->keep_alive = f->keep_alive || h->minor > 0;
    return done;
}

static int framing_keeps_http10(struct http_framing *f, const struct http_head *h, const char *data)
{
    int done = http_framing_decide(f, h, data, h->method);
    f->keep_alive = f->keep_alive || h->minor == 0;
    return done;
}

/* strcmp in place of strcasecmp. */
static void case_sensitive_names(struct http_conn *c)
{
    const struct http_field *host = field(c, "host");
    if (host != NULL && !http_span_is(c->in.data, host->name, "Host"))
        http_answer(c, 400, true);
}

/* --- messages and segments --- */

/* What one recv brings must be a whole head. */
static void one_recv(struct http_conn *c)
{
    if (c->state == HTTP_AT_HEAD && memmem(c->in.data, c->in.len, "\r\n\r\n", 4) == NULL)
        http_answer(c, 400, true);
}

/* What comes in the segment of the first request's end is thrown away with it. */
static void drop_pipelined(struct http_conn *c)
{
    if (c->head != NULL && c->head->length > 0)
        c->in.len = c->head->length;
}

static ssize_t send_once(struct http_conn *c, const void *data, size_t len, int flags)
{
    ssize_t n = http_conn_send(c, data, len, flags);
    return n < 0 && errno != EAGAIN ? n : (ssize_t)len; /* what was not taken is forgotten */
}

static ssize_t send_blocking(struct http_conn *c, const void *data, size_t len, int flags)
{
    (void)flags;
    return net_send_all(c->base.fd, data, len, NET_NEVER) < 0 ? -1 : (ssize_t)len;
}

/* --- what is answered --- */

static void body_for_head(struct http_conn *c, struct http_response *r)
{
    (void)c;
    r->head_only = false;
}

static void unknown_method_is_get(struct http_conn *c, struct http_response *r)
{
    if (r->status == 501 && c->head != NULL && c->head->method == HTTP_METHOD_OTHER)
        r->status = 200;
}

static void any_version(struct http_conn *c)
{
    if (c->head->major != 1)
        c->head->minor = 1;
}

static void no_allow(struct http_conn *c, struct http_response *r)
{
    (void)c;
    r->allow = NULL;
}

static void always_200(struct http_conn *c, struct http_response *r)
{
    (void)c;
    if (r->status == 404)
        r->status = 200;
}

/* The head as it should be, with another text in place of each `from`. Returns the new length, 0 when it does
 * not fit. */
static size_t replace(char *out, size_t len, size_t cap, const char *from, const char *to)
{
    char right[HTTP_OUT_CAP];
    size_t n = 0, from_len = strlen(from), to_len = strlen(to);
    memcpy(right, out, len);
    for (size_t i = 0; i < len;) {
        bool here = len - i >= from_len && memcmp(right + i, from, from_len) == 0;
        if (n + (here ? to_len : 1) > cap)
            return 0;
        if (here)
            memcpy(out + n, to, to_len);
        else
            out[n] = right[i];
        n += here ? to_len : 1;
        i += here ? from_len : 1;
    }
    return n;
}

static size_t bare_lf(const struct http_conn *c, const struct http_response *r, char *out, size_t cap)
{
    return replace(out, http_write_head(c, r, out, cap), cap, "\r\n", "\n");
}

static size_t empty_line_first(const struct http_conn *c, const struct http_response *r, char *out,
                               size_t cap)
{
    return replace(out, http_write_head(c, r, out, cap), cap, "HTTP/1.1 ", "\r\nHTTP/1.1 ");
}

static size_t closes_unsaid(const struct http_conn *c, const struct http_response *r, char *out, size_t cap)
{
    return replace(out, http_write_head(c, r, out, cap), cap, "Connection: close\r\n", "");
}

static size_t space_before_colon(const struct http_conn *c, const struct http_response *r, char *out,
                                 size_t cap)
{
    return replace(out, http_write_head(c, r, out, cap), cap, "Content-Length:", "Content-Length :");
}

static size_t no_length(const struct http_conn *c, const struct http_response *r, char *out, size_t cap)
{
    return replace(out, http_write_head(c, r, out, cap), cap, "Content-Length:", "X-Length:");
}

static size_t length_off(const struct http_conn *c, const struct http_response *r, char *out, size_t cap,
                         int by)
{
    struct http_response told = *r;
    told.length = by < 0 && r->length == 0 ? 0 : r->length + (uint64_t)(int64_t)by;
    return http_write_head(c, &told, out, cap);
}

static size_t length_too_long(const struct http_conn *c, const struct http_response *r, char *out, size_t cap)
{
    return length_off(c, r, out, cap, 1);
}

static size_t length_too_short(const struct http_conn *c, const struct http_response *r, char *out,
                               size_t cap)
{
    return length_off(c, r, out, cap, -1);
}

/* Every response is the connection's last, and no Connection: close tells of it. */
static void close_after_each(struct http_conn *c, struct http_response *r)
{
    (void)c;
    r->close = true;
}

/* --- peers that go, and what they leave behind --- */

static void leak(struct http_conn *c)
{
    struct epoll_event ev = {0};
    epoll_ctl(c->base.server->epoll, EPOLL_CTL_DEL, c->base.fd, &ev);
    net_conn_timer(&c->base, -1);
}

static void die(struct http_conn *c)
{
    (void)c;
    fprintf(stderr, "flawed-http-server: %s\n", strerror(errno));
    exit(1);
}

static void stop_serving(struct http_conn *c)
{
    c->base.server->stop = true;
}

static void spin_without_files(struct net_server *s)
{
    (void)s;
}

/* Closes at once, with unread input: RST overtakes the response. */
static void close_at_once(struct http_conn *c)
{
    if (c->response.close || c->eof || c->in.len > c->head->length)
        net_conn_close(&c->base);
}

static const struct flaw flaws[] = {
    {"one-recv-one-request", "SOCK-STREAM-BOUNDARY", "http-server/request-in-single-bytes",
     "takes the first recv for the whole request", WITH(.received = one_recv)},
    {"pipelining-drops-second", "RFC9112-9.3.2", "http-server/pipelined",
     "throws away what follows a request in its segment", WITH(.sent = drop_pipelined)},
    {"no-host-check", "RFC9112-3.2", "http-server/missing-host", "serves HTTP/1.1 requests without Host",
     WITH(.allow = HTTP_ALLOW_HOST, .request = only_missing)},
    {"two-hosts-accepted", "RFC9112-3.2", "http-server/doubled-host", "serves requests with two Host fields",
     WITH(.allow = HTTP_ALLOW_HOST, .request = only_doubled)},
    {"bad-host-accepted", "RFC9112-3.2", "http-server/invalid-host", "serves requests whose Host is no host",
     WITH(.allow = HTTP_ALLOW_HOST, .request = only_invalid)},
    {"space-before-colon-accepted", "RFC9112-5.1", "http-server/space-before-colon",
     "serves requests with whitespace before a colon", WITH(.allow = HTTP_ALLOW_SPACE_COLON)},
    {"obs-fold-accepted", "RFC9112-5.2", "http-server/obs-fold", "takes a folded field as it is",
     WITH(.allow = HTTP_ALLOW_OBS_FOLD)},
    {"control-bytes-accepted", "RFC9110-5.5", "http-server/nul-in-value",
     "serves requests with NUL in a field value", WITH(.allow = HTTP_ALLOW_CONTROL)},
    {"bare-cr-accepted", "RFC9112-2.2", "http-server/bare-cr",
     "serves requests with a CR inside a field value", WITH(.allow = HTTP_ALLOW_BARE_CR)},
    {"bad-content-length-accepted", "RFC9112-6.3", "http-server/bad-content-length",
     "reads Content-Length with strtol: signs and garbage pass", WITH(.framing = framing_by_atoi)},
    {"two-lengths-accepted", "RFC9112-6.3", "http-server/two-content-lengths",
     "takes the last of two Content-Length fields", WITH(.framing = framing_last_length)},
    {"chunked-request-ignored", "RFC9112-6.3", "http-server/chunked-request",
     "takes the chunks of a request for the next request", WITH(.framing = framing_no_chunks)},
    {"te-and-cl-smuggle", "RFC9112-6.1", "http-server/te-and-content-length",
     "frames by Content-Length where Transfer-Encoding stands too", WITH(.framing = framing_length_wins)},
    {"ignores-expect-100", "RFC9110-10.1.1", "http-server/expect-100-continue",
     "waits for a body that waits for 100 (Continue)", WITH(.no_continue = true)},
    {"no-keep-alive-honour", "RFC9112-9.6", "http-server/connection-close",
     "keeps open after Connection: close", WITH(.framing = framing_keeps_open)},
    {"http10-keeps-open", "RFC9112-9.3", "http-server/http10-closes", "keeps open after an HTTP/1.0 request",
     WITH(.framing = framing_keeps_http10)},
    {"closes-without-saying", "RFC9112-9.6", "http-server/keep-alive",
     "closes after each response and does not say so",
     WITH(.respond = close_after_each, .write_head = closes_unsaid)},
    {"head-with-body", "RFC9110-9.3.2", "http-server/head", "answers HEAD with a body",
     WITH(.respond = body_for_head)},
    {"status-line-after-empty-line", "RFC9112-4", "http-server/well-formed",
     "sends an empty line before the status line", WITH(.write_head = empty_line_first)},
    {"bare-lf-response", "RFC9112-2.2", "http-server/well-formed", "ends its lines with LF alone",
     WITH(.write_head = bare_lf)},
    {"space-before-colon-response", "RFC9112-5.1", "http-server/well-formed",
     "writes whitespace between field name and colon", WITH(.write_head = space_before_colon)},
    {"content-length-too-long", "RFC9110-8.6", "http-server/get", "tells one byte more than it sends",
     WITH(.write_head = length_too_long)},
    {"content-length-too-short", "RFC9110-8.6", "http-server/get", "tells one byte less than it sends",
     WITH(.write_head = length_too_short)},
    {"no-length", "RFC9112-6.3", "http-server/keep-alive", "keeps open and does not tell where the body ends",
     WITH(.write_head = no_length)},
    {"case-sensitive-names", "RFC9110-5.1", "http-server/field-names-any-case",
     "knows Host only with a capital H", WITH(.request = case_sensitive_names)},
    {"no-501", "RFC9110-9.1", "http-server/unknown-method", "answers 200 to a method that it does not know",
     WITH(.respond = unknown_method_is_get)},
    {"no-505", "RFC9110-2.5", "http-server/unknown-version", "answers HTTP/2.0 as if it were HTTP/1.1",
     WITH(.allow = HTTP_ALLOW_VERSION, .request = any_version)},
    {"no-allow", "RFC9110-15.5.6", "http-server/method-not-allowed", "answers 405 without Allow",
     WITH(.respond = no_allow)},
    {"soft-404", "RFC9110-15.5.5", "http-server/not-found", "answers 200 for what does not exist",
     WITH(.respond = always_200)},
    {"send-once-nonblocking", "SOCK-SHORT-WRITE", "http-server/large-slow-reader",
     "takes one send for all: a large response is cut", WITH(.send = send_once)},
    {"head-of-line", "SOCK-HEAD-OF-LINE", "http-server/slow-peer-beside-a-quick-one",
     "waits in send for a slow reader; the others wait too", WITH(.send = send_blocking)},
    {"iterative", "SOCK-HEAD-OF-LINE", "http-server/silent-client", "serves one client at a time",
     WITH(.max_clients = 1)},
    {"dies-on-reset", "SOCK-RESET-SURVIVED", "http-server/reset-in-mid-request",
     "ends when a connection is reset", WITH(.error = die)},
    {"leak-on-reset", "SOCK-NO-LEAK", "tcp-server/no-descriptor-left-behind",
     "keeps the descriptor of a connection that was reset", WITH(.error = leak)},
    {"exits-after-first-response", "SOCK-PEER-GOES", "tcp-server/peer-goes-at-once",
     "ends after its first response", WITH(.sent = stop_serving)},
    {"spin-on-emfile", "SOCK-EMFILE", "tcp-server/out-of-descriptors",
     "calls accept again and again while descriptors are missing", WITH(.shortage = spin_without_files)},
    {"unread-close", "RFC9112-9.6", "http-server/refused-large-body",
     "closes with unread input, so that RST destroys the response", WITH(.sent = close_at_once)},
};

int main(int argc, char **argv)
{
    int status;
    const struct flaw *f =
        flaw_of_args(&argc, argv, flaws, sizeof flaws / sizeof flaws[0], "HOST PORT [ROOT]", &status);
    if (f == NULL)
        return status;
    if (argc != 3 && argc != 4) {
        fprintf(stderr, "usage: %s --flaw NAME HOST PORT [ROOT]\n", argv[0]);
        return 2;
    }
    struct http_config config = {.ops = f->ops, .timeout = TIMEOUT_MS, .body_max = BODY_MAX};
    return http_serve(argv[1], argv[2], argv[3], &config);
}
