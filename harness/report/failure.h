/*
 * One result in full, as the console, TAP and JUnit show it.
 */
#ifndef SOCKSPEC_REPORT_FAILURE_H
#define SOCKSPEC_REPORT_FAILURE_H

#include "report/model.h"
#include "report/text.h"

/* How much of it. */
enum detail {
    DETAIL_SHORT, /* rule, place, message, difference, repeat line: for warnings */
    DETAIL_FULL,  /* with graph, timeline, output and notes */
};

/* Appends the result, from its `FAIL name` to its repeat line, several lines each ended by LF. Safe for a
 * terminal. */
void failure_add(struct buf *out, const struct look *look, const struct result *r, enum detail detail);

/* Appends the same without the `FAIL name` line, at no indent: the evidence alone. */
void failure_body(struct buf *out, const struct look *look, const struct result *r, enum detail detail);

/* Appends one line without LF: `FAIL  name  mismatch: the response is 200, not 400`, cut
 * to the look's width. */
void failure_line(struct buf *out, const struct look *look, const struct result *r);

/* The colour of a verdict. */
enum paint verdict_paint(enum verdict v);

/* Appends its word in capitals and its colour, five letters wide: "FAIL ". */
void verdict_label(struct buf *out, const struct look *look, enum verdict v);

/* "mismatch: the response is 200, not 400"; the diagnosis is left out where there is none. Appended safe, as
 * one line. */
void failure_message(struct buf *out, const struct result *r);

/* Appends the timeline, a line an event, each behind `indent` spaces; lines that say the same step again and
 * again are folded. */
void timeline_add(struct buf *out, const struct look *look, size_t indent, const struct result *r);

/* The last lines (20 at most) of the subject's output, each behind `indent` spaces and a bar. */
void output_add(struct buf *out, const struct look *look, size_t indent, const struct result *r);

#endif
