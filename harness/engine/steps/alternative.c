/* One alternative of an `expect`: yes, no or not yet for the bytes so far, by the kind of its match. */
#include "engine/steps/alternative.h"

#include "engine/core/regex.h"
#include "engine/core/requests.h"
#include "engine/core/wake.h"
#include "engine/steps/accepted.h"
#include "engine/steps/answers.h"
#include "engine/steps/spoken.h"

#include <string.h>

enum match_status alternative_no(struct alternative *alt, const char *why)
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
        return line_is(a, alt, c->in.data, len) ? MATCH_YES : alternative_no(alt, "the line is another one");
    }
    if (c->in.len > HEAD_MAX)
        return alternative_no(alt, "the line does not end within 1 MiB");
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
        return alternative_no(alt, "more than 1 MiB came");
    if (c->eof)
        return MATCH_YES;
    if (conn_ended(c))
        return alternative_no(alt, conn_ended(c));
    c->want = HEAD_MAX + c->intake;
    conn_update(c);
    return MATCH_MORE;
}

/* The datagram that stands next; -1: none yet, and `status` says what follows. */
static ssize_t next_datagram(struct alternative *alt, struct conn *c, enum match_status *status)
{
    ssize_t len = conn_datagram(c);
    if (len < 0)
        *status = conn_ended(c) ? alternative_no(alt, conn_ended(c)) : MATCH_MORE;
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
               : alternative_no(alt, "the datagram is another one");
}

static enum match_status try_sized_datagram(struct alternative *alt, struct conn *c)
{
    enum match_status status;
    ssize_t len = next_datagram(alt, c, &status);
    if (len < 0)
        return status;
    return (size_t)len == alt->number ? MATCH_YES : alternative_no(alt, "the datagram has another length");
}

static enum match_status try_line_datagram(struct alternative *alt, struct actor *a, struct conn *c)
{
    enum match_status status;
    ssize_t len = next_datagram(alt, c, &status);
    if (len < 0)
        return status;
    while (len && (c->in.data[len - 1] == '\n' || c->in.data[len - 1] == '\r'))
        len--;
    return line_is(a, alt, buf_text(&c->in), (size_t)len) ? MATCH_YES
                                                          : alternative_no(alt, "the datagram is another one");
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
        return alternative_no(alt, "more bytes came in place of a close");
    /* A client that has said QUIT and gone does not take what it is answered. */
    if (c->eof || (c->reset && a->st.expectation->commands && answers_given(a)))
        return MATCH_YES;
    return c->reset        ? alternative_no(alt, "a RST came in place of a FIN")
           : conn_ended(c) ? alternative_no(alt, conn_ended(c))
                           : MATCH_MORE;
}

static enum match_status try_reset(struct alternative *alt, const struct actor *a, const struct conn *c)
{
    if (command_begins(a, c))
        return MATCH_MORE;
    if (c->in.len || c->datagrams.len)
        return alternative_no(alt, "bytes came in place of a RST");
    if (c->reset)
        return MATCH_YES;
    return c->eof          ? alternative_no(alt, "a FIN came in place of a RST")
           : conn_ended(c) ? alternative_no(alt, conn_ended(c))
                           : MATCH_MORE;
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
        return alternative_no(alt, "bytes came");
    if (conn_ended(c))
        return alternative_no(alt, conn_ended(c));
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
    return alternative_no(alt, "the connection was accepted");
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
        return alternative_no(alt, stream && found == REGEX_NO && !all ? "the bytes that came are other ones"
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

enum match_status alternative_try(struct alternative *alt, struct actor *a, struct conn *c, bool may_take)
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
