/*
 * The formats that a run can be written in: the one table that the command line and --help take names from.
 */
#ifndef SOCKSPEC_REPORT_FORMATS_H
#define SOCKSPEC_REPORT_FORMATS_H

#include "report/model.h"

#include <stdio.h>

struct report_format {
    const char *name;     /* "junit" */
    const char *option;   /* "--junit" */
    const char *argument; /* "FILE"; NULL: the option takes none and the format goes to standard output in the
                             console's place */
    const char *purpose;  /* for --help: one line */
    /* Writes the whole run; `strict` as of --strict (a warning counts as a failure). Returns 0, or -1 with
     * errno. */
    int (*write)(FILE *out, const struct run *r, bool strict);
};

/* All formats; `count` gets their number. The console is none of them: it goes along with the run
 * (console.h). */
const struct report_format *report_formats(size_t *count);

/* The format of that name, or NULL. */
const struct report_format *report_format_find(const char *name);

/* TAP 14 (testanything.org, version 14): YAML diagnostics, skips as SKIP, known failures as TODO. */
int tap_write(FILE *out, const struct run *r, bool strict);

/* JUnit XML as CI systems read it: a testsuite a profile. A known failure is `skipped`, with its reason. */
int junit_write(FILE *out, const struct run *r, bool strict);

/* One self-contained page (html.h). */
int html_write(FILE *out, const struct run *r, bool strict);

/* A summary in GitHub-flavoured Markdown: counts, a table of what did not pass, each of them in full. */
int markdown_write(FILE *out, const struct run *r, bool strict);

/* Several runs side by side in Markdown: a row a run with its counts, then rules by runs. `names` tells them apart.
 * Returns 0, or -1 with errno. */
int markdown_write_runs(FILE *out, const struct run *runs, const char *const *names, size_t count);

/* Annotations for GitHub Actions: an error, a warning or (known ones) a notice a case. */
int github_write(FILE *out, const struct run *r, bool strict);

/* The number of the form that JSON results have, `schema` in them: greater wherever a reader of the one before would be
 * at a loss. 2: the verdict `inconclusive`, the field `stopped`. */
#define JSON_SCHEMA 2

/* JSON as of results.schema.json. Bytes that are no UTF-8 stand as \xHH in the text. */
int json_write(FILE *out, const struct run *r, bool strict);

#endif
