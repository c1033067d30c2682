/*
 * Expected against received, line by line.
 */
#ifndef SOCKSPEC_REPORT_DIFF_H
#define SOCKSPEC_REPORT_DIFF_H

#include "report/text.h"

/*
 * Appends the difference of two visible texts (either may be NULL), each line behind `indent` spaces and
 * ended by LF:
 * `- ` only expected, `+ ` only received, two spaces in both. A line ends behind a visible \n or at a real
 * one. Long lines are cut around the first difference, long stretches of equal or wrong lines in the middle;
 * a caret marks the first difference where two lines are alike but for a part.
 */
void diff_add(struct buf *out, const struct look *look, size_t indent, const char *expected, const char *received);

#endif
