/*
 * Puts {host}, {port}, facts and the like into the words of a command. Pure.
 *
 * Only `{name}` with a name of letters, digits, `-`, `_` and `.` (a letter first) is one; all other braces stay as they
 * are, so that shell and awk one-liners can be given. `{{` is a brace where a name would be meant else.
 */
#ifndef SOCKSPEC_RUN_NAMES_H
#define SOCKSPEC_RUN_NAMES_H

#include "base/buf.h"
#include "base/err.h"
#include "scenario/load.h"

#include <stdbool.h>

/* What the names stand for. NULL or 0: not known here, an error when used. */
struct names {
    const char *host;
    int port;
    const char *socket, *root, *dir;
    const struct scn_facts *facts;
    bool servers; /* {NAME.port} and the like of server actors may stand here (they become empty): for checking only */
};

/* Whether some word (argv, NULL-ended, may be NULL) holds {name}. */
bool names_used(char *const *argv, const char *name);

/* Whether `text` holds {name}. */
bool names_in(const char *text, const char *name);

/* Appends `text` with the names put in. Returns 0, or -1 with `e` for a name that stands for nothing. */
int names_expand(struct buf *out, const char *text, const struct names *names, struct err *e);

/* As names_expand, for a checked text. */
int names_expand_text(struct buf *out, const struct scn_text *text, const struct names *names, struct err *e);

/* The words with the names put in, NULL-ended; the caller frees them with names_free. NULL with `e` on error. */
char **names_expand_words(char *const *argv, const struct names *names, struct err *e);

void names_free(char **words);

#endif
