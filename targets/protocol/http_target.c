/* Hosts and request targets (RFC 3986, 3.2.2; RFC 9112, 3.2; RFC 9110, 4.2 and 7.2). */
#include "protocol/http_internal.h"

#include <string.h>

#define PORT_MOST 65535

/* Bytes of these classes and %HH from text[i] on; returns where the first other byte stands (len when there
 * is none). */
static size_t span_of(const char *text, size_t i, size_t len, unsigned bits)
{
    while (i < len) {
        if (http_is(text[i], bits))
            i++;
        else if (text[i] == '%' && len - i >= 3 && http_is(text[i + 1], HTTP_HEX) &&
                 http_is(text[i + 2], HTTP_HEX))
            i += 3;
        else
            break;
    }
    return i;
}

/* IPv4address: four dec-octets without leading zeros, and nothing else. */
static bool ipv4_valid(const char *t, size_t len)
{
    size_t i = 0;
    for (int part = 0; part < 4; part++) {
        size_t from = i;
        unsigned value = 0;
        while (i < len && i - from < 3 && http_is(t[i], HTTP_DIGIT))
            value = value * 10 + (unsigned)(t[i++] - '0');
        if (i == from || value > 255 || (i - from > 1 && t[from] == '0'))
            return false;
        if (part < 3 && (i == len || t[i++] != '.'))
            return false;
    }
    return i == len;
}

/* IPv6address: eight groups of 1*4HEXDIG, one "::" for at least one of them, the last two as IPv4 if you
 * like. */
static bool ipv6_valid(const char *t, size_t len)
{
    int groups = 0;
    bool gap = false;
    size_t i = 0;
    if (len >= 2 && t[0] == ':' && t[1] == ':') {
        gap = true;
        i = 2;
    }
    while (i < len) {
        size_t from = i;
        while (i < len && i - from < 4 && http_is(t[i], HTTP_HEX))
            i++;
        if (i == from)
            return false;
        if (i < len && t[i] == '.') {
            groups += 2;
            return ipv4_valid(t + from, len - from) && (gap ? groups < 8 : groups == 8);
        }
        groups++;
        if (i == len)
            break;
        if (t[i++] != ':' || i == len)
            return false;
        if (t[i] == ':') {
            if (gap)
                return false;
            gap = true;
            i++;
        }
    }
    return gap ? groups < 8 : groups == 8;
}

/* IPvFuture = "v" 1*HEXDIG "." 1*( unreserved / sub-delims / ":" ) */
static bool ipvfuture_valid(const char *t, size_t len)
{
    size_t i = 1;
    while (i < len && http_is(t[i], HTTP_HEX))
        i++;
    if (i == 1 || i + 1 >= len || t[i] != '.')
        return false;
    for (i++; i < len; i++) {
        if (!http_is(t[i], HTTP_REGNAME) && t[i] != ':')
            return false;
    }
    return true;
}

/* Where the host at text[0] ends, or SIZE_MAX when it is none. */
static size_t host_end(const char *text, size_t len)
{
    if (len == 0 || text[0] != '[')
        return span_of(text, 0, len, HTTP_REGNAME); /* IPv4address is a reg-name too */
    const char *close = memchr(text, ']', len);
    if (close == NULL)
        return SIZE_MAX;
    size_t inner = (size_t)(close - text) - 1;
    bool valid = inner > 0 && http_lower(text[1]) == 'v' ? ipvfuture_valid(text + 1, inner)
                                                         : ipv6_valid(text + 1, inner);
    return valid ? inner + 2 : SIZE_MAX;
}

bool http_authority_valid(const char *text, size_t len, bool need_port)
{
    size_t i = host_end(text, len);
    if (i == SIZE_MAX || (need_port && i == 0))
        return false;
    if (i == len)
        return !need_port;
    if (text[i++] != ':')
        return false;
    unsigned long port = 0;
    size_t from = i;
    for (; i < len && http_is(text[i], HTTP_DIGIT); i++) {
        if (port <= PORT_MOST)
            port = port * 10 + (unsigned long)(text[i] - '0');
    }
    if (i < len)
        return false;
    return !need_port ||
           (i > from && port > 0 && port <= PORT_MOST); /* port = *DIGIT, says the grammar of Host */
}

/* Bytes of path and query from i on; the offset of the first that fits neither in *bad. */
static bool path_valid(const char *text, size_t i, size_t len, size_t *bad)
{
    *bad = span_of(text, i, len, HTTP_URI);
    return *bad == len;
}

/* userinfo = *( unreserved / pct-encoded / sub-delims / ":" ): text[i .. end); the first other byte in *bad. */
static bool userinfo_valid(const char *text, size_t i, size_t end, size_t *bad)
{
    for (*bad = i; *bad < end; ++*bad) {
        *bad = span_of(text, *bad, end, HTTP_REGNAME);
        if (*bad == end || text[*bad] != ':')
            break;
    }
    return *bad == end;
}

/* absolute-form = absolute-URI; for http and https the authority must name a host, and no user (RFC
 * 9110, 4.2.1, 4.2.4). */
static bool absolute_valid(const char *text, size_t len, size_t *bad, const char **rule)
{
    size_t i = 1;
    while (i < len &&
           (http_is(text[i], HTTP_ALPHA | HTTP_DIGIT) || text[i] == '+' || text[i] == '-' || text[i] == '.'))
        i++;
    *bad = i;
    if (i == len || text[i] != ':')
        return false;
    const struct http_span scheme = {0, (uint32_t)i};
    bool web = http_span_is_nocase(text, scheme, "http") || http_span_is_nocase(text, scheme, "https");
    *bad = ++i;
    if (len - i < 2 || text[i] != '/' || text[i + 1] != '/')
        return !web && path_valid(text, i, len, bad);
    size_t from = i + 2;
    for (i = from; i < len && text[i] != '/' && text[i] != '?';)
        i++;
    *bad = from;
    const char *user = memchr(text + from, '@', i - from);
    if (user != NULL && web) {
        *rule = "RFC9110-4.2.4";
        return false;
    }
    if (user != NULL) {
        if (!userinfo_valid(text, from, (size_t)(user - text), bad))
            return false;
        from = *bad = (size_t)(user - text) + 1;
    }
    if (!http_authority_valid(text + from, i - from, false))
        return false;
    if (web && (i == from || text[from] == ':')) {
        *rule = "RFC9110-4.2.1";
        return false;
    }
    return path_valid(text, i, len, bad);
}

enum http_form http_target_form(const char *text, size_t len, enum http_method method, size_t *bad,
                                const char **rule)
{
    *bad = 0;
    *rule = "RFC9112-3.2";
    if (method == HTTP_CONNECT) {
        *rule = "RFC9112-3.2.3";
        return http_authority_valid(text, len, true) ? HTTP_FORM_AUTHORITY : HTTP_FORM_OTHER;
    }
    if (text[0] == '/') {
        *rule = "RFC9112-3.2.1";
        return path_valid(text, 0, len, bad) ? HTTP_FORM_ORIGIN : HTTP_FORM_OTHER;
    }
    if (len == 1 && text[0] == '*') {
        *rule = "RFC9112-3.2.4";
        return method == HTTP_OPTIONS ? HTTP_FORM_ASTERISK : HTTP_FORM_OTHER;
    }
    if (!http_is(text[0], HTTP_ALPHA))
        return HTTP_FORM_OTHER;
    *rule = "RFC9112-3.2.2";
    return absolute_valid(text, len, bad, rule) ? HTTP_FORM_ABSOLUTE : HTTP_FORM_OTHER;
}
