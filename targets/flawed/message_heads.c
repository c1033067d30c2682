/* Heads that are read wrongly: most of these are what a careless reader does to the bytes before it looks. */
#include "flawed/message_flaws.h"

#include <ctype.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

/* How long "half-a-head-is-whole" looks out for the peer's end: it follows closely where it comes at all. */
#define FAREWELL_MS 50

/* Puts `text` in place of in.data[at .. at + len). */
static void splice(struct http_conn *c, size_t at, size_t len, const char *text)
{
    struct http_bytes b = {0};
    bool fits = http_bytes_add(&b, c->in.data, at) && http_bytes_add(&b, text, strlen(text)) &&
                http_bytes_add(&b, c->in.data + at + len, c->in.len - at - len);
    if (!fits) {
        http_bytes_free(&b);
        return;
    }
    http_bytes_free(&c->in);
    c->in = b;
}

/* The end of the head, or of what there is of it. */
static size_t head_end(const struct http_conn *c)
{
    const char *end = memmem(c->in.data, c->in.len, "\r\n\r\n", 4);
    return end == NULL ? c->in.len : (size_t)(end - c->in.data);
}

static size_t line_end(const struct http_conn *c)
{
    const char *end = memmem(c->in.data, c->in.len, "\r\n", 2);
    return end == NULL ? c->in.len : (size_t)(end - c->in.data);
}

/* Lines as libraries for text tell them: VT, FF, the separators, and NEL end one. */
void text_line_ends(struct http_conn *c)
{
    for (size_t i = 0; c->state == HTTP_AT_HEAD && i < head_end(c); i++) {
        if (strchr("\v\f\x1c\x1d\x1e\x85", c->in.data[i]) != NULL && c->in.data[i] != '\0')
            splice(c, i, 1, "\r\n");
    }
}

/* A CR ends a line, whatever stands behind it. */
void cr_ends_lines(struct http_conn *c)
{
    for (size_t i = 0; c->state == HTTP_AT_HEAD && i + 1 < head_end(c); i++) {
        if (c->in.data[i] == '\r' && c->in.data[i + 1] != '\n')
            splice(c, i, 1, "\r\n");
    }
}

/* What cannot be printed is left out. */
void drops_control_bytes(struct http_conn *c)
{
    for (size_t i = 0; c->state == HTTP_AT_HEAD && i < head_end(c);) {
        if (iscntrl((unsigned char)c->in.data[i]) && strchr("\r\n\t", c->in.data[i] | 0) == NULL)
            splice(c, i, 1, "");
        else if (c->in.data[i] == '\0')
            splice(c, i, 1, "");
        else
            i++;
    }
}

/* The target is what stands between the first blank and the last: its own are written as "+". */
void mends_targets(struct http_conn *c)
{
    size_t end = c->state == HTTP_AT_HEAD ? line_end(c) : 0, first = 0, last = end;
    while (first < end && c->in.data[first] != ' ')
        first++;
    while (last > first && c->in.data[last - 1] != ' ')
        last--;
    for (size_t i = first + 1; i + 1 < last; i++) {
        if (c->in.data[i] == ' ' || c->in.data[i] == '\t')
            c->in.data[i] = '+';
    }
}

/* Trims the lines behind the request line before it looks for the colon. */
void trims_first_lines(struct http_conn *c)
{
    size_t at = c->state == HTTP_AT_HEAD ? line_end(c) + 2 : SIZE_MAX;
    while (at < c->in.len && (c->in.data[at] == ' ' || c->in.data[at] == '\t')) {
        splice(c, at, 1, "");
        if (c->in.data[at] == ' ' || c->in.data[at] == '\t')
            continue;
        const char *next = memmem(c->in.data + at, c->in.len - at, "\r\n", 2);
        at = next == NULL ? SIZE_MAX : (size_t)(next - c->in.data) + 2;
    }
}

/* A first line of two words is a whole request. */
void version_is_optional(struct http_conn *c)
{
    size_t end = c->state == HTTP_AT_HEAD ? line_end(c) : c->in.len;
    if (end < c->in.len && end > 4 && memcmp(c->in.data, "GET ", 4) == 0 &&
        memchr(c->in.data + 4, ' ', end - 4) == NULL)
        splice(c, end, 0, " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n");
    if (end < c->in.len && memmem(c->in.data, c->in.len, "\r\n\r\n", 4) == NULL &&
        memmem(c->in.data, c->in.len, "\r\nHost: a\r\nConnection: close\r\n", 30) != NULL)
        splice(c, c->in.len, 0, "\r\n");
}

/* Takes the end of the stream for the empty line, and mends what lies before it. */
void end_ends_the_head(struct http_conn *c)
{
    struct pollfd p = {.fd = c->base.fd, .events = POLLRDHUP};
    if (c->state != HTTP_AT_HEAD || c->in.len == 0 || head_end(c) < c->in.len || poll(&p, 1, FAREWELL_MS) <= 0 ||
        (p.revents & POLLRDHUP) == 0)
        return;
    while (c->in.len > 0 && strchr("\r\n", c->in.data[c->in.len - 1]) != NULL)
        c->in.len--;
    bool lined = memchr(c->in.data, '\n', c->in.len) != NULL;
    bool host = memmem(c->in.data, c->in.len, "Host", 4) != NULL;
    if (!lined && memmem(c->in.data, c->in.len, " HTTP/", 6) == NULL)
        splice(c, c->in.len, 0, " HTTP/1.1");
    splice(c, c->in.len, 0, host ? "\r\n\r\n" : "\r\nHost: a\r\n\r\n");
}

/* Splits the request line at each single blank: of two in a row the second begins an empty word. */
void empty_word_is_a_target(struct http_conn *c)
{
    size_t end = line_end(c);
    if (c->in.data[0] == ' ' || memmem(c->in.data, end, "  ", 2) != NULL)
        http_answer(c, 404, true);
}

/* Reads an empty line where a request should begin. */
void empty_line_is_an_error(struct http_conn *c)
{
    if (c->requests > 1 && line_end(c) == 0)
        http_answer(c, 400, true);
}

/* Wants Host to be what the target says. */
void host_must_be_the_same(struct http_conn *c)
{
    const struct http_field *host = http_field_find(c->head, c->in.data, "host", 0);
    const char *target = http_text(c->in.data, c->head->target);
    if (c->head->form == HTTP_FORM_ABSOLUTE && host != NULL &&
        memmem(target, c->head->target.len, http_text(c->in.data, host->value), host->value.len) == NULL)
        http_answer(c, 400, true);
}

/* Host is not looked at where it is folded; elsewhere it is, as far as HTTP_ALLOW_HOST leaves it to be done
 * here. */
void host_may_be_folded(struct http_conn *c)
{
    const struct http_field *host = http_field_find(c->head, c->in.data, "host", 0);
    bool folded = host != NULL && memchr(http_text(c->in.data, host->value), '\n', host->value.len) != NULL;
    if (c->head->findings.count > 0 && !folded)
        http_answer(c, 400, true);
}
