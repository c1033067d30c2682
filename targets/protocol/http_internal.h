/*
 * What the HTTP parsers share among themselves.
 */
#ifndef SOCKSPEC_PROTOCOL_HTTP_INTERNAL_H
#define SOCKSPEC_PROTOCOL_HTTP_INTERNAL_H

#include "protocol/http.h"
#include "protocol/planted.h"

#include <string.h>

/* Classes of bytes, as the ABNF of RFC 9110, 5.6.2 and 5.5, and of RFC 3986, appendix A, defines them. */
enum http_class_bit {
    HTTP_TCHAR = 1,   /* tchar */
    HTTP_VALUE = 2,   /* field-vchar (VCHAR / obs-text), SP, HTAB */
    HTTP_URI = 4,     /* pchar without pct-encoded, "/", "?" */
    HTTP_REGNAME = 8, /* unreserved / sub-delims */
    HTTP_HEX = 16,    /* HEXDIG of either case */
    HTTP_DIGIT = 32,  /* DIGIT */
    HTTP_ALPHA = 64,  /* ALPHA */
    HTTP_BLANK = 128, /* SP, HTAB */
};

extern const uint8_t http_class[256];

static inline bool http_is(char c, unsigned bits)
{
    return (http_class[(unsigned char)c] & bits) != 0;
}

static inline bool http_blank(char c)
{
    return http_is(c, HTTP_BLANK);
}

static inline char http_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

/* Where a run of bytes of these classes ends that begins at data[i]: `end` at most. Four bytes a step: where
 * all share a class, their rows of the table have a bit in common. */
static inline size_t http_run(const char *data, size_t i, size_t end, unsigned bits)
{
    const unsigned char *d = (const unsigned char *)data;
    while (i + 4 <= end &&
           (http_class[d[i]] & http_class[d[i + 1]] & http_class[d[i + 2]] & http_class[d[i + 3]] & bits) != 0)
        i += 4;
    while (i < end && http_is(data[i], bits))
        i++;
    return i;
}

/* The same inside a line whose end, CR or LF, stands in the data: neither is of any class, so it ends each
 * run. */
static inline size_t http_line_run(const char *data, size_t i, unsigned bits)
{
    while (http_is(data[i], bits))
        i++;
    return i;
}

/* Eight bytes as one number, to compare them with those of a literal or to look at all of them at once. */
static inline uint64_t http_word(const char *data)
{
    uint64_t w;
    memcpy(&w, data, sizeof w);
    return w;
}

/* Whether none of eight bytes is below 0x20 or DEL. Says no for some that would pass (HTAB), never yes for
 * one that must not. */
static inline bool http_plain_word(uint64_t w)
{
    const uint64_t ones = UINT64_C(0x0101010101010101), high = ones << 7;
    /* The high bit of a byte shows a borrow: it was below 0x20, or it is zero now that DEL is turned to zero.
     * A byte that has the bit from the start is obs-text. */
    return (((w - ones * 0x20) | ((w ^ ones * 0x7f) - ones)) & ~w & high) == 0;
}

/* Where the field-content (HTTP_VALUE) ends that begins at data[i] in a line that ends at `end`: `end` at
 * most. */
static inline size_t http_value_run(const char *data, size_t i, size_t end)
{
    while (i + sizeof(uint64_t) <= end && http_plain_word(http_word(data + i)))
        i += sizeof(uint64_t);
    return http_line_run(data, i, HTTP_VALUE);
}

/* What a rule reports to: where findings go, where a refusal goes, and which leniencies hold. */
struct http_report {
    unsigned allow;
    struct http_findings *findings;
    struct http_note *error;
};

/* Adds a finding, whatever is allowed. */
void http_found(struct http_findings *f, const char *rule, uint64_t offset, const char *sentence);

/* Refuses: fills in the error with this status. Returns -1. */
int http_refuse(struct http_note *e, int status, const char *rule, uint64_t offset, const char *sentence);

/* As http_refuse for a limit that was passed. Returns -1. */
int http_refuse_limit(struct http_note *e, int status, const char *rule, uint64_t offset, const char *sentence);

/* A finding where `bit` is allowed (returns 0), else a refusal with status 400 (returns -1). */
int http_judge(const struct http_report *r, unsigned bit, const char *rule, uint64_t offset, const char *sentence);

/* Fills in the defaults of the options that are 0, and bounds those that have a most. */
struct http_options http_defaults(const struct http_options *options);

/*
 * Takes data[at .. end), a line without its end, apart as field-line (RFC 9112, 5); offsets from `data`.
 * `base` is added to offsets that are reported. Not for lines that begin with a blank. Returns 1, 0 for what
 * is no field but allowed to pass (HTTP_ALLOW_NO_COLON; *out is not set), -1 for a refusal.
 */
int http_field_line_parse(const struct http_report *r, const char *data, size_t at, size_t end, uint64_t base,
                          struct http_field *out);

/* As http_field_find and http_field_has_token, by what the name means: no name is compared again. */
const struct http_field *http_field_find_id(const struct http_head *h, enum http_field_id id, size_t from);
bool http_field_id_has_token(const struct http_head *h, const char *data, enum http_field_id id, const char *token);

/* What a name means, in a line and of a byte at least: HTTP_FIELD_OTHER for all that has no rule here. */
enum http_field_id http_field_id_of(const char *name, size_t len);

/* Judges the bytes of a value or reason, up to the end of a line: no CR, no control
 * bytes. Returns 0 or -1. */
int http_value_check(const struct http_report *r, const char *data, size_t at, size_t end, uint64_t base);

/* The start lines (RFC 9112, 3 and 4): data[at .. end) is the line without its end. Return 0, or -1 with
 * h->error. */
int http_request_line(struct http_head *h, const char *data, size_t at, size_t end);
int http_status_line(struct http_head *h, const char *data, size_t at, size_t end);

/* uri-host [ ":" port ] (RFC 9110, 7.2). With `need_port` the port must be there and be 1 .. 65535
 * (CONNECT, 9.3.6). */
bool http_authority_valid(const char *text, size_t len, bool need_port);

/* The form of a target for this method, or HTTP_FORM_OTHER with the offset of the byte that fits none and the
 * rule. */
enum http_form http_target_form(const char *text, size_t len, enum http_method method, size_t *bad, const char **rule);

#endif
