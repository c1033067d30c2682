/* What a request asks for, and the head of the answer. */
#include "servers/http_server.h"

#include "protocol/http_write.h"
#include "servers/http_range.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

static const char page[] = "<!DOCTYPE html>\n<title>It works</title>\n<p>This server speaks HTTP/1.1.\n";

void http_response_free(struct http_response *r)
{
    http_bytes_free(&r->body);
    free(r->location);
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

/* The path that is asked for; "/" where an absolute-form has none. */
static bool path_is(const struct http_conn *c, const char *path)
{
    const struct http_span asked = http_target_path(c->head, c->in.data);
    return http_span_is(c->in.data, asked, path) || (asked.len == 0 && strcmp(path, "/") == 0);
}

static struct http_response no_content(const char *allow)
{
    return (struct http_response){.status = 204, .allow = allow, .file = -1};
}

static struct http_response not_allowed(const char *allow)
{
    struct http_response r = http_plain(405); /* "MUST generate an Allow header field" (RFC 9110, 15.5.6) */
    r.allow = allow;
    return r;
}

/* Bytes of a target that goes back in a Location: the rest of HTTP_OUT_CAP is for the other fields. */
#define LOCATION_MOST 1024

/* A folder is asked for without its last slash: where it is. Without, relative links in it would lead
 * elsewhere. */
static struct http_response to_folder(const struct http_conn *c)
{
    struct http_response r = http_plain(301);
    const char *target = http_text(c->in.data, c->head->target);
    size_t len = c->head->target.len;
    for (; len > 1 && target[0] == '/' && target[1] == '/'; len--)
        target++; /* "//name/" would be another host (RFC 3986, 4.2) */
    if (len > LOCATION_MOST)
        return http_plain(414);
    const char *query = memchr(target, '?', len);
    size_t path = query == NULL ? len : (size_t)(query - target);
    r.location = malloc(len + 2);
    if (r.location == NULL)
        return http_plain(503);
    memcpy(r.location, target, path);
    r.location[path] = '/';
    memcpy(r.location + path + 1, target + path, len - path);
    r.location[len + 1] = '\0';
    return r;
}

/* The client has it, or does not want it so: what is told in place of the file. */
static void not_sent(struct http_response *r, int status)
{
    struct http_response told = http_plain(status);
    told.complete = r->length;
    if (status == 304) { /* "MUST generate ... ETag" (15.4.5), and no content that a type would be of */
        told.validators = r->validators;
        told.type = NULL;
        told.text = NULL;
        told.length = 0;
    }
    http_response_free(r);
    *r = told;
}

void http_select(const struct http_conn *c, struct http_response *r)
{
    time_t now = time(NULL);
    int status = http_conditions(c->head, c->in.data, &r->validators, now);
    const struct http_field *range = http_field_find(c->head, c->in.data, "Range", 0);
    struct http_range part;
    if (status != 0) {
        not_sent(r, status);
        return;
    }
    /* "GET is the only method for which range handling is defined" (14.2) */
    if (!r->ranges || range == NULL || c->head->method != HTTP_GET ||
        !http_if_range(c->head, c->in.data, &r->validators, now))
        return;
    enum http_range_kind kind =
        http_range_parse(http_text(c->in.data, range->value), range->value.len, r->length, &part);
    if (kind == HTTP_RANGE_NOWHERE)
        not_sent(r, 416);
    if (kind != HTTP_RANGE_PART)
        return;
    r->status = 206;
    r->complete = r->length;
    r->first = part.first;
    r->length = part.length;
}

static struct http_response get(const struct http_conn *c)
{
    const struct http_config *config = http_config_of(c);
    const struct http_span path = http_target_path(c->head, c->in.data);
    struct http_response r = {.status = 200, .file = -1};
    struct http_file file = {.fd = -1, .status = 404};
    if (config->root >= 0)
        file = http_file_open(config->root, http_text(c->in.data, path), path.len);
    if (file.fd >= 0) {
        struct timespec now;
        clock_gettime(CLOCK_REALTIME, &now);
        http_validators_of(&r.validators, file.size, file.modified, now);
        r.file = file.fd;
        r.type = file.type;
        r.length = file.size;
        r.ranges = true;
    } else if (file.status == 404 && path_is(c, "/")) {
        r.type = "text/html; charset=utf-8";
        r.text = page;
        r.length = sizeof page - 1;
    } else {
        return file.status == 301 ? to_folder(c) : http_plain(file.status);
    }
    http_select(c, &r);
    return r;
}

struct http_response http_route(struct http_conn *c, bool *wants_body)
{
    enum http_method m = c->head->method;
    bool echo = path_is(c, "/echo");
    const char *allow = echo ? "POST, OPTIONS" : "GET, HEAD, OPTIONS";
    *wants_body = false;
    if (http_target_foreign(c->head, c->in.data))
        return http_plain(421);
    if (m == HTTP_METHOD_OTHER)
        return http_plain(501); /* "does not recognize the request method" (RFC 9110, 15.6.2) */
    if (m == HTTP_OPTIONS)
        return no_content(allow);
    if (echo && m == HTTP_POST) {
        *wants_body = true;
        return (struct http_response){.status = 200, .type = "application/octet-stream", .file = -1};
    }
    if (echo || (m != HTTP_GET && m != HTTP_HEAD))
        return not_allowed(allow);
    return get(c);
}

/* What is told of the representation. */
static void write_representation(struct http_writer *w, const struct http_response *r)
{
    char range[64];
    const char *tag = r->validators.etag;
    if (tag[0] != '\0')
        http_write_field(w, "ETag", tag);
    /* Next to its tag a 304 needs no date (15.4.5). */
    if (r->validators.dated && (r->status != 304 || tag[0] == '\0'))
        http_write_time(w, "Last-Modified", r->validators.modified);
    if (r->ranges)
        http_write_field(w, "Accept-Ranges", "bytes");
    if (r->status == 206)
        snprintf(range, sizeof range, "bytes %llu-%llu/%llu", (unsigned long long)r->first,
                 (unsigned long long)(r->first + r->length - 1), (unsigned long long)r->complete);
    else
        snprintf(range, sizeof range, "bytes */%llu", (unsigned long long)r->complete);
    if (r->status == 206 || r->status == 416)
        http_write_field(w, "Content-Range", range);
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
    if (r->location != NULL)
        http_write_field(&w, "Location", r->location);
    write_representation(&w, r);
    /* "MUST NOT send a Content-Length header field in any response with ... 204", and in a 304 only that of
     * the 200 (RFC 9110, 8.6) */
    if (r->status != 204 && r->status != 304)
        http_write_length(&w, r->length);
    if (r->close)
        http_write_field(&w, "Connection", "close");
    else if (c->head != NULL && c->head->minor == 0)
        http_write_field(&w, "Connection", "keep-alive"); /* or the old client would not know (RFC 9112, 9.3) */
    http_write_end(&w);
    return w.overflow ? 0 : w.len;
}
