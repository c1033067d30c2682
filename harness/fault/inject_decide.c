#include "fault/inject_internal.h"

#include <errno.h>

static bool spare(_Atomic uint32_t *spared, unsigned why)
{
    if (why)
        atomic_fetch_or_explicit(spared, why, memory_order_relaxed);
    return why != 0;
}

/* Whether the clause is for calls like this one at all. */
static bool concerns(const struct inject_clause *c, const struct inject_count *n, const struct inject_event *e)
{
    return c->call == e->call && (c->times == 0 || n->hits < c->times) && (c->actor < 0 || c->actor == e->actor) &&
           (!c->on_listener || e->listening);
}

/* Whether its effect may be given to this call. */
static bool applies(const struct inject_clause *c, const struct inject_event *e, _Atomic uint32_t *spared)
{
    switch (c->effect) {
    case SCN_EFFECT_SHORT:
        return e->asked > c->amount && !spare(spared, e->can_be_short ? 0 : e->spared_short);
    case SCN_EFFECT_ERROR:
        if (c->error == EAGAIN)
            return !spare(spared, e->spared_again);
        return c->error != EINTR || !spare(spared, e->spared_intr);
    case SCN_EFFECT_DELAY:
        break;
    }
    return true;
}

/* Counts the call and says whether its number is up. */
static bool is_due(const struct inject_clause *c, struct inject_count *n)
{
    uint64_t number = ++n->calls;
    if (number <= c->after_calls)
        return false;
    if (c->every > 1 && (number - c->after_calls) % c->every != 0)
        return false;
    /* 53 bits are what a double holds. */
    return c->probability >= 1 || (double)(rng_next(&n->rng) >> 11) * 0x1p-53 < c->probability;
}

static void name(struct inject_verdict *v, size_t clause, enum scn_effect effect)
{
    v->clause = (int)clause;
    v->effect = effect;
}

static void fire(const struct inject_clause *c, size_t index, struct inject_verdict *v)
{
    v->fired |= UINT64_C(1) << index;
    switch (c->effect) {
    case SCN_EFFECT_SHORT:
        if (c->amount < v->limit) {
            v->limit = c->amount;
            name(v, index, SCN_EFFECT_SHORT);
        }
        break;
    case SCN_EFFECT_ERROR:
        v->error = c->error;
        name(v, index, SCN_EFFECT_ERROR);
        break;
    case SCN_EFFECT_DELAY:
        v->delay_us += c->amount;
        if (v->clause < 0)
            name(v, index, SCN_EFFECT_DELAY);
        break;
    }
}

/* Before the byte where the clause begins: a call that reaches beyond ends there, so that the next one begins at that
 * byte. */
static void cut_before(const struct inject_clause *c, size_t index, const struct inject_event *e,
                       struct inject_verdict *v)
{
    uint64_t left = c->after_bytes - e->offset;
    if (e->can_be_short && e->asked > left && left < v->limit) {
        v->limit = left;
        name(v, index, SCN_EFFECT_SHORT);
    }
}

void inject_decide(const struct inject_clause *clauses, size_t count, uint64_t armed, struct inject_count *counts,
                   const struct inject_event *event, struct inject_verdict *out, _Atomic uint32_t *spared)
{
    *out = (struct inject_verdict){.limit = UINT64_MAX, .clause = -1};
    for (size_t i = 0; i < count && !out->error; i++) {
        const struct inject_clause *c = &clauses[i];
        if (!(armed >> i & 1) || !concerns(c, &counts[i], event))
            continue;
        if (c->by_bytes && !event->has_offset)
            continue;
        if (c->by_bytes && event->offset < c->after_bytes) {
            cut_before(c, i, event, out);
            continue;
        }
        if (!applies(c, event, &spared[i]))
            continue;
        out->counted |= UINT64_C(1) << i;
        if (!is_due(c, &counts[i]))
            continue;
        counts[i].hits++;
        fire(c, i, out);
    }
}
