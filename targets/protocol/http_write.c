/* Heads, written line by line (RFC 9112, sections 3 to 5). */
#include "protocol/http_write.h"

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
    if (!is_token(method) || *target == '\0' || !consists_of(target, HTTP_VALUE) ||
        strpbrk(target, " \t") != NULL)
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

/* Not strftime: its names of days and months follow the locale, those of RFC 9110, 5.6.7 do not. */
void http_write_date(struct http_writer *w, time_t now)
{
    static const char days[7][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char months[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    struct tm t;
    char text[SMALL];
    if (gmtime_r(&now, &t) == NULL || t.tm_year < -1900 || t.tm_year > 9999 - 1900)
        return;
    snprintf(text, sizeof text, "%s, %02d %s %04d %02d:%02d:%02d GMT", days[t.tm_wday], t.tm_mday,
             months[t.tm_mon], t.tm_year + 1900, t.tm_hour, t.tm_min, t.tm_sec);
    http_write_field(w, "Date", text);
}

void http_write_end(struct http_writer *w)
{
    put_line(w, NULL, 0);
}
