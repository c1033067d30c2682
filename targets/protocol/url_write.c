/* What a request says of a URL (RFC 9112, 3.2.1; RFC 9110, 7.2), and %HH decoded (RFC 3986, 2.1). */
#include "protocol/http_write.h"
#include "protocol/url_internal.h"

#include <errno.h>

static unsigned hex_value(char c)
{
    return c <= '9' ? (unsigned)(c - '0') : (unsigned)(http_lower(c) - 'a' + 10);
}

long url_decode(const char *text, size_t len, char *out, size_t cap)
{
    size_t o = 0;
    for (size_t i = 0; i < len; o++) {
        char c = text[i++];
        if (c == '%') {
            if (len - i < 2 || !http_is(text[i], HTTP_HEX) || !http_is(text[i + 1], HTTP_HEX)) {
                errno = EILSEQ;
                return -1;
            }
            c = (char)(hex_value(text[i]) << 4 | hex_value(text[i + 1]));
            i += 2;
        }
        if (o == cap) {
            errno = ENOSPC;
            return -1;
        }
        out[o] = c;
    }
    return (long)o;
}

/* Ends the text with a NUL that does not count. */
static long finish(struct http_writer *w)
{
    http_write_bytes(w, "", 1);
    if (w->overflow) {
        errno = ENOSPC;
        return -1;
    }
    return (long)w->len - 1;
}

long url_target(const struct url *u, const char *text, char *out, size_t cap)
{
    struct http_writer w;
    http_write_init(&w, out, cap);
    if (u->path.len > 0)
        http_write_bytes(&w, text + u->path.at, u->path.len);
    else
        http_write_bytes(&w, "/", 1);
    if (u->has_query) {
        http_write_bytes(&w, "?", 1);
        http_write_bytes(&w, text + u->query.at, u->query.len);
    }
    return finish(&w);
}

long url_host_field(const struct url *u, const char *text, char *out, size_t cap)
{
    struct http_writer w;
    http_write_init(&w, out, cap);
    bool literal = u->host_kind == URL_HOST_IPV6 || u->host_kind == URL_HOST_FUTURE;
    http_write_bytes(&w, "[", literal);
    http_write_bytes(&w, text + u->host.at, u->host.len);
    http_write_bytes(&w, "]", literal);
    if (u->port_text.len > 0 && u->port != url_default_port(u)) {
        http_write_bytes(&w, ":", 1);
        http_write_bytes(&w, text + u->port_text.at, u->port_text.len);
    }
    return finish(&w);
}

long url_host_name(const struct url *u, const char *text, char *out, size_t cap)
{
    if (u->host_kind == URL_NO_HOST || u->host_kind == URL_HOST_FUTURE) {
        errno = EINVAL;
        return -1;
    }
    long len = url_decode(text + u->host.at, u->host.len, out, cap);
    if (len < 0)
        return -1;
    if ((size_t)len == cap) {
        errno = ENOSPC;
        return -1;
    }
    out[len] = '\0';
    for (long i = 0; u->host_kind == URL_HOST_NAME && i < len; i++) {
        if (!http_is(out[i], HTTP_REGNAME)) {
            errno = EILSEQ;
            return -1;
        }
    }
    return len;
}
