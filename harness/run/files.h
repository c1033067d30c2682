/*
 * Descriptors: how many workers this process and each of them can have without running out.
 */
#ifndef SOCKSPEC_RUN_FILES_H
#define SOCKSPEC_RUN_FILES_H

#include "base/err.h"

/*
 * Raises this process's limit as the workers do theirs (subject.h), and says how many of `wanted` workers can be had
 * under it, at least one. *notice: NULL, or why they are fewer, for the caller to free. -1 with `e` (EMFILE), which
 * names the number that is needed, where not even one can do its work.
 */
int files_for_workers(int wanted, char **notice, struct err *e);

#endif
