/* Heads, written line by line (RFC 9112, sections 3 to 5). */
#include "protocol/http_write.h"

#include "protocol/http_date.h"
#include "protocol/http_internal.h"

#include <stdio.h>
#include <string.h>

/* The longest line of our own: "Content-Length: 18446744073709551615" CR LF. */
#define SMALL 64

void http_write_init(struct http_writer *w, char *data, size_t cap)
{
    *w = (struct http_writer){.data = data, .cap = cap};
}

void http_write_bytes(struct http_writer *w, const void *data, size_t len)
{
    if (w->overflow || len > w->cap - w->len) {
        w->overflow = true;
        return;
    }
    if (len > 0)
        memcpy(w->data + w->len, data, len);
    w->len += len;
}

static void refuse(struct http_writer *w)
{
    w->overflow = w->invalid = true;
}

static bool consists_of(const char *text, unsigned bits)
{
    while (*text != '\0' && http_is(*text, bits))
        text++;
    return *text == '\0';
}

static bool is_token(const char *text)
{
    return *text != '\0' && consists_of(text, HTTP_TCHAR);
}

/* A line of these pieces and CR LF: all of it, or nothing. */
static void put_line(struct http_writer *w, const char *const *pieces, size_t count)
{
    size_t from = w->len;
    for (size_t i = 0; i < count; i++)
        http_write_bytes(w, pieces[i], strlen(pieces[i]));
    http_write_bytes(w, "\r\n", 2);
    if (w->overflow)
        w->len = from;
}

void http_write_request(struct http_writer *w, const char *method, const char *target)
{
    const char *const pieces[] = {method, " ", target, " HTTP/1.1"};
    /* Blanks are bytes of values, but in a target they would end it. */
    if (!is_token(method) || *target == '\0' || !consists_of(target, HTTP_VALUE) || strpbrk(target, " \t") != NULL)
        refuse(w);
    put_line(w, pieces, sizeof pieces / sizeof pieces[0]);
}

void http_write_status(struct http_writer *w, int status)
{
    char text[SMALL];
    const char *const pieces[] = {text, http_reason(status)};
    snprintf(text, sizeof text, "HTTP/1.1 %03d ", status);
    if (status < 100 || status > 599)
        refuse(w);
    put_line(w, pieces, sizeof pieces / sizeof pieces[0]);
}

void http_write_field(struct http_writer *w, const char *name, const char *value)
{
    const char *const pieces[] = {name, ": ", value};
    if (!is_token(name) || !consists_of(value, HTTP_VALUE))
        refuse(w);
    put_line(w, pieces, sizeof pieces / sizeof pieces[0]);
}

void http_write_length(struct http_writer *w, uint64_t length)
{
    char text[SMALL];
    snprintf(text, sizeof text, "%llu", (unsigned long long)length);
    http_write_field(w, "Content-Length", text);
}

void http_write_time(struct http_writer *w, const char *name, time_t when)
{
    char text[HTTP_DATE_ROOM];
    if (http_date_format(when, text))
        http_write_field(w, name, text);
}

void http_write_date(struct http_writer *w, time_t now)
{
    http_write_time(w, "Date", now);
}

void http_write_end(struct http_writer *w)
{
    put_line(w, NULL, 0);
}
