/* Whether what was said is what was asked for. */
#include "engine/core/payload.h"
#include "engine/core/regex.h"
#include "engine/core/values.h"
#include "engine/steps/spoken_internal.h"

#include "base/visible.h"

#include <string.h>
#include <strings.h>

/* Bytes of a text or a line that a reason shows. */
#define SHOWN 100

static const struct spoken_part *last_line(const struct spoken *s)
{
    return &s->kept.items[s->kept.count - 1];
}

static void show_last(const struct spoken *s, struct buf *why)
{
    const struct spoken_part *line = last_line(s);
    visible_quoted(why, buf_text(&s->text) + line->at, line->len, SHOWN);
}

/* The second word of a tagged line of IMAP. */
static bool word_is(const struct spoken *s, const char *word)
{
    const struct spoken_part *line = last_line(s);
    const char *text = buf_text(&s->text) + line->at, *end = text + line->len;
    const char *blank = memchr(text, ' ', line->len);
    size_t len = strlen(word);
    if (!blank || (size_t)(end - blank - 1) < len)
        return false;
    return strncasecmp(blank + 1, word, len) == 0 && (blank + 1 + len == end || blank[1 + len] == ' ');
}

static bool own_meets(struct spoken *s, struct actor *a)
{
    const struct spoken_part *line = last_line(s);
    const char *text = buf_text(&s->text) + line->at;
    struct err e = {0};
    if (s->m->regex.pattern)
        return regex_search(a, &s->m->regex, text, line->len, NULL, NULL);
    if (!s->m->payload.count)
        return true;
    struct bytes *wanted = payload_expand(a->run, a, &s->m->payload, &e);
    bool met = wanted && wanted->len == line->len && memcmp(wanted->data, text, line->len) == 0;
    bytes_drop(wanted);
    return met;
}

bool spoken_code_meets(struct spoken *s, struct actor *a, struct buf *why)
{
    bool met;
    switch (s->speech) {
    case SCN_SPEECH_POP3:
        met = !s->m->word || strcmp(s->word, s->m->word) == 0;
        if (!met)
            buf_printf(why, "it is %s ", s->word);
        break;
    case SCN_SPEECH_IMAP:
        met = !s->m->word || word_is(s, s->m->word);
        buf_puts(why, met ? "" : "it is ");
        break;
    case SCN_SPEECH_OWN:
        met = own_meets(s, a);
        buf_puts(why, met ? "" : "it is ");
        break;
    default:
        met = s->code >= s->m->status_low && s->code <= s->m->status_high;
        if (!met)
            buf_printf(why, "its code is %d, ", s->code);
    }
    if (!met)
        show_last(s, why);
    return met;
}

/* "value" or /regex/ against one of the parts, or against `content`. */
static bool value_meets(struct actor *a, const struct scn_with *w, const char *data, size_t len)
{
    struct err e = {0};
    if (w->regex.pattern)
        return regex_search(a, &w->regex, data, len, NULL, NULL);
    struct bytes *value = w->has_value ? payload_expand(a->run, a, &w->payload, &e) : NULL;
    bool met = !w->has_value || (value && value->len == len && memcmp(value->data, data, len) == 0);
    bytes_drop(value);
    return met;
}

static bool some_part_meets(struct spoken *s, struct actor *a, const struct scn_with *w,
                            const struct spoken_parts *parts)
{
    for (size_t i = 0; i < parts->count; i++)
        if (value_meets(a, w, buf_text(&s->text) + parts->items[i].at, parts->items[i].len))
            return true;
    return false;
}

static bool with_meets(struct spoken *s, struct actor *a, const struct scn_with *w, struct buf *why)
{
    bool met = true;
    switch (w->kind) {
    case SCN_WITH_LINE:
        met = some_part_meets(s, a, w, &s->kept);
        if (!met)
            buf_printf(why, "none of its %zu lines is that", s->kept.count);
        break;
    case SCN_WITH_LITERAL:
        met = some_part_meets(s, a, w, &s->literals);
        if (!met)
            buf_printf(why, "none of its %zu literals is that", s->literals.count);
        break;
    case SCN_WITH_VALID_LINES:
        met = !s->problem;
        buf_puts(why, met ? "" : s->problem);
        break;
    case SCN_WITH_TEXT:
        met = value_meets(a, w, buf_text(&s->content), s->content.len);
        if (!met)
            buf_printf(why, "its text of %zu bytes is ", s->content.len);
        if (!met)
            visible_quoted(why, buf_text(&s->content), s->content.len, SHOWN);
        break;
    default:
        break;
    }
    return met;
}

/* A text of its own: as if it were the condition of a reply. */
static bool text_meets(struct spoken *s, struct actor *a, struct buf *why)
{
    const struct scn_match *m = s->m;
    struct scn_with w = {
        .kind = SCN_WITH_TEXT, .has_value = m->payload.count > 0, .payload = m->payload, .regex = m->regex};
    return with_meets(s, a, &w, why);
}

bool spoken_meets(struct spoken *s, struct actor *a, struct buf *why)
{
    if (s->m->kind == SCN_MATCH_TEXT)
        return text_meets(s, a, why);
    for (size_t i = 0; i < s->m->with_count; i++)
        if (!with_meets(s, a, &s->m->withs[i], why))
            return false;
    return true;
}
