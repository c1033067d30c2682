/*
 * Requests and responses as they come in: the protocol's own parser, lenient, cut anywhere, bodies compared as they
 * stream.
 */
#include "engine/steps/message.h"
#include "engine/core/conn.h"
#include "engine/core/payload.h"
#include "engine/core/regex.h"
#include "engine/core/requests.h"
#include "engine/core/values.h"

#include "base/visible.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Bytes of a content that are kept for a failure to show. */
#define KEPT 256

/* --- one message against one alternative ---------------------------------------------------------------- */

struct message_match {
    const struct scn_match *m;
    struct http_head head;
    struct http_framing framing;
    struct http_body body;
    bool head_done;
    bool another;    /* its start line says that it is not the one that was asked for */
    bool cut;        /* the stream ended before the message, and what came of it was right */
    size_t base;     /* where the head begins in c->in */
    size_t pos;      /* how far the body has been read in c->in */
    struct buf text; /* the head, as received */
    const struct scn_with *body_with;
    bool wants_cut;       /* with cut body */
    struct bytes *wanted; /* of the body */
    uint64_t matched;     /* content bytes compared so far */
    size_t keep;          /* so many bytes of the content */
    struct buf content;   /* for a regex on the body, for a capture, and the first bytes for a failure */
};

struct message_match *message_new(const struct scn_match *m)
{
    struct message_match *mm = mem_new(1, sizeof(*mm));
    mm->m = m;
    mm->keep = KEPT;
    http_head_init(&mm->head, m->kind == SCN_MATCH_REQUEST ? HTTP_REQUEST : HTTP_RESPONSE, message_options());
    return mm;
}

void message_free(struct message_match *mm)
{
    if (!mm)
        return;
    buf_free(&mm->text);
    buf_free(&mm->content);
    bytes_drop(mm->wanted);
    free(mm);
}

bool message_is_another(const struct message_match *mm)
{
    return mm->another;
}

bool message_keeps_open(const struct message_match *mm)
{
    return mm->head_done && mm->framing.keep_alive;
}

bool message_is_final(const struct message_match *mm)
{
    return mm->head_done && !mm->framing.interim;
}

bool message_was_cut(const struct message_match *mm)
{
    return mm->cut;
}

void message_seen(const struct message_match *mm, struct buf *out)
{
    visible_add(out, buf_text(&mm->text), mm->text.len, 4096);
    if (mm->content.len) {
        visible_add(out, mm->content.data, mm->content.len, KEPT);
    }
}

void message_keep(struct message_match *mm)
{
    mm->keep = HEAD_MAX;
}

const struct buf *message_head_text(const struct message_match *mm)
{
    return &mm->text;
}

struct bytes *message_text(const struct message_match *mm)
{
    struct buf all = {0};
    buf_add(&all, buf_text(&mm->text), mm->text.len);
    if (mm->content.len)
        buf_add(&all, mm->content.data, mm->content.len);
    struct bytes *text = bytes_new(all.data, all.len);
    buf_free(&all);
    return text;
}

/* Whether a field of this name meets the condition, in any of its lines. */
static bool header_meets(struct message_match *mm, struct actor *a, const struct scn_with *w, struct buf *why)
{
    struct buf name = {0};
    struct err e = {0};
    bool found = false, met = false;
    text_expand(a->run, a, &w->name, &name);
    struct bytes *value = w->has_value ? payload_expand(a->run, a, &w->payload, &e) : NULL;
    const struct http_field *f = NULL;
    for (size_t from = 0; !met && (f = http_field_find(&mm->head, mm->text.data, buf_text(&name), from)) != NULL;) {
        const char *text = http_text(mm->text.data, f->value);
        found = true;
        met = value              ? value->len == f->value.len && memcmp(value->data, text, f->value.len) == 0
              : w->regex.pattern ? regex_search(a, &w->regex, text, f->value.len, NULL, NULL)
                                 : true;
        from = (size_t)(f - mm->head.fields) + 1;
        if (!met) {
            buf_clear(why);
            buf_printf(why, "its %s is ", buf_text(&name));
            visible_quoted(why, text, f->value.len, 100);
        }
    }
    if (w->kind == SCN_WITHOUT_HEADER) {
        if (met)
            buf_printf(why, "it has a field %s", buf_text(&name));
        met = !met;
    } else if (!found) {
        buf_printf(why, "it has no field %s", buf_text(&name));
    }
    bytes_drop(value);
    buf_free(&name);
    return met;
}

static bool version_meets(struct message_match *mm, struct actor *a, const struct scn_with *w, struct buf *why)
{
    char have[32];
    struct err e = {0};
    struct bytes *wanted = payload_expand(a->run, a, &w->payload, &e);
    snprintf(have, sizeof(have), "%d.%d", mm->head.major, mm->head.minor);
    bool met = wanted && strcmp(wanted->data, have) == 0;
    if (!met)
        buf_printf(why, "its version is HTTP/%s", have);
    bytes_drop(wanted);
    return met;
}

static bool start_line_meets(struct message_match *mm, struct actor *a, struct buf *why)
{
    const struct scn_match *m = mm->m;
    if (m->kind == SCN_MATCH_RESPONSE) {
        if (mm->head.status >= m->status_low && mm->head.status <= m->status_high)
            return true;
        buf_printf(why, "its status is %d", mm->head.status);
        return false;
    }
    struct http_span target = mm->head.target;
    const char *text = http_text(mm->text.data, target);
    if (m->method && !http_span_is(mm->text.data, mm->head.method_text, m->method)) {
        buf_puts(why, "its method is ");
        visible_quoted(why, http_text(mm->text.data, mm->head.method_text), mm->head.method_text.len, 40);
        return false;
    }
    bool met = true;
    if (m->path.count) {
        struct buf path = {0};
        text_expand(a->run, a, &m->path, &path);
        met = path.len == target.len && memcmp(path.data, text, path.len) == 0;
        buf_free(&path);
    } else if (m->regex.pattern) {
        met = regex_search(a, &m->regex, text, target.len, NULL, NULL);
    }
    if (!met) {
        buf_puts(why, "its target is ");
        visible_quoted(why, text, target.len, 200);
    }
    return met;
}

static bool valid_meets(const struct message_match *mm, struct buf *why)
{
    const struct http_findings *f = mm->head.findings.count ? &mm->head.findings : &mm->framing.findings;
    if (!f->count)
        return true;
    buf_printf(why, "at byte %llu %s (%s)", (unsigned long long)f->items[0].offset, f->items[0].sentence,
               f->items[0].rule);
    return false;
}

static bool head_meets(struct message_match *mm, struct actor *a, struct buf *why)
{
    mm->another = !start_line_meets(mm, a, why);
    if (mm->another)
        return false;
    for (size_t i = 0; i < mm->m->with_count; i++) {
        const struct scn_with *w = &mm->m->withs[i];
        bool met = true;
        if (w->kind == SCN_WITH_HEADER || w->kind == SCN_WITHOUT_HEADER)
            met = header_meets(mm, a, w, why);
        else if (w->kind == SCN_WITH_VERSION)
            met = version_meets(mm, a, w, why);
        else if (w->kind == SCN_WITH_VALID)
            met = valid_meets(mm, why);
        else if (w->kind == SCN_WITH_CUT)
            mm->wants_cut = true;
        else
            mm->body_with = w;
        if (!met)
            return false;
        buf_clear(why);
    }
    return true;
}

/* The head is whole: frames the body and looks at what can be judged by now. */
static enum match_status head_complete(struct message_match *mm, struct actor *a, struct conn *c, struct buf *why)
{
    buf_clear(&mm->text);
    buf_add(&mm->text, c->in.data + mm->base, mm->head.length);
    const char *method =
        mm->m->method && mm->m->kind == SCN_MATCH_RESPONSE ? mm->m->method : requests_oldest(c->requests);
    enum http_method m = http_method_of(method, strlen(method));
    if (http_framing_decide(&mm->framing, &mm->head, mm->text.data, m) != 0) {
        buf_printf(why, "its framing is wrong: %s (%s)", mm->framing.error.sentence, mm->framing.error.rule);
        return MATCH_NO;
    }
    mm->pos = mm->base + mm->head.length;
    mm->head_done = true;
    /* An interim response comes before the one that is waited for, unless it is the one (RFC 9110, 15.2). */
    if (mm->framing.interim && mm->m->status_high >= 200) {
        mm->base = mm->pos;
        mm->head_done = false;
        http_head_init(&mm->head, HTTP_RESPONSE, message_options());
        return MATCH_MORE;
    }
    if (!head_meets(mm, a, why))
        return MATCH_NO;
    struct err e = {0};
    if (mm->body_with && mm->body_with->has_value)
        mm->wanted = payload_expand(a->run, a, &mm->body_with->payload, &e);
    http_body_init(&mm->body, &mm->framing, message_options());
    return MATCH_YES;
}

/* Content as it comes. Returns false when it cannot be what was asked for. */
static bool content(struct message_match *mm, const char *data, size_t len, struct buf *why)
{
    if (mm->wanted) {
        size_t room = mm->wanted->len - (size_t)mm->matched, same = 0;
        while (same < len && same < room && data[same] == mm->wanted->data[mm->matched + same])
            same++;
        if (same < len) {
            buf_printf(why, "its body differs at byte %llu: ", (unsigned long long)mm->matched + same);
            if (same == room)
                buf_puts(why, "it is longer than expected");
            else
                visible_quoted(why, data + same, len - same, 32);
            return false;
        }
    }
    mm->matched += len;
    if (mm->body_with && mm->body_with->regex.pattern)
        mm->keep = HEAD_MAX;
    if (mm->content.len < mm->keep)
        buf_add(&mm->content, data, len < mm->keep - mm->content.len ? len : mm->keep - mm->content.len);
    return true;
}

static enum match_status body_complete(struct message_match *mm, struct actor *a, struct buf *why)
{
    const struct scn_with *w = mm->body_with;
    if (mm->wants_cut) {
        buf_puts(why, "its body is whole");
        return MATCH_NO;
    }
    if (!w)
        return MATCH_YES;
    if (w->kind == SCN_WITH_BODY_LENGTH) {
        double wanted = number_of(a->run, a, &w->length, 0);
        if ((double)mm->matched == wanted)
            return MATCH_YES;
        buf_printf(why, "its body has %llu bytes", (unsigned long long)mm->matched);
        return MATCH_NO;
    }
    if (mm->wanted && mm->matched < mm->wanted->len) {
        buf_printf(why, "its body ends after %llu of %zu bytes", (unsigned long long)mm->matched, mm->wanted->len);
        return MATCH_NO;
    }
    if (w->regex.pattern && !regex_search(a, &w->regex, mm->content.data, mm->content.len, NULL, NULL)) {
        buf_printf(why, "its body does not match /%s/", w->regex.pattern);
        return MATCH_NO;
    }
    return MATCH_YES;
}

static enum match_status read_body(struct message_match *mm, struct actor *a, struct conn *c, bool may_take,
                                   size_t *end, struct buf *why)
{
    for (;;) {
        size_t used = 0;
        struct http_part part = {0};
        enum http_body_event event =
            http_body_read(&mm->body, buf_text(&c->in) + mm->pos, c->in.len - mm->pos, &used, &part);
        if (event == HTTP_EVENT_DATA && !content(mm, part.data, part.len, why))
            return MATCH_NO;
        mm->pos += used;
        if (event == HTTP_EVENT_ERROR) {
            buf_printf(why, "its body is broken: %s (%s)", mm->body.error.sentence, mm->body.error.rule);
            return MATCH_NO;
        }
        if (event == HTTP_EVENT_END) {
            *end = mm->pos;
            return body_complete(mm, a, why);
        }
        if (event == HTTP_EVENT_MORE)
            break;
    }
    if (may_take && mm->pos) {
        conn_take(c, mm->pos);
        mm->pos = 0;
    }
    if (!conn_ended(c)) {
        conn_update(c); /* it may have stopped reading before anybody waited for the rest */
        return MATCH_MORE;
    }
    *end = mm->pos;
    if (c->eof && !c->reset && http_body_eof(&mm->body) == HTTP_EVENT_END)
        return body_complete(mm, a, why);
    if (mm->wants_cut)
        return MATCH_YES;
    buf_printf(why, "%s after %llu bytes of its body", conn_ended(c), (unsigned long long)mm->body.content);
    if (mm->framing.kind == HTTP_BODY_LENGTH)
        buf_printf(why, " of %llu", (unsigned long long)mm->framing.length);
    mm->cut = true;
    return MATCH_NO;
}

enum match_status message_try(struct message_match *mm, struct actor *a, struct conn *c, bool may_take, size_t *end,
                              struct buf *why)
{
    while (!mm->head_done) {
        c->want = HEAD_MAX + c->intake;
        long n = mm->base < c->in.len ? http_head_parse(&mm->head, c->in.data + mm->base, c->in.len - mm->base) : 0;
        if (n < 0) {
            buf_printf(why, "it is no HTTP message: at byte %llu %s (%s)", (unsigned long long)mm->head.error.offset,
                       mm->head.error.sentence, mm->head.error.rule);
            return MATCH_NO;
        }
        if (n == 0) {
            conn_update(c);
            if (!conn_ended(c))
                return MATCH_MORE;
            mm->cut = true;
            buf_printf(why, "%s %s", conn_ended(c),
                       c->in.len > mm->base ? "in the middle of its head" : "and nothing came before");
            return MATCH_NO;
        }
        if (head_complete(mm, a, c, why) == MATCH_NO)
            return MATCH_NO;
    }
    return read_body(mm, a, c, may_take, end, why);
}
