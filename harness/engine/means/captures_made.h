/*
 * Captures made up from what actors did: shared by captures.c and captures_made.c.
 */
#ifndef SOCKSPEC_ENGINE_MEANS_CAPTURES_MADE_H
#define SOCKSPEC_ENGINE_MEANS_CAPTURES_MADE_H

#include "engine/core/types.h"

struct made;

struct made *made_new(void);
void made_free(struct made *m);

/* Forgets the case before. */
void made_begin(struct made *m);

/* Adds what an actor's socket did, with its bytes, at `us` microseconds since 1970. */
void made_saw(struct made *m, const struct actor *a, enum happening kind, uint64_t us, const void *data, size_t len,
              const char *comment);

/* The whole file: `about` the case, and why it is no real capture. Appends to `out`. */
void made_file(const struct made *m, const char *about, const char *reason, struct buf *out);

#endif
