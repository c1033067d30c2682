/*
 * Regular expressions of a scenario.
 */
#ifndef SOCKSPEC_ENGINE_CORE_REGEX_H
#define SOCKSPEC_ENGINE_CORE_REGEX_H

#include "scenario/scenario.h"

/* Whether the pattern matches somewhere in the data; where: begin and end of group 1 (or of the whole match), may be
 * NULL. */
bool regex_search(const struct scn_regex *r, const char *data, size_t len, size_t *begin, size_t *end);

#endif
