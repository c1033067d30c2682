/* flawed-http-client --flaw NAME URL: a page fetcher with one thing wrong. */
#include "clients/fetch.h"
#include "flawed/flaws.h"
#include "net/words.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* print sock.recv(65536) and s.close(): what comes later is not looked at. */
static ssize_t receive_once(struct fetch *f, void *to, size_t len)
{
    static bool again;
    ssize_t n = again ? 0 : fetch_receive(f, to, len);
    again = true;
    return n;
}

/* A time limit for the beginning of the response, and none for what follows. */
static ssize_t receive_in_no_time(struct fetch *f, void *to, size_t len)
{
    ssize_t n = fetch_receive(f, to, len);
    f->deadline = NET_NEVER;
    return n;
}

static bool any_end(struct http_body *b)
{
    (void)b;
    return true;
}

static bool any_status(int status)
{
    (void)status;
    return true;
}

static bool final(const struct http_framing *framing)
{
    (void)framing;
    return false;
}

/* The body is what follows the head: chunk sizes are printed with it. */
static int no_chunks(struct http_framing *framing, const struct http_head *h, const char *data)
{
    int done = http_framing_decide(framing, h, data, HTTP_GET);
    if (framing->kind == HTTP_BODY_CHUNKED)
        framing->kind = HTTP_BODY_UNTIL_CLOSE;
    return done;
}

/* No Content-Length is taken for a length of 0. */
static int no_length_is_none(struct http_framing *framing, const struct http_head *h, const char *data)
{
    int done = http_framing_decide(framing, h, data, HTTP_GET);
    if (framing->kind == HTTP_BODY_UNTIL_CLOSE)
        framing->kind = HTTP_BODY_NONE;
    return done;
}

/* 204 and 304 are responses like others, whose body ends with the connection. */
static int always_a_body(struct http_framing *framing, const struct http_head *h, const char *data)
{
    int done = http_framing_decide(framing, h, data, HTTP_GET);
    if (h->status == 204)
        framing->kind = HTTP_BODY_UNTIL_CLOSE;
    return done;
}

/* The length is not looked at while there is more to read. */
static int no_length(struct http_framing *framing, const struct http_head *h, const char *data)
{
    int done = http_framing_decide(framing, h, data, HTTP_GET);
    if (framing->kind == HTTP_BODY_LENGTH && framing->length > 0)
        framing->kind = HTTP_BODY_UNTIL_CLOSE;
    return done;
}

/* atoi() of whatever stands there. */
static int length_by_atoi(struct http_framing *framing, const struct http_head *h, const char *data)
{
    const struct http_field *f = http_field_find(h, data, "Content-Length", 0);
    if (http_framing_decide(framing, h, data, HTTP_GET) == 0)
        return 0;
    int length = f == NULL ? 0 : atoi(http_text(data, f->value)); /* a CR ends it */
    *framing = (struct http_framing){.kind = HTTP_BODY_LENGTH, .length = length < 0 ? 0 : (uint64_t)length};
    return 0;
}

static void print_string(const char *data, size_t len)
{
    fwrite(data, 1, strnlen(data, len), stdout);
}

static void print_nothing(const char *data, size_t len)
{
    (void)data;
    (void)len;
}

/* GET and no more, as for HTTP/0.9 and 1.0. */
static long bare_request(const struct fetch *f, char *out, size_t cap)
{
    (void)f;
    return snprintf(out, cap, "GET / HTTP/1.1\r\n\r\n");
}

static int reset_is_the_end(const char *program, const struct net_error *e)
{
    int status = net_tell(program, e);
    return e->code == ECONNRESET || e->code == ECONNREFUSED ? 0 : status;
}

/* Refused and reset are errors; what is in no list of usual ones is none. */
static int unusual_is_fine(const char *program, const struct net_error *e)
{
    int status = net_tell(program, e);
    return e->code == ECONNRESET || e->code == ECONNREFUSED ? status : 0;
}

static ssize_t receive_uninterrupted(struct fetch *f, void *to, size_t len)
{
    char byte;
    ssize_t n = recv(f->fd, &byte, 1, MSG_DONTWAIT | MSG_PEEK);
    return n < 0 && errno == EINTR ? -1 : fetch_receive(f, to, len);
}

/* What is no HTTP is believed to be an older version of it. */
static int incomplete_is_fine(int status)
{
    return status == FETCH_BAD_RESPONSE ? 0 : status;
}

#define WITH(...)                                                                                            \
    &(const struct fetch_ops)                                                                                \
    {                                                                                                        \
        __VA_ARGS__                                                                                          \
    }

static const struct flaw flaws[] = {
    {"one-recv", "SOCK-STREAM-BOUNDARY",
     "http-client/byte-by-byte http-client/body-behind-the-head http-client/short-reads",
     "takes the first recv for the whole response", WITH(.receive = receive_once)},
    {"one-recv-a-body", "SOCK-STREAM-BOUNDARY",
     "http-client/body-behind-the-head http-client/chunks-cut-anywhere",
     "takes what comes with the head for the whole body", WITH(.one_recv = true)},
    {"until-close", "RFC9112-6.3-length", "http-client/ends-at-its-length http-client/empty-body",
     "waits for the end of the stream when the body is complete", WITH(.never_done = true)},
    {"no-length", "RFC9112-6.3-length", "http-client/bytes-behind-the-body http-client/ends-at-its-length",
     "takes all that comes for the body", WITH(.frame = no_length)},
    {"wrong-page", "RFC9112-6.3-length", "http-client/content-length", "prints nothing of the body",
     WITH(.print = print_nothing)},
    {"body-of-204", "RFC9112-6.3-head", "http-client/no-content", "waits for the body of a 204",
     WITH(.frame = always_a_body)},
    {"chunks-are-content", "RFC9112-7.1", "http-client/chunked", "prints chunk sizes as content",
     WITH(.frame = no_chunks)},
    {"no-length-no-body", "RFC9112-6.3-close", "http-client/until-close",
     "takes a response without a length for one without a body", WITH(.frame = no_length_is_none)},
    {"atoi", "RFC9112-6.3-invalid-response", "http-client/bad-content-length",
     "reads Content-Length with atoi", WITH(.frame = length_by_atoi)},
    {"cut-is-complete", "RFC9112-8",
     "http-client/truncated-body http-client/truncated-chunks http-client/link-closes-anywhere",
     "takes the end of the stream for the end of the body (003, read)", WITH(.ended = any_end)},
    {"garbage-is-fine", "RFC9112-4", "http-client/no-http http-client/truncated-head http-client/no-response",
     "says all is well where the response is none", WITH(.exit_with = incomplete_is_fine)},
    {"any-status", "HTTP-STATUS-TOLD", "http-client/error-status", "prints error pages as pages (003)",
     WITH(.success = any_status)},
    {"interim-is-final", "RFC9110-15.2-client", "http-client/interim-responses",
     "takes 100 (Continue) for the answer", WITH(.interim = final, .success = any_status)},
    {"no-host", "RFC9110-7.2", "http-client/request-has-host", "sends no Host",
     WITH(.request = bare_request)},
    {"nul-terminated", "SOCK-BINARY", "http-client/nul-in-body", "takes the body for a C string",
     WITH(.print = print_string)},
    {"reset-is-the-end", "SOCK-RESET-TOLD",
     "http-client/reset-in-the-body http-client/closed-port http-client/connect-refused "
     "http-client/recv-reset",
     "takes a reset for the end of the stream", WITH(.failed = reset_is_the_end)},
    {"unusual-is-fine", "SOCK-CONNECT-TOLD",
     "http-client/connect-times-out http-client/connect-unreachable http-client/connect-without-address "
     "http-client/no-socket http-client/recv-times-out",
     "says all is well when a call fails in a way that it does not expect", WITH(.failed = unusual_is_fine)},
    {"recv-eintr", "SOCK-EINTR", "http-client/recv-interrupted", "gives up when recv is interrupted",
     WITH(.receive = receive_uninterrupted)},
    {"never-times-out", "SOCK-TIMEOUT", "http-client/silent-server http-client/stalled-body",
     "waits for ever (003, urlopen without a timeout)", WITH(.timeout = -1)},
    {"no-limit-for-bodies", "SOCK-TIMEOUT", "http-client/stalled-body",
     "waits for ever for the rest of a body", WITH(.receive = receive_in_no_time)},
};

int main(int argc, char **argv)
{
    static struct fetch fetch;
    int status;
    const struct flaw *f = flaw_of_args(&argc, argv, flaws, sizeof flaws / sizeof flaws[0], "URL", &status);
    if (f == NULL)
        return status;
    if (!net_words(argc, argv, 1, "URL", &status))
        return status;
    fetch.ops = f->ops;
    return fetch_page(&fetch, argv[0], argv[1]);
}
