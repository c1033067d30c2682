/*
 * The words of the scenario language as editors want them: single words by what they are. From the word tables and the
 * closed lists.
 */
#ifndef SOCKSPEC_MANUAL_SYNTAX_H
#define SOCKSPEC_MANUAL_SYNTAX_H

#include <stddef.h>

enum syntax_class {
    SYNTAX_HEAD,  /* scenario, rule, needs: what stands before the actors */
    SYNTAX_ACTOR, /* client, server, subject, link */
    SYNTAX_STEP,  /* what begins a step, or stands in one */
    SYNTAX_VALUE, /* a word of a closed list: ECONNRESET, MUST, tcp6 */
    SYNTAX_CLASS_COUNT
};

/* Words, each once, sorted; a word that is of several classes is of the first of them. */
struct syntax_words {
    char **items;
    size_t count;
};

/* Fills `out`; free with syntax_words_free. */
void syntax_words_of(enum syntax_class class, struct syntax_words *out);

void syntax_words_free(struct syntax_words *w);

#endif
