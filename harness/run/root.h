/*
 * The temporary directory of a run, the document root in it, and what removes both whatever happens.
 */
#ifndef SOCKSPEC_RUN_ROOT_H
#define SOCKSPEC_RUN_ROOT_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

/* Bytes of {root}/large.bin. */
#define ROOT_LARGE 50000000

/*
 * Makes $TMPDIR/sockspec-PID-XXXXXX (TMPDIR: /tmp where unset) with a locked file `lock` in it: as long as this process
 * lives nobody sweeps it. *path is for the caller to free, *lock_fd to close after root_remove. Returns 0, or -1 with
 * `e`.
 */
int root_temp_make(char **path, int *lock_fd, struct err *e);

/*
 * Fills PATH (made here) with index.html, small.txt, empty.txt and large.bin: ROOT_LARGE bytes, the same for the same
 * seed, and folder/index.html. All was modified on 9 September 2001, so that validators are strong and the same in
 * every run, and is readable for everybody, since servers drop their rights. Returns 0, or -1 with `e`.
 */
int root_documents_make(const char *path, uint64_t seed, struct err *e);

/*
 * Removes a directory and all in it; follows no symbolic link, enters no other file system, at most 100 levels deep.
 * Returns 0, or -1 (errno) when something is left.
 */
int root_remove(const char *path);

/* Removes those temporary directories in `parent` that are ours, by name and owner, and whose run is dead. */
void root_sweep(const char *parent);

/* $TMPDIR, or /tmp. */
const char *root_parent(void);

#endif
