/*
 * The reports that a command line asks for besides the console: options, and what is written where, from the table of
 * formats (report/formats.h).
 */
#ifndef SOCKSPEC_CLI_REPORTS_H
#define SOCKSPEC_CLI_REPORTS_H

#include "cli/options.h"
#include "report/console.h"
#include "report/formats.h"

/* What was asked for of one format. */
struct report_wish {
    bool wanted;      /* --tap */
    struct word file; /* --junit FILE; text NULL: not wanted */
};

struct reports {
    struct report_wish wishes[REPORT_FORMAT_COUNT];
};

/* The row of an option table that stands for all formats; `where` is the offset of a struct reports in the settings. */
#define REPORT_OPTIONS(where)                                                                                          \
    {                                                                                                                  \
        OPTION_GROUP, .member = reports_option, .at = (where)                                                          \
    }
bool reports_option(size_t index, struct option *out);

/* --colour, into an int: enum colour. */
#define COLOUR_OPTION(where)                                                                                           \
    {                                                                                                                  \
        OPTION_CHOICE, 0, "colour", "WHEN", "When to use colours", .at = (where), .choices = colour_words,             \
                                                                   .also = "color"                                     \
    }

/* Whether any is asked for. */
bool reports_any(const struct reports *wanted);

/* Whether one of them goes to standard output, in the console's place. */
bool reports_take_output(const struct reports *wanted);

/* Whether one of them goes to a file. */
bool reports_to_files(const struct reports *wanted);

/* Whether they could be written, before the work that they will tell of: tells the first that could not on stderr, as
 * `verb`. Returns 0, or -1. */
int reports_check(const struct reports *wanted, const char *verb);

/* Whether all has been written that the console was to tell; says on stderr, as `verb`, why not. Returns 0, or -1. */
int console_told(const struct console *c, const char *verb);

/* Whether one of them tells the reader of the console what the console would. */
bool reports_retell(const struct reports *wanted);

/* The options of the formats that show several runs side by side: "--html FILE or --markdown FILE". The caller frees
 * it. */
char *reports_side_by_side(void);

/* The name of a format that is asked for and shows one run only, or NULL. */
const char *reports_of_one(const struct reports *wanted);

/*
 * Writes all that is asked for: one run, or several side by side, told apart by `names` (one run needs none). Tells on
 * stderr, as `verb`, which could not be written. Returns 0, or -1.
 */
int reports_write(const struct reports *wanted, const struct run *runs, const char *const *names, size_t count,
                  bool strict, const char *verb);

#endif
