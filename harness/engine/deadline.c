#include "engine/deadline.h"
#include "engine/core/arrival.h"
#include "engine/core/conn.h"
#include "engine/core/gauge.h"
#include "engine/core/values.h"
#include "engine/core/verdict.h"
#include "engine/core/wake.h"
#include "engine/steps/steps.h"
#include "engine/watch/explain.h"

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

/* What a program does not wait longer for than this, if it gives up at all: most limits are of five seconds and more.
 * Where it says its own, the smaller counts. Seconds. */
#define GIVES_UP_S 5.0
/* Who sends more than so many bytes a second sends without end, else it drips. */
#define DRIPS_BELOW 1024

/* --- how long a step may take --- */

/* Steps that take as long as they take: what they wait for has limits of its own, or they count time themselves. */
static bool timeless(const struct actor *a, const struct scn_step *s)
{
    switch (s->kind) {
    case SCN_STEP_HOLD:
    case SCN_STEP_PAUSE:
        return true;
    case SCN_STEP_ACCEPT: /* somebody else starts the client, whenever that is */
        return a->run->where->listen_host && !s->within.set;
    case SCN_STEP_STATE: /* counts from when the others have ended: step_state does it */
        return s->u.state.kind == SCN_STATE_EXIT || s->u.state.kind == SCN_STATE_KILLED;
    default:
        return false;
    }
}

/* The time that a step measures by its own words is no part of its limit. */
static double measured_span(struct actor *a, const struct scn_step *s)
{
    double span = 0;
    if (s->kind == SCN_STEP_STATE)
        span = number_of(a->run, a, &s->u.state.duration, 0);
    for (size_t i = 0; s->kind == SCN_STEP_EXPECT && i < s->u.expect.count; i++)
        if (s->u.expect.alternatives[i].kind == SCN_MATCH_NOTHING)
            span += number_of(a->run, a, &s->u.expect.alternatives[i].number, 0);
    return span;
}

static double step_limit_s(struct actor *a, const struct scn_step *s)
{
    return limit_of(a->run, a, &s->within, a->run->deadline_default) * a->run->engine->options.patience +
           measured_span(a, s);
}

void deadline_start(struct actor *a, const struct scn_step *s)
{
    if (a->st.making) /* bytes of ours that are still being made: nobody else can do anything about that */
        return;
    if (!ev_is_active(&a->deadline) && !a->deadline_passed && !timeless(a, s))
        actor_deadline(a, step_limit_s(a, s));
}

/* --- whether it has passed --- */

/* The scenario's own words make it slow: what moves moves as it says. */
static bool slow_by_words(const struct actor *a, const struct scn_step *s)
{
    const struct scn_manner *m = s->kind == SCN_STEP_SEND ? &s->u.send.manner : NULL;
    enum delivery delivery = a->run->engine->options.delivery;
    if (a->run->means || (a->conn && a->conn->rate > 0))
        return true;
    return m && (m->cut == SCN_CUT_PIECES || m->every.set || m->rate.set || delivery == DELIVERY_BYTES ||
                 delivery == DELIVERY_DELAYED);
}

/* Another actor is at something that ends by itself or in its own time, and is the one to be told of then. */
static bool others_at_work(const struct actor *a)
{
    const struct case_run *run = a->run;
    for (size_t i = 0; i < run->actor_count; i++) {
        const struct actor *other = &run->actors[i];
        const struct scn_step *s = other == a || other->ended ? NULL : actor_step(other);
        if (s && other->entered && (ev_is_active(&other->deadline) || s->kind == SCN_STEP_PAUSE) &&
            s->kind != SCN_STEP_WAIT)
            return true;
    }
    return false;
}

static struct step_time time_of(struct actor *a, const struct scn_step *s)
{
    uint64_t now = clock_us(), moved = s->kind == SCN_STEP_WAIT ? a->run->moved_us : a->moved_us;
    if (moved < a->counts_us)
        moved = a->counts_us;
    double passed = (double)(now - a->counts_us) / 1e6;
    return (struct step_time){.limit = step_limit_s(a, s),
                              .passed = passed,
                              .quiet = (double)(now - moved) / 1e6,
                              .late = gauge_late(a->run, &a->late_start, passed),
                              .slow = slow_by_words(a, s)};
}

bool deadline_stands(struct actor *a, const struct scn_step *s)
{
    double awaited = arrival_awaited(a->run, step_limit_s(a, s));
    if (awaited > 0) {
        actor_more_time(a, awaited);
        return false;
    }
    if (s->within.set)
        return true;
    struct step_time t = time_of(a, s);
    bool waits = s->kind == SCN_STEP_WAIT && !s->u.signal.or_skip.allowed;
    double more = waits && others_at_work(a) ? t.limit : lateness_more(&t);
    if (more <= 0)
        return true;
    actor_more_time(a, more);
    return false;
}

/* --- what is said of it --- */

/* Bytes have come, or gone, all the time, and there was no end to it. */
static void tell_endless(struct actor *a, const struct scn_step *s, const struct step_time *t, struct buf *out)
{
    if (!a->conn || t->quiet >= t->limit)
        return;
    bool sends = s->kind == SCN_STEP_SEND;
    uint64_t now = sends ? a->conn->sent : a->conn->received;
    uint64_t bytes = now > a->moved_before ? now - a->moved_before : 0;
    bool drips = (double)bytes < DRIPS_BELOW * t->passed;
    buf_printf(out, " although bytes kept %s (%llu bytes in %.0f s): the peer %s", sends ? "going" : "coming",
               (unsigned long long)bytes, t->passed,
               drips   ? sends ? "takes them in drips" : "drips"
               : sends ? "takes them without end"
                       : "sends without end");
}

void deadline_fail(struct actor *a, const struct scn_step *s)
{
    struct case_run *run = a->run;
    struct buf text = {0}, endless = {0};
    struct step_time t = time_of(a, s);
    if (!s->within.set)
        tell_endless(a, s, &t, &endless);
    enum diagnosis d = explain_waits(run, a, &text);
    run->result->unreached = arrival_lacks(run);
    case_fail(run, a, d, "%s did not end within %g s%s: %s", scn_step_name(s->kind), endless.len ? t.passed : t.limit,
              buf_text(&endless), buf_text(&text));
    buf_free(&text);
    buf_free(&endless);
}

/* --- what our lateness explains --- */

/* Seconds after which this program gives up what does not come, about. */
static double gives_up_s(const struct case_run *run)
{
    const char *fact = run->facts ? scn_facts_get(run->facts, "timeout") : NULL;
    double own;
    return fact && scn_number_parse(fact, SCN_UNIT_TIME, &own) == 0 && own < GIVES_UP_S ? own : GIVES_UP_S;
}

/* The subject ended what was under way: by a limit of its own, it may be, that ran out while we were late. */
static bool gave_up(const struct case_run *run)
{
    int status;
    if (run->result->diagnosis == DIAGNOSIS_CRASH)
        return false;
    bool failed = run->own_subject && subject_exited(run->subject, &status) && WIFEXITED(status) && WEXITSTATUS(status);
    return run->cut_short || failed;
}

void deadline_excuse(struct case_run *run)
{
    struct result *r = run->result;
    struct actor *a = run->blamed;
    uint64_t now = clock_us();
    bool timed = a && a->deadline_passed && actor_step(a);
    if ((r->verdict != VERDICT_FAIL && r->verdict != VERDICT_WARN) || (!timed && !gave_up(run)))
        return;
    bool rule = timed && actor_step(a)->within.set;
    uint64_t since = timed ? a->counts_us : run->began_us;
    double allowed = timed ? step_limit_s(a, actor_step(a)) : gives_up_s(run);
    double late = gauge_late(run, timed ? &a->late_start : &run->late_begin, (double)(now - since) / 1e6);
    if (!lateness_explains(late, allowed))
        return;
    free(r->late);
    r->late = mem_printf("this machine was %.2g s late; %s %.2g s", late,
                         rule    ? "the rule allows"
                         : timed ? "the step has"
                                 : "a program may give up what does not come within",
                         allowed);
}
