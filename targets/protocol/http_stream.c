/* Messages one behind the other on a connection (RFC 9112, 9.3). */
#include "protocol/http_stream.h"

#include "protocol/http_internal.h"

static void next_message(struct http_stream *s)
{
    s->state = HTTP_STREAM_IN_HEAD;
    s->message_at = s->offset;
    http_head_init(&s->head, s->kind, &s->options);
    s->framing = (struct http_framing){.kind = HTTP_BODY_NONE};
}

void http_stream_init(struct http_stream *s, enum http_kind kind, const struct http_options *options,
                      const enum http_method *methods, size_t method_count)
{
    *s = (struct http_stream){.kind = kind, .methods = methods, .method_count = method_count};
    s->options = http_defaults(options);
    next_message(s);
}

enum http_method http_stream_method(const struct http_stream *s)
{
    if (s->method_count == 0)
        return HTTP_GET;
    return s->methods[s->finals < s->method_count ? s->finals : s->method_count - 1];
}

/* A refusal by one of the readers, whose offsets count from `base`. */
static enum http_stream_event fail(struct http_stream *s, const struct http_note *note, uint64_t base)
{
    s->state = HTTP_STREAM_FAILED;
    s->error = *note;
    s->error.offset += base;
    return HTTP_STREAM_ERROR;
}

static enum http_stream_event read_head(struct http_stream *s, const char *data, size_t len, size_t *used)
{
    if (len == 0)
        return HTTP_STREAM_MORE;
    long n = http_head_parse(&s->head, data, len);
    if (n == 0)
        return HTTP_STREAM_MORE;
    if (n < 0)
        return fail(s, &s->head.error, s->message_at);
    if (http_framing_decide(&s->framing, &s->head, data, http_stream_method(s)) < 0)
        return fail(s, &s->framing.error, s->message_at);
    *used = (size_t)n;
    s->offset += (uint64_t)n;
    s->body_at = s->offset;
    s->state = HTTP_STREAM_IN_BODY;
    http_body_init(&s->body, &s->framing, &s->options);
    return HTTP_STREAM_HEAD;
}

/* What follows a complete message. */
static enum http_stream_event message_end(struct http_stream *s)
{
    bool response = s->kind == HTTP_RESPONSE;
    s->messages++;
    if (response && s->head.status == 101)
        s->over = HTTP_OVER_UPGRADE;
    else if (!response && s->head.method == HTTP_CONNECT)
        s->over = HTTP_OVER_CONNECT;
    else if (!s->framing.keep_alive && !s->framing.interim)
        s->over = HTTP_OVER_CLOSE;
    if (response && !s->framing.interim)
        s->finals++;
    s->final_awaited = response && s->framing.interim;
    if (s->over != HTTP_NOT_OVER)
        s->state = HTTP_STREAM_AT_END;
    else
        next_message(s);
    return HTTP_STREAM_END;
}

static enum http_stream_event read_body(struct http_stream *s, const char *data, size_t len, size_t *used,
                                        struct http_part *part)
{
    enum http_body_event event = http_body_read(&s->body, data, len, used, part);
    s->offset += *used;
    switch (event) {
    case HTTP_EVENT_MORE:
        return HTTP_STREAM_MORE;
    case HTTP_EVENT_DATA:
        return HTTP_STREAM_DATA;
    case HTTP_EVENT_TRAILER:
        return HTTP_STREAM_TRAILER;
    case HTTP_EVENT_END:
        return message_end(s);
    default:
        return fail(s, &s->body.error, s->body_at);
    }
}

enum http_stream_event http_stream_read(struct http_stream *s, const char *data, size_t len, size_t *used,
                                        struct http_part *part)
{
    *used = 0;
    *part = (struct http_part){0};
    switch (s->state) {
    case HTTP_STREAM_IN_HEAD:
        return read_head(s, data, len, used);
    case HTTP_STREAM_IN_BODY:
        return read_body(s, data, len, used, part);
    case HTTP_STREAM_AT_END:
        return HTTP_STREAM_OVER;
    default:
        return HTTP_STREAM_ERROR;
    }
}

/* Empty lines behind the last message: some clients send one too many, and a server passes over it (RFC
 * 9112, 2.2). */
static bool only_empty_lines(const char *data, size_t len)
{
    size_t i = 0;
    while (i < len && (data[i] == '\r' || data[i] == '\n'))
        i++;
    return i == len && (len == 0 || data[len - 1] == '\n');
}

enum http_stream_event http_stream_eof(struct http_stream *s, const char *data, size_t len)
{
    struct http_note cut = {.rule = "RFC9112-8", .offset = len, .status = 400};
    if (s->state == HTTP_STREAM_FAILED)
        return HTTP_STREAM_ERROR;
    if (s->state == HTTP_STREAM_AT_END)
        return HTTP_STREAM_OVER;
    if (s->state == HTTP_STREAM_IN_BODY) {
        if (http_body_eof(&s->body) == HTTP_EVENT_END)
            return message_end(s);
        cut.sentence = s->body.error.sentence;
        return fail(s, &cut, s->offset);
    }
    if (s->messages > 0 && !s->final_awaited && only_empty_lines(data, len)) {
        s->state = HTTP_STREAM_AT_END;
        s->over = HTTP_OVER_EOF;
        return HTTP_STREAM_OVER;
    }
    cut.sentence = len > 0            ? "the stream ends inside a head"
                   : s->final_awaited ? "the stream ends behind an interim response"
                                      : "the stream ends before its first message";
    return fail(s, &cut, s->offset);
}
