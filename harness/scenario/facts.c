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

void scn_facts_set(struct scn_facts *f, const char *name, const char *value)
{
    struct scn_fact *fact = find(f, name);
    if (!fact) {
        fact = arena_push(&f->arena, &f->items, &f->count, sizeof(*fact));
        fact->name = arena_dup(&f->arena, name);
    }
    fact->value = arena_dup(&f->arena, value);
}

const char *scn_facts_get(const struct scn_facts *f, const char *name)
{
    const struct scn_fact *fact = find(f, name);
    return fact ? fact->value : NULL;
}

void scn_facts_merge(struct scn_facts *to, const struct scn_facts *from)
{
    for (size_t i = 0; i < from->count; i++)
        scn_facts_set(to, from->items[i].name, from->items[i].value);
}

void scn_facts_free(struct scn_facts *f)
{
    arena_free(&f->arena);
    *f = (struct scn_facts){0};
}
