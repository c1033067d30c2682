/*
 * The end of a console report: everything that is told once a run is over.
 */
#ifndef SOCKSPEC_REPORT_ENDING_H
#define SOCKSPEC_REPORT_ENDING_H

#include "report/baseline.h"
#include "report/text.h"

#include <stdio.h>

/*
 * Writes failures in full, warnings, skips by reason, known failures, slow cases and the summary line.
 * `planned` is how many cases there were to be (0: as many as there are results); `partial` as in
 * console_options.
 */
void ending_write(FILE *out, const struct look *look, const struct run *r, const struct baseline *baseline,
                  size_t planned, bool partial);

/* Appends "190 pass, 9 fail, 3 warn": the counts that are not 0 (pass always), in colour. */
void counts_add(struct buf *out, const struct look *look, const size_t count[VERDICT_COUNT]);

#endif
