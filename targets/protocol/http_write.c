#include "protocol/http_write.h"

#include "protocol/http.h"

#include <stdio.h>
#include <string.h>

/* The longest number line: "Content-Length: 18446744073709551615" CR LF. */
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

/* Text that must stay in its line. */
static void put(struct http_writer *w, const char *text)
{
    size_t len = strlen(text);
    if (strcspn(text, "\r\n") != len)
        w->overflow = true;
    http_write_bytes(w, text, len);
}

static void put_end(struct http_writer *w)
{
    http_write_bytes(w, "\r\n", 2);
}

void http_write_request(struct http_writer *w, const char *method, const char *target)
{
    if (strpbrk(method, " \t") != NULL || strpbrk(target, " \t") != NULL)
        w->overflow = true;
    put(w, method);
    put(w, " ");
    put(w, target);
    put(w, " HTTP/1.1");
    put_end(w);
}

void http_write_status(struct http_writer *w, int status)
{
    char text[SMALL];
    snprintf(text, sizeof text, "HTTP/1.1 %03d ", status);
    put(w, text);
    put(w, http_reason(status));
    put_end(w);
}

void http_write_field(struct http_writer *w, const char *name, const char *value)
{
    put(w, name);
    put(w, ": ");
    put(w, value);
    put_end(w);
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
    if (gmtime_r(&now, &t) == NULL)
        return;
    snprintf(text, sizeof text, "%s, %02d %s %d %02d:%02d:%02d GMT", days[t.tm_wday], t.tm_mday,
             months[t.tm_mon], t.tm_year + 1900, t.tm_hour, t.tm_min, t.tm_sec);
    http_write_field(w, "Date", text);
}

void http_write_end(struct http_writer *w)
{
    put_end(w);
}

void http_write_chunk(struct http_writer *w, const void *data, size_t len)
{
    char size[SMALL];
    snprintf(size, sizeof size, "%zx", len);
    put(w, size);
    put_end(w);
    http_write_bytes(w, data, len);
    put_end(w);
}

void http_write_last_chunk(struct http_writer *w)
{
    put(w, "0");
    put_end(w);
}
