/*
 * The reports that a command line asks for besides the console.
 */
#ifndef SOCKSPEC_CLI_REPORTS_H
#define SOCKSPEC_CLI_REPORTS_H

#include "report/baseline.h"
#include "report/console.h"
#include "report/model.h"

#include <stdio.h>

struct reports {
    bool tap, github;
    const char *junit, *json, *html, *markdown; /* files; "-" is standard output; NULL: not wanted */
    bool strict;
};

/* Whether one of them goes to standard output, in the console's place. */
bool reports_take_output(const struct reports *wanted);

/* Whether one of them goes to a file. */
bool reports_to_files(const struct reports *wanted);

/* Whether they could be written, before the work that they will tell of: tells the first that could not on stderr, as
 * `verb`. Returns 0, or -1. */
int reports_check(const struct reports *wanted, const char *verb);

/* Writes one file ("-": standard output) by output_save; tells on stderr why it could not. Returns 0, or -1. */
typedef int reports_writer(FILE *out, const void *data);
int reports_save(const char *path, const char *verb, reports_writer *write, const void *data);

/* Whether all has been written that the console was to tell; says on stderr, as `verb`, why not. Returns 0, or -1. */
int console_told(const struct console *c, const char *verb);

/* Writes them all; tells on stderr, as `verb`, which could not be written. Returns 0, or -1. */
int reports_write(const struct reports *wanted, const struct run *run, const char *verb);

#endif
