#include "bench/our_request.h"

void our_request_read(struct our_request *r, const char *data, size_t len)
{
    http_head_init(&r->head, HTTP_REQUEST, NULL);
    r->head_result = http_head_parse(&r->head, data, len);
    if (r->head_result <= 0)
        return;
    r->framing_result = http_framing_decide(&r->framing, &r->head, data, r->head.method);
    if (r->framing_result < 0)
        return;
    r->end = HTTP_EVENT_END;
    if (r->framing.kind == HTTP_BODY_NONE)
        return;
    http_body_init(&r->body, &r->framing, NULL);
    size_t at = r->head.length;
    do {
        struct http_part part;
        size_t used = 0;
        r->end = http_body_read(&r->body, data + at, len - at, &used, &part);
        at += used;
    } while (r->end == HTTP_EVENT_DATA || r->end == HTTP_EVENT_TRAILER);
}
