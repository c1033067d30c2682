#include "fuzz/http_read.h"

#include <string.h>

/* Small enough for a fuzzer to pass each of them in a few bytes. */
static const struct http_options SMALL_LIMITS = {.line_max = 32,
                                                 .head_max = 120,
                                                 .field_max = 32,
                                                 .fields_max = 4,
                                                 .chunk_line_max = 12,
                                                 .trailer_max = 24,
                                                 .body_max = 20};

struct http_options read_options(const struct fuzz_input *in)
{
    struct http_options o = {0};
    if (in->setup & 2)
        o = SMALL_LIMITS;
    if (in->setup & 4) /* one leniency alone; without bit 0 all but that one */
        o.allow = 1u << in->cuts % 17;
    if ((in->setup & 5) == 4)
        o.allow ^= HTTP_ALLOW_ALL;
    else if ((in->setup & 5) == 1)
        o.allow = HTTP_ALLOW_ALL;
    return o;
}

enum http_method read_method(const struct fuzz_input *in)
{
    static const enum http_method methods[] = {HTTP_GET,   HTTP_HEAD,    HTTP_CONNECT, HTTP_POST,
                                               HTTP_TRACE, HTTP_OPTIONS, HTTP_PATCH,   HTTP_METHOD_OTHER};
    return methods[in->setup >> 3 & 7];
}

static void check_span(struct http_span s, size_t length)
{
    FUZZ_CHECK(s.at <= length && s.len <= length - s.at);
}

static void check_head_spans(const struct http_head *h)
{
    check_span(h->method_text, h->length);
    check_span(h->target, h->length);
    check_span(h->reason, h->length);
    FUZZ_CHECK(h->field_count <= h->options.fields_max);
    for (size_t i = 0; i < h->field_count; i++) {
        check_span(h->fields[i].name, h->length);
        check_span(h->fields[i].value, h->length);
    }
}

static void check_note(const struct http_note *n)
{
    FUZZ_CHECK(n->rule != NULL && n->rule[0] != '\0' && n->sentence != NULL && n->sentence[0] != '\0');
}

/* More bytes may only be asked for below the limit, and while no empty line has ended the head. */
static void check_incomplete(const struct http_head *h, const char *data, size_t len)
{
    size_t i = 0;
    FUZZ_CHECK(len < h->options.head_max);
    while (i < len && (data[i] == '\r' || data[i] == '\n'))
        i++; /* empty lines before the start line do not count */
    for (; i < len; i++) {
        FUZZ_CHECK(data[i] != '\n' || len - i < 2 || data[i + 1] != '\n');
        FUZZ_CHECK(data[i] != '\n' || len - i < 3 || data[i + 1] != '\r' || data[i + 2] != '\n');
    }
}

void read_message(struct read_message *m, struct fuzz_feed *f, enum http_kind kind, const struct http_options *options,
                  enum http_method method)
{
    memset(m, 0, sizeof *m);
    http_head_init(&m->head, kind, options);
    do
        m->head_result = http_head_parse(&m->head, fuzz_feed_at(f), fuzz_feed_left(f));
    while (m->head_result == 0 && fuzz_feed_more(f));
    if (m->head_result < 0) {
        check_note(&m->head.error);
        FUZZ_CHECK(m->head.error.offset <= fuzz_feed_left(f));
    }
    if (m->head_result == 0)
        check_incomplete(&m->head, fuzz_feed_at(f), fuzz_feed_left(f));
    if (m->head_result <= 0)
        return;
    FUZZ_CHECK((size_t)m->head_result == m->head.length && m->head.length <= fuzz_feed_left(f));
    FUZZ_CHECK(m->head.length <= m->head.options.head_max);
    check_head_spans(&m->head);
    m->framing_result = http_framing_decide(&m->framing, &m->head, fuzz_feed_at(f), method);
    if (m->framing_result < 0) {
        check_note(&m->framing.error);
        FUZZ_CHECK(m->framing.error.offset <= m->head.length);
        return;
    }
    fuzz_feed_use(f, m->head.length);
    m->has_body = true;
    read_body(&m->body, f, &m->framing, options);
    m->complete = m->body.before_end == HTTP_EVENT_END && m->framing.keep_alive;
}

static void take_part(struct read_body *b, const struct http_part *part, enum http_body_event event, const char *at,
                      size_t used)
{
    FUZZ_CHECK(used > 0);
    if (event == HTTP_EVENT_DATA) {
        FUZZ_CHECK(part->len > 0 && part->data >= at && part->len <= used - (size_t)(part->data - at));
        b->digest = fuzz_digest(b->digest, part->data, part->len);
        return;
    }
    FUZZ_CHECK(part->name >= at && part->name_len > 0 && part->value >= part->name + part->name_len);
    FUZZ_CHECK(part->value + part->value_len <= at + used);
    b->trailers++;
    b->digest = fuzz_digest(b->digest, part->name, part->name_len);
    b->digest = fuzz_digest(b->digest, ":", 1);
    b->digest = fuzz_digest(b->digest, part->value, part->value_len);
    b->digest = fuzz_digest(b->digest, "\n", 1);
}

void read_body(struct read_body *b, struct fuzz_feed *f, const struct http_framing *framing,
               const struct http_options *options)
{
    memset(b, 0, sizeof *b);
    b->digest = FUZZ_DIGEST;
    size_t from = f->used;
    http_body_init(&b->body, framing, options);
    for (;;) {
        struct http_part part;
        size_t used = 0, left = fuzz_feed_left(f);
        const char *at = fuzz_feed_at(f);
        enum http_body_event event = http_body_read(&b->body, at, left, &used, &part);
        FUZZ_CHECK(used <= left);
        if (event == HTTP_EVENT_DATA || event == HTTP_EVENT_TRAILER)
            take_part(b, &part, event, at, used);
        fuzz_feed_use(f, used);
        FUZZ_CHECK(b->body.consumed == f->used - from && b->body.content <= b->body.options.body_max);
        FUZZ_CHECK(b->body.trailer <= b->body.options.trailer_max);
        b->before_end = b->end = event;
        if (event == HTTP_EVENT_END || event == HTTP_EVENT_ERROR || (event == HTTP_EVENT_MORE && !fuzz_feed_more(f)))
            break;
    }
    if (b->end == HTTP_EVENT_MORE)
        b->end = http_body_eof(&b->body);
    FUZZ_CHECK(b->end == HTTP_EVENT_END || b->end == HTTP_EVENT_ERROR);
    if (b->end == HTTP_EVENT_ERROR) {
        check_note(&b->body.error);
        FUZZ_CHECK(b->body.error.offset <= f->given - from);
    }
}

/* Text of a note: NULL only where none was written. */
static bool same_text(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static void same_note(const struct http_note *a, const struct http_note *b)
{
    FUZZ_CHECK(same_text(a->rule, b->rule) && same_text(a->sentence, b->sentence));
    FUZZ_CHECK(a->offset == b->offset && a->status == b->status && a->limit == b->limit);
}

static void same_findings(const struct http_findings *a, const struct http_findings *b)
{
    FUZZ_CHECK(a->count == b->count && a->lost == b->lost);
    for (size_t i = 0; i < a->count; i++)
        same_note(&a->items[i], &b->items[i]);
}

static bool same_span(struct http_span a, struct http_span b)
{
    return a.at == b.at && a.len == b.len;
}

/* What was read of a head, without what was found on the way. */
static void same_words(const struct http_head *a, const struct http_head *b)
{
    FUZZ_CHECK(a->length == b->length && a->method == b->method && a->form == b->form);
    FUZZ_CHECK(a->major == b->major && a->minor == b->minor && a->status == b->status);
    FUZZ_CHECK(same_span(a->method_text, b->method_text) && same_span(a->target, b->target));
    FUZZ_CHECK(same_span(a->reason, b->reason) && a->field_count == b->field_count);
    for (size_t i = 0; i < a->field_count; i++) {
        FUZZ_CHECK(same_span(a->fields[i].name, b->fields[i].name));
        FUZZ_CHECK(same_span(a->fields[i].value, b->fields[i].value));
    }
}

static void same_framing(const struct http_framing *a, const struct http_framing *b)
{
    FUZZ_CHECK(a->kind == b->kind && a->length == b->length && a->has_length == b->has_length);
    FUZZ_CHECK(a->told_length == b->told_length && a->keep_alive == b->keep_alive);
    FUZZ_CHECK(a->expect_continue == b->expect_continue && a->interim == b->interim);
    FUZZ_CHECK(a->still_coded == b->still_coded);
    same_findings(&a->findings, &b->findings);
    same_note(&a->error, &b->error);
}

void same_body(const struct read_body *a, const struct read_body *b)
{
    FUZZ_CHECK(a->before_end == b->before_end && a->end == b->end);
    FUZZ_CHECK(a->digest == b->digest && a->trailers == b->trailers);
    FUZZ_CHECK(a->body.content == b->body.content && a->body.consumed == b->body.consumed);
    FUZZ_CHECK(a->body.state == b->body.state && a->body.chunks == b->body.chunks);
    same_findings(&a->body.findings, &b->body.findings);
    same_note(&a->body.error, &b->body.error);
}

void same_message(const struct read_message *a, const struct read_message *b)
{
    FUZZ_CHECK(a->head_result == b->head_result && a->framing_result == b->framing_result);
    same_words(&a->head, &b->head);
    same_findings(&a->head.findings, &b->head.findings);
    same_note(&a->head.error, &b->head.error);
    same_framing(&a->framing, &b->framing);
    FUZZ_CHECK(a->has_body == b->has_body && a->complete == b->complete);
    if (a->has_body)
        same_body(&a->body, &b->body);
}

void read_every_way(struct read_message *m, const struct fuzz_input *in, enum http_kind kind,
                    const struct http_options *options, enum http_method method)
{
    for (int how = FUZZ_WHOLE; how < FUZZ_DELIVERIES; how++) {
        struct read_message other;
        struct fuzz_feed f;
        fuzz_feed_begin(&f, (enum fuzz_delivery)how, in);
        read_message(how == FUZZ_WHOLE ? m : &other, &f, kind, options, method);
        fuzz_feed_end(&f);
        if (how != FUZZ_WHOLE)
            same_message(m, &other);
    }
}

/* Whether the whole message was taken, and what was found on the way. */
static bool taken(const struct read_message *m, size_t *findings)
{
    *findings = m->head.findings.count + m->body.body.findings.count;
    return m->has_body && m->body.end == HTTP_EVENT_END;
}

void check_leniency(const struct read_message *m, const struct fuzz_input *in, enum http_kind kind,
                    const struct http_options *options, enum http_method method)
{
    struct read_message other;
    struct fuzz_feed f;
    struct http_options turned = *options;
    turned.allow = read_strict(options) ? HTTP_ALLOW_ALL : 0;
    fuzz_feed_begin(&f, FUZZ_WHOLE, in);
    read_message(&other, &f, kind, &turned, method);
    fuzz_feed_end(&f);
    const struct read_message *strict = read_strict(options) ? m : &other;
    const struct read_message *lenient = read_strict(options) ? &other : m;
    size_t strict_findings, lenient_findings;
    bool strictly = taken(strict, &strict_findings), leniently = taken(lenient, &lenient_findings);
    FUZZ_CHECK(!strictly || (leniently && strict_findings == 0 && lenient_findings == 0));
    FUZZ_CHECK(!strictly || strict->framing.findings.count == lenient->framing.findings.count);
    /* Framing notes that are no leniency (a length that does not count) leave this open. */
    if (leniently && lenient_findings == 0 && lenient->framing.findings.count == 0)
        FUZZ_CHECK(strictly);
    if (strictly)
        same_message(strict, lenient);
}
