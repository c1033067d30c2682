/* Requests that are taken, or refused, wrongly. */
#include "flawed/http_flaws.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How long "no-half-close" looks out for the peer's end before it answers. */
#define FAREWELL_MS 50

/* How long "idle-close-for-an-answer" keeps an idle connection. */
#define IDLE_MS 1000

/* Room of "short-lines" and of "few-fields". */
#define SHORT_LINE 4096
#define FEW_FIELDS 100

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
    return host != NULL && http_field_find(c->head, c->in.data, "host", (size_t)(host - c->head->fields) + 1) != NULL;
}

/* HTTP_ALLOW_HOST is one leniency; each of these keeps all of the check but one part. */
void only_missing(struct http_conn *c)
{
    if (c->head->findings.count > 0 && !no_host(c))
        http_answer(c, 400, true);
}

void only_doubled(struct http_conn *c)
{
    if (c->head->findings.count > 0 && !two_hosts(c))
        http_answer(c, 400, true);
}

void only_invalid(struct http_conn *c)
{
    if (no_host(c) || two_hosts(c))
        http_answer(c, 400, true);
}

/* strcmp in place of strcasecmp. */
void case_sensitive_names(struct http_conn *c)
{
    const struct http_field *host = field(c, "host");
    if (host != NULL && !http_span_is(c->in.data, host->name, "Host"))
        http_answer(c, 400, true);
}

/* Methods by strcasecmp. */
void methods_in_any_case(struct http_conn *c)
{
    if (http_span_is_nocase(c->in.data, c->head->method_text, "GET"))
        c->head->method = HTTP_GET;
}

/* Knows targets that begin with a slash. */
void origin_form_only(struct http_conn *c)
{
    if (c->head->form == HTTP_FORM_ABSOLUTE)
        http_answer(c, 400, true);
}

/* Looks for ": " and the end of the line. */
void one_space_only(struct http_conn *c)
{
    for (size_t i = 0; i < c->head->field_count; i++) {
        const struct http_field *f = &c->head->fields[i];
        size_t colon = (size_t)f->name.at + f->name.len, end = (size_t)f->value.at + f->value.len;
        if (f->value.at != colon + 2 || c->in.data[colon + 1] != ' ' || c->in.data[end] != '\r') {
            http_answer(c, 400, true);
            return;
        }
    }
}

/* Compares minor versions with ==. */
void no_later_minor(struct http_conn *c)
{
    if (c->head->minor > 1)
        http_answer(c, 505, true);
}

/* "http/1.1" passes, other major versions do not. */
void any_case_of_version(struct http_conn *c)
{
    if (c->head->major != 1)
        http_answer(c, 505, true);
}

/* Takes the peer's half-close for its farewell. The moment of waiting lets the FIN come that follows a
 * request closely. */
void close_at_half_close(struct http_conn *c)
{
    struct pollfd p = {.fd = c->base.fd, .events = POLLRDHUP};
    if (poll(&p, 1, FAREWELL_MS) > 0 && (p.revents & POLLRDHUP) != 0)
        net_conn_close(&c->base);
}

/* --- messages and segments --- */

/* What one recv brings must be a whole head. */
void one_recv(struct http_conn *c)
{
    if (c->state == HTTP_AT_HEAD && memmem(c->in.data, c->in.len, "\r\n\r\n", 4) == NULL)
        http_answer(c, 400, true);
}

/* What comes in the segment of the first request's end is thrown away with it. */
void drop_pipelined(struct http_conn *c)
{
    if (c->head != NULL && c->head->length > 0)
        c->in.len = c->head->length;
}

/* The same, with a short patience for idle connections: the request that was thrown away is followed by a close. */
void drop_and_close_when_idle(struct http_conn *c)
{
    drop_pipelined(c);
    ((struct http_config *)(uintptr_t)http_config_of(c))->timeout = IDLE_MS; /* of all its connections, from now on */
}

/* A buffer of 4,096 bytes that is full is taken for the end of a bad line. */
void short_lines(struct http_conn *c)
{
    if (c->state == HTTP_AT_HEAD && c->in.len > SHORT_LINE && memmem(c->in.data, SHORT_LINE, "\r\n", 2) == NULL)
        http_answer(c, 400, true);
}

/* The request must be the first thing that comes. */
void no_empty_lines(struct http_conn *c)
{
    if (c->state == HTTP_AT_HEAD && c->in.len > 1 && memcmp(c->in.data, "\r\n", 2) == 0)
        http_answer(c, 400, true);
}

/* An array with room for 100 fields, written beyond its end. */
void few_fields(struct http_conn *c)
{
    size_t lines = 0;
    for (size_t i = 0; c->state == HTTP_AT_HEAD && i < c->in.len; i++)
        lines += c->in.data[i] == '\n';
    if (lines > FEW_FIELDS) {
        fprintf(stderr, "flawed-http-server: too many fields\n");
        exit(1);
    }
}
