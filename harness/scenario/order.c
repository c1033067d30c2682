/*
 * Signals and waits: who sends what, and whether everybody can get to the end. Only the order of signal, wait
 * and hold matters for that, so each actor becomes the list of those, and all lists are played to a fixed
 * point. Copies of an actor move alike; a signal stands when all its senders have sent it.
 */
#include "base/buf.h"
#include "scenario/parse.h"

#include <stdlib.h>
#include <string.h>

struct event {
    enum scn_step_kind kind; /* SIGNAL, WAIT, HOLD */
    int signal;
    struct scn_at at;
};

struct track {
    struct event *events;
    size_t count, at;
};

struct order {
    struct parser *p;
    struct track tracks[ACTORS_MAX];
    size_t actor_count;
    int missing[SIGNALS_MAX]; /* sending actors that have not sent it yet */
    bool sends[SIGNALS_MAX][ACTORS_MAX];
    bool sent[SIGNALS_MAX][ACTORS_MAX];
};

static void collect(struct order *o, size_t actor, const struct scn_block *block)
{
    struct track *t = &o->tracks[actor];
    for (size_t i = 0; i < block->count; i++) {
        const struct scn_step *step = &block->steps[i];
        if (step->kind == SCN_STEP_REPEAT) {
            collect(o, actor, &step->u.repeat.body); /* signals stay up: a second turn waits for nothing new */
        } else if (step->kind == SCN_STEP_SIGNAL || step->kind == SCN_STEP_WAIT || step->kind == SCN_STEP_HOLD) {
            struct event *e = arena_push(o->p->arena, &t->events, &t->count, sizeof(*e));
            *e = (struct event){.kind = step->kind, .at = step->at};
            if (step->kind != SCN_STEP_HOLD)
                e->signal = step->u.signal.index;
            if (step->kind == SCN_STEP_SIGNAL && !o->sends[e->signal][actor]) {
                o->sends[e->signal][actor] = true;
                o->missing[e->signal]++;
            }
        }
    }
}

static void count_senders(struct order *o)
{
    struct scn_scenario *s = o->p->s;
    for (size_t i = 0; i < s->signal_count; i++) {
        for (size_t a = 0; a < o->actor_count; a++) {
            const struct scn_number *n = &s->actors[a].count;
            if (!o->sends[i][a])
                continue;
            if (n->name) {
                s->signals[i].senders = 0; /* differs from case to case */
                break;
            }
            s->signals[i].senders += n->set ? (int)n->value : 1;
        }
    }
}

static bool check_senders(struct order *o)
{
    struct scn_scenario *s = o->p->s;
    const char *sent[SIGNALS_MAX + 1] = {0};
    size_t count = 0;
    bool ok = true;
    for (size_t i = 0; i < s->signal_count; i++) {
        if (o->missing[i])
            sent[count++] = s->signals[i].name;
    }
    for (size_t a = 0; a < o->actor_count; a++) {
        for (size_t i = 0; i < o->tracks[a].count; i++) {
            const struct event *e = &o->tracks[a].events[i];
            if (e->kind == SCN_STEP_WAIT && !o->missing[e->signal])
                ok = fail_unknown(o->p, e->at, "signal: nobody sends", s->signals[e->signal].name, sent, NULL);
        }
    }
    return ok;
}

/* Every other actor has ended, or holds too. */
static bool others_rest(const struct order *o, size_t actor)
{
    for (size_t a = 0; a < o->actor_count; a++) {
        const struct track *t = &o->tracks[a];
        if (a != actor && t->at < t->count && t->events[t->at].kind != SCN_STEP_HOLD)
            return false;
    }
    return true;
}

static bool may_pass(struct order *o, size_t actor, const struct event *e)
{
    if (e->kind == SCN_STEP_HOLD)
        return others_rest(o, actor);
    if (e->kind == SCN_STEP_WAIT)
        return !o->missing[e->signal];
    if (!o->sent[e->signal][actor]) {
        o->sent[e->signal][actor] = true;
        o->missing[e->signal]--;
    }
    return true;
}

static void play(struct order *o)
{
    bool moved = true;
    while (moved) {
        moved = false;
        for (size_t a = 0; a < o->actor_count; a++) {
            struct track *t = &o->tracks[a];
            while (t->at < t->count && may_pass(o, a, &t->events[t->at])) {
                t->at++;
                moved = true;
            }
        }
    }
}

static const struct event *stuck_at(const struct order *o, size_t actor)
{
    const struct track *t = &o->tracks[actor];
    return t->at < t->count ? &t->events[t->at] : NULL;
}

/* Whom a stuck actor waits for: a sender that has not sent yet, or (a hold) anyone at a wait. */
static size_t waits_for(const struct order *o, size_t actor)
{
    const struct event *e = stuck_at(o, actor);
    for (size_t a = 0; a < o->actor_count; a++) {
        if (e->kind == SCN_STEP_WAIT && o->sends[e->signal][a] && !o->sent[e->signal][a])
            return a;
        if (e->kind == SCN_STEP_HOLD && a != actor && stuck_at(o, a) && stuck_at(o, a)->kind == SCN_STEP_WAIT)
            return a;
    }
    return actor;
}

static void tell(const struct order *o, size_t actor, struct buf *out)
{
    const struct scn_scenario *s = o->p->s;
    const struct event *e = stuck_at(o, actor);
    const char *name = s->actors[actor].name, *other = s->actors[waits_for(o, actor)].name;
    if (e->kind == SCN_STEP_HOLD)
        buf_printf(out, "'%s' holds until '%s' has ended (line %d)", name, other, e->at.line);
    else
        buf_printf(out, "'%s' waits for '%s' of '%s' (line %d)", name, s->signals[e->signal].name, other, e->at.line);
}

static void report_circle(struct order *o, size_t first)
{
    /* Following the waits from anyone stuck ends in the circle after at most as many steps as there are
     * actors. */
    for (size_t i = 0; i < o->actor_count; i++)
        first = waits_for(o, first);
    struct buf text = {0};
    size_t a = first;
    do {
        buf_puts(&text, a == first ? "" : ", ");
        tell(o, a, &text);
        a = waits_for(o, a);
    } while (a != first);
    fail_at(o->p, stuck_at(o, first)->at, "nobody of them can go on", "waits that form a circle: %s", buf_text(&text));
    buf_free(&text);
}

void check_order(struct parser *p)
{
    struct order *o = mem_new(1, sizeof(*o));
    o->p = p;
    o->actor_count = p->s->actor_count;
    for (size_t a = 0; a < o->actor_count; a++)
        collect(o, a, &p->s->actors[a].body);
    count_senders(o);
    if (check_senders(o)) {
        play(o);
        for (size_t a = 0; a < o->actor_count; a++) {
            if (stuck_at(o, a)) {
                report_circle(o, a);
                break;
            }
        }
    }
    free(o);
}
