/*
 * Which requests have gone out on a connection and wait for an answer: a response can be framed only by the request
 * that it answers.
 */
#include "engine/core/requests.h"

#include <stdlib.h>
#include <string.h>

/* Pipelined requests that are remembered; further ones count as GET. */
#define REQUESTS_MAX 256

struct sent_requests {
    struct buf pending; /* sent and not yet understood */
    struct http_head head;
    struct http_body body;
    bool in_body, lost; /* lost: what was sent is no HTTP any more */
    unsigned char methods[REQUESTS_MAX];
    size_t first, count;
};

const struct http_options *message_options(void)
{
    static const struct http_options lenient = {
        .allow = HTTP_ALLOW_ALL,
        .line_max = HEAD_MAX,
        .head_max = HEAD_MAX,
        .field_max = HEAD_MAX,
        .fields_max = HTTP_FIELDS_MAX,
        .chunk_line_max = HEAD_MAX,
        .trailer_max = HEAD_MAX,
    };
    return &lenient;
}

static bool expects_response(const struct scn_block *b)
{
    for (size_t i = 0; i < b->count; i++) {
        const struct scn_step *s = &b->steps[i];
        if (s->kind == SCN_STEP_REPEAT && expects_response(&s->u.repeat.body))
            return true;
        for (size_t k = 0; s->kind == SCN_STEP_EXPECT && k < s->u.expect.count; k++)
            if (s->u.expect.alternatives[k].kind == SCN_MATCH_RESPONSE)
                return true;
    }
    return false;
}

struct sent_requests *requests_new(const struct actor *a)
{
    if (!expects_response(&a->spec->body))
        return NULL;
    struct sent_requests *r = mem_new(1, sizeof(*r));
    http_head_init(&r->head, HTTP_REQUEST, message_options());
    return r;
}

void requests_free(struct sent_requests *r)
{
    if (!r)
        return;
    buf_free(&r->pending);
    free(r);
}

/* A complete head: remembers its method and gets ready for its body. */
static void request_head(struct sent_requests *r)
{
    struct http_framing framing;
    if (r->count < REQUESTS_MAX)
        r->methods[(r->first + r->count++) % REQUESTS_MAX] = (unsigned char)r->head.method;
    if (http_framing_decide(&framing, &r->head, r->pending.data, HTTP_GET) != 0) {
        r->lost = true;
        return;
    }
    buf_consume(&r->pending, r->head.length);
    http_body_init(&r->body, &framing, message_options());
    r->in_body = true;
}

/* One thing more of what was sent. Returns whether there may be another one. */
static bool request_step(struct sent_requests *r)
{
    if (!r->in_body) {
        long n = r->pending.len ? http_head_parse(&r->head, r->pending.data, r->pending.len) : 0;
        r->lost = n < 0;
        if (n > 0)
            request_head(r);
        return n > 0 && !r->lost;
    }
    size_t used = 0;
    struct http_part part;
    enum http_body_event event = http_body_read(&r->body, buf_text(&r->pending), r->pending.len, &used, &part);
    buf_consume(&r->pending, used);
    if (event == HTTP_EVENT_ERROR)
        r->lost = true;
    if (event == HTTP_EVENT_END) {
        r->in_body = false;
        http_head_init(&r->head, HTTP_REQUEST, message_options());
    }
    return event != HTTP_EVENT_MORE && event != HTTP_EVENT_ERROR;
}

void requests_sent(struct sent_requests *r, const void *data, size_t len)
{
    if (r->lost)
        return;
    buf_add(&r->pending, data, len);
    while (request_step(r))
        ;
    if (r->pending.len > HEAD_MAX)
        r->lost = true;
    if (r->lost)
        buf_free(&r->pending);
}

const char *requests_oldest(const struct sent_requests *r)
{
    if (!r)
        return "GET";
    if (r->count)
        return http_method_name((enum http_method)r->methods[r->first]);
    /* An answer before the request was complete: its first word tells. */
    if (r->pending.len >= 5 && memcmp(r->pending.data, "HEAD ", 5) == 0)
        return "HEAD";
    return "GET";
}

bool requests_wait(const struct sent_requests *r)
{
    return r && r->count && !r->in_body && !r->lost && !r->pending.len;
}

void requests_answered(struct sent_requests *r)
{
    if (r && r->count) {
        r->first = (r->first + 1) % REQUESTS_MAX;
        r->count--;
    }
}
