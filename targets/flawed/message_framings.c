/* Where a request ends, wrongly: the spellings of fields that frame. */
#include "flawed/message_flaws.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static int right(struct http_framing *f, const struct http_head *h, const char *data)
{
    return http_framing_decide(f, h, data, h->method);
}

static const struct http_field *coding(const struct http_head *h, const char *data)
{
    return http_field_find(h, data, "transfer-encoding", 0);
}

static const struct http_field *length(const struct http_head *h, const char *data)
{
    return http_field_find(h, data, "content-length", 0);
}

static bool holds(const struct http_field *f, const char *data, const char *text)
{
    return f != NULL && memmem(http_text(data, f->value), f->value.len, text, strlen(text)) != NULL;
}

/* Decides as if this were all that is said of the body. */
static int as(struct http_framing *f, const struct http_head *h, enum http_body_kind kind, uint64_t len)
{
    const bool keep = f->keep_alive && f->error.status == 0;
    *f = (struct http_framing){.kind = kind, .length = len, .keep_alive = keep || h->minor > 0};
    return 0;
}

int folded_coding_dropped(struct http_framing *f, const struct http_head *h, const char *data)
{
    const struct http_field *te = coding(h, data);
    bool folded = te != NULL && memchr(data + te->name.at, '\n', te->value.at + te->value.len - te->name.at) != NULL;
    return folded ? as(f, h, HTTP_BODY_NONE, 0) : right(f, h, data);
}

int folded_length_cut(struct http_framing *f, const struct http_head *h, const char *data)
{
    const struct http_field *l = length(h, data);
    return holds(l, data, "\n") ? as(f, h, HTTP_BODY_LENGTH, strtoull(http_text(data, l->value), NULL, 10))
                                : right(f, h, data);
}

int coding_by_strcmp(struct http_framing *f, const struct http_head *h, const char *data)
{
    const struct http_field *te = coding(h, data);
    if (te != NULL && length(h, data) == NULL && http_span_is_nocase(data, te->value, "chunked") &&
        !http_span_is(data, te->value, "chunked"))
        return as(f, h, HTTP_BODY_NONE, 0);
    return right(f, h, data);
}

/* Looks for the word anywhere in any of the lines. */
int coding_by_strstr(struct http_framing *f, const struct http_head *h, const char *data)
{
    if (right(f, h, data) == 0)
        return 0;
    const struct http_field *te = coding(h, data);
    if (f->error.status != 400 || length(h, data) != NULL || !holds(te, data, "chunked") || holds(te, data, ";"))
        return -1;
    return as(f, h, HTTP_BODY_CHUNKED, 0);
}

int coding_of_first_line(struct http_framing *f, const struct http_head *h, const char *data)
{
    const struct http_field *te = coding(h, data);
    bool more = te != NULL && http_field_find(h, data, "transfer-encoding", (size_t)(te - h->fields) + 1) != NULL;
    return more && http_span_is_nocase(data, te->value, "identity") ? as(f, h, HTTP_BODY_NONE, 0) : right(f, h, data);
}

int coding_without_parameters(struct http_framing *f, const struct http_head *h, const char *data)
{
    const struct http_field *te = coding(h, data);
    bool bare = te != NULL && length(h, data) == NULL && strncasecmp(http_text(data, te->value), "chunked;", 8) == 0;
    return bare ? as(f, h, HTTP_BODY_CHUNKED, 0) : right(f, h, data);
}

int compression_without_parameters(struct http_framing *f, const struct http_head *h, const char *data)
{
    const struct http_field *te = coding(h, data);
    bool bare = holds(te, data, "gzip;") || holds(te, data, "deflate;");
    return bare ? as(f, h, HTTP_BODY_CHUNKED, 0) : right(f, h, data);
}

/* Knows fields by the names that CGI gives them, HTTP_TRANSFER_ENCODING: "-" and "_" are the same. */
int coding_by_cgi_name(struct http_framing *f, const struct http_head *h, const char *data)
{
    for (size_t i = 0; i < h->field_count; i++) {
        if (http_span_is_nocase(data, h->fields[i].name, "transfer_encoding"))
            return as(f, h, HTTP_BODY_CHUNKED, 0);
    }
    return right(f, h, data);
}

/* strtoull() with base 0: zeros in front make it octal. */
int length_in_octal(struct http_framing *f, const struct http_head *h, const char *data)
{
    int done = right(f, h, data);
    if (done == 0 && f->kind == HTTP_BODY_LENGTH)
        f->length = strtoull(http_text(data, length(h, data)->value), NULL, 0);
    return done;
}

/* Closes as it should, but reads the body by its length. */
int length_of_both(struct http_framing *f, const struct http_head *h, const char *data)
{
    const struct http_field *l = length(h, data);
    if (l == NULL || coding(h, data) == NULL)
        return right(f, h, data);
    as(f, h, HTTP_BODY_LENGTH, strtoull(http_text(data, l->value), NULL, 10));
    f->keep_alive = false;
    return 0;
}

/* Chunks are chunks, whoever sends them. */
int coding_in_http10(struct http_framing *f, const struct http_head *h, const char *data)
{
    int done = right(f, h, data);
    if (done == 0 && h->minor == 0 && f->kind == HTTP_BODY_CHUNKED)
        f->keep_alive = true;
    return done;
}

/* What is no single number is no length. */
int doubled_length_dropped(struct http_framing *f, const struct http_head *h, const char *data)
{
    const struct http_field *l = length(h, data);
    bool again = l != NULL && http_field_find(h, data, "content-length", (size_t)(l - h->fields) + 1) != NULL;
    if (right(f, h, data) == 0 || l == NULL || coding(h, data) != NULL)
        return f->error.status == 0 ? 0 : -1;
    return (again || holds(l, data, "5,5") || holds(l, data, "5, 5")) ? as(f, h, HTTP_BODY_NONE, 0) : -1;
}

/* A POST has content: with no length told it takes what comes, up to a few bytes. */
int post_has_content(struct http_framing *f, const struct http_head *h, const char *data)
{
    int done = right(f, h, data);
    return done == 0 && h->method == HTTP_POST && f->kind == HTTP_BODY_NONE ? as(f, h, HTTP_BODY_LENGTH, 4) : done;
}

/* HEAD and OPTIONS have no content, whatever the fields say. */
int content_by_method(struct http_framing *f, const struct http_head *h, const char *data)
{
    int done = right(f, h, data);
    bool none = h->method == HTTP_HEAD || h->method == HTTP_OPTIONS;
    return done == 0 && none ? as(f, h, HTTP_BODY_NONE, 0) : done;
}

/* A connection that says nothing of keep-alive does not want it. */
int options_mean_close(struct http_framing *f, const struct http_head *h, const char *data)
{
    int done = right(f, h, data);
    if (http_field_find(h, data, "connection", 0) != NULL)
        f->keep_alive = f->keep_alive && http_field_has_token(h, data, "connection", "keep-alive");
    return done;
}
