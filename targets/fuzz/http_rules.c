#include "fuzz/http_rules.h"

#include "fuzz/fuzz.h"

#include <string.h>
#include <strings.h>

static bool digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool one_of(char c, const char *set)
{
    return c != '\0' && strchr(set, c) != NULL;
}

/* RFC 9110, 5.6.2: tchar. */
static bool token_byte(char c)
{
    return digit(c) || letter(c) || one_of(c, "!#$%&'*+-.^_`|~");
}

/* RFC 9110, 5.5: field-vchar, SP, HTAB. */
static bool value_byte(char c)
{
    unsigned char u = (unsigned char)c;
    return c == '\t' || (u >= 0x20 && u != 0x7f);
}

/* RFC 3986, appendix A: bytes of host and port; "%" and what follows it is looked at apart. */
static bool host_byte(char c)
{
    return digit(c) || letter(c) || one_of(c, "-._~!$&'()*+,;=%:[]");
}

/* The same for paths and queries; no fragment, no blanks, nothing that must be escaped. */
static bool target_byte(char c)
{
    return host_byte(c) || one_of(c, "/?@");
}

static bool hex(char c)
{
    return digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static void escapes_are_whole(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        FUZZ_CHECK(text[i] != '%' || (len - i >= 3 && hex(text[i + 1]) && hex(text[i + 2])));
}

/* Where the line at `at` ends: the CR of its CR LF. There is one, and no CR or LF stands before it alone. */
static size_t line_end(const char *data, size_t at, size_t len)
{
    while (at < len && data[at] != '\r' && data[at] != '\n')
        at++;
    FUZZ_CHECK(at + 1 < len && data[at] == '\r' && data[at + 1] == '\n');
    return at;
}

struct text {
    const char *data;
    size_t len;
};

static struct text trimmed(const char *data, size_t at, size_t end)
{
    while (at < end && (data[at] == ' ' || data[at] == '\t'))
        at++;
    while (end > at && (data[end - 1] == ' ' || data[end - 1] == '\t'))
        end--;
    return (struct text){data + at, end - at};
}

static bool is_word(struct text t, const char *word)
{
    return t.len == strlen(word) && strncasecmp(t.data, word, t.len) == 0;
}

static bool span_is(struct http_span s, const char *data, struct text t)
{
    return data + s.at == t.data && s.len == t.len;
}

/* field-line = field-name ":" OWS field-value OWS: data[at .. end). */
static void split_field(const char *data, size_t at, size_t end, struct text *name, struct text *value)
{
    size_t i = at;
    while (i < end && token_byte(data[i]))
        i++;
    FUZZ_CHECK(i > at && i < end && data[i] == ':');
    *name = (struct text){data + at, i - at};
    *value = trimmed(data, i + 1, end);
    for (size_t k = i + 1; k < end; k++)
        FUZZ_CHECK(value_byte(data[k]));
}

/* RFC 9112, 3.2: uri-host [ ":" port ], by its bytes. Brackets stand around an address and nowhere else. */
static void check_host(struct text host)
{
    size_t colons = 0;
    escapes_are_whole(host.data, host.len);
    for (size_t i = 0; i < host.len; i++) {
        FUZZ_CHECK(host_byte(host.data[i]));
        FUZZ_CHECK(host.data[i] != '[' || i == 0);
        colons += host.data[i] == ':';
    }
    const char *close = host.len > 0 ? memchr(host.data, ']', host.len) : NULL;
    FUZZ_CHECK((close != NULL) == (host.len > 0 && host.data[0] == '['));
    size_t port = close == NULL ? 0 : (size_t)(close - host.data) + 1;
    FUZZ_CHECK(close != NULL || colons <= 1);
    while (close == NULL && port < host.len && host.data[port] != ':')
        port++;
    FUZZ_CHECK(port == host.len || host.data[port] == ':');
    for (size_t i = port + 1; i < host.len; i++)
        FUZZ_CHECK(digit(host.data[i]));
}

/* What stands between "scheme:" with "//authority" and the query. */
static void check_path(const struct http_head *h, const char *data, struct text target)
{
    const char *query = memchr(target.data, '?', target.len), *colon = memchr(target.data, ':', target.len);
    struct text path = {target.data, query == NULL ? target.len : (size_t)(query - target.data)};
    bool absolute = h->form == HTTP_FORM_ABSOLUTE;
    FUZZ_CHECK(http_target_foreign(h, data) ==
               (absolute && !(colon == target.data + 4 && strncasecmp(target.data, "http", 4) == 0)));
    if (absolute) {
        path.len -= (size_t)(colon + 1 - path.data);
        path.data = colon + 1;
    }
    if (absolute && path.len >= 2 && memcmp(path.data, "//", 2) == 0) {
        const char *end = path.data + path.len, *slash = memchr(path.data + 2, '/', path.len - 2);
        path.data = slash == NULL ? end : slash;
        path.len = (size_t)(end - path.data);
    }
    FUZZ_CHECK(span_is(http_target_path(h, data), data, path));
}

/* request-line = method SP request-target SP "HTTP/1." DIGIT */
static void check_request_line(const struct http_head *h, const char *data, size_t at, size_t end)
{
    size_t i = at;
    while (i < end && token_byte(data[i]))
        i++;
    FUZZ_CHECK(i > at && i < end && data[i] == ' ');
    FUZZ_CHECK(span_is(h->method_text, data, (struct text){data + at, i - at}));
    bool connect = i - at == 7 && memcmp(data + at, "CONNECT", 7) == 0;
    bool options = i - at == 7 && memcmp(data + at, "OPTIONS", 7) == 0;
    size_t from = ++i;
    while (i < end && data[i] != ' ') {
        FUZZ_CHECK(target_byte(data[i]));
        i++;
    }
    struct text target = {data + from, i - from};
    FUZZ_CHECK(target.len > 0 && span_is(h->target, data, target));
    escapes_are_whole(target.data, target.len);
    FUZZ_CHECK(end - i == 9 && memcmp(data + i, " HTTP/1.", 8) == 0 && digit(data[i + 8]));
    FUZZ_CHECK(h->major == 1 && h->minor == data[i + 8] - '0');
    /* The four forms of RFC 9112, 3.2, told apart by their first bytes. */
    if (connect) {
        check_host(target);
        FUZZ_CHECK(h->form == HTTP_FORM_AUTHORITY && memchr(target.data, ':', target.len) != NULL);
    } else if (target.data[0] == '*') {
        FUZZ_CHECK(h->form == HTTP_FORM_ASTERISK && target.len == 1 && options);
    } else if (target.data[0] == '/') {
        FUZZ_CHECK(h->form == HTTP_FORM_ORIGIN && memchr(target.data, '[', target.len) == NULL);
    } else {
        FUZZ_CHECK(h->form == HTTP_FORM_ABSOLUTE && letter(target.data[0]));
        FUZZ_CHECK(memchr(target.data, ':', target.len) != NULL);
    }
    check_path(h, data, target);
}

/* status-line = "HTTP/1." DIGIT SP 3DIGIT SP [ reason-phrase ] */
static void check_status_line(const struct http_head *h, const char *data, size_t at, size_t end)
{
    const char *line = data + at;
    FUZZ_CHECK(end - at >= 13 && memcmp(line, "HTTP/1.", 7) == 0 && digit(line[7]) && line[8] == ' ');
    FUZZ_CHECK(line[9] >= '1' && line[9] <= '5' && digit(line[10]) && digit(line[11]) && line[12] == ' ');
    FUZZ_CHECK(h->status == (line[9] - '0') * 100 + (line[10] - '0') * 10 + line[11] - '0');
    FUZZ_CHECK(h->major == 1 && h->minor == line[7] - '0');
    FUZZ_CHECK(span_is(h->reason, data, (struct text){line + 13, end - at - 13}));
    for (size_t i = at + 13; i < end; i++)
        FUZZ_CHECK(value_byte(data[i]));
}

/* One Host in HTTP/1.1, at most one before (RFC 9112, 3.2). */
static void check_hosts(const struct http_head *h, size_t hosts)
{
    if (h->kind == HTTP_REQUEST)
        FUZZ_CHECK(hosts == 1 || (hosts == 0 && h->minor == 0));
}

void rules_head(const struct http_head *h, const char *data)
{
    size_t at = 0, hosts = 0, fields = 0;
    if (h->kind == HTTP_REQUEST && h->length >= 2 && memcmp(data, "\r\n", 2) == 0)
        at = 2; /* RFC 9112, 2.2: one empty line before a request is passed over */
    size_t end = line_end(data, at, h->length);
    FUZZ_CHECK(end + 2 - at <= h->options.line_max);
    if (h->kind == HTTP_REQUEST)
        check_request_line(h, data, at, end);
    else
        check_status_line(h, data, at, end);
    for (at = end + 2; (end = line_end(data, at, h->length)) > at; at = end + 2) {
        struct text name, value;
        split_field(data, at, end, &name, &value);
        FUZZ_CHECK(fields < h->field_count && end + 2 - at <= h->options.field_max);
        FUZZ_CHECK(span_is(h->fields[fields].name, data, name));
        FUZZ_CHECK(span_is(h->fields[fields].value, data, value));
        fields++;
        if (h->kind == HTTP_REQUEST && is_word(name, "Host")) {
            hosts++;
            check_host(value);
        }
    }
    FUZZ_CHECK(at + 2 == h->length && fields == h->field_count);
    check_hosts(h, hosts);
}

/* What the fields say of the body. */
struct plain_framing {
    size_t lengths, encodings;
    uint64_t length;
    bool length_counts; /* 1*DIGIT below 2^63 */
    size_t codings, chunked;
};

static bool decimal(struct text t, uint64_t *value)
{
    *value = 0;
    for (size_t i = 0; i < t.len; i++) {
        if (!digit(t.data[i]) || *value > UINT64_MAX / 20)
            return false;
        *value = *value * 10 + (uint64_t)(t.data[i] - '0');
    }
    return t.len > 0;
}

/* Counts the members of a list; empty ones do not count (RFC 9110, 5.6.1.2). */
static void count_codings(struct plain_framing *p, struct text value)
{
    size_t from = 0;
    for (size_t i = 0; i <= value.len; i++) {
        if (i < value.len && value.data[i] != ',')
            continue;
        struct text one = trimmed(value.data, from, i);
        p->codings += one.len > 0;
        p->chunked += is_word(one, "chunked");
        from = i + 1;
    }
}

static struct plain_framing plain_framing(const struct http_head *h, const char *data)
{
    struct plain_framing p = {0};
    size_t at = h->length >= 2 && data[0] == '\r' ? 2 : 0, end;
    for (at = line_end(data, at, h->length) + 2; (end = line_end(data, at, h->length)) > at; at = end + 2) {
        struct text name, value;
        split_field(data, at, end, &name, &value);
        if (is_word(name, "Content-Length")) {
            p.lengths++;
            p.length_counts = decimal(value, &p.length) && p.length <= INT64_MAX;
        } else if (is_word(name, "Transfer-Encoding")) {
            p.encodings++;
            count_codings(&p, value);
        }
    }
    return p;
}

void rules_framing(const struct http_framing *f, const struct http_head *h, const char *data, enum http_method request)
{
    const struct plain_framing p = plain_framing(h, data);
    if (h->kind == HTTP_RESPONSE) {
        /* RFC 9112, 6.3, 1 and 2: these end with their head whatever their fields say. */
        bool tunnel = request == HTTP_CONNECT && h->status >= 200 && h->status < 300;
        if (tunnel || request == HTTP_HEAD || h->status < 200 || h->status == 204 || h->status == 304) {
            FUZZ_CHECK(f->kind == (tunnel ? HTTP_BODY_TUNNEL : HTTP_BODY_NONE));
            return;
        }
    }
    FUZZ_CHECK(p.encodings == 0 || p.lengths == 0);
    if (p.encodings > 0) {
        FUZZ_CHECK(p.codings == 1 && p.chunked == 1 && f->kind == HTTP_BODY_CHUNKED);
        FUZZ_CHECK(h->minor > 0 || !f->keep_alive);
    } else if (p.lengths > 0) {
        FUZZ_CHECK(p.lengths == 1 && p.length_counts);
        FUZZ_CHECK(f->kind == HTTP_BODY_LENGTH && f->length == p.length && f->has_length);
        FUZZ_CHECK(p.length <= h->options.body_max);
    } else {
        FUZZ_CHECK(f->kind == (h->kind == HTTP_REQUEST ? HTTP_BODY_NONE : HTTP_BODY_UNTIL_CLOSE));
        FUZZ_CHECK(h->kind == HTTP_REQUEST || !f->keep_alive);
    }
}

/* RFC 9112, 7.1: the size of a chunk, and behind it nothing but extensions. */
static uint64_t chunk_size(const char *data, size_t at, size_t end)
{
    uint64_t size = 0;
    size_t i = at;
    for (; i < end && hex(data[i]); i++) {
        const char digits[] = "0123456789abcdef0123456789ABCDEF";
        FUZZ_CHECK(size < UINT64_C(1) << 60);
        size = size * 16 + (uint64_t)(strchr(digits, data[i]) - digits) % 16;
    }
    FUZZ_CHECK(i > at);
    struct text rest = trimmed(data, i, end);
    FUZZ_CHECK(i == end || rest.data[0] == ';');
    for (; i < end; i++)
        FUZZ_CHECK(value_byte(data[i]));
    return size;
}

struct rules_chunked rules_chunked_body(const char *data, size_t len)
{
    struct rules_chunked c = {.digest = FUZZ_DIGEST};
    size_t at = 0, end;
    for (;;) {
        end = line_end(data, at, len);
        uint64_t size = chunk_size(data, at, end);
        at = end + 2;
        c.chunks++;
        if (size == 0)
            break;
        FUZZ_CHECK(len - at >= 2 && size <= len - at - 2);
        c.digest = fuzz_digest(c.digest, data + at, (size_t)size);
        c.content += size;
        at += (size_t)size;
        FUZZ_CHECK(data[at] == '\r' && data[at + 1] == '\n');
        at += 2;
    }
    for (; (end = line_end(data, at, len)) > at; at = end + 2) {
        struct text name, value;
        split_field(data, at, end, &name, &value);
        c.digest = fuzz_digest(c.digest, name.data, name.len);
        c.digest = fuzz_digest(c.digest, ":", 1);
        c.digest = fuzz_digest(c.digest, value.data, value.len);
        c.digest = fuzz_digest(c.digest, "\n", 1);
        c.trailers++;
    }
    c.length = at + 2;
    return c;
}
