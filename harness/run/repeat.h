/*
 * The one line that repeats a case. Pure.
 */
#ifndef SOCKSPEC_RUN_REPEAT_H
#define SOCKSPEC_RUN_REPEAT_H

#include "run/run.h"

/* Appends a word as a POSIX shell reads it back: plain where that is safe, else in single quotes. */
void repeat_quote(struct buf *out, const char *word);

/*
 * `sockspec test WORDS --filter 'case' --seed N [-- command]`. Where the failure depends on earlier cases the filter
 * names them too, separated by `|`, and -j 1 keeps them on one instance. The caller frees it.
 */
char *repeat_line(const struct run_options *options, const struct result *result);

#endif
