#include "scenario/load.h"

#include <string.h>

static struct scn_fact *find(const struct scn_facts *f, const char *name)
{
    for (size_t i = 0; i < f->count; i++) {
        if (strcmp(f->items[i].name, name) == 0)
            return &f->items[i];
    }
    return NULL;
}

static struct scn_fact *find_or_add(struct scn_facts *f, const char *name)
{
    struct scn_fact *fact = find(f, name);
    if (!fact) {
        fact = arena_push(&f->arena, &f->items, &f->count, sizeof(*fact));
        *fact = (struct scn_fact){.name = arena_dup(&f->arena, name)};
    }
    return fact;
}

void scn_facts_set(struct scn_facts *f, const char *name, const char *value)
{
    struct scn_fact *fact = find_or_add(f, name);
    fact->value = arena_dup(&f->arena, value);
    fact->why = NULL;
}

void scn_facts_doubt(struct scn_facts *f, const char *name, const char *why)
{
    struct scn_fact *fact = find_or_add(f, name);
    fact->value = NULL;
    fact->why = arena_dup(&f->arena, why);
}

const char *scn_facts_why(const struct scn_facts *f, const char *name)
{
    const struct scn_fact *fact = find(f, name);
    return fact ? fact->why : NULL;
}

const char *scn_facts_get(const struct scn_facts *f, const char *name)
{
    const struct scn_fact *fact = find(f, name);
    return fact ? fact->value : NULL;
}

void scn_facts_merge(struct scn_facts *to, const struct scn_facts *from)
{
    for (size_t i = 0; i < from->count; i++) {
        const struct scn_fact *fact = &from->items[i];
        if (fact->value)
            scn_facts_set(to, fact->name, fact->value);
        else
            scn_facts_doubt(to, fact->name, fact->why);
    }
}

void scn_facts_free(struct scn_facts *f)
{
    arena_free(&f->arena);
    *f = (struct scn_facts){0};
}
