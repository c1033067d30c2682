/* Hosts: names, IPv4, IPv6 and future literals (RFC 3986, 3.2.2), and runs of bytes and %HH (2.1). */
#include "protocol/url_internal.h"

#include <string.h>

size_t url_span(const char *text, size_t i, size_t len, unsigned bits)
{
    while ((i = http_run(text, i, len, bits)) < len && text[i] == '%' && len - i >= 3 &&
           http_is(text[i + 1], HTTP_HEX) && http_is(text[i + 2], HTTP_HEX))
        i += 3;
    return i;
}

size_t url_userinfo_span(const char *text, size_t i, size_t len)
{
    while ((i = url_span(text, i, len, HTTP_REGNAME)) < len && text[i] == ':')
        i++;
    return i;
}

size_t url_scheme_span(const char *text, size_t len)
{
    size_t i = 0;
    if (len == 0 || !http_is(text[0], HTTP_ALPHA))
        return 0;
    while (i < len && (http_is(text[i], HTTP_ALPHA | HTTP_DIGIT) || text[i] == '+' || text[i] == '-' || text[i] == '.'))
        i++;
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

static int refuse(struct url_host_found *found, size_t at, const char *sentence)
{
    found->bad = at;
    found->sentence = sentence;
    return -1;
}

int url_host_scan(const char *text, size_t len, struct url_host_found *found)
{
    *found = (struct url_host_found){.kind = URL_NO_HOST};
    if (len == 0 || text[0] != '[') {
        found->end = url_span(text, 0, len, HTTP_REGNAME);
        found->host.len = (uint32_t)found->end;
        if (found->end > 0)
            found->kind = ipv4_valid(text, found->end) ? URL_HOST_IPV4 : URL_HOST_NAME; /* the first that matches */
        return 0;
    }
    const char *close = memchr(text, ']', len);
    if (close == NULL)
        return refuse(found, 0, "an IP literal without its closing bracket");
    size_t inner = (size_t)(close - text) - 1;
    bool future = inner > 0 && http_lower(text[1]) == 'v';
    if (future ? !ipvfuture_valid(text + 1, inner) : !ipv6_valid(text + 1, inner)) {
        const char *zone = memchr(text + 1, '%', inner);
        if (zone != NULL && !future)
            return refuse(found, (size_t)(zone - text),
                          "a zone identifier, which means nothing to other hosts and has no place in this syntax");
        return refuse(found, 1, "what stands in brackets is no IPv6 address");
    }
    found->kind = future ? URL_HOST_FUTURE : URL_HOST_IPV6;
    found->host = (struct http_span){1, (uint32_t)inner};
    found->end = inner + 2;
    return 0;
}
