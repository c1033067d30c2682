/*
 * What scenarios take for granted beyond their rules: premises and facts, and who rests on which.
 */
#ifndef SOCKSPEC_CLI_PREMISES_H
#define SOCKSPEC_CLI_PREMISES_H

#include "base/buf.h"
#include "cli/catalogue.h"

/* Whether the scenario is skipped where the premise does not hold: it names it, or the fact that it is about. */
bool premise_is_needed(const struct scn_premise *premise, const struct scn_scenario *s);

/* Each premise of the profile l->profiles[0], what hangs on it, and which of its scenarios (`c`) do. Appends to `out`.
 */
void premises_list(struct buf *out, const struct lineage *l, const struct collection *c);

/* The same as a part of a page in Markdown, with each fact that a scenario rests on, and the scenarios that rest on
 * nothing. Appends to `out`. */
void premises_page(struct buf *out, const struct lineage *l, const struct collection *c);

#endif
