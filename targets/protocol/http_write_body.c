/* Bodies, written: framing (RFC 9112, section 6), chunks and trailers (7.1). */
#include "protocol/http_internal.h"
#include "protocol/http_write.h"

#include <stdio.h>
#include <string.h>

static enum http_body_kind refuse(struct http_writer *w)
{
    w->overflow = w->invalid = true;
    return HTTP_BODY_NONE;
}

static enum http_body_kind length_or_chunks(struct http_writer *w, uint64_t length)
{
    if (length != HTTP_LENGTH_UNKNOWN) {
        http_write_length(w, length);
        return HTTP_BODY_LENGTH;
    }
    http_write_field(w, "Transfer-Encoding", "chunked");
    return HTTP_BODY_CHUNKED;
}

enum http_body_kind http_write_response_framing(struct http_writer *w, int status, enum http_method request, int minor,
                                                uint64_t length)
{
    if (request == HTTP_CONNECT && status / 100 == 2)
        return HTTP_BODY_TUNNEL;
    if (status / 100 == 1 || status == 204)
        return HTTP_BODY_NONE;
    if (request == HTTP_HEAD || status == 304) {
        if (length != HTTP_LENGTH_UNKNOWN)
            http_write_length(w, length); /* of what a GET would have brought */
        return HTTP_BODY_NONE;
    }
    if (status == 205 && length != 0)
        return refuse(w);
    if (length == HTTP_LENGTH_UNKNOWN && minor < 1)
        return HTTP_BODY_UNTIL_CLOSE;
    return length_or_chunks(w, length);
}

enum http_body_kind http_write_request_framing(struct http_writer *w, enum http_method method, uint64_t length)
{
    bool has_content = method == HTTP_POST || method == HTTP_PUT || method == HTTP_PATCH;
    if (length == 0 && !has_content)
        return HTTP_BODY_NONE;
    if (method == HTTP_TRACE || method == HTTP_CONNECT)
        return refuse(w);
    return length_or_chunks(w, length);
}

void http_write_chunk(struct http_writer *w, const void *data, size_t len)
{
    char size[32];
    size_t from = w->len;
    if (len == 0)
        return;
    http_write_bytes(w, size, (size_t)snprintf(size, sizeof size, "%zx\r\n", len));
    http_write_bytes(w, data, len);
    http_write_bytes(w, "\r\n", 2);
    if (w->overflow)
        w->len = from;
}

void http_write_last_chunk(struct http_writer *w)
{
    http_write_bytes(w, "0\r\n", 3);
}

/* Framing, routing, authentication, modifiers of the request, controls of the response, format of the
 * content: what must be known before the content, by the groups of RFC 9110, 6.5.1. */
static const char *const header_only[] = {
    "Transfer-Encoding",
    "Content-Length",
    "Trailer",
    "Connection",
    "TE",
    "Upgrade",
    "Host",
    "Max-Forwards",
    "Authorization",
    "Proxy-Authorization",
    "WWW-Authenticate",
    "Proxy-Authenticate",
    "Cookie",
    "Set-Cookie",
    "Expect",
    "Range",
    "If-Match",
    "If-None-Match",
    "If-Modified-Since",
    "If-Unmodified-Since",
    "If-Range",
    "Cache-Control",
    "Pragma",
    "Age",
    "Date",
    "Expires",
    "Location",
    "Retry-After",
    "Vary",
    "Content-Type",
    "Content-Encoding",
    "Content-Range",
};

void http_write_trailer(struct http_writer *w, const char *name, const char *value)
{
    const struct http_span whole = {0, (uint32_t)strlen(name)};
    for (size_t i = 0; i < sizeof header_only / sizeof header_only[0]; i++) {
        if (http_span_is_nocase(name, whole, header_only[i])) {
            refuse(w);
            return;
        }
    }
    http_write_field(w, name, value);
}
