/*
 * The formats that a run can be written in. A file format_NAME.c is one: it defines NAME_format, and that is all. The
 * build makes the list of their names (report/formats.def, from the files there are), and from the rows come the
 * options of `test` and `report`, their help, what is written where, and the tests: each format has a golden file
 * harness/tests/data/report/results.NAME.
 *
 * The console is none of them: it goes along with the run (console.h).
 */
#ifndef SOCKSPEC_REPORT_FORMATS_H
#define SOCKSPEC_REPORT_FORMATS_H

#include "report/model.h"

#include <stdio.h>

/* Where a format goes, and what then becomes of the console's report on standard output. */
enum report_place {
    REPORT_FILE,   /* --NAME FILE: there, beside the console; a FILE of "-" is standard output, in its place */
    REPORT_ALONE,  /* --NAME: to standard output, in the console's place */
    REPORT_BEHIND, /* --NAME: to standard output, behind the console's report */
};

struct report_format {
    const char *name; /* "junit" for --junit */
    char letter;      /* 'o' for -o, or 0 */
    enum report_place place;
    bool retells; /* a FILE for the reader of the console: `report`, which only tells again, has no console then */
    const char *purpose; /* for --help: one line */
    /* Writes the whole run; `strict` as of --strict (a warning counts as a failure). Returns 0, or -1 with errno. */
    int (*write)(FILE *out, const struct run *r, bool strict);
    /* Writes several runs side by side; `names` tells them apart (file names). NULL: cannot. Returns as write. */
    int (*write_runs)(FILE *out, const struct run *runs, const char *const *names, size_t count);
};

#define FORMAT(name) extern const struct report_format name##_format;
#include "report/formats.def"
#undef FORMAT

/* A number a format, in the order of the table. */
enum report_format_id {
#define FORMAT(name) REPORT_FORMAT_##name,
#include "report/formats.def"
#undef FORMAT
    REPORT_FORMAT_COUNT
};

/* All of them by name, REPORT_FORMAT_COUNT rows. */
extern const struct report_format *const report_formats[];

/* For the end of a format's write: writes `text`, all of it, and frees it. Returns 0, or -1 with errno. */
int report_put(FILE *out, struct buf *text);

/* The format of that name, or NULL. */
const struct report_format *report_format_find(const char *name);

#endif
