/* Field lines and their values (RFC 9112, section 5; RFC 9110, sections 5.1, 5.5 and 5.6.1), and how findings
 * are kept. */
#include "protocol/http_internal.h"

#include <string.h>

void http_found(struct http_findings *f, const char *rule, uint64_t offset, const char *sentence)
{
    if (f->count == HTTP_FINDINGS_MAX) {
        f->lost++;
        return;
    }
    f->items[f->count++] = (struct http_note){
        .rule = rule, .sentence = sentence, .offset = offset, .status = 400, .limit = false};
}

int http_refuse(struct http_note *e, int status, const char *rule, uint64_t offset, const char *sentence)
{
    *e = (struct http_note){
        .rule = rule, .sentence = sentence, .offset = offset, .status = status, .limit = false};
    return -1;
}

int http_refuse_limit(struct http_note *e, int status, const char *rule, uint64_t offset,
                      const char *sentence)
{
    *e = (struct http_note){
        .rule = rule, .sentence = sentence, .offset = offset, .status = status, .limit = true};
    return -1;
}

int http_judge(const struct http_report *r, unsigned bit, const char *rule, uint64_t offset,
               const char *sentence)
{
    if ((r->allow & bit) == 0)
        return http_refuse(r->error, 400, rule, offset, sentence);
    http_found(r->findings, rule, offset, sentence);
    return 0;
}

int http_value_check(const struct http_report *r, const char *data, size_t at, size_t end, uint64_t base)
{
    for (size_t i = at; i < end; i++) {
        if (http_is(data[i], HTTP_VALUE))
            continue;
        int judged = data[i] == '\r'
                         ? http_judge(r, HTTP_ALLOW_BARE_CR, "RFC9112-2.2", base + i, "a CR without LF")
                         : http_judge(r, HTTP_ALLOW_CONTROL, "RFC9110-5.5", base + i,
                                      "a control byte in a field value or reason");
        if (judged < 0)
            return -1;
    }
    return 0;
}

/* A line that is no field: why, and whether it may be passed over. */
static int no_field(const struct http_report *r, const char *data, size_t at, size_t i, size_t end,
                    uint64_t base, struct http_field_line *out)
{
    out->skip = true;
    if (i == end)
        return http_judge(r, HTTP_ALLOW_NO_COLON, "RFC9112-5", base + at, "a field line without colon");
    if (data[i] == '\r')
        return http_judge(r, HTTP_ALLOW_NO_COLON, "RFC9112-2.2", base + i, "a CR without LF");
    return http_judge(r, HTTP_ALLOW_NO_COLON, "RFC9110-5.1", base + i,
                      data[i] == ':' ? "a field without name" : "a byte that no field name may hold");
}

int http_field_line_parse(const struct http_report *r, const char *data, size_t at, size_t end, uint64_t base,
                          struct http_field_line *out)
{
    size_t i = at;
    while (i < end && http_is(data[i], HTTP_TCHAR))
        i++;
    size_t name_end = i;
    while (i < end && http_blank(data[i]))
        i++;
    *out = (struct http_field_line){.name = {(uint32_t)at, (uint32_t)(name_end - at)}};
    if (i == end || data[i] != ':' || name_end == at)
        return no_field(r, data, at, i < end && data[i] == ':' ? i : (i < end ? name_end : end), end, base,
                        out);
    if (i > name_end && http_judge(r, HTTP_ALLOW_SPACE_COLON, "RFC9112-5.1", base + name_end,
                                   "whitespace between field name and colon") < 0)
        return -1;
    i++;
    while (i < end && http_blank(data[i]))
        i++;
    if (http_value_check(r, data, i, end, base) < 0)
        return -1;
    while (end > i && http_blank(data[end - 1]))
        end--;
    out->value = (struct http_span){(uint32_t)i, (uint32_t)(end - i)};
    return 0;
}

bool http_span_is(const char *data, struct http_span s, const char *text)
{
    return strlen(text) == s.len && memcmp(data + s.at, text, s.len) == 0;
}

bool http_span_is_nocase(const char *data, struct http_span s, const char *text)
{
    for (uint32_t i = 0; i < s.len; i++) {
        if (text[i] == '\0' || http_lower(text[i]) != http_lower(data[s.at + i]))
            return false;
    }
    return text[s.len] == '\0';
}

const struct http_field *http_field_find(const struct http_head *h, const char *data, const char *name,
                                         size_t from)
{
    for (size_t i = from; i < h->field_count; i++) {
        if (http_span_is_nocase(data, h->fields[i].name, name))
            return &h->fields[i];
    }
    return NULL;
}

/* Whether one value, a comma-separated list of tokens, holds this one. Commas inside quotes do not occur in
 * such lists. */
static bool list_has(const char *data, struct http_span value, const char *token)
{
    size_t i = value.at, end = (size_t)value.at + value.len;
    while (i < end) {
        while (i < end && (http_blank(data[i]) || data[i] == ',' || data[i] == '\r' || data[i] == '\n'))
            i++;
        size_t start = i;
        while (i < end && data[i] != ',')
            i++;
        size_t stop = i;
        while (stop > start &&
               (http_blank(data[stop - 1]) || data[stop - 1] == '\r' || data[stop - 1] == '\n'))
            stop--;
        if (stop > start &&
            http_span_is_nocase(data, (struct http_span){(uint32_t)start, (uint32_t)(stop - start)}, token))
            return true;
    }
    return false;
}

bool http_field_has_token(const struct http_head *h, const char *data, const char *name, const char *token)
{
    for (const struct http_field *f = http_field_find(h, data, name, 0); f != NULL;
         f = http_field_find(h, data, name, (size_t)(f - h->fields) + 1)) {
        if (list_has(data, f->value, token))
            return true;
    }
    return false;
}
