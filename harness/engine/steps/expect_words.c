/*
 * Words for what an `expect` wanted and what came in its place.
 */
#include "engine/steps/expectation.h"

#include "engine/core/payload.h"
#include "engine/core/verdict.h"
#include "engine/steps/step.h"

#include "base/visible.h"

#include <stdlib.h>
#include <string.h>

/* Bytes shown around the place where expected and received differ. */
#define SHOWN_BEFORE 24
#define SHOWN_AFTER  80

static void describe_status(const struct scn_match *m, struct buf *out)
{
    if (m->status_low == m->status_high)
        buf_printf(out, "response %d", m->status_low);
    else if (m->status_high - m->status_low == 99)
        buf_printf(out, "response %dxx", m->status_low / 100);
    else
        buf_puts(out, "a response");
}

static void describe_with(struct actor *a, const struct scn_with *w, struct buf *out)
{
    static const char *const words[] = {" with header ", " without header ", " with body",       " with body",
                                        " with version", " with valid head", " with cut body",   " with line",
                                        " with literal", " with text",       " with valid lines"};
    struct err e = {0};
    buf_puts(out, words[w->kind]);
    text_expand(a->run, a, &w->name, out);
    struct bytes *value = w->has_value ? payload_expand(a->run, a, &w->payload, &e) : NULL;
    if (value) {
        buf_putc(out, ' ');
        visible_quoted(out, value->data, value->len, 60);
    } else if (w->regex.pattern) {
        buf_printf(out, " /%s/", w->regex.pattern);
    } else if (w->kind == SCN_WITH_BODY_LENGTH) {
        buf_printf(out, " of %.0f bytes", number_of(a->run, a, &w->length, 0));
    }
    bytes_drop(value);
}

static void describe_value(struct actor *a, const struct scn_match *m, struct buf *out)
{
    struct err e = {0};
    struct bytes *value = m->payload.count ? payload_expand(a->run, a, &m->payload, &e) : NULL;
    if (m->regex.pattern)
        buf_printf(out, " /%s/", m->regex.pattern);
    if (value) {
        buf_putc(out, ' ');
        visible_quoted(out, value->data, value->len, 60);
    }
    bytes_drop(value);
}

static void describe_reply(struct actor *a, const struct scn_match *m, struct buf *out)
{
    buf_puts(out, "reply");
    if (m->word)
        buf_printf(out, " %s", m->word);
    else if (m->status_low && m->status_low == m->status_high)
        buf_printf(out, " %d", m->status_low);
    else if (m->status_low)
        buf_printf(out, " %d to %d", m->status_low, m->status_high);
    else if (!m->regex.pattern && !m->payload.count)
        buf_puts(out, " any");
    describe_value(a, m, out);
    if (m->tag.count) {
        buf_puts(out, " to ");
        text_expand(a->run, a, &m->tag, out);
    }
}

static void describe_text(struct actor *a, const struct scn_match *m, struct buf *out)
{
    buf_puts(out, "text");
    describe_value(a, m, out);
}

static void describe_one(struct actor *a, const struct alternative *alt, struct buf *out)
{
    const struct scn_match *m = alt->m;
    switch (m->kind) {
    case SCN_MATCH_BYTES:
        if (alt->wanted->len > 100)
            buf_printf(out, "%zu bytes ", alt->wanted->len);
        visible_quoted(out, alt->wanted->data, alt->wanted->len, 60);
        break;
    case SCN_MATCH_LINE:
        buf_puts(out, "line ");
        if (alt->wanted)
            visible_quoted(out, alt->wanted->data, alt->wanted->len, 100);
        else
            buf_printf(out, "/%s/", m->regex.pattern);
        break;
    case SCN_MATCH_COUNT:
        buf_printf(out, "%zu bytes", alt->number);
        break;
    case SCN_MATCH_UNTIL:
        buf_puts(out, "bytes until close (FIN)");
        break;
    case SCN_MATCH_RESPONSE:
        describe_status(m, out);
        break;
    case SCN_MATCH_REQUEST:
        buf_printf(out, "request %s", m->method ? m->method : "any");
        if (m->path.count) {
            buf_putc(out, ' ');
            text_expand(a->run, a, &m->path, out);
        }
        break;
    case SCN_MATCH_CLOSE:
        buf_puts(out, "close (FIN)");
        break;
    case SCN_MATCH_RESET:
        buf_puts(out, "reset (RST)");
        break;
    case SCN_MATCH_NOTHING:
        buf_printf(out, "nothing for %g s", number_of(a->run, a, &m->number, 0));
        break;
    case SCN_MATCH_REFUSED:
        buf_puts(out, "connection refused");
        break;
    case SCN_MATCH_REGEX:
        buf_printf(out, "/%s/", m->regex.pattern);
        break;
    case SCN_MATCH_LINES:
        buf_printf(out, "lines /%s/ until /%s/", m->regex.pattern, m->until.pattern);
        break;
    case SCN_MATCH_COMMAND:
        buf_printf(out, "command /%s/", m->regex.pattern);
        break;
    case SCN_MATCH_REPLY:
        describe_reply(a, m, out);
        break;
    case SCN_MATCH_TEXT:
        describe_text(a, m, out);
        break;
    }
    for (size_t i = 0; i < m->with_count; i++)
        describe_with(a, &m->withs[i], out);
}

static void describe_all(struct actor *a, const struct expectation *x, struct buf *out)
{
    for (size_t i = 0; i < x->count; i++) {
        if (i)
            buf_puts(out, " or ");
        describe_one(a, &x->alternatives[i], out);
    }
}

static void describe_received(const struct expectation *x, const struct conn *c, struct buf *out)
{
    const struct message_match *seen = NULL;
    for (size_t i = 0; i < x->count && !seen; i++)
        if (x->alternatives[i].message && message_head_text(x->alternatives[i].message)->len)
            seen = x->alternatives[i].message;
    if (seen)
        message_seen(seen, out);
    else if (c->in.len)
        visible_add(out, c->in.data, c->in.len, 1024);
    if (out->len && (c->reset || c->eof || c->refused || c->error))
        buf_puts(out, "\n");
    if (c->reset)
        buf_puts(out, "RST");
    else if (c->eof)
        buf_puts(out, "FIN");
    else if (c->refused)
        buf_puts(out, "connection refused");
    else if (c->error)
        buf_puts(out, strerror(c->error));
    else if (!out->len)
        buf_puts(out, "nothing");
}

/* Around the first difference: both sides from the same offset, so that a diff lines up. */
static void show_difference(const struct alternative *alt, const struct conn *c, struct buf *expected,
                            struct buf *received)
{
    size_t at = alt->end, from = at > SHOWN_BEFORE ? at - SHOWN_BEFORE : 0;
    size_t left = alt->wanted->len - alt->taken - from, have = c->in.len - from;
    if (alt->taken + from) {
        buf_printf(expected, "(from byte %zu) ", alt->taken + from);
        buf_printf(received, "(from byte %zu) ", alt->taken + from);
    }
    size_t shown = at - from + SHOWN_AFTER;
    visible_add(expected, alt->wanted->data + alt->taken + from, left < shown ? left : shown, 0);
    visible_add(received, c->in.data + from, have < shown ? have : shown, 0);
}

static enum diagnosis diagnose(const struct expectation *x, const struct conn *c)
{
    const struct alternative *first = &x->alternatives[0];
    if (c->refused)
        return DIAGNOSIS_REFUSED;
    if (c->reset && c->in.len == 0)
        return DIAGNOSIS_RESET;
    bool data = first->m->kind == SCN_MATCH_BYTES || first->m->kind == SCN_MATCH_COUNT;
    if (x->count == 1 && data && c->eof && c->in.len < (first->wanted ? first->wanted->len : first->number))
        return DIAGNOSIS_LOST_BYTES;
    return DIAGNOSIS_MISMATCH;
}

static void set_expected(struct case_run *run, struct buf *expected, struct buf *received)
{
    free(run->result->expected);
    free(run->result->received);
    run->result->expected = buf_take(expected);
    run->result->received = buf_take(received);
}

/* What came is the message of one alternative, with something else wrong: that is what counts, and not that it is none
 * of the others ("response 206 or response 200, but its status is 200"). */
static bool one_was_meant(const struct expectation *x)
{
    for (size_t i = 0; i < x->count; i++) {
        const struct message_match *m = x->alternatives[i].message;
        if (m && message_head_text(m)->len && !message_is_another(m))
            return true;
    }
    return false;
}

/* Why none of them would do, each reason once. */
static void tell_reasons(const struct expectation *x, struct buf *out)
{
    bool meant = one_was_meant(x);
    const char *last = "";
    for (size_t i = 0; i < x->count; i++) {
        const struct alternative *alt = &x->alternatives[i];
        const char *why = buf_text(&alt->why);
        if (strcmp(why, last) == 0 || (meant && alt->message && message_is_another(alt->message)))
            continue;
        buf_printf(out, "%s%s", out->len ? "; " : "", why);
        last = why;
    }
}

enum step_result expectation_fail(struct actor *a, struct conn *c)
{
    struct expectation *x = a->st.expectation;
    struct buf expected = {0}, received = {0}, why = {0}, all = {0};
    struct alternative *only = x->count == 1 ? &x->alternatives[0] : NULL;
    describe_all(a, x, &all);
    tell_reasons(x, &why);
    for (size_t i = 0; i < x->count; i++)
        a->run->cut_short |= x->alternatives[i].cut || (conn_ended(c) && c->in.len == 0);
    enum diagnosis d = diagnose(x, c);
    case_fail(a->run, a, d, "expected %s, but %s", buf_text(&all), buf_text(&why));
    if (only && only->m->kind == SCN_MATCH_BYTES && scn_transport_is_stream(c->transport) && only->end < c->in.len &&
        only->taken + only->end < only->wanted->len) {
        show_difference(only, c, &expected, &received);
    } else {
        buf_puts(&expected, buf_text(&all));
        describe_received(x, c, &received);
    }
    set_expected(a->run, &expected, &received);
    buf_free(&all);
    buf_free(&why);
    return STEP_FAILED;
}

void step_expect_evidence(struct actor *a)
{
    struct expectation *x = a->st.expectation;
    struct buf expected = {0}, received = {0};
    if (!x || !a->conn)
        return;
    describe_all(a, x, &expected);
    describe_received(x, a->conn, &received);
    set_expected(a->run, &expected, &received);
}

void step_expect_waiting(struct actor *a, const struct scn_step *s, struct buf *out)
{
    struct expectation *x = a->st.expectation;
    (void)s;
    if (!x)
        return;
    describe_all(a, x, out);
    const struct alternative *alt = &x->alternatives[0];
    if (x->count == 1 && alt->wanted && alt->m->kind == SCN_MATCH_BYTES)
        buf_printf(out, " (%zu of %zu bytes came)", alt->taken + (a->conn ? a->conn->in.len : 0), alt->wanted->len);
}
