/*
 * The reports that a command line asks for besides the console.
 */
#ifndef SOCKSPEC_CLI_REPORTS_H
#define SOCKSPEC_CLI_REPORTS_H

#include "report/baseline.h"
#include "report/model.h"

struct reports {
    bool tap, github;
    const char *junit, *json, *html, *markdown; /* files; "-" is standard output; NULL: not wanted */
    bool strict;
};

/* Whether one of them goes to standard output, in the console's place. */
bool reports_take_output(const struct reports *wanted);

/* Writes them all; tells on stderr, as `verb`, which could not be written. Returns 0, or -1. */
int reports_write(const struct reports *wanted, const struct run *run, const char *verb);

#endif
