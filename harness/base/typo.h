/*
 * The nearest known word to a misspelt one.
 */
#ifndef SOCKSPEC_BASE_TYPO_H
#define SOCKSPEC_BASE_TYPO_H

#include <stddef.h>

/*
 * Edit distance (insert, delete, replace, swap of neighbours: optimal string alignment) between two words.
 * Words over 63 bytes count as far apart (the longer length is returned).
 */
size_t typo_distance(const char *a, const char *b);

/*
 * The candidate nearest to `word`, or NULL when none is near enough to be a slip of the fingers (more than a
 * third of its letters wrong, at least one allowed). `words` is an array of `count` strings.
 */
const char *typo_nearest(const char *word, const char *const *words, size_t count);

#endif
