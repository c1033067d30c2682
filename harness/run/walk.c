#include "run/walk.h"

#include <string.h>

bool walk_has(const struct walk_names *names, const char *name)
{
    for (size_t i = 0; i < names->count; i++)
        if (strcmp(names->items[i], name) == 0)
            return true;
    return false;
}

static void add(struct walk *w, struct walk_names *names, const char *name)
{
    if (name && !walk_has(names, name))
        *(const char **)arena_push(&w->arena, &names->items, &names->count, sizeof(*names->items)) = name;
}

static void number(struct walk *w, const struct scn_number *n)
{
    if (n->set)
        add(w, &w->used, n->name);
}

static void text(struct walk *w, const struct scn_text *t)
{
    for (size_t i = 0; i < t->count; i++)
        if (t->parts[i].kind == SCN_PART_NAME)
            add(w, &w->used, t->parts[i].bytes);
}

static void payload(struct walk *w, const struct scn_payload *p)
{
    for (size_t i = 0; i < p->count; i++) {
        const struct scn_item *item = &p->items[i];
        text(w, &item->text);
        number(w, &item->size);
        if (item->kind == SCN_ITEM_NAME)
            add(w, &w->used, item->name);
    }
}

static void duration(struct walk *w, const struct scn_number *n)
{
    number(w, n);
    if (n->set && !n->name)
        w->waits += n->value;
}

static void expect(struct walk *w, const struct scn_expect *e)
{
    for (size_t i = 0; i < e->count; i++) {
        const struct scn_match *m = &e->alternatives[i];
        if (m->kind == SCN_MATCH_NOTHING && e->count == 1) /* beside others it is seldom what comes */
            duration(w, &m->number);
        payload(w, &m->payload);
        number(w, &m->number);
        text(w, &m->path);
        for (size_t j = 0; j < m->with_count; j++) {
            text(w, &m->withs[j].name);
            payload(w, &m->withs[j].payload);
            number(w, &m->withs[j].length);
        }
    }
}

static void manner(struct walk *w, const struct scn_manner *m)
{
    number(w, &m->piece);
    for (size_t i = 0; i < m->offset_count; i++)
        number(w, &m->offsets[i]);
    number(w, &m->every);
    number(w, &m->rate);
}

static void fault(struct walk *w, const struct scn_fault *f)
{
    bool names = f->call && strcmp(f->call, "names") == 0;
    w->names |= names;
    w->faults |= !names;
    number(w, &f->amount);
    number(w, &f->every);
    number(w, &f->times);
    number(w, &f->after_calls);
    number(w, &f->after_bytes);
    number(w, &f->probability);
}

static void state(struct walk *w, const struct scn_state *s)
{
    if (s->kind == SCN_STATE_EXIT || s->kind == SCN_STATE_KILLED)
        w->ends_subject = true;
    payload(w, &s->payload);
    number(w, &s->number);
    duration(w, &s->duration);
}

static void link_step(struct walk *w, const struct scn_link *l)
{
    if (scn_link_is_of_packets(l->kind))
        w->packets = true;
    number(w, &l->amount);
    number(w, &l->connection);
}

static void block(struct walk *w, const struct scn_block *b);

static void step(struct walk *w, const struct scn_step *s)
{
    number(w, &s->within);
    switch (s->kind) {
    case SCN_STEP_SEND:
        payload(w, &s->u.send.payload);
        manner(w, &s->u.send.manner);
        break;
    case SCN_STEP_EXPECT:
        expect(w, &s->u.expect);
        break;
    case SCN_STEP_READ_AT:
        number(w, &s->u.rate);
        break;
    case SCN_STEP_SET:
        number(w, &s->u.set.value);
        break;
    case SCN_STEP_PAUSE:
        duration(w, &s->u.pause);
        break;
    case SCN_STEP_REPEAT:
        number(w, &s->u.repeat.count);
        block(w, &s->u.repeat.body);
        break;
    case SCN_STEP_LET:
        payload(w, &s->u.let.payload);
        add(w, &w->defined, s->u.let.name);
        break;
    case SCN_STEP_CAPTURE:
        add(w, &w->defined, s->u.capture.name);
        text(w, &s->u.capture.or_skip.reason);
        break;
    case SCN_STEP_WAIT:
        text(w, &s->u.signal.or_skip.reason);
        break;
    case SCN_STEP_FAULT:
        fault(w, &s->u.fault);
        break;
    case SCN_STEP_LIMIT:
        w->limits = true;
        w->ports |= strcmp(s->u.limit.resource, "ports") == 0;
        w->backlog |= strcmp(s->u.limit.resource, "backlog") == 0;
        number(w, &s->u.limit.value);
        break;
    case SCN_STEP_KILL:
        w->ends_subject = true;
        break;
    case SCN_STEP_STATE:
        state(w, &s->u.state);
        break;
    case SCN_STEP_LINK:
        link_step(w, &s->u.link);
        break;
    default: /* the rest hold no names */
        break;
    }
}

static void block(struct walk *w, const struct scn_block *b)
{
    for (size_t i = 0; i < b->count; i++)
        step(w, &b->steps[i]);
}

void walk_scenario(struct walk *w, const struct scn_scenario *s)
{
    number(w, &s->timeout);
    for (size_t i = 0; i < s->param_count; i++)
        add(w, &w->defined, s->params[i].name);
    for (size_t i = 0; i < s->actor_count; i++) {
        number(w, &s->actors[i].count);
        block(w, &s->actors[i].body);
    }
}

void walk_free(struct walk *w)
{
    arena_free(&w->arena);
    *w = (struct walk){0};
}
