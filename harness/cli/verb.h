/*
 * The verbs of the program: one table, from which dispatch and help are made. One file a verb.
 */
#ifndef SOCKSPEC_CLI_VERB_H
#define SOCKSPEC_CLI_VERB_H

#include "cli/options.h"

/* What the program ends with, in the order of weight. */
enum exit_code {
    EXIT_CODE_OK = 0,
    EXIT_CODE_BROKEN = 1,   /* a rule is broken, or a case is flaky */
    EXIT_CODE_USAGE = 2,    /* a wrong command line or scenario */
    EXIT_CODE_UNTESTED = 3, /* could not test */
};

struct verb {
    const char *name;
    const char *synopsis; /* one line or several, each begins with "sockspec" */
    const char *purpose;  /* one line */
    const char *about;    /* the paragraphs above the options, or NULL */
    const char *examples; /* whole lines, or NULL */
    struct options options;
    const char *exit_codes; /* whole lines; NULL: those of every verb that tests */
    bool becomes_program;   /* another program takes our place, and inherits what we have inherited of signals */
    int (*run)(const struct verb *verb, const struct line *line); /* returns the exit code */
};

extern const struct verb verb_test, verb_check, verb_list, verb_explain, verb_report, verb_parse, verb_inject,
    verb_proxy, verb_doctor;

/* The verbs in the order of the help, NULL-ended. */
extern const struct verb *const verbs[];

/* The whole program: reads argv[1], runs the verb, returns the exit code. */
int cli_main(int argc, char **argv);

/*
 * Reads the verb's options (see options_parse). Returns 0; or 1 when help was asked for and has been printed; or -1
 * when the error has been printed. In both of these `operands` is freed already.
 */
int verb_options(const struct verb *verb, const struct line *line, void *settings, struct operands *operands);

/* Appends the help of one verb, or of the program. */
void verb_help(const struct verb *verb, struct buf *out);
void program_help(struct buf *out);

/* Prints and frees `text`, to stdout or stderr. A closed stdout is told as an error: returns 0 or -1. */
int tell_output(struct buf *text);
void tell_error(struct buf *text);

/* One line on stderr: "sockspec VERB: what is wrong", safe to show whatever it quotes. */
void tell_trouble(const char *verb, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
