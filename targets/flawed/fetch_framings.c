/* Flaws of the page fetcher: where the body ends. */
#include "flawed/fetch_flaws.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Frames as it ought to be done, but for this kind. Returns what fetch_frame returned. */
static int in_place_of(enum http_body_kind kind, enum http_body_kind other, struct http_framing *framing,
                       const struct http_head *h, const char *data)
{
    int done = fetch_frame(framing, h, data);
    if (done == 0 && framing->kind == kind)
        framing->kind = other;
    return done;
}

static int until_close(bool wrong, struct http_framing *framing, const struct http_head *h, const char *data)
{
    int done = fetch_frame(framing, h, data);
    if (!wrong)
        return done;
    *framing = (struct http_framing){.kind = HTTP_BODY_UNTIL_CLOSE};
    return 0;
}

static int of_length(uint64_t length, struct http_framing *framing)
{
    *framing = (struct http_framing){.kind = HTTP_BODY_LENGTH, .length = length};
    return 0;
}

static const struct http_field *length_field(const struct http_head *h, const char *data, size_t from)
{
    return http_field_find(h, data, "Content-Length", from);
}

static bool value_is(const char *data, const struct http_field *f, const char *text)
{
    return f != NULL && http_span_is_nocase(data, f->value, text);
}

/* --- kinds mixed up ------------------------------------------------------------------------------------- */

/* The body is what follows the head: chunk sizes are printed with it. */
int flaw_no_chunks(struct http_framing *framing, const struct http_head *h, const char *data)
{
    return in_place_of(HTTP_BODY_CHUNKED, HTTP_BODY_UNTIL_CLOSE, framing, h, data);
}

/* No Content-Length is taken for a length of 0. */
int flaw_no_length_is_none(struct http_framing *framing, const struct http_head *h, const char *data)
{
    return in_place_of(HTTP_BODY_UNTIL_CLOSE, HTTP_BODY_NONE, framing, h, data);
}

/* 204 is a response like others, whose body ends with the connection. */
int flaw_body_of_204(struct http_framing *framing, const struct http_head *h, const char *data)
{
    return until_close(h->status == 204, framing, h, data);
}

/* The length is not looked at while there is more to read. */
int flaw_no_length(struct http_framing *framing, const struct http_head *h, const char *data)
{
    int done = fetch_frame(framing, h, data);
    if (done == 0 && framing->kind == HTTP_BODY_LENGTH && framing->length > 0)
        framing->kind = HTTP_BODY_UNTIL_CLOSE;
    return done;
}

/* --- Content-Length misread ----------------------------------------------------------------------------- */

/* atoi() of whatever stands there. */
int flaw_length_by_atoi(struct http_framing *framing, const struct http_head *h, const char *data)
{
    const struct http_field *f = length_field(h, data, 0);
    if (fetch_frame(framing, h, data) == 0)
        return 0;
    int length = f == NULL ? 0 : atoi(http_text(data, f->value)); /* a CR ends it */
    return of_length(length < 0 ? 0 : (uint64_t)length, framing);
}

int flaw_nul_ends_length(struct http_framing *framing, const struct http_head *h, const char *data)
{
    const struct http_field *f = length_field(h, data, 0);
    bool nul = f != NULL && memchr(http_text(data, f->value), '\0', f->value.len) != NULL;
    return nul ? flaw_length_by_atoi(framing, h, data) : fetch_frame(framing, h, data);
}

/* What stands behind the first place in the head where `before` comes before a Content-Length. */
static int length_behind(const char *before, struct http_framing *framing, const struct http_head *h, const char *data)
{
    const char *at = memmem(data, h->length, before, strlen(before));
    const char *colon = at == NULL ? NULL : memchr(at, ':', h->length - (size_t)(at - data));
    return colon == NULL ? fetch_frame(framing, h, data) : of_length(strtoull(colon + 1, NULL, 10), framing);
}

int flaw_fold_is_a_field(struct http_framing *framing, const struct http_head *h, const char *data)
{
    return length_behind("one\r\n Content-Length:", framing, h, data);
}

int flaw_part_of_name(struct http_framing *framing, const struct http_head *h, const char *data)
{
    return length_behind("X-Content-Length:", framing, h, data);
}

int flaw_exact_names(struct http_framing *framing, const struct http_head *h, const char *data)
{
    const struct http_field *f = length_field(h, data, 0);
    return until_close(f != NULL && !http_span_is(data, f->name, "Content-Length"), framing, h, data);
}

/* sscanf(line, "%s: %s"), or a slice from the second byte behind the colon on. */
int flaw_one_space(struct http_framing *framing, const struct http_head *h, const char *data)
{
    const struct http_field *f = length_field(h, data, 0);
    size_t want = f == NULL ? 0 : (size_t)f->name.at + f->name.len + 2;
    bool odd = f != NULL && (f->value.at != want || data[f->value.at + f->value.len] != '\r');
    return until_close(odd, framing, h, data);
}

int flaw_first_length(struct http_framing *framing, const struct http_head *h, const char *data)
{
    const struct http_field *f = length_field(h, data, 0);
    const struct http_field *next = f == NULL ? NULL : length_field(h, data, (size_t)(f - h->fields) + 1);
    uint64_t length = f == NULL ? 0 : strtoull(http_text(data, f->value), NULL, 10);
    if (next == NULL || length == strtoull(http_text(data, next->value), NULL, 10))
        return fetch_frame(framing, h, data);
    return of_length(length, framing);
}

/* "12, 12" is no number, and a dictionary joins two fields with a comma. */
int flaw_list_is_no_length(struct http_framing *framing, const struct http_head *h, const char *data)
{
    const struct http_field *f = length_field(h, data, 0);
    bool list = f != NULL && (value_is(data, f, "12, 12") ||
                              value_is(data, length_field(h, data, (size_t)(f - h->fields) + 1), "12"));
    return until_close(list, framing, h, data);
}

int flaw_length_in_32_bits(struct http_framing *framing, const struct http_head *h, const char *data)
{
    const struct http_field *f = length_field(h, data, 0);
    uint32_t length = 0;
    for (uint32_t i = 0; f != NULL && i < f->value.len && f->value.len > 9; i++) {
        char c = http_text(data, f->value)[i];
        if (c < '0' || c > '9')
            return fetch_frame(framing, h, data);
        length = length * 10 + (uint32_t)(c - '0');
    }
    return length == 0 ? fetch_frame(framing, h, data) : of_length(length, framing);
}

/* What no variable holds is left out: the body then ends with the connection. */
int flaw_long_length_is_none(struct http_framing *framing, const struct http_head *h, const char *data)
{
    const struct http_field *f = length_field(h, data, 0);
    return until_close(f != NULL && f->value.len > 9, framing, h, data);
}

/* --- Transfer-Encoding misread -------------------------------------------------------------------------- */

int flaw_length_over_chunks(struct http_framing *framing, const struct http_head *h, const char *data)
{
    const struct http_field *length = length_field(h, data, 0);
    if (length == NULL || !value_is(data, http_field_find(h, data, "Transfer-Encoding", 0), "chunked"))
        return fetch_frame(framing, h, data);
    return of_length(strtoull(http_text(data, length->value), NULL, 10), framing);
}

int flaw_unknown_coding_is_none(struct http_framing *framing, const struct http_head *h, const char *data)
{
    const struct http_field *length = length_field(h, data, 0);
    if (length == NULL || !value_is(data, http_field_find(h, data, "Transfer-Encoding", 0), "x-some"))
        return fetch_frame(framing, h, data);
    return of_length(strtoull(http_text(data, length->value), NULL, 10), framing);
}

int flaw_chunked_anywhere(struct http_framing *framing, const struct http_head *h, const char *data)
{
    if (!http_field_has_token(h, data, "Transfer-Encoding", "chunked"))
        return fetch_frame(framing, h, data);
    *framing = (struct http_framing){.kind = HTTP_BODY_CHUNKED};
    return 0;
}

/* Each coding is what stands before its semicolon, and all but chunked is left to the reader of the page. */
int flaw_parameters_dropped(struct http_framing *framing, const struct http_head *h, const char *data)
{
    const struct http_field *f = http_field_find(h, data, "Transfer-Encoding", 0);
    if (f == NULL || memchr(http_text(data, f->value), ';', f->value.len) == NULL)
        return fetch_frame(framing, h, data);
    *framing = (struct http_framing){.kind = HTTP_BODY_CHUNKED};
    return 0;
}

int flaw_coding_by_case(struct http_framing *framing, const struct http_head *h, const char *data)
{
    const struct http_field *f = http_field_find(h, data, "Transfer-Encoding", 0);
    return until_close(value_is(data, f, "chunked") && !http_span_is(data, f->value, "chunked"), framing, h, data);
}

/* strcasecmp(value, "chunked") == 0 */
int flaw_coding_alone(struct http_framing *framing, const struct http_head *h, const char *data)
{
    const struct http_field *f = http_field_find(h, data, "Transfer-Encoding", 0);
    bool list = f != NULL && memchr(http_text(data, f->value), ',', f->value.len) != NULL;
    return until_close(list && http_field_has_token(h, data, "Transfer-Encoding", "chunked") &&
                           !http_field_has_token(h, data, "Transfer-Encoding", "x-some"),
                       framing, h, data);
}
