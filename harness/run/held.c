#include "run/held.h"

#include "base/mem.h"

#include <stdlib.h>

void held_add(struct held_list *l, uint32_t index, struct result *r)
{
    if (l->count == l->cap) {
        l->cap = l->cap ? l->cap * 2 : 16;
        l->items = mem_realloc(l->items, l->cap * sizeof(*l->items));
    }
    l->items[l->count++] = (struct held){index, *r};
    *r = (struct result){0};
}

bool held_next(struct held_list *l, uint32_t *index)
{
    if (l->next == l->count)
        return false;
    *index = l->items[l->next++].index;
    return true;
}

void held_clear(struct held_list *l)
{
    for (size_t i = 0; i < l->count; i++)
        result_clear(&l->items[i].result);
    free(l->items);
    *l = (struct held_list){0};
}
