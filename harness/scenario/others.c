/* What one actor says of another: {NAME.port}, {NAME.pasv}, and {NAME.x} of a let or a capture there. */
#include "scenario/table.h"

#include <string.h>

/* What a server actor has from the beginning. */
static const char *const ADDRESSES[] = {"port", "pasv"};

static bool is_before(const struct scn_at *a, const struct scn_at *b)
{
    return a->line < b->line || (a->line == b->line && a->col < b->col);
}

/* Whether the block sends the signal behind a place. */
static bool sends_behind(const struct scn_block *block, int signal, const struct scn_at *place)
{
    for (size_t i = 0; i < block->count; i++) {
        const struct scn_step *s = &block->steps[i];
        if (s->kind == SCN_STEP_SIGNAL && s->u.signal.index == signal && is_before(place, &s->at))
            return true;
        if (s->kind == SCN_STEP_REPEAT && sends_behind(&s->u.repeat.body, signal, place))
            return true;
    }
    return false;
}

/* Whether the block waits, before the use, for a signal that the other actor sends behind the definition. */
static bool is_ordered(const struct scn_block *block, const struct scn_at *use, const struct scn_block *other,
                       const struct scn_at *definition)
{
    for (size_t i = 0; i < block->count && is_before(&block->steps[i].at, use); i++) {
        const struct scn_step *s = &block->steps[i];
        if (s->kind == SCN_STEP_WAIT && sends_behind(other, s->u.signal.index, definition))
            return true;
        if (s->kind == SCN_STEP_REPEAT && is_ordered(&s->u.repeat.body, use, other, definition))
            return true;
    }
    return false;
}

static void check_shared(struct parser *p, const struct name_use *use, const struct scn_actor *other,
                         const struct data_name *d)
{
    const struct scn_actor *own = &p->s->actors[use->actor];
    if (other->count.set)
        fail_at(p, use->at, NULL, "'%s' is many: which copy's '%s'?", other->name, d->name);
    else if (!is_ordered(&own->body, &use->at, &other->body, &d->at))
        fail_at(p, use->at, "let it signal behind that line, and wait for the signal here",
                "nothing orders this behind line %d, where '%s' gives '%s' its value", d->at.line, other->name,
                d->name);
}

bool names_of_other(struct parser *p, const struct name_use *use)
{
    const char *dot = strchr(use->name, '.');
    for (size_t i = 0; dot && i < p->s->actor_count; i++) {
        const struct scn_actor *a = &p->s->actors[i];
        if (strlen(a->name) != (size_t)(dot - use->name) || strncmp(a->name, use->name, strlen(a->name)) != 0)
            continue;
        for (size_t k = 0; k < sizeof(ADDRESSES) / sizeof(*ADDRESSES); k++)
            if (a->kind == SCN_SERVER && strcmp(dot + 1, ADDRESSES[k]) == 0)
                return true;
        const struct data_name *d = names_data(p, dot + 1, i);
        if (d)
            check_shared(p, use, a, d);
        return d != NULL;
    }
    return false;
}
