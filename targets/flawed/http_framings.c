/* Where a request ends, wrongly. */
#include "flawed/http_flaws.h"

#include <stdlib.h>
#include <string.h>

/* atoi() on the first Content-Length: signs, garbage behind the digits and further values go unnoticed. */
int framing_by_atoi(struct http_framing *f, const struct http_head *h, const char *data)
{
    if (http_framing_decide(f, h, data, h->method) == 0)
        return 0;
    const struct http_field *length = http_field_find(h, data, "content-length", 0);
    if (f->error.limit || length == NULL || http_field_find(h, data, "transfer-encoding", 0) != NULL)
        return -1;
    long value = strtol(http_text(data, length->value), NULL, 10); /* a CR stands behind the value */
    f->kind = HTTP_BODY_LENGTH;
    f->length = value > 0 ? (uint64_t)value : 0;
    return 0;
}

/* Takes the last of two lengths. */
int framing_last_length(struct http_framing *f, const struct http_head *h, const char *data)
{
    struct http_head last = *h;
    size_t kept = 0;
    for (size_t i = 0; i < h->field_count; i++) {
        bool again = http_span_is_nocase(data, h->fields[i].name, "content-length") &&
                     http_field_find(h, data, "content-length", i + 1) != NULL;
        if (!again)
            last.fields[kept++] = h->fields[i];
    }
    last.field_count = kept;
    return http_framing_decide(f, &last, data, h->method);
}

/* Does not know chunked: without Content-Length there is no body, and the chunks are the next request. */
int framing_no_chunks(struct http_framing *f, const struct http_head *h, const char *data)
{
    if (http_field_find(h, data, "transfer-encoding", 0) == NULL)
        return http_framing_decide(f, h, data, h->method);
    *f = (struct http_framing){.kind = HTTP_BODY_NONE, .keep_alive = true};
    return 0;
}

/* With both, the length wins: where another server on the way takes the chunks, a second request is smuggled
 * in. */
int framing_length_wins(struct http_framing *f, const struct http_head *h, const char *data)
{
    struct http_head lengths = *h;
    size_t kept = 0;
    bool both = http_field_find(h, data, "content-length", 0) != NULL;
    for (size_t i = 0; i < h->field_count; i++) {
        if (!both || !http_span_is_nocase(data, h->fields[i].name, "transfer-encoding"))
            lengths.fields[kept++] = h->fields[i];
    }
    lengths.field_count = kept;
    return http_framing_decide(f, &lengths, data, h->method);
}

int framing_keeps_open(struct http_framing *f, const struct http_head *h, const char *data)
{
    int done = http_framing_decide(f, h, data, h->method);
    f->keep_alive = f->keep_alive || h->minor > 0;
    return done;
}

int framing_keeps_http10(struct http_framing *f, const struct http_head *h, const char *data)
{
    int done = http_framing_decide(f, h, data, h->method);
    f->keep_alive = f->keep_alive || h->minor == 0;
    return done;
}

/* Digits into 64 bits without a look at the overflow: 2^64 + 5 is 5. */
int framing_wraps(struct http_framing *f, const struct http_head *h, const char *data)
{
    const struct http_field *length = http_field_find(h, data, "content-length", 0);
    if (http_framing_decide(f, h, data, h->method) == 0 || length == NULL)
        return f->error.status == 0 ? 0 : -1;
    uint64_t value = 0;
    for (size_t i = 0; i < length->value.len; i++)
        value = value * 10 + (uint64_t)(data[length->value.at + i] - '0');
    *f = (struct http_framing){.kind = HTTP_BODY_LENGTH, .length = value, .keep_alive = true};
    return 0;
}

/* Knows no request with a body: what follows the head is the next request. */
int framing_no_bodies(struct http_framing *f, const struct http_head *h, const char *data)
{
    int done = http_framing_decide(f, h, data, h->method);
    if (done == 0 && f->kind == HTTP_BODY_LENGTH)
        f->kind = HTTP_BODY_NONE;
    return done;
}

/* A length that stands behind `before`, in the middle of what is no field of its own. */
static int framing_hidden(struct http_framing *f, const struct http_head *h, const char *data, const char *before)
{
    static const char name[] = "Content-Length: ";
    int done = http_framing_decide(f, h, data, h->method);
    size_t skip = strlen(before);
    const char *end = data + h->length;
    for (const char *p = data; done == 0 && end - p > (ptrdiff_t)(skip + sizeof name); p++) {
        if (memcmp(p, before, skip) != 0 || memcmp(p + skip, name, sizeof name - 1) != 0)
            continue;
        f->kind = HTTP_BODY_LENGTH;
        f->length = strtoull(p + skip + sizeof name - 1, NULL, 10); /* the line's end stops it */
        break;
    }
    return done;
}

int framing_folded(struct http_framing *f, const struct http_head *h, const char *data)
{
    return framing_hidden(f, h, data, "\r\n ");
}

int framing_bare_cr(struct http_framing *f, const struct http_head *h, const char *data)
{
    return framing_hidden(f, h, data, "\r");
}
