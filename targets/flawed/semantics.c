#include "flawed/semantics.h"

#include <string.h>
#include <strings.h>

static const struct slip *slip_of(const struct http_conn *c)
{
    return http_config_of(c)->ops.data;
}

/* --- when --- */

static bool text_is(const char *text, size_t len, const char *wanted)
{
    size_t n = wanted == NULL ? 0 : strlen(wanted);
    if (wanted == NULL)
        return true;
    if (wanted[0] == '=')
        return len == n - 1 && memcmp(text, wanted + 1, len) == 0;
    if (wanted[0] == '^')
        return len >= n - 1 && memcmp(text, wanted + 1, n - 1) == 0;
    return memmem(text, len, wanted, n) != NULL;
}

bool slip_head_is_whole(const struct http_conn *c)
{
    return c->head != NULL && c->head->state == HTTP_AT_END;
}

const struct http_field *slip_field(const struct http_conn *c, const char *name)
{
    return http_field_find(c->head, c->in.data, name, 0);
}

bool slip_value_is(const struct http_conn *c, const struct http_field *f, const char *value)
{
    return text_is(http_text(c->in.data, f->value), f->value.len, value);
}

static bool has_line(const struct http_conn *c, const char *name, const char *value)
{
    const struct http_field *f = NULL;
    for (size_t from = 0; (f = http_field_find(c->head, c->in.data, name, from)) != NULL;
         from = (size_t)(f - c->head->fields) + 1) {
        if (slip_value_is(c, f, value))
            return true;
    }
    return false;
}

static bool applies(const struct http_conn *c, const struct slip *s, int status)
{
    if (s->status != 0 && s->status != status)
        return false;
    if (!slip_head_is_whole(c)) /* a head that was refused: only its status is known */
        return s->method == NULL && s->version == NULL && s->target == NULL && s->field == NULL;
    const char *data = c->in.data;
    const struct http_span target = c->head->target;
    return (s->method == NULL || http_span_is(data, c->head->method_text, s->method)) &&
           (s->version == NULL || c->head->minor == s->version[2] - '0') &&
           text_is(http_text(data, target), target.len, s->target) &&
           (s->field == NULL || has_line(c, s->field, s->value)) &&
           (s->missing == NULL || slip_field(c, s->missing) == NULL);
}

/* Whether a name is one of those that `names` has with | between. */
static bool listed(const char *names, const char *name, size_t len)
{
    while (names != NULL) {
        size_t n = strcspn(names, "|");
        if (n == len && strncasecmp(names, name, len) == 0)
            return true;
        names = names[n] == '\0' ? NULL : names + n + 1;
    }
    return false;
}

/* --- requests --- */

void slip_drop_field(struct http_conn *c, size_t index)
{
    struct http_head *h = c->head;
    h->field_count--;
    memmove(h->fields + index, h->fields + index + 1, (h->field_count - index) * sizeof h->fields[0]);
}

void slip_blind(struct http_conn *c)
{
    const struct slip *s = slip_of(c);
    if (!applies(c, s, 0))
        return;
    for (size_t i = 0; i < c->head->field_count;) {
        const struct http_span name = c->head->fields[i].name;
        if (listed(s->drop, http_text(c->in.data, name), name.len))
            slip_drop_field(c, i);
        else
            i++;
    }
}

void slip_refuses(struct http_conn *c)
{
    const struct slip *s = slip_of(c);
    if (applies(c, s, 0))
        http_answer(c, s->becomes, true);
}

/* --- answers --- */

void slip_replace(struct http_response *r, struct http_response with)
{
    with.head_only = r->head_only;
    with.close = r->close;
    http_response_free(r);
    *r = with;
}

void slip_answers(struct http_conn *c, struct http_response *r)
{
    const struct slip *s = slip_of(c);
    if (!applies(c, s, r->status))
        return;
    struct http_response other = http_plain(s->becomes);
    other.complete = r->complete;
    if (s->becomes == 304) { /* it is wrong, not broken */
        other.type = other.text = NULL;
        other.length = 0;
    }
    slip_replace(r, other);
}

/* Keeps the lines of a head whose names are not in `drop`. Returns the length of what is left. */
static size_t without(char *out, size_t len, const char *drop)
{
    size_t kept = 0;
    for (size_t i = 0; i < len;) {
        const char *lf = memchr(out + i, '\n', len - i);
        size_t line = lf == NULL ? len - i : (size_t)(lf - (out + i)) + 1;
        const char *colon = memchr(out + i, ':', line);
        if (i == 0 || colon == NULL || !listed(drop, out + i, (size_t)(colon - (out + i)))) {
            memmove(out + kept, out + i, line);
            kept += line;
        }
        i += line;
    }
    return kept;
}

size_t slip_edits(const struct http_conn *c, const struct http_response *r, char *out, size_t cap)
{
    const struct slip *s = slip_of(c);
    size_t len = http_write_head(c, r, out, cap), add = s->add == NULL ? 0 : strlen(s->add);
    if (len == 0 || !applies(c, s, r->status))
        return len;
    len = without(out, len, s->drop);
    if (add > cap - len)
        return 0;
    memmove(out + len - 2 + add, out + len - 2, 2); /* the empty line */
    if (add > 0)
        memcpy(out + len - 2, s->add, add);
    return len + add;
}
