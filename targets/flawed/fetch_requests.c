/* Flaws of the page fetcher: the request. Each is the right request with one thing changed. */
#include "flawed/fetch_flaws.h"

#include <stdio.h>
#include <string.h>

/* A request in memory of `cap` bytes, while it is changed; len is -1 once something does not fit. */
struct text {
    char *data;
    long len;
    size_t cap;
};

static struct text right(const struct fetch *f, char *out, size_t cap)
{
    return (struct text){.data = out, .len = fetch_request(f, out, cap), .cap = cap};
}

/* Puts `with` in place of data[at .. at + len). */
static void splice(struct text *t, size_t at, size_t len, const char *with)
{
    size_t more = strlen(with);
    if (t->len < 0 || (size_t)t->len - len + more > t->cap) {
        t->len = -1;
        return;
    }
    memmove(t->data + at + more, t->data + at + len, (size_t)t->len - at - len);
    memcpy(t->data + at, with, more);
    t->len += (long)more - (long)len;
}

/* Where `what` stands first, or -1. */
static long find(const struct text *t, const char *what)
{
    const char *at = t->len < 0 ? NULL : memmem(t->data, (size_t)t->len, what, strlen(what));
    return at == NULL ? -1 : at - t->data;
}

static size_t line_length(const struct text *t, long at)
{
    const char *end = memchr(t->data + at, '\n', (size_t)(t->len - at));
    return end == NULL ? 0 : (size_t)(end - (t->data + at)) + 1;
}

static long replaced(const struct fetch *f, char *out, size_t cap, const char *what, const char *with)
{
    struct text t = right(f, out, cap);
    long at = find(&t, what);
    if (at >= 0)
        splice(&t, (size_t)at, strlen(what), with);
    return t.len;
}

/* With one field more, and with what stands behind the head. */
static long with_field(const struct fetch *f, char *out, size_t cap, const char *field, const char *behind)
{
    struct text t = right(f, out, cap);
    if (t.len >= 2)
        splice(&t, (size_t)t.len - 2, 0, field);
    if (t.len >= 0)
        splice(&t, (size_t)t.len, 0, behind);
    return t.len;
}

static long without_line(const struct fetch *f, char *out, size_t cap, const char *begin)
{
    struct text t = right(f, out, cap);
    long at = find(&t, begin);
    if (at >= 0)
        splice(&t, (size_t)at, line_length(&t, at), "");
    return t.len;
}

/* --- Host ----------------------------------------------------------------------------------------------- */

/* As for HTTP/1.0. */
long flaw_no_host(const struct fetch *f, char *out, size_t cap)
{
    return without_line(f, out, cap, "Host: ");
}

/* What was said once on this connection need not be said again. */
long flaw_host_once(const struct fetch *f, char *out, size_t cap)
{
    return f->reused ? flaw_no_host(f, out, cap) : fetch_request(f, out, cap);
}

long flaw_host_without_port(const struct fetch *f, char *out, size_t cap)
{
    struct text t = right(f, out, cap);
    long at = find(&t, "Host: ");
    size_t end = at < 0 ? 0 : (size_t)at + line_length(&t, at) - 2, colon = end;
    while (at >= 0 && colon > (size_t)at + 6 && t.data[colon] != ':')
        colon--;
    if (at >= 0 && t.data[colon] == ':')
        splice(&t, colon, end - colon, "");
    return t.len;
}

long flaw_host_without_brackets(const struct fetch *f, char *out, size_t cap)
{
    struct text t = right(f, out, cap);
    long open = find(&t, "Host: ["), close = find(&t, "]");
    if (open >= 0 && close > open) {
        splice(&t, (size_t)close, 1, "");
        splice(&t, (size_t)open + 6, 1, "");
    }
    return t.len;
}

long flaw_host_with_user(const struct fetch *f, char *out, size_t cap)
{
    char user[URL_LENGTH_MAX + 16];
    if (!f->url.has_userinfo)
        return fetch_request(f, out, cap);
    snprintf(user, sizeof user, "Host: %.*s@", (int)f->url.userinfo.len, f->url_text + f->url.userinfo.at);
    return replaced(f, out, cap, "Host: ", user);
}

/* It is set once, for the first URL. */
long flaw_host_of_the_first(const struct fetch *f, char *out, size_t cap)
{
    static char first[URL_LENGTH_MAX + 16];
    struct text t = right(f, out, cap);
    long at = find(&t, "Host: ");
    if (at < 0)
        return t.len;
    size_t len = line_length(&t, at);
    if (first[0] == '\0' && len < sizeof first)
        memcpy(first, t.data + at, len);
    splice(&t, (size_t)at, len, first);
    return t.len;
}

long flaw_host_last(const struct fetch *f, char *out, size_t cap)
{
    char line[URL_LENGTH_MAX + 16] = "";
    struct text t = right(f, out, cap);
    long at = find(&t, "Host: ");
    size_t len = at < 0 ? 0 : line_length(&t, at);
    if (len == 0 || len >= sizeof line)
        return t.len;
    memcpy(line, t.data + at, len);
    splice(&t, (size_t)at, len, "");
    splice(&t, (size_t)t.len - 2, 0, line);
    return t.len;
}

/* --- the target ----------------------------------------------------------------------------------------- */

long flaw_no_query(const struct fetch *f, char *out, size_t cap)
{
    struct text t = right(f, out, cap);
    long query = find(&t, "?"), end = find(&t, " HTTP/1.1");
    if (query >= 0 && query < end)
        splice(&t, (size_t)query, (size_t)(end - query), "");
    return t.len;
}

long flaw_fragment(const struct fetch *f, char *out, size_t cap)
{
    char with[URL_LENGTH_MAX + 16];
    if (!f->url.has_fragment)
        return fetch_request(f, out, cap);
    snprintf(with, sizeof with, "#%.*s HTTP/1.1", (int)f->url.fragment.len, f->url_text + f->url.fragment.at);
    return replaced(f, out, cap, " HTTP/1.1", with);
}

long flaw_empty_target(const struct fetch *f, char *out, size_t cap)
{
    return f->url.path.len > 0 ? fetch_request(f, out, cap) : replaced(f, out, cap, "GET /", "GET ");
}

long flaw_decoded_slash(const struct fetch *f, char *out, size_t cap)
{
    return replaced(f, out, cap, "%2F", "/");
}

long flaw_decoded_line_end(const struct fetch *f, char *out, size_t cap)
{
    return replaced(f, out, cap, "%0D%0A", "\r\n");
}

/* --- other fields --------------------------------------------------------------------------------------- */

long flaw_no_agent(const struct fetch *f, char *out, size_t cap)
{
    return without_line(f, out, cap, "User-Agent: ");
}

long flaw_length_of_nothing(const struct fetch *f, char *out, size_t cap)
{
    return with_field(f, out, cap, "Content-Length: 0\r\n", "");
}

long flaw_chunked_nothing(const struct fetch *f, char *out, size_t cap)
{
    return with_field(f, out, cap, "Transfer-Encoding: chunked\r\n", "0\r\n\r\n");
}

long flaw_extra_line_end(const struct fetch *f, char *out, size_t cap)
{
    return with_field(f, out, cap, "", "\r\n");
}

long flaw_bare_lf(const struct fetch *f, char *out, size_t cap)
{
    struct text t = right(f, out, cap);
    for (long at; (at = find(&t, "\r")) >= 0;)
        splice(&t, (size_t)at, 1, "");
    return t.len;
}

long flaw_te_unlisted(const struct fetch *f, char *out, size_t cap)
{
    return with_field(f, out, cap, "TE: trailers\r\n", "");
}

long flaw_te_chunked(const struct fetch *f, char *out, size_t cap)
{
    return replaced(f, out, cap, "Connection: close\r\n", "Connection: close, TE\r\nTE: trailers, chunked\r\n");
}

long flaw_upgrade_unlisted(const struct fetch *f, char *out, size_t cap)
{
    return with_field(f, out, cap, "Upgrade: x-some\r\n", "");
}

long flaw_expectation(const struct fetch *f, char *out, size_t cap)
{
    return with_field(f, out, cap, "Expect: 100-continue\r\n", "");
}

long flaw_referer(const struct fetch *f, char *out, size_t cap)
{
    char line[URL_RESOLVED_MAX + 32];
    snprintf(line, sizeof line, "Referer: http://%.*s/\r\n", (int)f->url.host.len, f->url_text + f->url.host.at);
    return with_field(f, out, cap, line, "");
}

long flaw_from(const struct fetch *f, char *out, size_t cap)
{
    return with_field(f, out, cap, "From: user@example.org\r\n", "");
}

/* The fields are the same for every request. */
long flaw_says_close(const struct fetch *f, char *out, size_t cap)
{
    struct fetch last = *f;
    last.more = false;
    return fetch_request(&last, out, cap);
}
