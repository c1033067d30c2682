/*
 * expect: what must come back, as one of the alternatives that the rule's sentence allows.
 *
 * Each alternative is yes, no or not yet for the bytes so far (alternative.c). The one that is complete at the smallest
 * place in the stream wins; when all say no, the case fails with what each of them missed. As soon as only one is left
 * its bytes are taken as they come, so that 50 MB need no 50 MB.
 */
#include "engine/steps/expectation.h"

#include "engine/core/payload.h"
#include "engine/core/requests.h"
#include "engine/core/verdict.h"
#include "engine/core/wake.h"
#include "engine/steps/alternative.h"
#include "engine/steps/answers.h"
#include "engine/steps/idle_close.h"
#include "engine/steps/spoken.h"
#include "engine/steps/step.h"

#include <stdlib.h>

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
            alt->status = alternative_no(alt, buf_text(&why));
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
            alt->status = alternative_try(alt, a, c, open == 1 && (alt->message || !kept));
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
