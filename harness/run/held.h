/*
 * Results that are held back, and their cases tried again in the order in which they came.
 */
#ifndef SOCKSPEC_RUN_HELD_H
#define SOCKSPEC_RUN_HELD_H

#include "report/model.h"

struct held {
    uint32_t index; /* of the case */
    struct result result;
};

/* Zero-initialise ({0}). Free with held_clear. */
struct held_list {
    struct held *items;
    size_t count, cap;
    size_t next; /* to be tried again */
};

/* Takes over what `r` holds. */
void held_add(struct held_list *l, uint32_t index, struct result *r);

/* The next case to try again; false when there is none left. */
bool held_next(struct held_list *l, uint32_t *index);

/* Frees all, results too. */
void held_clear(struct held_list *l);

#endif
