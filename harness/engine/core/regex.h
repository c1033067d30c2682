/*
 * Regular expressions of a scenario.
 */
#ifndef SOCKSPEC_ENGINE_CORE_REGEX_H
#define SOCKSPEC_ENGINE_CORE_REGEX_H

#include "engine/core/types.h"

/* Where in the data it must match. */
enum regex_where {
    REGEX_ANYWHERE,
    REGEX_WHOLE,  /* from the first byte to the last */
    REGEX_PREFIX, /* from the first byte on */
    REGEX_FIRST,  /* the same, as long as it can become; more bytes may come */
};

enum regex_found {
    REGEX_NO,
    REGEX_YES,
    REGEX_MORE, /* REGEX_FIRST: it matches, or could match, with more bytes in another way */
};

/* Looks for the pattern, the values of its names put in as plain bytes; `begin` and `end` of group 1 (or of the whole
 * match) may be NULL. A name without a value ends the case (case_error). */
enum regex_found regex_find(struct actor *a, const struct scn_regex *r, enum regex_where where, const char *data,
                            size_t len, size_t *begin, size_t *end);

/* The same anywhere in the data, and whether it is there. */
bool regex_search(struct actor *a, const struct scn_regex *r, const char *data, size_t len, size_t *begin, size_t *end);

#endif
