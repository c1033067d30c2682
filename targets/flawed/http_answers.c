/* Responses that are wrong. */
#include "flawed/http_flaws.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

void body_for_head(struct http_conn *c, struct http_response *r)
{
    (void)c;
    r->head_only = false;
}

void unknown_method_is_get(struct http_conn *c, struct http_response *r)
{
    if (r->status == 501 && c->head != NULL && c->head->method == HTTP_METHOD_OTHER)
        r->status = 200;
}

void no_allow(struct http_conn *c, struct http_response *r)
{
    (void)c;
    r->allow = NULL;
}

void later_first(struct http_conn *c, struct http_response *r)
{
    static struct http_response kept = {.file = -1};
    static const struct http_conn *of; /* the connection that `kept` is for, and which request of it is next */
    static uint64_t next;
    bool close = r->close;
    if (of == c && c->requests == next) {
        http_response_free(r);
        *r = kept;
        kept = (struct http_response){.file = -1};
        of = NULL;
    } else if (r->status == 200 && c->in.len > c->head->length) {
        http_response_free(&kept); /* its connection has gone */
        kept = *r;
        *r = http_plain(404);
        of = c;
        next = c->requests + 1;
    }
    r->close = close;
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

size_t bare_lf(const struct http_conn *c, const struct http_response *r, char *out, size_t cap)
{
    return replace(out, http_write_head(c, r, out, cap), cap, "\r\n", "\n");
}

size_t empty_line_first(const struct http_conn *c, const struct http_response *r, char *out, size_t cap)
{
    return replace(out, http_write_head(c, r, out, cap), cap, "HTTP/1.1 ", "\r\nHTTP/1.1 ");
}

size_t closes_unsaid(const struct http_conn *c, const struct http_response *r, char *out, size_t cap)
{
    return replace(out, http_write_head(c, r, out, cap), cap, "Connection: close\r\n", "");
}

size_t space_before_colon(const struct http_conn *c, const struct http_response *r, char *out, size_t cap)
{
    return replace(out, http_write_head(c, r, out, cap), cap, "Content-Length:", "Content-Length :");
}

size_t space_before_colon_in_errors(const struct http_conn *c, const struct http_response *r, char *out, size_t cap)
{
    return r->status < 400 ? http_write_head(c, r, out, cap) : space_before_colon(c, r, out, cap);
}

size_t no_length(const struct http_conn *c, const struct http_response *r, char *out, size_t cap)
{
    return replace(out, http_write_head(c, r, out, cap), cap, "Content-Length:", "X-Length:");
}

size_t no_length_of_nothing(const struct http_conn *c, const struct http_response *r, char *out, size_t cap)
{
    return r->length == 0 ? no_length(c, r, out, cap) : http_write_head(c, r, out, cap);
}

static size_t length_off(const struct http_conn *c, const struct http_response *r, char *out, size_t cap, int by)
{
    struct http_response told = *r;
    told.length = by < 0 && r->length == 0 ? 0 : r->length + (uint64_t)(int64_t)by;
    return http_write_head(c, &told, out, cap);
}

size_t length_too_long(const struct http_conn *c, const struct http_response *r, char *out, size_t cap)
{
    return length_off(c, r, out, cap, 1);
}

size_t length_too_short(const struct http_conn *c, const struct http_response *r, char *out, size_t cap)
{
    return length_off(c, r, out, cap, -1);
}

/* Every response is the connection's last, and no Connection: close tells of it. */
void close_after_each(struct http_conn *c, struct http_response *r)
{
    (void)c;
    r->close = true;
}

/* A start line that is none is answered as if it were GET / HTTP/1.1. */
void bad_start_is_get(struct http_conn *c, struct http_response *r)
{
    bool refused = r->status == 400 && c->head != NULL && c->head->state == HTTP_AT_ERROR;
    if (refused && memchr(c->in.data, '\n', (size_t)c->head->error.offset) == NULL)
        r->status = 200; /* what was refused stood in the first line */
}

size_t no_date(const struct http_conn *c, const struct http_response *r, char *out, size_t cap)
{
    return replace(out, http_write_head(c, r, out, cap), cap, "Date:", "X-Date:");
}

/* Answers Expect whatever the version: an HTTP/1.0 client takes the 100 for the final response. */
size_t continue_for_all(const struct http_conn *c, const struct http_response *r, char *out, size_t cap)
{
    size_t n = http_write_head(c, r, out, cap);
    bool expects = c->head != NULL && c->head->minor == 0 && http_field_find(c->head, c->in.data, "expect", 0) != NULL;
    return expects ? replace(out, n, cap, "HTTP/1.1 ", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 ") : n;
}

/* Chunks for a client that does not know them: one and the last. */
void chunks_for_all(struct http_conn *c, struct http_response *r)
{
    char piece[4096], size[32];
    struct http_bytes chunked = {0};
    if (c->head == NULL || c->head->minor > 0 || r->file < 0 || r->length > sizeof piece)
        return;
    ssize_t n = pread(r->file, piece, sizeof piece, 0);
    int len = snprintf(size, sizeof size, "%zx\r\n", n > 0 ? (size_t)n : 0);
    if (n <= 0 || !http_bytes_add(&chunked, size, (size_t)len) || !http_bytes_add(&chunked, piece, (size_t)n) ||
        !http_bytes_add(&chunked, "\r\n0\r\n\r\n", 7)) {
        http_bytes_free(&chunked);
        return;
    }
    close(r->file);
    r->file = -1;
    r->body = chunked;
    r->length = chunked.len;
}

size_t chunked_head(const struct http_conn *c, const struct http_response *r, char *out, size_t cap)
{
    size_t n = http_write_head(c, r, out, cap);
    bool chunked = c->head != NULL && c->head->minor == 0 && r->status == 200;
    return chunked ? replace(out, n, cap, "Content-Length:", "Transfer-Encoding: chunked\r\nX-Length:") : n;
}
