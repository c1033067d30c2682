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
    f->items[f->count++] =
        (struct http_note){.rule = rule, .sentence = sentence, .offset = offset, .status = 400, .limit = false};
}

int http_refuse(struct http_note *e, int status, const char *rule, uint64_t offset, const char *sentence)
{
    *e = (struct http_note){.rule = rule, .sentence = sentence, .offset = offset, .status = status, .limit = false};
    return -1;
}

int http_refuse_limit(struct http_note *e, int status, const char *rule, uint64_t offset, const char *sentence)
{
    *e = (struct http_note){.rule = rule, .sentence = sentence, .offset = offset, .status = status, .limit = true};
    return -1;
}

int http_judge(const struct http_report *r, unsigned bit, const char *rule, uint64_t offset, const char *sentence)
{
    if ((r->allow & bit) == 0)
        return http_refuse(r->error, 400, rule, offset, sentence);
    http_found(r->findings, rule, offset, sentence);
    return 0;
}

int http_value_check(const struct http_report *r, const char *data, size_t at, size_t end, uint64_t base)
{
    for (size_t i = at; (i = http_value_run(data, i, end)) < end; i++) {
        if ((BUG(BARE_CR) && data[i] == '\r') || (BUG(NUL_IN_VALUE) && data[i] == '\0') ||
            (BUG(VERTICAL_TAB) && data[i] == '\v') || (BUG(TRAILER_NUL) && base > 0 && data[i] == '\0'))
            continue;
        int judged = data[i] == '\r' ? http_judge(r, HTTP_ALLOW_BARE_CR, "RFC9112-2.2", base + i, "a CR without LF")
                                     : http_judge(r, HTTP_ALLOW_CONTROL, "RFC9110-5.5", base + i,
                                                  "a control byte in a field value or reason");
        if (judged < 0)
            return -1;
    }
    return 0;
}

/* A line that is no field: why, and whether it may be passed over. */
static int no_field(const struct http_report *r, const char *data, size_t at, size_t i, size_t end, uint64_t base)
{
    if (BUG(NO_COLON))
        return 0;
    if (i == end)
        return http_judge(r, HTTP_ALLOW_NO_COLON, "RFC9112-5", base + at, "a field line without colon");
    if (data[i] == '\r')
        return http_judge(r, HTTP_ALLOW_NO_COLON, "RFC9112-2.2", base + i, "a CR without LF");
    return http_judge(r, HTTP_ALLOW_NO_COLON, "RFC9110-5.1", base + i,
                      data[i] == ':' ? "a field without name" : "a byte that no field name may hold");
}

/* Behind the name no colon, or no name: blanks between the two may be allowed, or the line is no field.
 * Returns 1 with *colon, 0 for a line to pass over, -1 for a refusal. */
static int odd_colon(const struct http_report *r, const char *data, size_t at, size_t name_end, size_t end,
                     uint64_t base, size_t *colon)
{
    size_t i = http_line_run(data, name_end, HTTP_BLANK);
    if (i == end || data[i] != ':' || (name_end == at && !BUG(EMPTY_NAME)))
        return no_field(r, data, at, i < end && data[i] == ':' ? i : (i < end ? name_end : end), end, base);
    *colon = i;
    if (BUG(SPACE_BEFORE_COLON) || BUG(EMPTY_NAME))
        return 1;
    return http_judge(r, HTTP_ALLOW_SPACE_COLON, "RFC9112-5.1", base + name_end,
                      "whitespace between field name and colon") < 0
               ? -1
               : 1;
}

int http_field_line_parse(const struct http_report *r, const char *data, size_t at, size_t end, uint64_t base,
                          struct http_field *out)
{
    size_t name_end = http_line_run(data, at, HTTP_TCHAR), colon = name_end;
    if (data[colon] != ':' || colon == at) {
        int odd = odd_colon(r, data, at, name_end, end, base, &colon);
        if (odd <= 0)
            return odd;
    }
    size_t from = http_line_run(data, colon + 1, HTTP_BLANK), to = end;
    if (http_value_run(data, from, end) < end && http_value_check(r, data, from, end, base) < 0)
        return -1;
    while (http_blank(data[to - 1])) /* the colon stops it */
        to--;
    to = to < from ? from : to;
    *out = (struct http_field){.name = {(uint32_t)at, (uint32_t)(name_end - at)},
                               .value = {(uint32_t)from, (uint32_t)(to - from)},
                               .id = http_field_id_of(data + at, name_end - at)};
    return 1;
}

enum http_field_id http_field_id_of(const char *name, size_t len)
{
    /* No two have the same length. In small letters: with its bit 0x20 set, a tchar equals a letter or "-"
     * only where it is that letter in either case, or "-". */
    static const struct {
        char name[18];
        uint8_t id;
    } known[] = {
        [4] = {"host", HTTP_FIELD_HOST},
        [6] = {"expect", HTTP_FIELD_EXPECT},
        [10] = {"connection", HTTP_FIELD_CONNECTION},
        [14] = {"content-length", HTTP_FIELD_CONTENT_LENGTH},
        [17] = {"transfer-encoding", HTTP_FIELD_TRANSFER_ENCODING},
    };
    size_t row = len < sizeof known / sizeof known[0] ? len : 0, i = 0;
    while ((name[i] | 0x20) == known[row].name[i]) /* until its zero at most */
        i++;
    return i == len ? (enum http_field_id)known[row].id : HTTP_FIELD_OTHER;
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

const struct http_field *http_field_find(const struct http_head *h, const char *data, const char *name, size_t from)
{
    for (size_t i = from; i < h->field_count; i++) {
        if (http_span_is_nocase(data, h->fields[i].name, name))
            return &h->fields[i];
    }
    return NULL;
}

const struct http_field *http_field_find_id(const struct http_head *h, enum http_field_id id, size_t from)
{
    if ((h->ids & 1u << id) == 0)
        return NULL;
    for (size_t i = from; i < h->field_count; i++) {
        if (h->fields[i].id == id)
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
        while (stop > start && (http_blank(data[stop - 1]) || data[stop - 1] == '\r' || data[stop - 1] == '\n'))
            stop--;
        if (stop > start &&
            http_span_is_nocase(data, (struct http_span){(uint32_t)start, (uint32_t)(stop - start)}, token))
            return true;
        if (BUG(CLOSE_NOT_FIRST))
            return false;
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

bool http_field_id_has_token(const struct http_head *h, const char *data, enum http_field_id id, const char *token)
{
    for (const struct http_field *f = http_field_find_id(h, id, 0); f != NULL;
         f = http_field_find_id(h, id, (size_t)(f - h->fields) + 1)) {
        if (list_has(data, f->value, token))
            return true;
    }
    return false;
}
