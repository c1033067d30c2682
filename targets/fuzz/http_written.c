#include "fuzz/http_written.h"

#include "fuzz/fuzz.h"
#include "protocol/http_date.h"
#include "protocol/http_write.h"

#include <string.h>
#include <strings.h>

/* The start line, Date, framing and chunk lines, beyond the bytes that were read. */
#define SLACK 512
/* The most content; short enough for several messages of a kind to be small. */
#define CONTENT_MOST 40
#define CHUNK        7
/* From the year 0 to the year 9999: what an IMF-fixdate can tell, and a year to either
 * side that it cannot. */
#define TIME_FIRST  (-62167219200 - 31536000)
#define TIME_LENGTH UINT64_C(315632073600)

/* The memory that is written to, and that of one string, of another, and of what fits in part. */
enum { TEXT, ONE, TWO, PART };
_Static_assert(PART < FUZZ_SCRATCH, "a slot for each");

/* What is written, and must be read. */
struct meant {
    const struct http_head *head;
    const char *data;
    enum http_method request;
    uint64_t length; /* may be HTTP_LENGTH_UNKNOWN */
    const char *content;
    size_t content_len;
    time_t when;
    enum http_body_kind kind;
    size_t trailers;
};

static const char *string_of(char *to, const char *data, struct http_span s)
{
    memcpy(to, data + s.at, s.len);
    to[s.len] = '\0';
    return to;
}

static void write_start(struct http_writer *w, const struct meant *m, char *one, char *two)
{
    const struct http_head *h = m->head;
    if (h->kind == HTTP_RESPONSE) {
        http_write_status(w, h->status);
    } else {
        http_write_request(w, string_of(one, m->data, h->method_text), string_of(two, m->data, h->target));
        http_write_field(w, "Host", string_of(two, m->data, h->fields[h->host].value));
    }
    http_write_date(w, m->when);
}

/* Each field that may stand behind the content. */
static size_t write_trailers(struct http_writer *w, const struct meant *m, char *one, char *two)
{
    size_t count = 0;
    for (size_t i = 0; i < m->head->field_count; i++) {
        const struct http_field *f = &m->head->fields[i];
        struct http_writer with = *w;
        http_write_trailer(&with, string_of(one, m->data, f->name), string_of(two, m->data, f->value));
        if (with.invalid)
            continue;
        *w = with;
        count++;
    }
    return count;
}

static void write_content(struct http_writer *w, struct meant *m, char *one, char *two)
{
    if (m->kind == HTTP_BODY_LENGTH || m->kind == HTTP_BODY_UNTIL_CLOSE) {
        http_write_bytes(w, m->content, m->content_len);
    } else if (m->kind == HTTP_BODY_CHUNKED) {
        for (size_t at = 0; at < m->content_len; at += CHUNK)
            http_write_chunk(w, m->content + at, m->content_len - at < CHUNK ? m->content_len - at : CHUNK);
        http_write_last_chunk(w);
        m->trailers = write_trailers(w, m, one, two);
        http_write_end(w);
    }
}

static void write_message(struct http_writer *w, struct meant *m)
{
    char *one = fuzz_scratch(ONE, m->head->length + 1), *two = fuzz_scratch(TWO, m->head->length + 1);
    write_start(w, m, one, two);
    if (m->head->kind == HTTP_RESPONSE)
        m->kind = http_write_response_framing(w, m->head->status, m->request, 1, m->length);
    else
        m->kind = http_write_request_framing(w, m->head->method, m->length);
    http_write_end(w);
    write_content(w, m, one, two);
}

/* Content where none may be is the one thing that is refused. */
static void check_refusal(const struct meant *m)
{
    const struct http_head *h = m->head;
    FUZZ_CHECK(m->length != 0);
    FUZZ_CHECK(h->kind == HTTP_RESPONSE ? h->status == 205 : h->method == HTTP_TRACE || h->method == HTTP_CONNECT);
}

static void check_date(const struct meant *m, const struct http_head *h, const char *text)
{
    char date[HTTP_DATE_ROOM];
    time_t got;
    size_t i = 0;
    bool can = http_date_format(m->when, date);
    while (i < h->field_count &&
           !(h->fields[i].name.len == 4 && strncasecmp(text + h->fields[i].name.at, "Date", 4) == 0))
        i++;
    FUZZ_CHECK((i < h->field_count) == can);
    if (!can)
        return;
    FUZZ_CHECK(http_date_parse(text + h->fields[i].value.at, h->fields[i].value.len, m->when, &got));
    FUZZ_CHECK(got == m->when);
}

static void check_content(const struct meant *m, struct http_body *b, const char *text, size_t len)
{
    size_t at = 0, done = 0, trailers = 0;
    enum http_body_event event;
    do {
        struct http_part part;
        size_t used;
        event = http_body_read(b, text + at, len - at, &used, &part);
        at += used;
        if (event == HTTP_EVENT_DATA) {
            FUZZ_CHECK(part.len <= m->content_len - done && memcmp(part.data, m->content + done, part.len) == 0);
            done += part.len;
        } else if (event == HTTP_EVENT_TRAILER) {
            trailers++;
        } else if (event == HTTP_EVENT_MORE) {
            event = http_body_eof(b);
        }
    } while (event == HTTP_EVENT_DATA || event == HTTP_EVENT_TRAILER);
    bool has_content = m->kind == HTTP_BODY_LENGTH || m->kind == HTTP_BODY_CHUNKED || m->kind == HTTP_BODY_UNTIL_CLOSE;
    FUZZ_CHECK(event == HTTP_EVENT_END && at == len);
    FUZZ_CHECK(done == (has_content ? m->content_len : 0) && trailers == m->trailers);
}

static void check_message(const struct meant *m, const char *text, size_t len)
{
    const struct http_options wide = {
        .line_max = 1 << 24, .head_max = 1 << 24, .field_max = 1 << 24, .fields_max = HTTP_FIELDS_MAX};
    struct http_head h;
    struct http_framing f;
    struct http_body b;
    http_head_init(&h, m->head->kind, &wide);
    long head = http_head_parse(&h, text, len);
    FUZZ_CHECK(head > 0 && h.findings.count == 0);
    check_date(m, &h, text);
    FUZZ_CHECK(http_framing_decide(&f, &h, text, m->request) == 0 && f.findings.count == 0);
    FUZZ_CHECK(f.kind == m->kind || (m->kind == HTTP_BODY_LENGTH && m->content_len == 0 && f.kind == HTTP_BODY_NONE));
    if (f.kind == HTTP_BODY_TUNNEL)
        return;
    http_body_init(&b, &f, &wide);
    check_content(m, &b, text + head, len - (size_t)head);
}

/* With less room: the writer says so, and nothing stands there that is not the beginning of the whole. */
static void check_less_room(struct meant *m, const char *whole, size_t len, size_t room)
{
    char *part = fuzz_scratch(PART, room);
    struct http_writer w;
    http_write_init(&w, part, room);
    write_message(&w, m);
    FUZZ_CHECK(w.overflow && !w.invalid && w.len <= w.cap && w.len < len);
    FUZZ_CHECK(memcmp(part, whole, w.len) == 0);
}

void written_message(const struct http_head *h, const char *data, enum http_method request)
{
    uint64_t digest = fuzz_digest(FUZZ_DIGEST, data, h->length);
    if (h->minor < 1)
        return;
    struct meant m = {.head = h, .data = data, .request = request, .content = data};
    m.content_len = digest % (CONTENT_MOST + 1) < h->length ? digest % (CONTENT_MOST + 1) : h->length;
    m.length = digest >> 8 & 1 ? m.content_len : HTTP_LENGTH_UNKNOWN;
    m.when = (time_t)(TIME_FIRST + (int64_t)(digest % TIME_LENGTH));
    size_t cap = 2 * h->length + 2 * h->field_count + SLACK;
    char *text = fuzz_scratch(TEXT, cap);
    struct http_writer w;
    http_write_init(&w, text, cap);
    write_message(&w, &m);
    if (w.invalid) {
        check_refusal(&m);
        return;
    }
    FUZZ_CHECK(!w.overflow);
    check_message(&m, text, w.len);
    check_less_room(&m, text, w.len, (size_t)(digest >> 16) % w.len);
}
