/*
 * A recogniser for grammars written in ABNF (RFC 5234): the oracle's grammar is the text of the RFCs, rule by
 * rule, and not a second parser written by the same hand. Rules may refer to each other in any order, but not
 * to themselves: what HTTP and URI need is regular.
 *
 * Matching is exact: where the text is ambiguous, every way to read it is tried at once (the rules become a
 * nondeterministic automaton, whose sets of states are remembered), so nothing depends on greed or order.
 */
#ifndef SOCKSPEC_FUZZ_ABNF_H
#define SOCKSPEC_FUZZ_ABNF_H

#include <stdbool.h>
#include <stddef.h>

/* One rule: its name, its elements as the document has them, the document and section. */
struct abnf_rule {
    const char *name, *elements, *source;
};

struct abnf;

/*
 * Makes the recogniser of rule `start`; `rules` ends with a row without name, and stays. Strings are
 * case-blind and names of rules are not (RFC 5234 has both so; our tables spell each name one way). A mistake
 * in the rules ends the program with a line that names it. End with abnf_free.
 */
struct abnf *abnf_new(const struct abnf_rule *rules, const char *start);
void abnf_free(struct abnf *a);

/* Whether data[0 .. len) as a whole is what the rule describes. */
bool abnf_is(struct abnf *a, const char *data, size_t len);

/* What abnf_begins finds. */
enum abnf_found { ABNF_NONE, ABNF_OPEN, ABNF_WHOLE };

/*
 * Looks for the shortest beginning of data[0 .. len) that the rule describes. ABNF_WHOLE: *end bytes are it;
 * ABNF_OPEN: not yet, but more bytes may make it so; ABNF_NONE: whatever follows, it never will, by reason of
 * data[*end].
 */
enum abnf_found abnf_begins(struct abnf *a, const char *data, size_t len, size_t *end);

#endif
