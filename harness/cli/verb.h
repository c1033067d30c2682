/*
 * The verbs of the program: one table, from which dispatch and help are made. One file a verb.
 */
#ifndef SOCKSPEC_CLI_VERB_H
#define SOCKSPEC_CLI_VERB_H

#include "cli/options.h"
#include "report/exit_code.h"

struct verb {
    const char *name;
    const char *also[2];           /* other spellings: "-h"; NULL for none */
    const char *synopsis;          /* one line or several, each begins with "sockspec" */
    const char *purpose;           /* one line */
    const char *about;             /* the paragraphs above the options, or NULL */
    const char *examples;          /* whole lines */
    const struct options *options; /* NULL: --help alone */
    const char *exit_codes;        /* whole lines; NULL: those of every verb that tests (report/exit_code.h) */
    bool becomes_program;          /* another program takes our place, and inherits what we have inherited of signals */
    int (*run)(const struct verb *verb, const struct line *line); /* returns the exit code */
};

/* Each verb once, in the order of the help and of the README. A verb is a file that defines verb_NAME. */
#define VERBS(X)                                                                                                       \
    X(test)                                                                                                            \
    X(check)                                                                                                           \
    X(list)                                                                                                            \
    X(explain)                                                                                                         \
    X(new)                                                                                                             \
    X(report)                                                                                                          \
    X(inject)                                                                                                          \
    X(parse)                                                                                                           \
    X(proxy)                                                                                                           \
    X(doctor)                                                                                                          \
    X(help)                                                                                                            \
    X(version)

#define VERB_ROW(name) extern const struct verb verb_##name;
VERBS(VERB_ROW)
#undef VERB_ROW

/* The verbs in that order, NULL-ended. */
extern const struct verb *const verbs[];

/* The verb of that name or spelling, or NULL. */
const struct verb *verb_find(const char *name);

/* Tells that `w` is no verb, and which is near; returns EXIT_CODE_USAGE. */
int verb_unknown(const struct line *line, const struct word *w);

/* The whole program: reads argv[1], runs the verb, returns the exit code. */
int cli_main(int argc, char **argv);

/*
 * Reads the verb's options (see options_parse). Returns 0; or 1 when help was asked for and has been printed; or -1
 * when the error has been printed. In both of these `operands` is freed already.
 */
int verb_options(const struct verb *verb, const struct line *line, void *settings, struct operands *operands);

/* As verb_options for a verb that takes no words: they are refused. */
int verb_takes_nothing(const struct verb *verb, const struct line *line, void *settings);

/* What an exit code of a verb that tests means, with marks of Markdown around words of the command line; NULL behind
 * the last. */
const char *exit_code_meaning(int code);

/* Appends the help of one verb, or of the program. */
void help_of_verb(const struct verb *verb, struct buf *out);
void help_of_program(struct buf *out);

/* Prints and frees `text`, to stdout or stderr. A closed stdout is told as an error: returns 0 or -1. */
int tell_output(struct buf *text);
void tell_error(struct buf *text);

/* One line on stderr: "sockspec VERB: what is wrong", safe to show whatever it quotes. */
void tell_trouble(const char *verb, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
