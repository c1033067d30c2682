#include "servers/http_conditions.h"

#include "protocol/http_date.h"

#include <stdio.h>
#include <string.h>

void http_validators_of(struct http_validators *v, uint64_t size, struct timespec modified, struct timespec now)
{
    bool fresh = now.tv_sec - modified.tv_sec <= 1;
    snprintf(v->etag, sizeof v->etag, "%s\"%llx-%llx-%lx\"", fresh ? "W/" : "", (unsigned long long)size,
             (unsigned long long)modified.tv_sec, (unsigned long)modified.tv_nsec);
    /* "the origin server MUST replace that value with the message origination date" (8.8.2.1) */
    v->dated = true;
    v->modified = modified.tv_sec > now.tv_sec ? now.tv_sec : modified.tv_sec;
}

/* --- entity tags (8.8.3) --- */

static bool weak(const char *tag, size_t len)
{
    return len >= 2 && memcmp(tag, "W/", 2) == 0;
}

/* Strong: neither is weak and both are the same. Weak: the same but for the marks (8.8.3.2). */
static bool tags_equal(const char *a, size_t a_len, const char *b, size_t b_len, bool strong)
{
    bool a_weak = weak(a, a_len), b_weak = weak(b, b_len);
    if (strong && (a_weak || b_weak))
        return false;
    a += a_weak ? 2 : 0;
    a_len -= a_weak ? 2 : 0;
    b += b_weak ? 2 : 0;
    b_len -= b_weak ? 2 : 0;
    return a_len == b_len && memcmp(a, b, a_len) == 0;
}

/* The length of the entity tag at text[0], 0 where none begins. A comma inside its quotes is a part of it. */
static size_t tag_length(const char *text, size_t len)
{
    size_t i = weak(text, len) ? 2 : 0;
    if (i >= len || text[i] != '"')
        return 0;
    const char *quote = memchr(text + i + 1, '"', len - i - 1);
    return quote == NULL ? 0 : (size_t)(quote - text) + 1;
}

/* Whether this tag is a member of one field line; "*" stands for any. What is no tag is passed over. */
static bool line_has_tag(const char *text, size_t len, const char *tag, bool strong)
{
    if (len == 1 && text[0] == '*')
        return true;
    for (size_t i = 0; i < len;) {
        size_t tag_len = tag_length(text + i, len - i);
        if (tag_len > 0 && tag[0] != '\0' && tags_equal(text + i, tag_len, tag, strlen(tag), strong))
            return true;
        i += tag_len > 0 ? tag_len : 1;
    }
    return false;
}

static const struct http_field *find(const struct http_head *h, const char *data, const char *name)
{
    return http_field_find(h, data, name, 0);
}

/* The same for all lines of a field: together they are one list (5.3). */
static bool has_tag(const struct http_head *h, const char *data, const char *name, const struct http_validators *v,
                    bool strong)
{
    const struct http_field *f;
    for (size_t from = 0; (f = http_field_find(h, data, name, from)) != NULL; from = (size_t)(f - h->fields) + 1) {
        if (line_has_tag(http_text(data, f->value), f->value.len, v->etag, strong))
            return true;
    }
    return false;
}

/* --- dates --- */

/* The date of a field that has one line and is a date; anything else is ignored (13.1.3, 13.1.4). */
static bool date_of(const struct http_head *h, const char *data, const char *name, time_t now, time_t *when)
{
    const struct http_field *f = find(h, data, name);
    if (f == NULL || http_field_find(h, data, name, (size_t)(f - h->fields) + 1) != NULL)
        return false;
    return http_date_parse(http_text(data, f->value), f->value.len, now, when);
}

/* --- evaluation (13.2.2) --- */

int http_conditions(const struct http_head *h, const char *data, const struct http_validators *v, time_t now)
{
    time_t when;
    if (find(h, data, "If-Match") != NULL) {
        if (!has_tag(h, data, "If-Match", v, true))
            return 412;
    } else if (v->dated && date_of(h, data, "If-Unmodified-Since", now, &when) && v->modified > when) {
        return 412;
    }
    if (find(h, data, "If-None-Match") != NULL)
        return has_tag(h, data, "If-None-Match", v, false) ? 304 : 0;
    if (v->dated && date_of(h, data, "If-Modified-Since", now, &when) && v->modified <= when)
        return 304;
    return 0;
}

bool http_if_range(const struct http_head *h, const char *data, const struct http_validators *v, time_t now)
{
    const struct http_field *f = find(h, data, "If-Range");
    time_t when;
    if (f == NULL)
        return true;
    const char *text = http_text(data, f->value);
    if (tag_length(text, f->value.len) == f->value.len && f->value.len > 0)
        return tags_equal(text, f->value.len, v->etag, strlen(v->etag), true);
    /* A date counts where it is a strong validator: not where the tag had to be weak (8.8.2.2). */
    return !weak(v->etag, strlen(v->etag)) && v->dated && date_of(h, data, "If-Range", now, &when) &&
           when == v->modified;
}
