/*
 * Memory that is always there, and arenas for what lives and dies together.
 *
 * A harness that cannot allocate cannot say anything true about its subject, so running out ends the program
 * with a message and exit code 3 (could not test) in place of an error path that no test would ever enter.
 */
#ifndef SOCKSPEC_BASE_MEM_H
#define SOCKSPEC_BASE_MEM_H

#include <stddef.h>

/* Zeroed memory for `count` things of `size` bytes. The caller frees it. */
void *mem_new(size_t count, size_t size);

/* As realloc; size > 0. */
void *mem_realloc(void *old, size_t size);

/* A copy of a C string, or NULL of NULL. The caller frees it. */
char *mem_dup(const char *text);

/* printf into fresh memory. The caller frees it. */
char *mem_printf(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Frees at once all that was allocated from it. Zero-initialise before use ({0}). */
struct arena {
    struct arena_block *blocks;
};

/* Zeroed and aligned for any type; lives until arena_free. */
void *arena_new(struct arena *a, size_t count, size_t size);

/* A NUL-terminated copy of `len` bytes; lives until arena_free. */
char *arena_copy(struct arena *a, const void *data, size_t len);

/* A copy of a C string, or NULL of NULL. */
char *arena_dup(struct arena *a, const char *text);

/*
 * Grows an array by one element: returns the new last element, zeroed. `items` points at the array pointer,
 * `count` at its length. The old array stays valid (and unused) until arena_free.
 */
void *arena_push(struct arena *a, void *items, size_t *count, size_t size);

void arena_free(struct arena *a);

#endif
