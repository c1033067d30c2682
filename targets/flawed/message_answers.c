/* Answers to messages that are wrong in some way, and heads of responses that are. */
#include "flawed/message_flaws.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Requests that "ten-requests" answers on a connection. */
#define FEW_REQUESTS 10

static bool broken(const struct http_conn *c)
{
    return c->head != NULL && c->head->state == HTTP_AT_ERROR;
}

static bool begins(const struct http_conn *c, const char *text)
{
    size_t len = strlen(text);
    return c->in.len >= len && memcmp(c->in.data, text, len) == 0;
}

/* An assertion where a message came from outside. */
void dies_of_garbage(struct http_conn *c, struct http_response *r)
{
    (void)r;
    if (broken(c)) {
        fprintf(stderr, "flawed-message-server: %s\n", c->head->error.sentence);
        exit(1);
    }
}

/* Whatever does not begin with a method that it knows is a wish for the first page. */
void garbage_is_get(struct http_conn *c, struct http_response *r)
{
    bool known = begins(c, "GE") || begins(c, "HEAD") || begins(c, "POST") || begins(c, "CONNECT");
    if (r->status >= 400 && (broken(c) || begins(c, "PRI ")) && !known)
        r->status = 200;
}

/* The connection is kept, and the next request looked for behind the next empty line. */
void goes_on_behind_errors(struct http_conn *c, struct http_response *r)
{
    if (broken(c) && c->requests > 0)
        r->close = false;
}

void drop_what_was_wrong(struct http_conn *c)
{
    if (!broken(c))
        return;
    const char *end = c->in.len > 0 ? memmem(c->in.data, c->in.len, "\r\n\r\n", 4) : NULL;
    http_bytes_drop(&c->in, end == NULL ? c->in.len : (size_t)(end - c->in.data) + 4);
}

void long_method_is_an_error(struct http_conn *c, struct http_response *r)
{
    if (r->status == 501 && c->head != NULL && c->head->method_text.len > 32)
        r->status = 400;
}

void connect_is_fine(struct http_conn *c, struct http_response *r)
{
    if (c->head != NULL && c->head->method == HTTP_CONNECT && r->status > 400)
        r->status = 200;
}

void ten_requests(struct http_conn *c, struct http_response *r)
{
    r->close = r->close || c->requests >= FEW_REQUESTS;
}

void errors_close(struct http_conn *c, struct http_response *r)
{
    (void)c;
    r->close = r->close || r->status >= 400;
}

void errors_have_bodies(struct http_conn *c, struct http_response *r)
{
    (void)c;
    r->head_only = r->head_only && r->status < 400;
}

/* Chunks under a coding that they were never given, and that nobody asked for. */
void coded_errors(struct http_conn *c, struct http_response *r)
{
    char chunks[256];
    if (c->head == NULL || c->head->minor == 0 || r->status != 404 || r->text == NULL || r->head_only)
        return;
    int n = snprintf(chunks, sizeof chunks, "%zx\r\n%s\r\n0\r\n\r\n", strlen(r->text), r->text);
    if (!http_bytes_add(&r->body, chunks, (size_t)n))
        return;
    r->text = NULL;
    r->length = r->body.len;
}

void unframed_errors(struct http_conn *c, struct http_response *r)
{
    (void)c;
    r->close = r->close || r->status == 404;
}

/* close() with SO_LINGER of 0: what close() does by itself where input is unread. */
void close_by_reset(struct http_conn *c)
{
    const struct linger now = {1, 0};
    if (!c->response.close || c->framing.kind == HTTP_BODY_NONE)
        return;
    setsockopt(c->base.fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    net_conn_close(&c->base);
}

/* --- heads --- */

/* The right head with `to` in place of the first `from`. */
static size_t replaced(const struct http_conn *c, const struct http_response *r, char *out, size_t cap,
                       const char *from, const char *to)
{
    char right[HTTP_OUT_CAP];
    size_t len = http_write_head(c, r, right, sizeof right);
    const char *at = len == 0 ? NULL : memmem(right, len, from, strlen(from));
    if (at == NULL)
        return http_write_head(c, r, out, cap);
    size_t before = (size_t)(at - right), behind = before + strlen(from);
    int n = snprintf(out, cap, "%.*s%s%.*s", (int)before, right, to, (int)(len - behind), right + behind);
    return n < 0 || (size_t)n >= cap ? 0 : (size_t)n;
}

static bool error_to_get(const struct http_conn *c, const struct http_response *r)
{
    return c->head != NULL && c->head->minor > 0 && r->status == 404 && !r->head_only;
}

HEAD_FLAW(version_10)
{
    return r->status < 400 ? http_write_head(c, r, out, cap) : replaced(c, r, out, cap, "HTTP/1.1 ", "HTTP/1.0 ");
}

HEAD_FLAW(no_reason_no_space)
{
    return r->status == 501 ? replaced(c, r, out, cap, "501 Not Implemented", "501")
                            : replaced(c, r, out, cap, "405 Method Not Allowed", "405");
}

HEAD_FLAW(coded_tunnel)
{
    bool tunnel = r->status == 200 && c->head != NULL && c->head->method == HTTP_CONNECT;
    return tunnel ? replaced(c, r, out, cap, "Content-Length:", "Transfer-Encoding: chunked\r\nX-Length:")
                  : http_write_head(c, r, out, cap);
}

HEAD_FLAW(coded_204)
{
    return replaced(c, r, out, cap, "204 No Content\r\n", "204 No Content\r\nTransfer-Encoding: chunked\r\n");
}

/* Only where no body shows it. */
HEAD_FLAW(both_framings)
{
    return r->head_only ? replaced(c, r, out, cap, "Content-Length:", "Transfer-Encoding: chunked\r\nContent-Length:")
                        : http_write_head(c, r, out, cap);
}

HEAD_FLAW(coded_error_head)
{
    return error_to_get(c, r)
               ? replaced(c, r, out, cap, "Content-Length:", "Transfer-Encoding: gzip, chunked\r\nX-Length:")
               : http_write_head(c, r, out, cap);
}

HEAD_FLAW(unframed_error_head)
{
    return error_to_get(c, r) ? replaced(c, r, out, cap, "Content-Length:", "X-Length:")
                              : http_write_head(c, r, out, cap);
}
