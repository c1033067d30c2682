/*
 * Known failures with reasons, so that CI fails on what is new.
 *
 *     # one a line: the case, two spaces or a tab, the reason
 *     http-server/host-missing      python.org bug 12345: no check of Host
 *     http-server/bad-length[*]     never fixed upstream
 *
 * In a name, `*` stands for any run of characters; a backslash takes the next character literally (\* \# \\,
 * "\ " for the second of two spaces; \t and \n are a tab and a line end).
 */
#ifndef SOCKSPEC_REPORT_BASELINE_H
#define SOCKSPEC_REPORT_BASELINE_H

#include "base/err.h"
#include "report/model.h"

#include <stdio.h>

/* A larger file is refused: it is no baseline. */
#define BASELINE_SIZE_MAX (4u << 20)

struct baseline_entry {
    char *name; /* as written: escapes and `*` inside */
    char *reason;
    char *comment; /* the comment and blank lines above, or NULL */
    char *literal; /* the name with escapes resolved, or NULL where it holds `*` */
    int line;
    size_t failing, passing, skipped; /* cases of the run that it names, by what became of them (set by apply) */
};

/* Zero-initialise before use ({0}). */
struct baseline {
    char *file;                     /* as the user wrote it */
    struct baseline_entry *entries; /* in the order of the file */
    size_t count;
    char *tail;                     /* comment and blank lines below the last entry, or NULL */
    struct baseline_entry **sorted; /* those without `*`, by literal name */
    size_t sorted_count;
};

/* Parses `len` bytes of text; `file` is for messages. Returns 0, or -1 with `e` ("file:line: what is wrong");
 * `b` is empty then. */
int baseline_parse(struct baseline *b, const char *file, const char *text, size_t len, struct err *e);

/* Reads and parses a file. Returns 0, or -1 with `e`. */
int baseline_load(struct baseline *b, const char *file, struct err *e);

/*
 * Sets `known` of each result that the baseline names: a name without `*` comes before one with it, an
 * earlier line before a later one. Errors and skips are never known failures. A pass is marked (it passes
 * now) where its entry has nothing left that fails. What a baseline applied before has said of other cases stands.
 */
void baseline_apply(struct baseline *b, struct run *r);

/* Whether all that the entry names has passed in the run: the entry can go. */
bool baseline_passes_now(const struct baseline_entry *entry);

/* Whether the entry names no case of the run. */
bool baseline_matches_nothing(const struct baseline_entry *entry);

/*
 * Writes the baseline of a run: entries of `old` (may be NULL; apply it first) that still fail or were not
 * run stay as they are, with their comments; those that pass now go; new failures (warnings too when strict)
 * are added with their message as the reason. Returns 0, or -1 with errno.
 */
int baseline_write(FILE *out, const struct run *r, const struct baseline *old, bool strict);

/*
 * The same into a file, as output_save writes one. What stands there already is kept as the entries of `old` are, so
 * that two runs that write to one file at the same time lose nothing of each other's; where it is no baseline, nothing
 * is written. Returns 0, or -1 with `e`.
 */
int baseline_save(const char *file, const struct run *r, const struct baseline *old, bool strict, struct err *e);

void baseline_free(struct baseline *b);

#endif
