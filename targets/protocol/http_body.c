/* Bodies: by length, until close, chunked (RFC 9112, sections 6 and 7). */
#include "protocol/http_internal.h"

void http_body_init(struct http_body *b, const struct http_framing *f, const struct http_options *options)
{
    b->kind = f->kind;
    b->options = http_defaults(options);
    b->left = b->content = b->consumed = b->trailer = b->chunks = 0;
    b->scanned = 0;
    b->findings.count = b->findings.lost = 0; /* their items are set when there are some */
    b->error = (struct http_note){0};
    switch (f->kind) {
    case HTTP_BODY_CHUNKED:
        b->state = HTTP_IN_CHUNK_LINE;
        break;
    case HTTP_BODY_UNTIL_CLOSE:
    case HTTP_BODY_TUNNEL:
        b->state = HTTP_IN_CLOSE;
        break;
    case HTTP_BODY_LENGTH:
        b->left = f->length;
        b->state = f->length > 0 ? HTTP_IN_LENGTH : HTTP_IN_END;
        break;
    case HTTP_BODY_NONE:
        b->state = HTTP_IN_END;
        break;
    }
}

static enum http_body_event failed(struct http_body *b)
{
    b->state = HTTP_IN_ERROR;
    return HTTP_EVENT_ERROR;
}

static struct http_report report_of(struct http_body *b)
{
    return (struct http_report){b->options.allow, &b->findings, &b->error};
}

/* Hands out content: as much as there is, at most `most`. */
static enum http_body_event content(struct http_body *b, const char *data, size_t len, uint64_t most, size_t *used,
                                    struct http_part *part)
{
    uint64_t n = len < most ? len : most;
    uint64_t room = b->options.body_max - b->content;
    if (room == 0) {
        http_refuse_limit(&b->error, 413, "RFC9110-15.5.14", b->consumed, "the content is longer than the limit");
        return failed(b);
    }
    n = n < room ? n : room;
    *used = (size_t)n;
    *part = (struct http_part){.data = data, .len = (size_t)n};
    b->content += n;
    return HTTP_EVENT_DATA;
}

/* "=" BWS ( token / quoted-string ) behind the name of an extension; where it ends, or false with *i at the
 * byte that fails. */
static bool extension_value(const char *data, size_t *i, size_t end)
{
    for (++*i; *i < end && http_blank(data[*i]);)
        ++*i;
    size_t from = *i;
    if (from == end || data[from] != '"') {
        while (*i < end && http_is(data[*i], HTTP_TCHAR))
            ++*i;
        return *i > from;
    }
    for (++*i; *i < end && data[*i] != '"'; ++*i) {
        if (data[*i] == '\\' && *i + 1 < end)
            ++*i;
        if (!http_is(data[*i], HTTP_VALUE))
            return false;
    }
    if (*i == end) {
        *i = from;
        return false;
    }
    ++*i;
    return true;
}

/*
 * RFC 9112, 7.1.1: chunk-ext = *( BWS ";" BWS name [ BWS "=" BWS value ] ). *i is moved to the end, or, with
 * false, to the byte that fails; blanks that no ";" follows are not taken.
 */
static bool extensions(const char *data, size_t *i, size_t end)
{
    while (*i < end) {
        size_t from = *i, k = from;
        while (k < end && http_blank(data[k]))
            k++;
        if (k == end || data[k] != ';')
            return k == end;
        for (k++; k < end && http_blank(data[k]);)
            k++;
        *i = k;
        while (*i < end && http_is(data[*i], HTTP_TCHAR))
            ++*i;
        if (*i == k)
            return false;
        for (k = *i; k < end && http_blank(data[k]);)
            k++;
        if (k < end && data[k] == '=') {
            *i = k;
            if (!extension_value(data, i, end))
                return false;
        }
    }
    return true;
}

/* chunk-size [ chunk-ext ]: data[0 .. end) without the line end. */
static int chunk_line(struct http_body *b, const char *data, size_t end)
{
    const struct http_report r = report_of(b);
    uint64_t size = 0;
    size_t i = 0;
    if (BUG(CHUNK_SIZE_SIGN) && end > 1 && data[0] == '+')
        i++;
    if (BUG(CHUNK_SIZE_0X) && end > 2 && data[0] == '0' && http_lower(data[1]) == 'x')
        i = 2;
    for (; i < end && http_is(data[i], HTTP_HEX); i++) {
        unsigned digit = data[i] <= '9' ? (unsigned)(data[i] - '0') : (unsigned)(http_lower(data[i]) - 'a' + 10);
        if (size > (uint64_t)INT64_MAX >> 4 && !BUG(CHUNK_SIZE_WRAPS))
            return http_refuse(&b->error, 400, "RFC9112-7.1", b->consumed + i, "a chunk size too large to count");
        size = size << 4 | digit;
        if (BUG(CHUNK_SIZE_32))
            size = (uint32_t)size;
    }
    if (i == 0 && !BUG(CHUNK_SIZE_EMPTY))
        return http_refuse(&b->error, 400, "RFC9112-7.1", b->consumed, "a chunk does not begin with its size in hex");
    size_t stop = BUG(CHUNK_EXTENSION) ? end : i;
    if (!extensions(data, &stop, end))
        return http_refuse(&b->error, 400, stop == i ? "RFC9112-7.1" : "RFC9112-7.1.1", b->consumed + stop,
                           "what follows the chunk size is no chunk extension");
    if (stop < end && !BUG(CHUNK_BLANKS) &&
        http_judge(&r, HTTP_ALLOW_CHUNK_BLANKS, "RFC9112-7.1", b->consumed + stop, "blanks behind the chunk size") < 0)
        return -1;
    if (size > b->options.body_max - b->content)
        return http_refuse_limit(&b->error, 413, "RFC9110-15.5.14", b->consumed,
                                 "the content is longer than the limit");
    b->left = size;
    b->chunks++;
    return 0;
}

/* Finds a LF in data[*scanned .. min(len, bound)): its index, or SIZE_MAX with *scanned moved on. */
static size_t find_lf(const char *data, size_t len, size_t bound, size_t *scanned)
{
    size_t to = len < bound ? len : bound;
    if (*scanned >= to)
        return SIZE_MAX;
    const char *lf = memchr(data + *scanned, '\n', to - *scanned);
    if (lf != NULL)
        return (size_t)(lf - data);
    *scanned = to;
    return SIZE_MAX;
}

/*
 * A complete line within `most` bytes: its content is data[0 .. *end), *used its bytes with the end. Returns
 * 1, 0 for more bytes, -1 for a refusal; `rule` and `sentence` tell the limit.
 */
static int whole_line(struct http_body *b, const char *data, size_t len, size_t most, size_t *end, size_t *used,
                      const struct http_note *limit)
{
    size_t lf = find_lf(data, len, most, &b->scanned);
    if (lf == SIZE_MAX) {
        if (len < most)
            return 0;
        return http_refuse_limit(&b->error, limit->status, limit->rule, b->consumed + most, limit->sentence);
    }
    b->scanned = 0;
    bool bare = lf == 0 || data[lf - 1] != '\r';
    *end = bare ? lf : lf - 1;
    *used = lf + 1;
    const struct http_report r = report_of(b);
    if (bare && http_judge(&r, HTTP_ALLOW_BARE_LF, "RFC9112-2.2", b->consumed + lf, "a line ends in LF without CR") < 0)
        return -1;
    return 1;
}

static enum http_body_event read_chunk_line(struct http_body *b, const char *data, size_t len, size_t *used)
{
    static const struct http_note limit = {
        .rule = "RFC9112-7.1.1", .status = 400, .sentence = "a chunk line is longer than the limit"};
    size_t end = 0;
    int got = whole_line(b, data, len, b->options.chunk_line_max, &end, used, &limit);
    if (got == 0)
        return HTTP_EVENT_MORE;
    if (got < 0 || chunk_line(b, data, end) < 0) {
        *used = 0;
        return failed(b);
    }
    b->state = b->left > 0 ? HTTP_IN_CHUNK : HTTP_IN_TRAILERS;
    return HTTP_EVENT_MORE;
}

/* A trailer field (RFC 9112, 7.1.2), or the empty line that ends the body. Folds are no part of a trailer
 * here. */
static enum http_body_event read_trailer(struct http_body *b, const char *data, size_t len, size_t *used,
                                         struct http_part *part)
{
    static const struct http_note limit = {
        .rule = "RFC6585-5", .status = 431, .sentence = "the trailers are longer than the limit"};
    const struct http_report r = report_of(b);
    size_t end = 0;
    int got = whole_line(b, data, len, (size_t)(b->options.trailer_max - b->trailer), &end, used, &limit);
    if (got == 0)
        return HTTP_EVENT_MORE;
    if (got < 0)
        goto refused;
    b->trailer += BUG(TRAILER_LIMIT) ? 0 : *used;
    if (end == 0) {
        b->state = HTTP_IN_END;
        return HTTP_EVENT_MORE;
    }
    if (http_blank(data[0])) {
        if (http_judge(&r, HTTP_ALLOW_OBS_FOLD, "RFC9112-5.2", b->consumed, "a trailer begins with whitespace") < 0)
            goto refused;
        return HTTP_EVENT_MORE;
    }
    struct http_field line;
    got = http_field_line_parse(&r, data, 0, end, b->consumed, &line);
    if (got < 0)
        goto refused;
    if (got == 0)
        return HTTP_EVENT_MORE;
    *part = (struct http_part){.name = data + line.name.at,
                               .name_len = line.name.len,
                               .value = data + line.value.at,
                               .value_len = line.value.len};
    return HTTP_EVENT_TRAILER;
refused:
    *used = 0;
    return failed(b);
}

/* CR LF behind the data of a chunk. */
static enum http_body_event read_chunk_end(struct http_body *b, char c, size_t *used)
{
    const struct http_report r = report_of(b);
    if (b->state == HTTP_IN_CHUNK_CR && c == '\r') {
        b->state = HTTP_IN_CHUNK_LF;
    } else if (c == '\n') {
        if (b->state == HTTP_IN_CHUNK_CR &&
            http_judge(&r, HTTP_ALLOW_BARE_LF, "RFC9112-2.2", b->consumed, "a line ends in LF without CR") < 0)
            return failed(b);
        b->state = HTTP_IN_CHUNK_LINE;
    } else if (BUG(CHUNK_END) && b->state == HTTP_IN_CHUNK_CR) {
        b->state = HTTP_IN_CHUNK_LINE;
        return HTTP_EVENT_MORE;
    } else {
        http_refuse(&b->error, 400, "RFC9112-7.1", b->consumed, "no CR LF behind the data of a chunk");
        return failed(b);
    }
    *used = 1;
    return HTTP_EVENT_MORE;
}

/* One step in the present state: takes *used bytes. MORE with *used > 0 means: go on. */
static enum http_body_event step(struct http_body *b, const char *data, size_t len, size_t *used,
                                 struct http_part *part)
{
    enum http_body_event event;
    switch (b->state) {
    case HTTP_IN_LENGTH:
    case HTTP_IN_CHUNK:
        event = content(b, data, len, b->left, used, part);
        b->left -= *used;
        if (event == HTTP_EVENT_DATA && b->left == 0)
            b->state = b->state == HTTP_IN_LENGTH ? HTTP_IN_END : HTTP_IN_CHUNK_CR;
        return event;
    case HTTP_IN_CLOSE:
        return content(b, data, len, UINT64_MAX, used, part);
    case HTTP_IN_CHUNK_LINE:
        return read_chunk_line(b, data, len, used);
    case HTTP_IN_CHUNK_CR:
    case HTTP_IN_CHUNK_LF:
        return read_chunk_end(b, data[0], used);
    case HTTP_IN_TRAILERS:
        return read_trailer(b, data, len, used, part);
    default:
        return HTTP_EVENT_ERROR;
    }
}

enum http_body_event http_body_read(struct http_body *b, const char *data, size_t len, size_t *used,
                                    struct http_part *part)
{
    *used = 0;
    *part = (struct http_part){0};
    for (;;) {
        if (b->state == HTTP_IN_END)
            return HTTP_EVENT_END;
        if (b->state == HTTP_IN_ERROR)
            return HTTP_EVENT_ERROR;
        if (*used == len)
            return HTTP_EVENT_MORE;
        size_t took = 0;
        enum http_body_event event = step(b, data + *used, len - *used, &took, part);
        *used += took;
        b->consumed += took;
        if (event != HTTP_EVENT_MORE || took == 0)
            return event;
    }
}

enum http_body_event http_body_eof(struct http_body *b)
{
    if (b->state == HTTP_IN_END || b->state == HTTP_IN_CLOSE) {
        b->state = HTTP_IN_END;
        return HTTP_EVENT_END;
    }
    if (b->state != HTTP_IN_ERROR)
        http_refuse(&b->error, 400, "RFC9112-8", b->consumed, "the message ends before its body does");
    return failed(b);
}
