/*
 * Several runs side by side: what became of each rule in each of them. The page and the Markdown show the same.
 */
#ifndef SOCKSPEC_REPORT_MATRIX_H
#define SOCKSPEC_REPORT_MATRIX_H

#include "report/model.h"

/* Whether no case before `index` has its rule. The case has a rule. */
bool matrix_is_first(const struct run *r, size_t index);

/* The worst verdict of a rule's cases in a run, the first such case in *index; VERDICT_COUNT where the rule has no case
 * in it. Of equal ones a case that is no known failure counts as worse. */
enum verdict matrix_worst(const struct run *r, const char *rule, size_t *index);

/* Whether case `index` of runs[run] is where its rule stands first in all the runs: so each rule gets one row. */
bool matrix_starts_row(const struct run *runs, size_t run, size_t index);

#endif
