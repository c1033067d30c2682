/*
 * What the flawed twins share: the table of flaws, --list and --flaw.
 *
 * A twin is a target with one thing wrong, on purpose, so that a scenario can show that it would be noticed.
 * Everything else of it is the target's own code: a flaw is one table row and one short function, or a flag.
 */
#ifndef SOCKSPEC_FLAWED_FLAWS_H
#define SOCKSPEC_FLAWED_FLAWS_H

#include <stddef.h>

struct flaw {
    const char *name;
    const char *rule;      /* that it breaks */
    const char *scenarios; /* that catch it: profile/name, separated by blanks */
    const char *what;      /* it does, one sentence */
    const void *ops;       /* the operations with the wrong one in place */

    /* Other rules that break with it as a matter of course, separated by blanks; "*":
     * nearly all. NULL: none. */
    const char *also;
    const char *since; /* why, where it is not plain; never NULL where also is "*" */
};

/* The operations of a row, a `struct type`: what is named is wrong, and what is not is the target's own. */
#define FLAW_OPS(type, ...)                                                                                            \
    &(const struct type)                                                                                               \
    {                                                                                                                  \
        __VA_ARGS__                                                                                                    \
    }

/*
 * Reads `--list` or `--flaw NAME` and takes the words off argv, so that argv[1] is the first word of the
 * contract: as many as `usage` has ("HOST PORT [ROOT]": two or three). Installs a signal handler, so that
 * calls can be interrupted. Returns the flaw, or NULL with *status to exit with: after --list (one line a
 * flaw: name, rule, scenarios, what, also, since, with tabs between and - for NULL), --help, or a message for
 * a wrong call.
 */
const struct flaw *flaw_of_args(int *argc, char **argv, const struct flaw *flaws, size_t count, const char *usage,
                                int *status);

#endif
