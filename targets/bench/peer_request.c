#include "bench/peer_request.h"

#include <http_parser.h>

/* http-parser tells one word in several pieces where the input was cut; the pieces are neighbours. */
static void add(struct peer_span *s, const char *data, const char *at, size_t len)
{
    if (s->len == 0)
        s->at = (uint32_t)(at - data);
    s->len += (uint32_t)len;
}

static int on_target(http_parser *p, const char *at, size_t len)
{
    struct peer_request *r = p->data;
    add(&r->target, r->data, at, len);
    return 0;
}

static int on_name(http_parser *p, const char *at, size_t len)
{
    struct peer_request *r = p->data;
    if (r->field_count == 0 || r->in_value) {
        if (r->field_count == PEER_FIELDS_MAX)
            return 1;
        r->fields[r->field_count++] = (struct peer_field){0};
        r->in_value = false;
    }
    add(&r->fields[r->field_count - 1].name, r->data, at, len);
    return 0;
}

static int on_value(http_parser *p, const char *at, size_t len)
{
    struct peer_request *r = p->data;
    r->in_value = true;
    add(&r->fields[r->field_count - 1].value, r->data, at, len);
    return 0;
}

static int on_head(http_parser *p)
{
    struct peer_request *r = p->data;
    r->has_head = true;
    r->keep_alive = http_should_keep_alive(p) != 0;
    return 0;
}

static int on_body(http_parser *p, const char *at, size_t len)
{
    struct peer_request *r = p->data;
    (void)at;
    r->content += len;
    return 0;
}

/* One request is read, as ours is: what follows is left alone. */
static int on_complete(http_parser *p)
{
    struct peer_request *r = p->data;
    r->complete = true;
    http_parser_pause(p, 1);
    return 0;
}

bool peer_request_read(struct peer_request *r, const char *data, size_t len)
{
    static const http_parser_settings settings = {.on_url = on_target,
                                                  .on_header_field = on_name,
                                                  .on_header_value = on_value,
                                                  .on_headers_complete = on_head,
                                                  .on_body = on_body,
                                                  .on_message_complete = on_complete};
    http_parser p;
    http_parser_init(&p, HTTP_REQUEST);
    p.data = r;
    r->data = data;
    r->target.len = 0;
    r->field_count = 0;
    r->content = 0;
    r->in_value = r->has_head = r->complete = false;
    http_parser_execute(&p, &settings, data, len);
    return p.http_errno == HPE_OK || p.http_errno == HPE_PAUSED;
}
