/*
 * expect: what must come back, as one of the alternatives that the rule's sentence allows.
 *
 * Each alternative is yes, no or not yet for the bytes so far. The one that is complete at the smallest place in the stream wins; when all say no,
 * the case fails with what each of them missed. As soon as only one is left its bytes are taken as they come, so that 50 MB need
 * no 50 MB.
 */
#include "engine/internal.h"

#include "base/visible.h"

#include <stdlib.h>
#include <string.h>

/* Bytes shown around the place where expected and received differ. */
#define SHOWN_BEFORE 24
#define SHOWN_AFTER 80

struct alternative {
    const struct scn_match *m;
    enum match_status status;
    struct bytes *wanted;         /* BYTES, LINE "text" */
    size_t taken;                 /* of `wanted` or of a count: compared and gone from c->in */
    size_t number;                /* COUNT */
    struct message_match *message;
    size_t end;                   /* YES: bytes of c->in that belong to it */
    struct buf why;               /* NO */
};

struct expectation {
    struct alternative *alternatives;
    size_t count;
    bool nothing_timer;
};

/* --- one alternative --------------------------------------------------------------------------------------------------- */

static enum match_status no(struct alternative *alt, const char *why)
{
    buf_clear(&alt->why);
    buf_puts(&alt->why, why);
    return MATCH_NO;
}

/* Why nothing more can come, or NULL. */
static const char *ended(const struct conn *c)
{
    return c->reset ? "a RST came" : c->eof ? "the peer closed (FIN)" : c->refused ? "the connection was refused"
           : c->error ? "the connection failed" : NULL;
}

static enum match_status try_bytes(struct alternative *alt, struct conn *c, bool may_take)
{
    const struct bytes *w = alt->wanted;
    size_t left = w->len - alt->taken, have = c->in.len < left ? c->in.len : left, same = 0;
    const char *want = w->data + alt->taken;
    if (have && memcmp(c->in.data, want, have) == 0)
        same = have;
    while (same < have && c->in.data[same] == want[same])
        same++;
    if (same < have) {
        buf_clear(&alt->why);
        buf_printf(&alt->why, "byte %zu of %zu differs", alt->taken + same, w->len);
        alt->end = same;
        return MATCH_NO;
    }
    if (same == left) {
        alt->end = same;
        return MATCH_YES;
    }
    if (may_take && have) {
        alt->taken += have;
        conn_take(c, have);
    }
    if (!ended(c)) {
        if (!may_take)
            c->want = left + c->intake;
        conn_update(c);
        return MATCH_MORE;
    }
    buf_clear(&alt->why);
    buf_printf(&alt->why, "%s after %zu of %zu bytes", ended(c), alt->taken + (may_take ? 0 : have), w->len);
    return MATCH_NO;
}

static enum match_status try_count(struct alternative *alt, struct conn *c, bool may_take)
{
    size_t left = alt->number - alt->taken;
    if (c->in.len >= left) {
        alt->end = left;
        return MATCH_YES;
    }
    if (may_take && c->in.len) {
        alt->taken += c->in.len;
        conn_take(c, c->in.len);
    }
    if (!ended(c)) {
        if (!may_take)
            c->want = left + c->intake;
        conn_update(c);
        return MATCH_MORE;
    }
    buf_clear(&alt->why);
    buf_printf(&alt->why, "%s after %zu of %zu bytes", ended(c), alt->taken, alt->number);
    return MATCH_NO;
}

/* A line's content against text or regex. */
static bool line_is(const struct alternative *alt, const char *line, size_t len)
{
    if (alt->wanted)
        return alt->wanted->len == len && memcmp(alt->wanted->data, line, len) == 0;
    return regex_search(&alt->m->regex, line, len, NULL, NULL);
}

static enum match_status try_line(struct alternative *alt, struct conn *c)
{
    const char *lf = c->in.len ? memchr(c->in.data, '\n', c->in.len) : NULL;
    if (lf) {
        size_t len = (size_t)(lf - c->in.data);
        alt->end = len + 1;
        if (len && c->in.data[len - 1] == '\r')
            len--;
        return line_is(alt, c->in.data, len) ? MATCH_YES : no(alt, "the line is another one");
    }
    if (c->in.len > HEAD_MAX)
        return no(alt, "the line does not end within 1 MiB");
    if (ended(c)) {
        buf_clear(&alt->why);
        buf_printf(&alt->why, "%s before the end of the line", ended(c));
        return MATCH_NO;
    }
    c->want = HEAD_MAX + c->intake;
    conn_update(c);
    return MATCH_MORE;
}

static enum match_status try_datagram(struct alternative *alt, struct conn *c)
{
    ssize_t len = conn_datagram(c);
    if (len < 0)
        return ended(c) ? no(alt, ended(c)) : MATCH_MORE;
    alt->end = (size_t)len;
    switch (alt->m->kind) {
    case SCN_MATCH_COUNT:
        return (size_t)len == alt->number ? MATCH_YES : no(alt, "the datagram has another length");
    case SCN_MATCH_LINE:
        while (len && (c->in.data[len - 1] == '\n' || c->in.data[len - 1] == '\r'))
            len--;
        return line_is(alt, buf_text(&c->in), (size_t)len) ? MATCH_YES : no(alt, "the datagram is another one");
    default:
        return (size_t)len == alt->wanted->len && memcmp(buf_text(&c->in), alt->wanted->data, (size_t)len) == 0
                   ? MATCH_YES
                   : no(alt, "the datagram is another one");
    }
}

static enum match_status try_close(struct alternative *alt, const struct conn *c)
{
    if (c->in.len || c->datagrams.len)
        return no(alt, "more bytes came in place of a close");
    if (c->eof)
        return MATCH_YES;
    return c->reset ? no(alt, "a RST came in place of a FIN") : ended(c) ? no(alt, ended(c)) : MATCH_MORE;
}

static enum match_status try_reset(struct alternative *alt, const struct conn *c)
{
    if (c->in.len || c->datagrams.len)
        return no(alt, "bytes came in place of a RST");
    if (c->reset)
        return MATCH_YES;
    return c->eof ? no(alt, "a FIN came in place of a RST") : ended(c) ? no(alt, ended(c)) : MATCH_MORE;
}

static enum match_status try_nothing(struct alternative *alt, struct actor *a, struct conn *c)
{
    if (!a->st.expectation->nothing_timer) {
        a->st.expectation->nothing_timer = true;
        actor_timer(a, number_of(a->run, a, &alt->m->number, 0));
    }
    if (a->timer_fired)
        conn_read_now(c);
    if (c->in.len || c->datagrams.len)
        return no(alt, "bytes came");
    if (ended(c))
        return no(alt, ended(c));
    return a->timer_fired ? MATCH_YES : MATCH_MORE;
}

static enum match_status try_refused(struct alternative *alt, const struct conn *c)
{
    if (c->refused)
        return MATCH_YES;
    if (!scn_transport_is_stream(c->transport))
        return MATCH_MORE; /* an ICMP error may still come */
    return no(alt, "the connection was accepted");
}

static enum match_status try_one(struct alternative *alt, struct actor *a, struct conn *c, bool may_take)
{
    bool datagrams = !scn_transport_is_stream(c->transport);
    alt->end = 0;
    switch (alt->m->kind) {
    case SCN_MATCH_BYTES:
        return datagrams ? try_datagram(alt, c) : try_bytes(alt, c, may_take);
    case SCN_MATCH_COUNT:
        return datagrams ? try_datagram(alt, c) : try_count(alt, c, may_take);
    case SCN_MATCH_LINE:
        return datagrams ? try_datagram(alt, c) : try_line(alt, c);
    case SCN_MATCH_RESPONSE:
    case SCN_MATCH_REQUEST:
        buf_clear(&alt->why);
        return message_try(alt->message, a, c, may_take, &alt->end, &alt->why);
    case SCN_MATCH_CLOSE:
        return try_close(alt, c);
    case SCN_MATCH_RESET:
        return try_reset(alt, c);
    case SCN_MATCH_NOTHING:
        return try_nothing(alt, a, c);
    case SCN_MATCH_REFUSED:
        return try_refused(alt, c);
    }
    return MATCH_NO;
}

/* --- words for what was expected and what came -------------------------------------------------------------------------- */

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
    static const char *const words[] = {" with header ", " without header ", " with body", " with body", " with version ",
                                        " with valid head"};
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
static void show_difference(const struct alternative *alt, const struct conn *c, struct buf *expected, struct buf *received)
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

static enum step_result fail(struct actor *a, struct conn *c)
{
    struct expectation *x = a->st.expectation;
    struct buf expected = {0}, received = {0}, why = {0}, all = {0};
    struct alternative *only = x->count == 1 ? &x->alternatives[0] : NULL;
    describe_all(a, x, &all);
    for (size_t i = 0; i < x->count; i++)
        if (i == 0 || strcmp(buf_text(&x->alternatives[i].why), buf_text(&x->alternatives[i - 1].why)) != 0)
            buf_printf(&why, "%s%s", why.len ? "; " : "", buf_text(&x->alternatives[i].why));
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

/* --- the step ---------------------------------------------------------------------------------------------------------------- */

static int begin(struct actor *a, const struct scn_step *s, struct err *e)
{
    struct expectation *x = mem_new(1, sizeof(*x));
    a->st.expectation = x;
    x->count = s->u.expect.count;
    x->alternatives = mem_new(x->count, sizeof(*x->alternatives));
    for (size_t i = 0; i < x->count; i++) {
        struct alternative *alt = &x->alternatives[i];
        alt->m = &s->u.expect.alternatives[i];
        alt->number = (size_t)number_of(a->run, a, &alt->m->number, 0);
        if (alt->m->kind == SCN_MATCH_RESPONSE || alt->m->kind == SCN_MATCH_REQUEST)
            alt->message = message_new(alt->m);
        bool payload = alt->m->kind == SCN_MATCH_BYTES || (alt->m->kind == SCN_MATCH_LINE && !alt->m->regex.pattern);
        if (payload && !(alt->wanted = payload_expand(a->run, a, &alt->m->payload, e)))
            return -1;
    }
    return 0;
}

/* capture follows: keeps what this step has taken. */
static bool kept_for_capture(const struct actor *a)
{
    const struct frame *f = &a->frames[a->depth - 1];
    return f->index + 1 < f->block->count && f->block->steps[f->index + 1].kind == SCN_STEP_CAPTURE;
}

static void keep_last(struct actor *a, const struct alternative *alt, const struct conn *c)
{
    if (!kept_for_capture(a) && !a->last)
        return;
    bytes_drop(a->last);
    if (alt->message) {
        const struct buf *head = message_head_text(alt->message);
        a->last = bytes_new(head->data, head->len);
    } else {
        a->last = bytes_new(c->in.data, alt->end);
    }
}

static enum step_result matched(struct actor *a, struct alternative *alt, struct conn *c)
{
    keep_last(a, alt, c);
    if (alt->message && alt->m->kind == SCN_MATCH_RESPONSE && message_is_final(alt->message))
        requests_answered(c);
    if (!scn_transport_is_stream(c->transport) && conn_datagram(c) >= 0 && alt->m->kind != SCN_MATCH_NOTHING)
        conn_take_datagram(c);
    else
        conn_take(c, alt->end);
    return STEP_DONE;
}

/* request ... on any connection: takes further connections, and moves on to the one that has something to say. */
static void look_at_other_connections(struct actor *a)
{
    if (!a->listener)
        return;
    struct conn *fresh;
    while ((fresh = accept_one(a)) != NULL) {
        fresh->next = a->others;
        a->others = fresh;
    }
    if (a->conn && a->conn->in.len)
        return;
    for (struct conn **p = &a->others; *p; p = &(*p)->next) {
        struct conn *c = *p;
        if (!c->in.len)
            continue;
        *p = c->next;
        c->next = NULL;
        if (a->conn) {
            a->conn->next = a->others;
            a->others = a->conn;
        }
        a->conn = c;
        return;
    }
}

static enum step_result check_all(struct actor *a, struct conn *c)
{
    struct expectation *x = a->st.expectation;
    size_t open = 0;
    struct alternative *best = NULL;
    for (size_t i = 0; i < x->count; i++)
        open += x->alternatives[i].status == MATCH_MORE;
    bool may_take = open == 1;
    for (size_t i = 0; i < x->count; i++) {
        struct alternative *alt = &x->alternatives[i];
        if (alt->status == MATCH_MORE)
            alt->status = try_one(alt, a, c, may_take);
        if (alt->status == MATCH_YES && (!best || alt->end < best->end))
            best = alt;
    }
    if (best)
        return matched(a, best, c);
    for (size_t i = 0; i < x->count; i++)
        if (x->alternatives[i].status == MATCH_MORE)
            return STEP_WAIT;
    return fail(a, c);
}

enum step_result step_expect(struct actor *a, const struct scn_step *s)
{
    struct err e = {0};
    if (!a->st.expectation && begin(a, s, &e) != 0)
        return case_error(a->run, a, "%s", e.text);
    bool any = s->u.expect.alternatives[0].any_connection;
    if (any)
        look_at_other_connections(a);
    if (any && a->listener && (!a->conn || (ended(a->conn) && a->conn->in.len == 0)) && !subject_is_gone(a->run))
        return STEP_WAIT;
    if (!a->conn)
        return case_error(a->run, a, "there is no connection to expect anything on");
    if (a->conn->connecting)
        return STEP_WAIT;
    return check_all(a, a->conn);
}

void step_expect_leave(struct actor *a, const struct scn_step *s)
{
    struct expectation *x = a->st.expectation;
    (void)s;
    if (!x)
        return;
    for (size_t i = 0; i < x->count; i++) {
        bytes_drop(x->alternatives[i].wanted);
        message_free(x->alternatives[i].message);
        buf_free(&x->alternatives[i].why);
    }
    free(x->alternatives);
    free(x);
    a->st.expectation = NULL;
    if (a->conn) {
        a->conn->want = a->conn->intake;
        conn_update(a->conn);
    }
}

/* For a step whose time has run out: what it expected, and what came until then. */
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
