/*
 * What the HTTP parsers share among themselves.
 */
#ifndef SOCKSPEC_PROTOCOL_HTTP_INTERNAL_H
#define SOCKSPEC_PROTOCOL_HTTP_INTERNAL_H

#include "protocol/http.h"

/* Classes of bytes, as the ABNF of RFC 9110, 5.6.2 and 5.5, and of RFC 3986, appendix A, defines them. */
enum http_class_bit {
    HTTP_TCHAR = 1,   /* tchar */
    HTTP_VALUE = 2,   /* field-vchar (VCHAR / obs-text), SP, HTAB */
    HTTP_URI = 4,     /* pchar without pct-encoded, "/", "?" */
    HTTP_REGNAME = 8, /* unreserved / sub-delims */
    HTTP_HEX = 16,    /* HEXDIG of either case */
    HTTP_DIGIT = 32,  /* DIGIT */
    HTTP_ALPHA = 64,  /* ALPHA */
};

extern const uint8_t http_class[256];

static inline bool http_is(char c, unsigned bits)
{
    return (http_class[(unsigned char)c] & bits) != 0;
}

static inline bool http_blank(char c)
{
    return c == ' ' || c == '\t';
}

static inline char http_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
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
int http_refuse_limit(struct http_note *e, int status, const char *rule, uint64_t offset,
                      const char *sentence);

/* A finding where `bit` is allowed (returns 0), else a refusal with status 400 (returns -1). */
int http_judge(const struct http_report *r, unsigned bit, const char *rule, uint64_t offset,
               const char *sentence);

/* Fills in the defaults of the options that are 0, and bounds those that have a most. */
struct http_options http_defaults(const struct http_options *options);

/* Finds a LF in data[*scanned .. min(len, bound)): its index, or SIZE_MAX with *scanned moved on. */
size_t http_find_lf(const char *data, size_t len, size_t bound, size_t *scanned);

/* A field line without its end, taken apart. Offsets from `data`. */
struct http_field_line {
    struct http_span name, value;
    bool skip; /* no field, but allowed to pass (HTTP_ALLOW_NO_COLON) */
};

/*
 * Takes data[at .. end) apart as field-line (RFC 9112, 5). `base` is added to offsets that are reported. Not
 * for lines that begin with a blank. Returns 0 or -1.
 */
int http_field_line_parse(const struct http_report *r, const char *data, size_t at, size_t end, uint64_t base,
                          struct http_field_line *out);

/* Judges the bytes of a value or reason: no CR, no control bytes. Returns 0 or -1. */
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
enum http_form http_target_form(const char *text, size_t len, enum http_method method, size_t *bad,
                                const char **rule);

#endif
