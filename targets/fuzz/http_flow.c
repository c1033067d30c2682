#include "fuzz/http_flow.h"

#include "protocol/http_stream.h"

#include <string.h>

/* What was read of the message that is being read. */
struct flow {
    const struct read_message *expected; /* of the message */
    uint64_t at;                         /* where it begins */
    uint64_t digest, trailers;
};

static uint64_t add_part(uint64_t digest, const char *data, size_t len, const char *end)
{
    return fuzz_digest(fuzz_digest(digest, data, len), end, strlen(end));
}

static void check_head(const struct flow *f, const struct http_stream *s, size_t used)
{
    const struct read_message *m = f->expected;
    FUZZ_CHECK(m->head_result > 0 && m->framing_result == 0);
    FUZZ_CHECK(used == m->head.length && s->message_at == f->at && s->head.length == m->head.length);
    FUZZ_CHECK(s->framing.kind == m->framing.kind && s->framing.keep_alive == m->framing.keep_alive);
}

static void check_end(const struct flow *f, const struct http_stream *s)
{
    const struct read_message *m = f->expected;
    FUZZ_CHECK(m->has_body && m->body.before_end == HTTP_EVENT_END);
    FUZZ_CHECK(f->digest == m->body.digest && f->trailers == m->body.trailers);
    FUZZ_CHECK(s->offset == f->at + m->head.length + m->body.body.consumed);
}

/* The same rule at the same place, which the stream counts from its own start. */
static void check_error(const struct flow *f, const struct http_stream *s)
{
    const struct read_message *m = f->expected;
    const struct http_note *note = m->head_result < 0      ? &m->head.error
                                   : m->framing_result < 0 ? &m->framing.error
                                                           : &m->body.body.error;
    FUZZ_CHECK(note->rule != NULL && (!m->has_body || m->body.before_end == HTTP_EVENT_ERROR));
    FUZZ_CHECK(strcmp(s->error.rule, note->rule) == 0 && s->error.status == note->status);
    FUZZ_CHECK(s->error.offset == f->at + note->offset + (m->has_body ? m->head.length : 0));
}

/* It may only end where a message says so, or another protocol begins. */
static void check_over(const struct read_message *last, const struct http_stream *s)
{
    FUZZ_CHECK(last != NULL);
    bool other = s->kind == HTTP_REQUEST ? last->head.method == HTTP_CONNECT : last->head.status == 101;
    FUZZ_CHECK(other || !last->framing.keep_alive);
}

/*
 * The peer closes where the reader stands. A message that ends so is told, once; then nothing follows. An error stays
 * one. Where it is no error, all that is left unread are empty lines.
 */
static void check_close(struct http_stream *s, const char *left, size_t len)
{
    bool failed = s->state == HTTP_STREAM_FAILED;
    enum http_stream_event event = http_stream_eof(s, left, len);
    FUZZ_CHECK(event == HTTP_STREAM_END || event == HTTP_STREAM_OVER || event == HTTP_STREAM_ERROR);
    FUZZ_CHECK(!failed || event == HTTP_STREAM_ERROR);
    FUZZ_CHECK(event != HTTP_STREAM_ERROR || (s->error.rule != NULL && s->state == HTTP_STREAM_FAILED));
    for (size_t i = 0; event == HTTP_STREAM_OVER && s->over == HTTP_OVER_EOF && i < len; i++)
        FUZZ_CHECK(left[i] == '\r' || left[i] == '\n');
    enum http_stream_event again = http_stream_eof(s, left, 0);
    FUZZ_CHECK(again == (event == HTTP_STREAM_ERROR ? HTTP_STREAM_ERROR : HTTP_STREAM_OVER));
}

void flow_check(const struct read_message *messages, size_t count, const struct fuzz_input *in, enum fuzz_delivery how,
                enum http_kind kind, const struct http_options *options, enum http_method method)
{
    struct http_stream s;
    struct fuzz_feed feed;
    struct flow f = {.expected = messages, .digest = FUZZ_DIGEST};
    http_stream_init(&s, kind, options, &method, 1);
    fuzz_feed_begin(&feed, how, in);
    while (f.expected < messages + count) {
        struct http_part part;
        size_t used = 0;
        enum http_stream_event event = http_stream_read(&s, fuzz_feed_at(&feed), fuzz_feed_left(&feed), &used, &part);
        if (event == HTTP_STREAM_HEAD)
            check_head(&f, &s, used);
        if (event == HTTP_STREAM_DATA)
            f.digest = fuzz_digest(f.digest, part.data, part.len);
        if (event == HTTP_STREAM_TRAILER) {
            f.digest = add_part(f.digest, part.name, part.name_len, ":");
            f.digest = add_part(f.digest, part.value, part.value_len, "\n");
            f.trailers++;
        }
        fuzz_feed_use(&feed, used);
        if (event == HTTP_STREAM_END) {
            check_end(&f, &s);
            f = (struct flow){.expected = f.expected + 1, .at = s.offset, .digest = FUZZ_DIGEST};
        }
        if (event == HTTP_STREAM_ERROR)
            check_error(&f, &s);
        if (event == HTTP_STREAM_OVER)
            check_over(f.expected == messages ? NULL : f.expected - 1, &s);
        if (event == HTTP_STREAM_ERROR || event == HTTP_STREAM_OVER ||
            (event == HTTP_STREAM_MORE && !fuzz_feed_more(&feed)))
            break;
    }
    check_close(&s, fuzz_feed_at(&feed), fuzz_feed_left(&feed));
    fuzz_feed_end(&feed);
}
