/* Where a message ends (RFC 9112, section 6.3), and whether another may follow (9.3). */
#include "protocol/http_internal.h"

/* A request that has none of these fields has no body and leaves the connection as its version says. */
#define FRAMING_IDS (1u << HTTP_FIELD_CONTENT_LENGTH | 1u << HTTP_FIELD_TRANSFER_ENCODING | 1u << HTTP_FIELD_CONNECTION)

/* What the Content-Length lines of a head say. */
struct lengths {
    size_t values;   /* found */
    uint64_t value;  /* of the first */
    bool differ;     /* two values that are not the same */
    bool invalid;    /* something that is no 1*DIGIT, or too large to count */
    uint64_t offset; /* of what is wrong, else of the (second) value */
};

/* What the Transfer-Encoding lines say. */
struct codings {
    bool present;
    bool invalid;   /* no list of transfer codings, or an empty one */
    size_t chunked; /* how often */
    size_t others;
    bool chunked_last;
    uint64_t offset;
};

static bool list_blank(char c)
{
    return http_blank(c) || c == '\r' || c == '\n' ||
           (BUG(VERTICAL_TAB) && c == '\v'); /* the line ends of an obs-fold that was allowed */
}

/* One value of a Content-Length list: 1*DIGIT, in what a signed 64-bit file size can hold. */
static bool length_value(const char *data, size_t at, size_t end, uint64_t *value)
{
    uint64_t v = 0;
    if (BUG(LENGTH_SIGN) && end - at > 1 && data[at] == '+')
        at++;
    if (BUG(LENGTH_HEX) && end - at > 2 && data[at] == '0' && http_lower(data[at + 1]) == 'x')
        at += 2;
    for (size_t i = at; i < end; i++) {
        if (BUG(LENGTH_BLANK) && i > at && http_blank(data[i]))
            continue;
        if (!http_is(data[i], HTTP_DIGIT))
            return false;
        unsigned digit = (unsigned)(data[i] - '0');
        if (!BUG(LENGTH_WRAPS) && v > ((uint64_t)INT64_MAX - digit) / 10)
            return false;
        v = v * 10 + digit;
    }
    *value = v;
    return end > at || BUG(LENGTH_EMPTY);
}

static void lengths_add(struct lengths *l, const char *data, struct http_span span)
{
    size_t i = span.at, end = (size_t)span.at + span.len;
    for (;;) {
        while (i < end && list_blank(data[i]))
            i++;
        size_t from = i;
        while (i < end && data[i] != ',')
            i++;
        size_t stop = i;
        while (stop > from && list_blank(data[stop - 1]))
            stop--;
        uint64_t value = 0;
        if (!length_value(data, from, stop, &value)) {
            l->offset = l->invalid ? l->offset : from;
            l->invalid = true;
        } else if (l->values++ == 0) {
            l->value = value;
            l->offset = from;
        } else if (!l->invalid && !l->differ) {
            l->differ = value != l->value;
            l->offset = from;
        }
        if (i >= end || BUG(LENGTH_LIST))
            return;
        i++;
    }
}

static struct lengths lengths_of(const struct http_head *h, const char *data)
{
    struct lengths l = {0};
    const struct http_field *f = NULL;
    for (size_t i = 0; (f = http_field_find_id(h, HTTP_FIELD_CONTENT_LENGTH, i)) != NULL;
         i = (size_t)(f - h->fields) + 1)
        lengths_add(&l, data, f->value);
    return l;
}

/* transfer-parameter values may be quoted: skips to the end of the parameters; false where the quotes do not
 * close. */
static bool skip_parameters(const char *data, size_t *i, size_t end)
{
    bool quoted = false;
    while (*i < end && (quoted || data[*i] != ',')) {
        if (data[*i] == '"')
            quoted = !quoted;
        else if (quoted && data[*i] == '\\' && *i + 1 < end)
            ++*i;
        ++*i;
    }
    return !quoted;
}

/* One line of Transfer-Encoding = #transfer-coding, transfer-coding = token *( OWS ";" OWS parameter ) (RFC
 * 9112, 6.1, 7). */
static void codings_add(struct codings *c, const char *data, struct http_span span)
{
    size_t i = span.at, end = (size_t)span.at + span.len;
    while (i < end) {
        if (list_blank(data[i]) || data[i] == ',') {
            i++;
            continue;
        }
        size_t from = i;
        while (i < end && http_is(data[i], HTTP_TCHAR))
            i++;
        struct http_span name = {(uint32_t)from, (uint32_t)(i - from)};
        while (i < end && list_blank(data[i]))
            i++;
        bool chunked = http_span_is_nocase(data, name, "chunked") ||
                       (BUG(CHUNKED_SUBSTRING) && memmem(data + from, name.len, "chunked", 7) != NULL);
        bool parameters = i < end && data[i] == ';';
        bool closed = !parameters || skip_parameters(data, &i, end);
        /* chunked has no parameters: "their presence SHOULD be treated as an error" (RFC 9112, 7.1) */
        if (name.len == 0 || !closed || (i < end && data[i] != ',') || (chunked && parameters)) {
            c->offset = c->invalid ? c->offset : from;
            c->invalid = true;
            return;
        }
        c->chunked += chunked;
        c->others += !chunked;
        c->chunked_last = chunked;
    }
}

static struct codings codings_of(const struct http_head *h, const char *data)
{
    struct codings c = {0};
    const struct http_field *f = NULL;
    for (size_t i = 0; (f = http_field_find_id(h, HTTP_FIELD_TRANSFER_ENCODING, i)) != NULL;
         i = (size_t)(f - h->fields) + 1) {
        if (!c.present)
            c.offset = f->name.at;
        c.present = true;
        codings_add(&c, data, f->value);
    }
    if (c.present && c.chunked + c.others == 0)
        c.invalid = true;
    if (BUG(CHUNKED_NOT_LAST) && c.chunked > 0) {
        c.chunked_last = true;
        c.others = 0;
    }
    return c;
}

/* RFC 9112, 9.3. */
static bool keep_alive(const struct http_head *h, const char *data)
{
    if (http_field_id_has_token(h, data, HTTP_FIELD_CONNECTION, "close"))
        return false;
    if (h->major == 1 && h->minor >= 1)
        return true;
    return http_field_id_has_token(h, data, HTTP_FIELD_CONNECTION, "keep-alive");
}

/* Content-Length as framing (RFC 9112, 6.3, 5 and 6). */
static int frame_by_length(struct http_framing *f, const struct http_report *r, const struct lengths *l,
                           const struct http_head *h)
{
    if (l->invalid)
        return http_refuse(&f->error, 400, "RFC9112-6.3", l->offset, "Content-Length is not a decimal number");
    if (l->differ && !BUG(TWO_LENGTHS))
        return http_refuse(&f->error, 400, "RFC9112-6.3", l->offset, "Content-Length has two different values");
    if (l->values > 1 && !BUG(TWO_LENGTHS) &&
        http_judge(r, HTTP_ALLOW_SAME_LENGTHS, "RFC9110-8.6", l->offset,
                   "Content-Length is repeated with the same value") < 0)
        return -1;
    f->kind = HTTP_BODY_LENGTH;
    f->length = l->value;
    if (f->length > h->options.body_max)
        return http_refuse_limit(&f->error, 413, "RFC9110-15.5.14", l->offset, "the content is longer than the limit");
    return 0;
}

/* Transfer-Encoding as framing (RFC 9112, 6.3, 3 and 4). */
static int frame_by_coding(struct http_framing *f, const struct http_report *r, const struct codings *c,
                           const struct http_head *h)
{
    bool request = h->kind == HTTP_REQUEST;
    if (c->invalid)
        return http_refuse(&f->error, 400, "RFC9112-6.1", c->offset, "Transfer-Encoding is not a list of codings");
    if (c->chunked > 1)
        return http_refuse(&f->error, 400, "RFC9112-6.1", c->offset, "chunked is applied more than once");
    if (!c->chunked_last && request)
        return http_refuse(&f->error, 400, "RFC9112-6.3", c->offset,
                           "chunked is not the last transfer coding of a request");
    if (c->others > 0) {
        f->still_coded = true;
        if ((r->allow & HTTP_ALLOW_CODINGS) == 0)
            return http_refuse(&f->error, 501, "RFC9112-6.1", c->offset, "a transfer coding that is not implemented");
        http_found(&f->findings, "RFC9112-6.1", c->offset, "a transfer coding other than chunked");
    }
    if (h->minor == 0 && h->major == 1) {
        /* "MUST treat the message as if the framing is faulty ... and close the connection after processing"
         * (6.1) */
        http_found(&f->findings, "RFC9112-6.1", c->offset, "Transfer-Encoding in an HTTP/1.0 message");
        f->keep_alive = f->keep_alive && BUG(CODING_IN_1_0);
    }
    f->kind = c->chunked_last ? HTTP_BODY_CHUNKED : HTTP_BODY_UNTIL_CLOSE;
    return 0;
}

/* Responses that have no body whatever their fields say (RFC 9112, 6.3, 1 and 2). */
static bool frame_by_status(struct http_framing *f, const struct http_head *h, enum http_method request,
                            const struct lengths *l, const struct codings *c)
{
    bool tunnel = request == HTTP_CONNECT && h->status / 100 == 2;
    bool empty = h->status / 100 == 1 || (h->status == 204 && !(BUG(LENGTH_OF_204) && l->values > 0));
    if (!tunnel && !empty && h->status != 304 && request != HTTP_HEAD)
        return false;
    f->kind = tunnel ? HTTP_BODY_TUNNEL : HTTP_BODY_NONE;
    f->interim = h->status / 100 == 1 && h->status != 101;
    if (l->invalid || l->differ)
        http_found(&f->findings, "RFC9110-8.6", l->offset, "Content-Length is not one decimal number");
    if ((tunnel || empty) && l->values > 0)
        http_found(&f->findings, "RFC9110-8.6", l->offset, "Content-Length in a response that cannot have content");
    if ((tunnel || empty) && c->present)
        http_found(&f->findings, "RFC9112-6.1", c->offset, "Transfer-Encoding in a response that cannot have content");
    return true;
}

/* Reads the fields that frame; *f is as for a head without them. */
static int decide(struct http_framing *f, const struct http_head *h, const char *data, enum http_method request)
{
    const struct http_report r = {h->options.allow, &f->findings, &f->error};
    const struct lengths l = lengths_of(h, data);
    const struct codings c = codings_of(h, data);
    f->keep_alive = keep_alive(h, data);
    f->has_length = l.values > 0 && !l.invalid && !l.differ;
    f->told_length = f->has_length ? l.value : 0;
    if (h->kind == HTTP_RESPONSE && frame_by_status(f, h, request, &l, &c))
        return 0;
    if (c.present) {
        if ((l.values > 0 || l.invalid) && !BUG(BOTH_FRAMINGS)) {
            if (http_judge(&r, HTTP_ALLOW_TE_AND_LENGTH, "RFC9112-6.3", c.offset,
                           "both Transfer-Encoding and Content-Length") < 0)
                return -1;
            f->keep_alive = false; /* "MUST close the connection after responding" (RFC 9112, 6.1) */
        }
        if (frame_by_coding(f, &r, &c, h) < 0)
            return -1;
    } else if (l.values > 0 || l.invalid) {
        if (frame_by_length(f, &r, &l, h) < 0)
            return -1;
    } else if (h->kind == HTTP_RESPONSE) {
        f->kind = HTTP_BODY_UNTIL_CLOSE;
    }
    if (f->kind == HTTP_BODY_UNTIL_CLOSE)
        f->keep_alive = false;
    /* "A server that receives a 100-continue expectation in an HTTP/1.0 request MUST ignore" it (RFC
     * 9110, 10.1.1) */
    f->expect_continue = h->kind == HTTP_REQUEST && (h->major > 1 || h->minor >= 1) &&
                         (f->kind == HTTP_BODY_CHUNKED || f->length > 0) &&
                         http_field_id_has_token(h, data, HTTP_FIELD_EXPECT, "100-continue");
    return 0;
}

int http_framing_decide(struct http_framing *f, const struct http_head *h, const char *data, enum http_method request)
{
    f->kind = HTTP_BODY_NONE;
    f->length = f->told_length = 0;
    f->has_length = f->expect_continue = f->interim = f->still_coded = false;
    f->keep_alive = h->major == 1 && h->minor >= 1;
    f->findings.count = f->findings.lost = 0; /* their items are set when there are some */
    f->error = (struct http_note){0};
    if (h->kind == HTTP_REQUEST && (h->ids & FRAMING_IDS) == 0)
        return 0;
    return decide(f, h, data, request);
}
