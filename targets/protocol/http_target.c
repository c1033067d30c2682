/* Hosts and request targets (RFC 3986, 3.2.2; RFC 9112, 3.2; RFC 9110, 4.2 and 7.2). */
#include "protocol/url_internal.h"

#include <string.h>

#define PORT_MOST 65535

/* Where the host at text[0] ends, or SIZE_MAX when it is none. */
static size_t host_end(const char *text, size_t len)
{
    if (len == 0 || text[0] != '[')
        return url_span(text, 0, len, HTTP_REGNAME); /* which kind of host does not matter here */
    struct url_host_found found;
    return url_host_scan(text, len, &found) < 0 ? SIZE_MAX : found.end;
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
    return !need_port || (i > from && port > 0 && port <= PORT_MOST); /* port = *DIGIT, says the grammar of Host */
}

/* Bytes of path and query from i on; the offset of the first that fits neither in *bad. */
static bool path_valid(const char *text, size_t i, size_t len, size_t *bad)
{
    *bad = url_span(text, i, len, HTTP_URI);
    while (BUG(BLANK_IN_TARGET) && *bad < len && text[*bad] == '\t')
        *bad = url_span(text, *bad + 1, len, HTTP_URI);
    return *bad == len;
}

/* absolute-form = absolute-URI; for http and https the authority must name a host, and no user (RFC
 * 9110, 4.2.1, 4.2.4). */
static bool absolute_valid(const char *text, size_t len, size_t *bad, const char **rule)
{
    size_t i = url_scheme_span(text, len);
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
        size_t end = (size_t)(user - text);
        *bad = url_userinfo_span(text, from, end);
        if (*bad < end)
            return false;
        from = *bad = end + 1;
    }
    if (!http_authority_valid(text + from, i - from, false))
        return false;
    if (web && (i == from || text[from] == ':')) {
        *rule = "RFC9110-4.2.1";
        return false;
    }
    return path_valid(text, i, len, bad);
}

enum http_form http_target_form(const char *text, size_t len, enum http_method method, size_t *bad, const char **rule)
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

bool http_target_foreign(const struct http_head *h, const char *data)
{
    struct http_span scheme = {h->target.at, 0};
    if (h->form != HTTP_FORM_ABSOLUTE)
        return false;
    scheme.len = (uint32_t)url_scheme_span(data + h->target.at, h->target.len);
    return !http_span_is_nocase(data, scheme, "http");
}

struct http_span http_target_path(const struct http_head *h, const char *data)
{
    const char *text = data + h->target.at;
    uint32_t len = h->target.len, from = 0, end, scheme = (uint32_t)url_scheme_span(text, len);
    bool absolute = h->form == HTTP_FORM_ABSOLUTE || h->form == HTTP_FORM_OTHER;
    if (absolute && scheme > 0 && scheme < len && text[scheme] == ':') {
        from = scheme + 1;
        if (len - from >= 2 && text[from] == '/' && text[from + 1] == '/') /* the authority */
            for (from += 2; from < len && text[from] != '/' && text[from] != '?';)
                from++;
    }
    for (end = from; end < len && text[end] != '?';)
        end++;
    return (struct http_span){h->target.at + from, end - from};
}
