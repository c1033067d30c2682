/*
 * expect: what must come back, as one of the alternatives that the rule's sentence allows.
 *
 * Each alternative is yes, no or not yet for the bytes so far. The one that is complete at the smallest place in the
 * stream wins; when all say no, the case fails with what each of them missed. As soon as only one is left its bytes are
 * taken as they come, so that 50 MB need no 50 MB.
 */
#include "engine/steps/expectation.h"

#include "engine/core/payload.h"
#include "engine/core/regex.h"
#include "engine/core/requests.h"
#include "engine/core/verdict.h"
#include "engine/core/wake.h"
#include "engine/steps/accepted.h"
#include "engine/steps/answers.h"
#include "engine/steps/idle_close.h"
#include "engine/steps/spoken.h"
#include "engine/steps/step.h"

#include <stdlib.h>
#include <string.h>

/* --- one alternative ------------------------------------------------------------------------------------ */

static enum match_status no(struct alternative *alt, const char *why)
{
    buf_clear(&alt->why);
    buf_puts(&alt->why, why);
    return MATCH_NO;
}

/* All that came is right, and it is not all of `whole` bytes: lets more come in, unless nothing more can. */
static enum match_status more_or_cut(struct alternative *alt, struct conn *c, size_t whole, bool may_take)
{
    if (!conn_ended(c)) {
        if (!may_take)
            c->want = whole - alt->taken + c->intake;
        conn_update(c);
        return MATCH_MORE;
    }
    buf_clear(&alt->why);
    buf_printf(&alt->why, "%s after %zu of %zu bytes", conn_ended(c), alt->taken + c->in.len, whole);
    alt->cut = true;
    alt->cut_by_reset = c->reset;
    return MATCH_NO;
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
    return more_or_cut(alt, c, w->len, may_take);
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
    return more_or_cut(alt, c, alt->number, may_take);
}

/* A line's content against text or regex. */
static bool line_is(struct actor *a, const struct alternative *alt, const char *line, size_t len)
{
    if (alt->wanted)
        return alt->wanted->len == len && memcmp(alt->wanted->data, line, len) == 0;
    return regex_search(a, &alt->m->regex, line, len, NULL, NULL);
}

static enum match_status try_line(struct alternative *alt, struct actor *a, struct conn *c)
{
    const char *lf = c->in.len ? memchr(c->in.data, '\n', c->in.len) : NULL;
    if (lf) {
        size_t len = (size_t)(lf - c->in.data);
        alt->end = len + 1;
        if (len && c->in.data[len - 1] == '\r')
            len--;
        return line_is(a, alt, c->in.data, len) ? MATCH_YES : no(alt, "the line is another one");
    }
    if (c->in.len > HEAD_MAX)
        return no(alt, "the line does not end within 1 MiB");
    if (conn_ended(c)) {
        buf_clear(&alt->why);
        buf_printf(&alt->why, "%s before the end of the line", conn_ended(c));
        alt->cut = true;
        return MATCH_NO;
    }
    c->want = HEAD_MAX + c->intake;
    conn_update(c);
    return MATCH_MORE;
}

static enum match_status try_until_close(struct alternative *alt, struct conn *c)
{
    alt->end = c->in.len;
    if (c->in.len > HEAD_MAX)
        return no(alt, "more than 1 MiB came");
    if (c->eof)
        return MATCH_YES;
    if (conn_ended(c))
        return no(alt, conn_ended(c));
    c->want = HEAD_MAX + c->intake;
    conn_update(c);
    return MATCH_MORE;
}

/* The datagram that stands next; -1: none yet, and `status` says what follows. */
static ssize_t next_datagram(struct alternative *alt, struct conn *c, enum match_status *status)
{
    ssize_t len = conn_datagram(c);
    if (len < 0)
        *status = conn_ended(c) ? no(alt, conn_ended(c)) : MATCH_MORE;
    else
        alt->end = (size_t)len;
    return len;
}

static enum match_status try_datagram(struct alternative *alt, struct conn *c)
{
    enum match_status status;
    ssize_t len = next_datagram(alt, c, &status);
    if (len < 0)
        return status;
    return (size_t)len == alt->wanted->len && memcmp(buf_text(&c->in), alt->wanted->data, (size_t)len) == 0
               ? MATCH_YES
               : no(alt, "the datagram is another one");
}

static enum match_status try_sized_datagram(struct alternative *alt, struct conn *c)
{
    enum match_status status;
    ssize_t len = next_datagram(alt, c, &status);
    if (len < 0)
        return status;
    return (size_t)len == alt->number ? MATCH_YES : no(alt, "the datagram has another length");
}

static enum match_status try_line_datagram(struct alternative *alt, struct actor *a, struct conn *c)
{
    enum match_status status;
    ssize_t len = next_datagram(alt, c, &status);
    if (len < 0)
        return status;
    while (len && (c->in.data[len - 1] == '\n' || c->in.data[len - 1] == '\r'))
        len--;
    return line_is(a, alt, buf_text(&c->in), (size_t)len) ? MATCH_YES : no(alt, "the datagram is another one");
}

/* Half a command is no end, and none that is missing. */
static bool command_begins(const struct actor *a, const struct conn *c)
{
    return a->st.expectation->commands && c->in.len && !conn_ended(c);
}

static enum match_status try_close(struct alternative *alt, const struct actor *a, const struct conn *c)
{
    if (command_begins(a, c))
        return MATCH_MORE;
    if (c->in.len || c->datagrams.len)
        return no(alt, "more bytes came in place of a close");
    /* A client that has said QUIT and gone does not take what it is answered. */
    if (c->eof || (c->reset && a->st.expectation->commands))
        return MATCH_YES;
    return c->reset ? no(alt, "a RST came in place of a FIN") : conn_ended(c) ? no(alt, conn_ended(c)) : MATCH_MORE;
}

static enum match_status try_reset(struct alternative *alt, const struct actor *a, const struct conn *c)
{
    if (command_begins(a, c))
        return MATCH_MORE;
    if (c->in.len || c->datagrams.len)
        return no(alt, "bytes came in place of a RST");
    if (c->reset)
        return MATCH_YES;
    return c->eof ? no(alt, "a FIN came in place of a RST") : conn_ended(c) ? no(alt, conn_ended(c)) : MATCH_MORE;
}

/*
 * As one answer among others silence says: served, and nothing to tell. That takes a subject that has accepted the
 * connection; in the listener's queue it is silent without anybody's doing. Alone it is silence that is asked for, and
 * who keeps it does not matter.
 */
static bool silent_by_itself(struct actor *a, struct conn *c)
{
    struct expectation *x = a->st.expectation;
    x->unaccepted = x->count > 1 && a->spec->kind == SCN_CLIENT && conn_accepted(c) == ACCEPTED_NOT_YET;
    return !x->unaccepted;
}

static enum match_status try_nothing(struct alternative *alt, struct actor *a, struct conn *c)
{
    struct expectation *x = a->st.expectation;
    if (!x->nothing_timer) {
        x->nothing_timer = true;
        actor_timer(a, number_of(a->run, a, &alt->m->number, 0));
    }
    if (a->timer_fired)
        conn_read_now(c);
    if (c->in.len || c->datagrams.len)
        return no(alt, "bytes came");
    if (conn_ended(c))
        return no(alt, conn_ended(c));
    if (!a->timer_fired)
        return MATCH_MORE;
    if (silent_by_itself(a, c))
        return MATCH_YES;
    actor_timer(a, SLOW_PROBE_S);
    return MATCH_MORE;
}

static enum match_status try_refused(struct alternative *alt, const struct conn *c)
{
    if (c->refused)
        return MATCH_YES;
    if (!scn_transport_is_stream(c->transport))
        return MATCH_MORE; /* an ICMP error may still come */
    return no(alt, "the connection was accepted");
}

static enum match_status try_message(struct alternative *alt, struct actor *a, struct conn *c, bool may_take)
{
    buf_clear(&alt->why);
    enum match_status status = message_try(alt->message, a, c, may_take, &alt->end, &alt->why);
    alt->cut = status == MATCH_NO && conn_ended(c) && message_was_cut(alt->message);
    alt->cut_by_reset = c->reset && message_was_cut(alt->message);
    return status;
}

/* All of a datagram, or as much of a stream as can belong to it: what more bytes could make longer waits for them. */
static enum match_status try_regex(struct alternative *alt, struct actor *a, struct conn *c)
{
    enum match_status status;
    bool stream = scn_transport_is_stream(c->transport);
    ssize_t datagram = stream ? 0 : next_datagram(alt, c, &status);
    if (datagram < 0)
        return status;
    size_t most = alt->number ? alt->number : HEAD_MAX, have = stream ? c->in.len : (size_t)datagram;
    bool all = !stream || conn_ended(c) || have >= most;
    size_t len = have < most ? have : most;
    enum regex_where where = stream ? REGEX_FIRST : REGEX_WHOLE;
    enum regex_found found = regex_find(a, &alt->m->regex, where, buf_text(&c->in), len, NULL, &alt->end);
    if (!stream)
        alt->end = have;
    if (found == REGEX_MORE && all)
        found = regex_find(a, &alt->m->regex, REGEX_PREFIX, buf_text(&c->in), len, NULL, &alt->end);
    if (found == REGEX_YES)
        return MATCH_YES;
    if (found == REGEX_NO || all) {
        alt->cut = conn_ended(c) != NULL;
        return no(alt, stream && found == REGEX_NO && !all ? "the bytes that came are other ones"
                       : have >= most                      ? "so many bytes do not match"
                                                           : "what came does not match");
    }
    c->want = most + c->intake;
    conn_update(c);
    return MATCH_MORE;
}

static enum match_status try_spoken(struct alternative *alt, struct actor *a, struct conn *c)
{
    enum match_status status = spoken_try(alt->spoken, a, c, &alt->end, &alt->why);
    alt->cut = status == MATCH_NO && spoken_was_cut(alt->spoken);
    alt->cut_by_reset = alt->cut && c->reset;
    return status;
}

static enum match_status try_one(struct alternative *alt, struct actor *a, struct conn *c, bool may_take)
{
    bool datagrams = !scn_transport_is_stream(c->transport);
    alt->end = 0;
    switch (alt->m->kind) {
    case SCN_MATCH_BYTES:
        return datagrams ? try_datagram(alt, c) : try_bytes(alt, c, may_take);
    case SCN_MATCH_COUNT:
        return datagrams ? try_sized_datagram(alt, c) : try_count(alt, c, may_take);
    case SCN_MATCH_LINE:
        return datagrams ? try_line_datagram(alt, a, c) : try_line(alt, a, c);
    case SCN_MATCH_UNTIL:
        return try_until_close(alt, c);
    case SCN_MATCH_RESPONSE:
    case SCN_MATCH_REQUEST:
        return try_message(alt, a, c, may_take);
    case SCN_MATCH_CLOSE:
        return try_close(alt, a, c);
    case SCN_MATCH_RESET:
        return try_reset(alt, a, c);
    case SCN_MATCH_NOTHING:
        return try_nothing(alt, a, c);
    case SCN_MATCH_REFUSED:
        return try_refused(alt, c);
    case SCN_MATCH_REGEX:
        return try_regex(alt, a, c);
    case SCN_MATCH_REPLY:
    case SCN_MATCH_TEXT:
    case SCN_MATCH_LINES:
        return try_spoken(alt, a, c);
    case SCN_MATCH_COMMAND: /* read once for all of them: check_commands */
        return MATCH_MORE;
    }
    return MATCH_NO;
}

/* --- the step ------------------------------------------------------------------------------------------- */

/* capture follows: keeps what this step has taken. */
static bool kept_for_capture(const struct actor *a)
{
    const struct frame *f = &a->frames[a->depth - 1];
    return f->index + 1 < f->block->count && f->block->steps[f->index + 1].kind == SCN_STEP_CAPTURE;
}

/* Read by all alternatives that ask for one. */
static const struct scn_match a_command = {.kind = SCN_MATCH_COMMAND};

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
        if (alt->m->kind == SCN_MATCH_REPLY || alt->m->kind == SCN_MATCH_TEXT || alt->m->kind == SCN_MATCH_LINES)
            alt->spoken = spoken_new(a->run, alt->m);
        if (alt->message && kept_for_capture(a))
            message_keep(alt->message);
        bool payload = alt->m->kind == SCN_MATCH_BYTES || (alt->m->kind == SCN_MATCH_LINE && !alt->m->regex.pattern);
        if (payload && !(alt->wanted = payload_expand(a->run, a, &alt->m->payload, e)))
            return -1;
    }
    if (answers_listen(a, &s->u.expect))
        x->commands = spoken_new(a->run, &a_command);
    return 0;
}

static void keep_last(struct actor *a, const struct alternative *alt, const struct conn *c)
{
    if ((!kept_for_capture(a) && !a->last) || alt->m->kind == SCN_MATCH_COMMAND)
        return; /* a command has been kept without tag and line end */
    bytes_drop(a->last);
    a->last = alt->message ? message_text(alt->message) : bytes_new(c->in.data, alt->end);
}

static enum step_result matched(struct actor *a, struct alternative *alt, struct conn *c)
{
    keep_last(a, alt, c);
    if (alt->message && alt->m->kind == SCN_MATCH_RESPONSE && message_is_final(alt->message)) {
        requests_answered(c->requests);
        c->kept_open = message_keeps_open(alt->message);
    }
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

/*
 * `response 400 or reset`, and a RST destroys the end of the response: that is the reset which the sentence allows (RFC
 * 9112, section 9.6), as long as what came before it was the beginning of another alternative.
 */
static struct alternative *reset_in_the_middle(struct expectation *x, const struct conn *c)
{
    struct alternative *reset = NULL;
    bool cut = false;
    for (size_t i = 0; i < x->count; i++) {
        if (x->alternatives[i].m->kind == SCN_MATCH_RESET)
            reset = &x->alternatives[i];
        cut |= x->alternatives[i].cut_by_reset;
    }
    if (!c->reset || !reset || !cut)
        return NULL;
    reset->end = c->in.len;
    return reset;
}

/* A close that is allowed as an answer: the step goes on until it is known to be one. */
static enum step_result close_or_idle(struct actor *a, struct alternative *alt, struct conn *c)
{
    enum match_status status = idle_close_try(a, c, &alt->why);
    if (status == MATCH_YES)
        return matched(a, alt, c);
    return status == MATCH_MORE ? STEP_WAIT : expectation_fail(a, c);
}

/* A command that came: one that was asked for, one that is answered (STEP_CALL), or none yet. */
static enum step_result check_commands(struct actor *a, struct conn *c)
{
    struct expectation *x = a->st.expectation;
    struct buf why = {0};
    size_t end, which;
    a->call = NULL;
    enum match_status got = c->in.len ? answers_try(x, a, c, &end, &which, &why) : MATCH_MORE;
    enum step_result rc = a->call ? STEP_CALL : STEP_WAIT;
    bool ended = c->in.len == 0 && conn_ended(c);
    if (ended)
        buf_puts(&why, conn_ended(c));
    for (size_t i = 0; i < x->count && rc == STEP_WAIT; i++) {
        struct alternative *alt = &x->alternatives[i];
        if (got == MATCH_YES && i == which) {
            alt->end = end;
            rc = matched(a, alt, c);
        } else if (got == MATCH_NO || (ended && alt->m->kind == SCN_MATCH_COMMAND)) {
            alt->status = no(alt, buf_text(&why));
            alt->cut = ended || spoken_was_cut(x->commands);
        }
    }
    if (got == MATCH_MORE && rc == STEP_WAIT && !ended) {
        c->want = SPOKEN_MAX + c->intake;
        conn_update(c);
    }
    buf_free(&why);
    return rc;
}

static enum step_result check_all(struct actor *a, struct conn *c)
{
    struct expectation *x = a->st.expectation;
    size_t open = 0;
    struct alternative *best = NULL;
    if (x->commands) {
        enum step_result rc = check_commands(a, c);
        if (rc != STEP_WAIT)
            return rc;
    }
    for (size_t i = 0; i < x->count; i++)
        open += x->alternatives[i].status == MATCH_MORE;
    bool kept = kept_for_capture(a); /* a message keeps by itself what a capture sees of it */
    for (size_t i = 0; i < x->count; i++) {
        struct alternative *alt = &x->alternatives[i];
        if (alt->status == MATCH_MORE)
            alt->status = try_one(alt, a, c, open == 1 && (alt->message || !kept));
        if (alt->status == MATCH_YES && (!best || alt->end < best->end))
            best = alt;
    }
    if (best)
        return idle_close_suspected(a, c, best) ? close_or_idle(a, best, c) : matched(a, best, c);
    for (size_t i = 0; i < x->count; i++)
        if (x->alternatives[i].status == MATCH_MORE)
            return STEP_WAIT;
    best = reset_in_the_middle(x, c);
    return best ? matched(a, best, c) : expectation_fail(a, c);
}

/* The client has ended, and the server has no connection of it: to `close` that is an end as good as a FIN. */
static enum step_result nobody_comes(struct actor *a, const struct scn_step *s)
{
    for (size_t i = 0; i < s->u.expect.count; i++)
        if (s->u.expect.alternatives[i].kind == SCN_MATCH_CLOSE)
            return STEP_DONE;
    struct buf how = {0};
    subject_describe(a->run->subject, &how);
    case_fail(a->run, a, DIAGNOSIS_MISMATCH, "the client ended before it connected again: %s", buf_text(&how));
    buf_free(&how);
    return STEP_FAILED;
}

enum step_result step_expect(struct actor *a, const struct scn_step *s)
{
    struct err e = {0};
    if (!a->st.expectation && begin(a, s, &e) != 0)
        return case_error(a->run, a, "%s", e.text);
    bool any = s->u.expect.alternatives[0].any_connection;
    if (any)
        look_at_other_connections(a);
    if (any && a->listener && (!a->conn || (conn_ended(a->conn) && a->conn->in.len == 0)) && !subject_is_gone(a->run))
        return STEP_WAIT;
    if (!a->conn && !bound_conn(a) && a->listener && subject_is_gone(a->run))
        return nobody_comes(a, s);
    if (!a->conn && !bound_conn(a))
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
        spoken_free(x->alternatives[i].spoken);
        buf_free(&x->alternatives[i].why);
    }
    idle_close_leave(x);
    spoken_free(x->commands);
    free(x->alternatives);
    free(x);
    a->st.expectation = NULL;
    if (a->conn) {
        a->conn->want = a->conn->intake;
        conn_update(a->conn);
    }
}
