#include "fuzz/http_agree.h"

#include <string.h>

/* What was refused, not by a limit, had a reason; if one alone, it is the one that was told. */
static void check_reason(const struct http_note *refusal, const struct plain_problems *problems)
{
    FUZZ_CHECK(problems->count > 0);
    if (problems->count == 1 && problems->first->rule != NULL)
        FUZZ_CHECK(strcmp(refusal->rule, problems->first->rule) == 0);
}

/* A form that is wrong at `at` may be waited out to the end of its line, and no longer. */
static void check_waits(size_t at, const char *data, size_t len)
{
    FUZZ_CHECK(at >= len || memchr(data + at, '\n', len - at) == NULL);
}

/* The bytes up to and with the first LF from `at` on; all when there is none. */
static size_t line_size(const char *data, size_t at, size_t len)
{
    const char *lf = at == len ? NULL : memchr(data + at, '\n', len - at);
    return lf == NULL ? len - at : (size_t)(lf - data) + 1 - at;
}

/* Whether the head that data[0 .. len) begins with, whole or not, passes one of its limits. */
static bool head_passes_limit(const struct http_head *h, const char *data, size_t len)
{
    size_t at = 0, fields = 0, line = line_size(data, 0, len);
    if (h->kind == HTTP_REQUEST && (line <= 2 && (data[0] == '\r' || data[0] == '\n')))
        at = line; /* the empty line that is passed over */
    line = line_size(data, at, len);
    if (line >= h->options.line_max && (line > h->options.line_max || data[at + line - 1] != '\n'))
        return true;
    for (at += line; at < len; at += line) {
        line = line_size(data, at, len);
        if (line <= 2 && data[at + line - 1] == '\n')
            break;
        if (line >= h->options.field_max && (line > h->options.field_max || data[at + line - 1] != '\n'))
            return true;
        fields++;
    }
    at = at < len ? at + line : at;
    return fields > h->options.fields_max || at >= h->options.head_max;
}

static void agree_head(const struct read_message *m, const struct plain_message *p, const char *data, size_t len)
{
    if (m->head_result < 0 && m->head.error.limit) {
        FUZZ_CHECK(head_passes_limit(&m->head, data, len));
    } else if (m->head_result < 0) {
        if (p->head != PLAIN_WRONG)
            check_reason(&m->head.error, &p->head_problems);
    } else if (m->head_result == 0) {
        FUZZ_CHECK(p->head != PLAIN_RIGHT && p->head_problems.count == 0);
        if (p->head == PLAIN_WRONG)
            check_waits(p->wrong_at, data, len);
    } else {
        FUZZ_CHECK(p->head == PLAIN_RIGHT && p->head_problems.count == 0);
        FUZZ_CHECK(m->head.length == p->length && m->head.major == 1 && m->head.minor == p->minor);
        FUZZ_CHECK(m->head.kind == HTTP_REQUEST || m->head.status == p->status);
    }
}

static void agree_framing(const struct read_message *m, const struct plain_message *p)
{
    const struct http_framing *f = &m->framing;
    if (m->framing_result < 0 && f->error.limit) {
        FUZZ_CHECK(p->kind == HTTP_BODY_LENGTH && p->body_length > m->head.options.body_max);
    } else if (m->framing_result < 0) {
        check_reason(&f->error, &p->framing_problems);
    } else {
        FUZZ_CHECK(p->framing_problems.count == 0);
        FUZZ_CHECK(f->kind == p->kind && f->interim == p->interim);
        FUZZ_CHECK(f->kind != HTTP_BODY_LENGTH || f->length == p->body_length);
        FUZZ_CHECK(f->has_length == p->has_length && f->told_length == p->told_length);
        FUZZ_CHECK(f->keep_alive == p->keep_alive && f->expect_continue == p->expect_continue);
        FUZZ_CHECK(!f->still_coded);
    }
}

static bool body_passes_limit(const struct http_options *o, const struct plain_body *p)
{
    uint64_t content = p->announced > p->content ? p->announced : p->content;
    return content > o->body_max || p->longest_line >= o->chunk_line_max || p->trailer_bytes >= o->trailer_max;
}

void agree_body(const struct read_body *b, const struct plain_body *p, const char *data, size_t len)
{
    if (b->before_end == HTTP_EVENT_ERROR && b->body.error.limit) {
        FUZZ_CHECK(body_passes_limit(&b->body.options, p));
    } else if (b->before_end == HTTP_EVENT_ERROR) {
        if (p->answer != PLAIN_WRONG)
            check_reason(&b->body.error, &p->problems);
    } else if (b->before_end == HTTP_EVENT_MORE) {
        FUZZ_CHECK(p->answer != PLAIN_RIGHT && p->problems.count == 0);
        if (p->answer == PLAIN_WRONG)
            check_waits(p->wrong_at, data, len);
        if (b->end == HTTP_EVENT_END)
            FUZZ_CHECK(b->body.content == p->content && b->digest == p->digest);
    } else {
        FUZZ_CHECK(p->answer == PLAIN_RIGHT && b->body.consumed == p->length);
        FUZZ_CHECK(b->body.content == p->content && b->digest == p->digest);
        FUZZ_CHECK(b->body.chunks == p->chunks && b->trailers == p->trailers);
        FUZZ_CHECK(p->longest_line <= b->body.options.chunk_line_max);
        FUZZ_CHECK(p->trailer_bytes <= b->body.options.trailer_max && p->content <= b->body.options.body_max);
    }
}

void agree_message(const struct read_message *m, const struct plain_message *p, const char *data, size_t len)
{
    agree_head(m, p, data, len);
    if (m->head_result <= 0)
        return;
    agree_framing(m, p);
    if (m->framing_result == 0)
        agree_body(&m->body, &p->body, data + p->length, len - p->length);
}
