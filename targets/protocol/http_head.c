/* Message heads: lines, fields, Host (RFC 9112, sections 2, 3.2 and 5). */
#include "protocol/http_internal.h"

#include <string.h>

/* RFC 9112, 3: "at least 8000 octets" for the request line. */
#define LINE_DEFAULT       8192
#define HEAD_DEFAULT       65536
#define HEAD_MOST          (16u << 20) /* spans have 32 bits, and nothing sane comes near this */
#define FIELD_DEFAULT      16384
#define FIELDS_DEFAULT     100
#define CHUNK_LINE_DEFAULT 4096
#define TRAILER_DEFAULT    16384

/* "SHOULD ignore at least one empty line (CRLF) received prior to the request-line" (RFC 9112, 2.2). */
#define EMPTY_LINES_OF_RIGHT 1

struct http_options http_defaults(const struct http_options *options)
{
    static const struct http_options defaults = {.line_max = LINE_DEFAULT,
                                                 .head_max = HEAD_DEFAULT,
                                                 .field_max = FIELD_DEFAULT,
                                                 .fields_max = FIELDS_DEFAULT,
                                                 .chunk_line_max = CHUNK_LINE_DEFAULT,
                                                 .trailer_max = TRAILER_DEFAULT,
                                                 .body_max = UINT64_MAX};
    if (options == NULL)
        return defaults;
    struct http_options o = *options;
    if (o.line_max == 0)
        o.line_max = defaults.line_max;
    if (o.head_max == 0)
        o.head_max = defaults.head_max;
    if (o.head_max > HEAD_MOST)
        o.head_max = HEAD_MOST;
    if (o.field_max == 0)
        o.field_max = defaults.field_max;
    if (o.fields_max == 0)
        o.fields_max = defaults.fields_max;
    if (o.fields_max > HTTP_FIELDS_MAX)
        o.fields_max = HTTP_FIELDS_MAX;
    if (o.chunk_line_max == 0)
        o.chunk_line_max = defaults.chunk_line_max;
    if (o.trailer_max == 0)
        o.trailer_max = defaults.trailer_max;
    if (o.body_max == 0)
        o.body_max = defaults.body_max;
    return o;
}

/* Not all of it: fields and findings are set when there are some. */
void http_head_init(struct http_head *h, enum http_kind kind, const struct http_options *options)
{
    h->kind = kind;
    h->options = http_defaults(options);
    h->length = 0;
    h->method = HTTP_GET;
    h->method_text = h->target = h->reason = (struct http_span){0};
    h->form = HTTP_FORM_ORIGIN;
    h->major = h->minor = h->status = 0;
    h->field_count = 0;
    h->ids = h->again = 0;
    h->host = 0;
    h->findings.count = h->findings.lost = 0;
    h->error = (struct http_note){0};
    h->state = HTTP_AT_START;
    h->line = h->scanned = h->empty_lines = 0;
    h->most = h->options.line_max;
    h->after_skipped = 0;
}

/*
 * A start line without end. What it is depends on its first line_max bytes only, so that cuts change nothing:
 * a method that never ends is not implemented (RFC 9112, 3: 501), a target that never ends is too long (414).
 */
static int start_line_too_long(struct http_head *h, const char *data, size_t bound)
{
    if (h->kind == HTTP_RESPONSE)
        return http_refuse_limit(&h->error, 0, "LIMIT-STATUS-LINE", bound, "the status line is longer than the limit");
    size_t i = h->line;
    while (i < bound && http_is(data[i], HTTP_TCHAR))
        i++;
    if (i == bound)
        return http_refuse_limit(&h->error, 501, "RFC9112-3", bound,
                                 "the method is longer than any that is implemented");
    if (data[i] != ' ' || i == h->line)
        return http_refuse(&h->error, 400, "RFC9112-3", i, "the request line does not begin with a method and a space");
    return http_refuse_limit(&h->error, 414, "RFC9110-15.5.15", bound, "the request target is longer than the limit");
}

/* The line at h->line has not ended within its limit or that of the head: `bound`, the smaller one. */
static int line_too_long(struct http_head *h, const char *data, size_t bound)
{
    bool whole = h->line + h->most > h->options.head_max;
    if (h->state == HTTP_AT_START && !whole)
        return start_line_too_long(h, data, bound);
    return http_refuse_limit(&h->error, 431, "RFC6585-5", bound,
                             whole ? "the head is longer than the limit" : "a field line is longer than the limit");
}

/* Empty lines before the start line, which a server forgives once and a client never
 * expects (RFC 9112, 2.2). */
static int empty_before_start(struct http_head *h, const struct http_report *r, size_t at)
{
    h->empty_lines++;
    if (h->kind == HTTP_REQUEST && h->empty_lines <= EMPTY_LINES_OF_RIGHT)
        return 0;
    return http_judge(r, HTTP_ALLOW_EMPTY_LINES, "RFC9112-2.2", at,
                      h->kind == HTTP_REQUEST ? "more than one empty line before the request line"
                                              : "an empty line before the status line");
}

/* A line that begins with a blank: obs-fold (RFC 9112, 5.2), or the smuggler's blank after the start line
 * (2.2). */
static int folded(struct http_head *h, const struct http_report *r, const char *data, size_t at, size_t end)
{
    if (h->field_count == 0 && !h->after_skipped) {
        h->after_skipped = 1;
        if (BUG(SPACE_BEFORE_FIELDS))
            return 0;
        return http_judge(r, HTTP_ALLOW_OBS_FOLD, "RFC9112-2.2", at, "whitespace between start line and first field");
    }
    if (!BUG(FOLDED_FIELD) &&
        http_judge(r, HTTP_ALLOW_OBS_FOLD, "RFC9112-5.2", at, "a field is continued in the next line (obs-fold)") < 0)
        return -1;
    if (http_value_check(r, data, at, end, 0) < 0)
        return -1;
    if (h->after_skipped)
        return 0;
    while (end > at && http_blank(data[end - 1]))
        end--;
    struct http_span *value = &h->fields[h->field_count - 1].value;
    if (end > at)
        value->len = (uint32_t)(end - value->at);
    return 0;
}

/* A line behind the start line. Returns 1, 0 for the empty one that ends the head, -1. */
static int field_line(struct http_head *h, const struct http_report *r, const char *data, size_t at, size_t end)
{
    struct http_field line;
    if (at == end)
        return 0;
    if (http_blank(data[at]))
        return folded(h, r, data, at, end) < 0 ? -1 : 1;
    int got = http_field_line_parse(r, data, at, end, 0, &line);
    h->after_skipped = got == 0;
    if (got <= 0)
        return got < 0 ? -1 : 1;
    if (h->field_count >= h->options.fields_max + BUG(ONE_FIELD_TOO_MANY))
        return http_refuse_limit(&h->error, 431, "RFC6585-5", at, "there are more fields than the limit");
    h->again |= h->ids & 1u << line.id;
    h->host = line.id == HTTP_FIELD_HOST && (h->again & 1u << HTTP_FIELD_HOST) == 0 ? h->field_count : h->host;
    h->ids |= 1u << line.id;
    h->fields[h->field_count++] = line;
    return 1;
}

/* RFC 9112, 3.2: one Host in HTTP/1.1, at most one in HTTP/1.0, and valid. */
static int check_host(struct http_head *h, const struct http_report *r, const char *data)
{
    const struct http_field *host = &h->fields[h->host];
    if ((h->ids & 1u << HTTP_FIELD_HOST) == 0) {
        if (BUG(NO_HOST) || (h->major == 1 && h->minor == 0))
            return 0;
        return http_judge(r, HTTP_ALLOW_HOST, "RFC9112-3.2", h->length, "an HTTP/1.1 request without Host");
    }
    if ((h->again & 1u << HTTP_FIELD_HOST) != 0 && !BUG(TWO_HOSTS) &&
        http_judge(r, HTTP_ALLOW_HOST, "RFC9112-3.2", http_field_find_id(h, HTTP_FIELD_HOST, h->host + 1)->name.at,
                   "more than one Host field") < 0)
        return -1;
    size_t end = (size_t)host->value.at + host->value.len;
    if (http_line_run(data, host->value.at, HTTP_REGNAME) == end) /* a name or an address without port */
        return 0;
    if (!http_authority_valid(http_text(data, host->value), host->value.len, false))
        return http_judge(r, HTTP_ALLOW_HOST, "RFC9112-3.2", host->value.at, "the value of Host is not host [:port]");
    return 0;
}

/* The first line, or an empty one before it. Returns 1 or -1. */
static int start_line(struct http_head *h, const struct http_report *r, const char *data, size_t at, size_t end)
{
    if (at == end)
        return empty_before_start(h, r, at) < 0 ? -1 : 1;
    h->state = HTTP_AT_FIELDS;
    h->most = h->options.field_max;
    int done = h->kind == HTTP_REQUEST ? http_request_line(h, data, at, end) : http_status_line(h, data, at, end);
    return done < 0 ? -1 : 1;
}

/* One line, which ends with the LF at `lf`: its content, then its end. Returns 1, 0 behind the head, -1. */
static int take_line(struct http_head *h, const struct http_report *r, const char *data, size_t lf)
{
    size_t at = h->line;
    bool bare = data[lf - (lf > at)] != '\r'; /* an empty line has its LF alone */
    size_t end = lf - !bare;
    int more = h->state == HTTP_AT_FIELDS ? field_line(h, r, data, at, end) : start_line(h, r, data, at, end);
    h->line = h->scanned = lf + 1;
    if (BUG(READS_AHEAD) && http_blank(data[lf + 1]))
        h->after_skipped = 0;
    if (more > 0 && !bare)
        return 1;
    if (more < 0 || (bare && !BUG(BARE_LF) &&
                     http_judge(r, HTTP_ALLOW_BARE_LF, "RFC9112-2.2", lf, "a line ends in LF without CR") < 0))
        return -1;
    if (more > 0)
        return 1;
    h->length = lf + 1;
    h->state = HTTP_AT_END;
    return h->kind == HTTP_REQUEST ? check_host(h, r, data) : 0;
}

/* The next line. Returns 1, 0 behind the head or where the line has not ended yet, -1. */
static int next_line(struct http_head *h, const struct http_report *r, const char *data, size_t len)
{
    size_t bound = h->line + h->most + BUG(ONE_BYTE_TOO_MANY);
    if (bound > h->options.head_max)
        bound = h->options.head_max; /* for a start line too: empty lines before it may be allowed */
    size_t to = len < bound ? len : bound;
    const char *lf = to > h->scanned ? memchr(data + h->scanned, '\n', to - h->scanned) : NULL;
    if (lf != NULL)
        return take_line(h, r, data, (size_t)(lf - data));
    h->scanned = BUG(SCANS_AGAIN) ? h->line : to + BUG(LOST_AT_THE_CUT);
    return len < bound ? 0 : line_too_long(h, data, bound);
}

long http_head_parse(struct http_head *h, const char *data, size_t len)
{
    if (h->state >= HTTP_AT_END)
        return h->state == HTTP_AT_END ? (long)h->length : -1;
    const struct http_report r = {.allow = h->options.allow, .findings = &h->findings, .error = &h->error};
    int going;
    do
        going = next_line(h, &r, data, len);
    while (going > 0);
    if (going == 0)
        return (long)h->length; /* still 0 where there is no end yet */
    h->state = HTTP_AT_ERROR;
    return -1;
}
