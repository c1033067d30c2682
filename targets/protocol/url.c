/* URLs and references taken apart (RFC 3986, section 3 and 4). */
#include "protocol/url_internal.h"

#define PORT_MOST 65535

static int refuse(struct url *u, const char *rule, size_t at, const char *sentence)
{
    return http_refuse(&u->error, 400, rule, at, sentence);
}

/* A byte that a part may not hold: a percent sign without its digits is told as such. */
static int refuse_byte(struct url *u, const char *text, size_t at, const char *rule, const char *sentence)
{
    if (text[at] == '%')
        return refuse(u, "RFC3986-2.1", at, "a percent sign without two hex digits behind it");
    return refuse(u, rule, at, sentence);
}

static struct http_span span(size_t from, size_t to)
{
    return (struct http_span){(uint32_t)from, (uint32_t)(to - from)};
}

/* The first of these two bytes at or after text[i], or `end`. */
static size_t find(const char *text, size_t i, size_t end, char a, char b)
{
    while (i < end && text[i] != a && text[i] != b)
        i++;
    return i;
}

/* scheme ":" — or neither: then the first segment must not hold a colon (4.2), or "1a:b" would be a path.
 * Returns where the rest begins, or -1. */
static long scheme(struct url *u, const char *text, size_t len)
{
    size_t end = url_scheme_span(text, len);
    if (end < len && end > 0 && text[end] == ':') {
        u->scheme = span(0, end);
        u->scheme_kind = http_span_is_nocase(text, u->scheme, "http")    ? URL_HTTP
                         : http_span_is_nocase(text, u->scheme, "https") ? URL_HTTPS
                                                                         : URL_OTHER_SCHEME;
        return (long)end + 1;
    }
    for (size_t i = 0; i < len && text[i] != '/' && text[i] != '?' && text[i] != '#'; i++) {
        if (text[i] == ':')
            return refuse(u, "RFC3986-3.1", end,
                          i == 0 ? "a colon without scheme before it" : "a byte that no scheme may hold there");
    }
    return 0;
}

uint32_t url_default_port(const struct url *u)
{
    return u->scheme_kind == URL_HTTP ? 80 : u->scheme_kind == URL_HTTPS ? 443 : 0;
}

/* port = *DIGIT, from text[i] on. */
static int port(struct url *u, const char *text, size_t i, size_t end)
{
    uint32_t value = 0;
    u->has_port = true;
    u->port_text = span(i, end);
    for (; i < end; i++) {
        if (!http_is(text[i], HTTP_DIGIT))
            return refuse(u, "RFC3986-3.2.3", i, "a byte in the port that is no digit");
        value = value * 10 + (uint32_t)(text[i] - '0');
        if (value > PORT_MOST)
            value = PORT_MOST + 1;
    }
    if (u->port_text.len > 0)
        u->port = value;
    return 0;
}

/* authority = [ userinfo "@" ] host [ ":" port ]: text[i .. end). */
static int authority(struct url *u, const char *text, size_t i, size_t end)
{
    size_t at = find(text, i, end, '@', '@');
    u->has_authority = true;
    u->authority = span(i, end);
    if (at < end) {
        size_t bad = url_userinfo_span(text, i, at);
        if (bad < at)
            return refuse_byte(u, text, bad, "RFC3986-3.2.1", "a byte that user information may not hold");
        u->has_userinfo = true;
        u->userinfo = span(i, at);
        i = at + 1;
    }
    struct url_host_found found;
    if (url_host_scan(text + i, end - i, &found) < 0)
        return refuse(u, "RFC3986-3.2.2", i + found.bad, found.sentence);
    u->host_kind = found.kind;
    u->host = (struct http_span){(uint32_t)i + found.host.at, found.host.len};
    i += found.end;
    if (i == end)
        return 0;
    if (text[i] != ':')
        return refuse_byte(u, text, i, "RFC3986-3.2.2", "a byte that a host may not hold");
    return port(u, text, i + 1, end);
}

/* Path, query or fragment: pchar, "/" and "?" (a "?" in the path has ended it). */
static int part(struct url *u, const char *text, size_t from, size_t end, struct http_span *out, const char *rule,
                const char *sentence)
{
    size_t bad = url_span(text, from, end, HTTP_URI);
    if (bad < end)
        return refuse_byte(u, text, bad, rule, sentence);
    *out = span(from, end);
    return 0;
}

int url_parse_reference(struct url *u, const char *text, size_t len)
{
    *u = (struct url){0};
    if (len > URL_LENGTH_MAX)
        return http_refuse_limit(&u->error, 414, "RFC9110-4.1", URL_LENGTH_MAX, "the URL is longer than the limit");
    long rest = scheme(u, text, len);
    if (rest < 0)
        return -1;
    u->port = url_default_port(u);
    size_t i = (size_t)rest;
    if (len - i >= 2 && text[i] == '/' && text[i + 1] == '/') {
        size_t end = find(text, i + 2, len, '/', '?');
        end = find(text, i + 2, end, '#', '#');
        if (authority(u, text, i + 2, end) < 0)
            return -1;
        i = end;
    }
    size_t end = find(text, i, len, '?', '#');
    if (part(u, text, i, end, &u->path, "RFC3986-3.3", "a byte that a path may not hold") < 0)
        return -1;
    i = end;
    if (i < len && text[i] == '?') {
        u->has_query = true;
        end = find(text, i + 1, len, '#', '#');
        if (part(u, text, i + 1, end, &u->query, "RFC3986-3.4", "a byte that a query may not hold") < 0)
            return -1;
        i = end;
    }
    if (i == len)
        return 0;
    u->has_fragment = true;
    return part(u, text, i + 1, len, &u->fragment, "RFC3986-3.5", "a byte that a fragment may not hold");
}

int url_parse(struct url *u, const char *text, size_t len)
{
    if (url_parse_reference(u, text, len) < 0)
        return -1;
    if (u->scheme_kind == URL_NO_SCHEME)
        return refuse(u, "RFC3986-4.3", 0, "no scheme: the URL is not absolute");
    if (u->scheme_kind == URL_OTHER_SCHEME)
        return refuse(u, "RFC9110-4.2", 0, "a scheme other than http and https");
    size_t behind = u->scheme.len + 1;
    if (!u->has_authority)
        return refuse(u, "RFC9110-4.2", behind, "no // and host behind the scheme");
    if (u->host_kind == URL_NO_HOST)
        return refuse(u, u->scheme_kind == URL_HTTP ? "RFC9110-4.2.1" : "RFC9110-4.2.2", u->host.at, "an empty host");
    if (u->port == 0 || u->port > PORT_MOST)
        return refuse(u, "RFC3986-3.2.3", u->port_text.at, "a port outside 1 to 65535");
    return 0;
}
