/*
 * results.json back into a run: for `sockspec report`. The file may come from anywhere and is trusted in
 * nothing.
 */
#ifndef SOCKSPEC_REPORT_JSON_READ_H
#define SOCKSPEC_REPORT_JSON_READ_H

#include "base/err.h"
#include "report/model.h"

/* The number of the form that JSON results have, `schema` in them: greater wherever a reader of the one before would be
 * at a loss. 1 had no such field; 2: the verdict `inconclusive`, the field `stopped`. */
#define JSON_SCHEMA 2

/* A larger file is refused. */
#define JSON_READ_SIZE_MAX (512u << 20)

/* Most cases that are read. */
#define JSON_READ_CASES_MAX 1000000

/*
 * Reads a JSON text of `len` bytes; `file` is for messages. Fields that it does not know are passed over.
 * Returns 0 and fills `out` (free with json_read_free), or -1 with `e`: "file: cases[3].verdict: unknown word
 * `good`"; `out` is empty then.
 */
int json_read(const char *file, const char *text, size_t len, struct run *out, struct err *e);

/* The same of a file ("-": standard input). */
int json_read_file(const char *file, struct run *out, struct err *e);

/* Frees all that json_read has put into the run, its name strings too. */
void json_read_free(struct run *r);

#endif
