/* What a request asks for, and the head of the answer. */
#include "servers/http_server.h"

#include "protocol/http_write.h"

#include <string.h>
#include <time.h>
#include <unistd.h>

static const char page[] = "<!DOCTYPE html>\n<title>It works</title>\n<p>This server speaks HTTP/1.1.\n";

void http_response_free(struct http_response *r)
{
    http_bytes_free(&r->body);
    if (r->file >= 0)
        close(r->file);
    *r = (struct http_response){.file = -1};
}

struct http_response http_plain(int status)
{
    const char *reason = http_reason(status);
    return (struct http_response){
        .status = status, .type = "text/plain", .text = reason, .length = strlen(reason), .file = -1};
}

/* Whether the target's path is this one. */
static bool path_is(const struct http_conn *c, const char *path)
{
    const char *target = http_text(c->in.data, c->head->target);
    size_t len = strlen(path);
    return c->head->target.len >= len && memcmp(target, path, len) == 0 &&
           (c->head->target.len == len || target[len] == '?');
}

static struct http_response not_allowed(const char *allow)
{
    struct http_response r = http_plain(405); /* "MUST generate an Allow header field" (RFC 9110, 15.5.6) */
    r.allow = allow;
    return r;
}

static struct http_response get(const struct http_conn *c)
{
    const struct http_config *config = http_config_of(c);
    const char *target = http_text(c->in.data, c->head->target);
    struct http_response r = {.status = 200, .file = -1};
    int status = 404;
    if (config->root >= 0)
        r.file = http_file_open(config->root, target, c->head->target.len, &r.length, &r.type, &status);
    if (r.file >= 0)
        return r;
    if (status == 404 && path_is(c, "/")) {
        r.type = "text/html; charset=utf-8";
        r.text = page;
        r.length = sizeof page - 1;
        return r;
    }
    return http_plain(status);
}

struct http_response http_route(struct http_conn *c, bool *wants_body)
{
    enum http_method m = c->head->method;
    bool echo = path_is(c, "/echo");
    const char *allow = echo ? "POST, OPTIONS" : "GET, HEAD, OPTIONS";
    *wants_body = false;
    if (m == HTTP_METHOD_OTHER)
        return http_plain(501); /* "does not recognize the request method" (RFC 9110, 15.6.2) */
    if (m == HTTP_OPTIONS)
        return (struct http_response){.status = 204, .allow = allow, .file = -1};
    if (echo && m == HTTP_POST) {
        *wants_body = true;
        return (struct http_response){.status = 200, .type = "application/octet-stream", .file = -1};
    }
    if (echo || (m != HTTP_GET && m != HTTP_HEAD))
        return not_allowed(allow);
    return get(c);
}

size_t http_write_head(const struct http_conn *c, const struct http_response *r, char *out, size_t cap)
{
    struct http_writer w;
    http_write_init(&w, out, cap);
    http_write_status(&w, r->status);
    http_write_date(&w, time(NULL));
    if (r->type != NULL)
        http_write_field(&w, "Content-Type", r->type);
    if (r->allow != NULL)
        http_write_field(&w, "Allow", r->allow);
    if (r->status !=
        204) /* "MUST NOT send a Content-Length header field in any response with ... 204" (RFC 9110, 8.6) */
        http_write_length(&w, r->length);
    if (r->close)
        http_write_field(&w, "Connection", "close");
    else if (c->head != NULL && c->head->minor == 0)
        http_write_field(&w, "Connection",
                         "keep-alive"); /* or the old client would not know (RFC 9112, 9.3) */
    http_write_end(&w);
    return w.overflow ? 0 : w.len;
}
