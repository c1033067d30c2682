/*
 * The console: what a person sees while a run goes on, and at its end.
 *
 * On a terminal one line is redrawn in place, failures are told above it as they happen; elsewhere there are
 * plain lines only. At the end come all failures in full, then warnings, skips by reason, known failures, the
 * slowest cases and one summary line.
 */
#ifndef SOCKSPEC_REPORT_CONSOLE_H
#define SOCKSPEC_REPORT_CONSOLE_H

#include "report/baseline.h"
#include "report/model.h"

#include <stdio.h>

struct console_options {
    bool terminal; /* redraw a line in place */
    bool colour;
    size_t width;          /* columns; 0: asked of the terminal, no limit where there is none */
    bool partial;          /* only some cases are run (--filter, --shard): baseline entries without a case are no news
                            */
    uint64_t (*now)(void); /* microseconds, for tests; NULL: clock_us */
};

/* When there is colour. AUTO: on a terminal, unless NO_COLOR is set (no-color.org) or TERM is dumb. */
enum colour { COLOUR_AUTO, COLOUR_ALWAYS, COLOUR_NEVER };

/* The words of enum colour, in its order, NULL-ended: for --colour. */
extern const char *const colour_words[];

/* What suits `out`; all else in `o` is zeroed. */
void console_options_init(struct console_options *o, FILE *out, enum colour colour);

struct console;

/* A console that writes to `out`, which must outlive it. console_free frees it (and takes the progress line
 * away). */
struct console *console_new(FILE *out, const struct console_options *o);
void console_free(struct console *c);

/* Tells what is about to run. `profile`, `subject` and `machine` may be NULL; the strings are used during the
 * call only. */
void console_begin(struct console *c, const char *profile, const char *subject, size_t total, uint64_t seed,
                   const char *machine);

/* Tells of one more result: the `done`th of `total`. */
void console_result(struct console *c, size_t done, size_t total, const struct result *result);

/* Redraws the progress line, where there is one, so that the time goes on while nothing ends. Call as often
 * as you like. */
void console_tick(struct console *c);

/* Tells all about the whole run. `baseline` (already applied to the run) may be NULL. Works without
 * console_begin too. */
void console_end(struct console *c, const struct run *r, const struct baseline *baseline);

/* The errno of the first write that failed, or 0: all that was told so far has been taken. */
int console_error(const struct console *c);

#endif
