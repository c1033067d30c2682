/*
 * What may stand at a place of the command line, for the completions of all shells: read from the synopsis of the verb
 * and from its options, so that what the help says and what a shell offers cannot differ.
 */
#ifndef SOCKSPEC_MANUAL_COMPLETE_H
#define SOCKSPEC_MANUAL_COMPLETE_H

#include "cli/verb.h"

#include <stdbool.h>

enum place {
    PLACE_ANYTHING, /* nothing that a shell could know */
    PLACE_FILE,
    PLACE_FOLDER,
    PLACE_SHELL_COMMAND,
    PLACE_PROFILE,
    PLACE_SCENARIO,
    PLACE_RULE,
    PLACE_WORD,
    PLACE_FACT,
    PLACE_TAG,
    PLACE_VERB,
    PLACE_LITERAL, /* the word itself */
};

/* What stands for a word in a synopsis or behind an option: "FILE", "PROFILE", "FACT=VALUE". */
enum place place_named(const char *name, size_t len);

/* What 'sockspec list' calls them: "profiles"; NULL where it does not list such. */
const char *place_listed(enum place place);

/* An alternative for a word of a verb. */
struct operand {
    enum place place;
    const char *text; /* not ended; "http-request" */
    size_t len;
};

/* A walk over all that may stand as words of a verb, whatever their order, a kind of them once. Zero-initialise ({0}).
 */
struct operand_walk {
    const char *next;
    unsigned seen; /* bits 1 << place */
};

/* The next alternative into `out`; false behind the last. What is an option, or stands behind `--`, is none. */
bool operand_next(const struct verb *verb, struct operand_walk *walk, struct operand *out);

/* Whether the verb takes a command behind `--`. */
bool verb_takes_command(const struct verb *verb);

#endif
