/*
 * Options from a table: parsing, --help and error messages are all made from the same rows.
 *
 * Errors show the command line with the word that is wrong underlined, and what to write in its place:
 *
 *     sockspec test: unknown option '--filtr'
 *       sockspec test echo-server --filtr 'x*'
 *                                 ^~~~~~~ did you mean '--filter'?
 */
#ifndef SOCKSPEC_CLI_OPTIONS_H
#define SOCKSPEC_CLI_OPTIONS_H

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The command line as the user typed it; borrowed. argv[0] is the program, argv[1] the verb. */
struct line {
    int argc;
    char *const *argv;
};

/* A word, or the part of one behind `=`, with its place, so that later errors can underline it. */
struct word {
    const char *text; /* NULL: not given */
    int index;        /* in argv */
    size_t from;      /* where `text` begins in argv[index] */
};

/* Words in the order given. Zero-initialise before use ({0}); free `items`. */
struct words {
    struct word *items;
    size_t count;
};

enum option_kind {
    OPTION_HEADING, /* no option: `purpose` is a heading of the help */
    OPTION_FLAG,    /* sets a bool */
    OPTION_TEXT,    /* fills a struct word */
    OPTION_LIST,    /* may be repeated: appends to a struct words */
    OPTION_COUNT,   /* a whole number, low .. high, into an int */
    OPTION_SEED,    /* any 64 bits, decimal or 0x..., into a uint64_t */
    OPTION_SECONDS, /* 5, 2s, 250ms into a double */
    OPTION_FACTOR,  /* a number, low .. high, into a double */
    OPTION_CHOICE,  /* one of `choices`; its place there into an int */
};

struct option {
    enum option_kind kind;
    char letter;                /* -j, or 0 */
    const char *name;           /* "jobs" for --jobs */
    const char *value;          /* what stands for the value in the help: "N"; NULL for a flag */
    const char *purpose;        /* one sentence for the help; NULL hides a second spelling */
    size_t at;                  /* offset of what it fills in the settings struct */
    double low, high;           /* COUNT, FACTOR */
    const char *const *choices; /* CHOICE: NULL-ended */
};

struct options {
    const struct option *rows;
    size_t count;
};

/* What stands between the options, and behind `--`. */
struct operands {
    struct words words; /* free words.items */
    int command;        /* index in argv of the first word behind `--`; argc when `--` was last; 0: no `--` */
    bool help;          /* --help or -h was among them: nothing else was read */
};

/*
 * Reads argv[2] onwards by the table into `settings`, which the caller has filled with the defaults. Options and
 * operands may be mixed.
 * `--help` and `-h` need no row. Returns 0, or -1 with the whole message, ready to print, in `error`.
 */
int options_parse(const struct options *table, const struct line *line, void *settings, struct operands *operands,
                  struct buf *error);

/* Appends one indented line an option, grouped by headings: the middle part of a verb's help. */
void options_help(const struct options *table, struct buf *out);

/*
 * Appends "PROGRAM VERB: MESSAGE", the command line and the underlined word with `hint` behind it (may be NULL).
 * `where` may be NULL: then only the message and the hint are told. Returns -1, so that callers can return it.
 */
int usage_error(struct buf *out, const struct line *line, const struct word *where, const char *hint,
                const char *format, ...) __attribute__((format(printf, 5, 6)));

/* "did you mean 'X'?" for the nearest of `names`, or `otherwise` where none is near. Valid until the caller frees it;
 * may be NULL. */
char *suggestion(const char *word, const char *const *names, size_t count, const char *otherwise);

/* Appends `word` as a shell would have it: as it is when harmless, else in single quotes. */
void shell_quote(struct buf *out, const char *word);

/* The words from `first` on as one line, each quoted for a shell where it must be. The caller frees it. */
char *shell_line(char *const *words);

#endif
