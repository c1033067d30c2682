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
    OPTION_GROUP,   /* no option: stands for those that `member` gives */
};

struct option {
    enum option_kind kind;
    char letter;                /* -j, or 0 */
    const char *name;           /* "jobs" for --jobs */
    const char *value;          /* what stands for the value in the help: "N"; NULL for a flag */
    const char *purpose;        /* one sentence for the help, which adds the choices of a CHOICE */
    size_t at;                  /* offset of what it fills in the settings struct */
    double low, high;           /* COUNT, FACTOR */
    const char *const *choices; /* CHOICE: NULL-ended, the default first */
    const char *also;           /* a second spelling, which the help does not tell: "color"; or NULL */
    bool decides;               /* what a case meets depends on it: the line that repeats a failure carries it */
    /* GROUP: fills `out` with the option of that index, `at` counted from the group's own; false behind the last. */
    bool (*member)(size_t index, struct option *out);
};

struct options {
    const struct option *rows;
    size_t count;
};

/* A walk over a table, groups opened. Zero-initialise ({0}). */
struct option_walk {
    size_t row, member;
};

/* The next option or heading into `out`; false at the end. */
bool options_next(const struct options *table, struct option_walk *walk, struct option *out);

/* The option that `word` (of `len` bytes, without the dashes) or a letter names, into `out`; false where there is none.
 */
bool options_find(const struct options *table, const char *word, size_t len, struct option *out);
bool options_find_letter(const struct options *table, char letter, struct option *out);

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

/* Appends "-j, --jobs N". */
void option_spelling(const struct option *o, struct buf *out);

/* Its purpose, with its choices and the default of them. The caller frees it. */
char *option_purpose(const struct option *o);

/* Appends text for the help, ended by LF: the line stands at `column` already; it is broken at spaces, and each further
 * line is indented to there. */
void help_wrap(struct buf *out, const char *text, size_t column);

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

/* "a, b or c" with `last` "or": `count` names as one text. The caller frees it. */
char *enumerate(const char *const *names, size_t count, const char *last);

/* Appends `word` as a shell would have it: as it is when harmless, else in single quotes. */
void shell_quote(struct buf *out, const char *word);

/* The words from `first` on as one line, each quoted for a shell where it must be. The caller frees it. */
char *shell_line(char *const *words);

#endif
