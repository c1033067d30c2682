/* `parse http-request` and `parse http-response`: a stream of messages as events. */
#include "cli/parse.h"
#include "protocol/http_stream.h"

#include <string.h>

/* Content is told in pieces of so many bytes, however it came. */
#define PIECE 4096

struct http_parse {
    struct http_stream stream;
    struct sink *sink;
    char piece[PIECE]; /* content not told yet: in one piece of the input */
    size_t piece_len;
    uint64_t piece_at;
};

static void tell_piece(struct http_parse *p)
{
    if (p->piece_len == 0)
        return;
    json_t *o = sink_event("data", p->piece_at);
    json_object_set_new(o, "length", json_integer((json_int_t)p->piece_len));
    sink_add_bytes(o, "text", p->piece, p->piece_len);
    sink_put(p->sink, o);
    p->piece_len = 0;
}

/* Content at this offset of the stream. The pieces told do not depend on how it was cut. */
static void add_content(struct http_parse *p, uint64_t at, const char *data, size_t len)
{
    if (p->piece_len > 0 && at != p->piece_at + p->piece_len)
        tell_piece(p);
    while (len > 0) {
        if (p->piece_len == 0)
            p->piece_at = at;
        size_t room = PIECE - p->piece_len, n = len < room ? len : room;
        memcpy(p->piece + p->piece_len, data, n);
        p->piece_len += n;
        data += n;
        len -= n;
        at += n;
        if (p->piece_len == PIECE)
            tell_piece(p);
    }
}

static void tell_findings(struct http_parse *p, const struct http_findings *f, uint64_t base)
{
    for (size_t i = 0; i < f->count; i++) {
        json_t *o = sink_event("finding", base + f->items[i].offset);
        json_object_set_new(o, "rule", json_string(f->items[i].rule));
        json_object_set_new(o, "sentence", json_string(f->items[i].sentence));
        sink_put(p->sink, o);
    }
    if (f->lost > 0)
        sink_put(p->sink, json_pack("{s:s, s:I}", "event", "more findings", "count", (json_int_t)f->lost));
}

static void add_span(json_t *o, const char *key, const char *data, struct http_span s)
{
    sink_add_bytes(o, key, http_text(data, s), s.len);
}

static void tell_start(struct http_parse *p, const char *data)
{
    static const char *const forms[] = {[HTTP_FORM_ORIGIN] = "origin",
                                        [HTTP_FORM_ABSOLUTE] = "absolute",
                                        [HTTP_FORM_AUTHORITY] = "authority",
                                        [HTTP_FORM_ASTERISK] = "asterisk",
                                        [HTTP_FORM_OTHER] = "other"};
    const struct http_head *h = &p->stream.head;
    bool request = h->kind == HTTP_REQUEST;
    json_t *o = sink_event(request ? "request" : "response", p->stream.message_at);
    if (request) {
        add_span(o, "method", data, h->method_text);
        add_span(o, "target", data, h->target);
        json_object_set_new(o, "form", json_string(forms[h->form]));
    } else {
        json_object_set_new(o, "status", json_integer(h->status));
        add_span(o, "reason", data, h->reason);
    }
    json_object_set_new(o, "version", json_sprintf("%d.%d", h->major, h->minor));
    sink_put(p->sink, o);
}

static void tell_head_end(struct http_parse *p)
{
    static const char *const kinds[] = {[HTTP_BODY_NONE] = "none",
                                        [HTTP_BODY_LENGTH] = "length",
                                        [HTTP_BODY_CHUNKED] = "chunked",
                                        [HTTP_BODY_UNTIL_CLOSE] = "until close",
                                        [HTTP_BODY_TUNNEL] = "tunnel"};
    const struct http_stream *s = &p->stream;
    json_t *o = sink_event("head", s->body_at);
    json_object_set_new(o, "framing", json_string(kinds[s->framing.kind]));
    if (s->framing.has_length)
        json_object_set_new(o, "content_length", json_integer((json_int_t)s->framing.told_length));
    json_object_set_new(o, "keep_alive", json_boolean(s->framing.keep_alive));
    if (s->framing.expect_continue)
        json_object_set_new(o, "expect_continue", json_true());
    if (s->framing.interim)
        json_object_set_new(o, "interim", json_true());
    sink_put(p->sink, o);
}

/* The head lies at data[0]. */
static void tell_head(struct http_parse *p, const char *data)
{
    const struct http_stream *s = &p->stream;
    tell_start(p, data);
    for (size_t i = 0; i < s->head.field_count; i++) {
        json_t *o = sink_event("field", s->message_at + s->head.fields[i].name.at);
        add_span(o, "name", data, s->head.fields[i].name);
        add_span(o, "value", data, s->head.fields[i].value);
        sink_put(p->sink, o);
    }
    tell_findings(p, &s->head.findings, s->message_at);
    tell_findings(p, &s->framing.findings, s->message_at);
    tell_head_end(p);
}

static void tell_end(struct http_parse *p)
{
    tell_piece(p);
    tell_findings(p, &p->stream.body.findings, p->stream.body_at);
    json_t *o = sink_event("end", p->stream.offset);
    json_object_set_new(o, "content", json_integer((json_int_t)p->stream.body.content));
    sink_put(p->sink, o);
}

static void tell_over(struct http_parse *p, bool bytes_follow)
{
    static const char *const reasons[] = {[HTTP_NOT_OVER] = "",
                                          [HTTP_OVER_CLOSE] = "close",
                                          [HTTP_OVER_UPGRADE] = "upgrade",
                                          [HTTP_OVER_CONNECT] = "connect",
                                          [HTTP_OVER_EOF] = "end of input"};
    json_t *o = sink_event("over", p->stream.offset);
    json_object_set_new(o, "reason", json_string(reasons[p->stream.over]));
    json_object_set_new(o, "bytes_follow", json_boolean(bytes_follow));
    sink_put(p->sink, o);
}

/* An event of http_stream_read, whose bytes lie at `data`, the first of them at offset `at` of the stream. */
static void tell(struct http_parse *p, enum http_stream_event event, const char *data, uint64_t at,
                 const struct http_part *part)
{
    json_t *o;
    switch (event) {
    case HTTP_STREAM_HEAD:
        tell_head(p, data);
        break;
    case HTTP_STREAM_DATA:
        add_content(p, at + (uint64_t)(part->data - data), part->data, part->len);
        break;
    case HTTP_STREAM_TRAILER:
        tell_piece(p);
        o = sink_event("trailer", at + (uint64_t)(part->name - data));
        sink_add_bytes(o, "name", part->name, part->name_len);
        sink_add_bytes(o, "value", part->value, part->value_len);
        sink_put(p->sink, o);
        break;
    case HTTP_STREAM_END:
        tell_end(p);
        break;
    default:
        break;
    }
}

/* Refused or cut short: what was found in the part of the message that was read. */
static void finish_wrong(struct http_parse *p, enum parse_verdict verdict, bool in_body, struct parse_result *result)
{
    const struct http_stream *s = &p->stream;
    tell_piece(p);
    if (in_body) {
        tell_findings(p, &s->body.findings, s->body_at);
    } else {
        tell_findings(p, &s->head.findings, s->message_at);
        tell_findings(p, &s->framing.findings, s->message_at);
    }
    result->verdict = verdict;
    result->note = s->error;
}

/* The input has ended, with what the stream has not used. */
static void finish_at_end(struct http_parse *p, struct feed *feed, struct parse_result *result)
{
    size_t len;
    const char *data = feed_bytes(feed, &len);
    bool in_body = p->stream.state == HTTP_STREAM_IN_BODY;
    enum http_stream_event event;
    while ((event = http_stream_eof(&p->stream, data, len)) == HTTP_STREAM_END)
        tell_end(p);
    if (event == HTTP_STREAM_ERROR)
        finish_wrong(p, PARSE_INCOMPLETE, in_body, result);
    else
        tell_over(p, len > 0);
}

static int read_stream(struct http_parse *p, struct feed *feed, struct parse_result *result, struct err *e)
{
    struct http_part part;
    for (;;) {
        size_t len, used;
        const char *data = feed_bytes(feed, &len);
        bool in_body = p->stream.state == HTTP_STREAM_IN_BODY;
        enum http_stream_event event = http_stream_read(&p->stream, data, len, &used, &part);
        tell(p, event, data, feed->offset, &part);
        feed_use(feed, used);
        if (event == HTTP_STREAM_ERROR) {
            finish_wrong(p, PARSE_REJECTED, in_body, result);
            return 0;
        }
        if (event != HTTP_STREAM_MORE && event != HTTP_STREAM_OVER)
            continue;
        int more = event == HTTP_STREAM_OVER && len > 0 ? 1 : feed_more(feed, e);
        if (more < 0)
            return -1;
        if (event == HTTP_STREAM_OVER) {
            tell_over(p, more > 0);
            return 0;
        }
        if (more == 0) {
            finish_at_end(p, feed, result);
            return 0;
        }
    }
}

static int parse_http(enum http_kind kind, const struct parse_settings *settings, struct feed *feed, struct sink *sink,
                      struct parse_result *result, struct err *e)
{
    const struct http_options options = {.allow = settings->lenient ? HTTP_ALLOW_ALL : 0};
    struct http_parse p = {.sink = sink};
    http_stream_init(&p.stream, kind, &options, settings->methods, settings->method_count);
    int rc = read_stream(&p, feed, result, e);
    result->messages = p.stream.messages;
    if (result->verdict == PARSE_COMPLETE)
        result->note.offset = p.stream.offset;
    return rc;
}

int parse_http_requests(const struct parse_settings *settings, struct feed *feed, struct sink *sink,
                        struct parse_result *result, struct err *e)
{
    return parse_http(HTTP_REQUEST, settings, feed, sink, result, e);
}

int parse_http_responses(const struct parse_settings *settings, struct feed *feed, struct sink *sink,
                         struct parse_result *result, struct err *e)
{
    return parse_http(HTTP_RESPONSE, settings, feed, sink, result, e);
}
