/*
 * Files that the user has named for us to write: nothing is lost unseen, and nothing harmed that is not ours.
 *
 * Links are followed. A regular file keeps its mode and is replaced whole or not at all: by a new one in the same
 * folder, where the folder, its owner and its other names allow that, else in place. What is no regular file (a
 * device, a pipe, a terminal) is written to and stays what it is.
 */
#ifndef SOCKSPEC_BASE_OUTPUT_H
#define SOCKSPEC_BASE_OUTPUT_H

#include "base/err.h"

#include <stddef.h>

/* Whether it could be written, as far as can be told before there is anything to write: nothing is opened or made.
 * Returns 0, or -1 with `e` ("cannot write PATH: ..."). */
int output_check(const char *path, struct err *e);

/* Whether files can be made in that folder. Returns 0, or -1 with `e`. */
int output_check_folder(const char *path, struct err *e);

/* Makes these `len` bytes the whole of the file. Returns 0, or -1 with `e`: a regular file is what it was then, unless
 * it had to be written in place. */
int output_save(const char *path, const void *data, size_t len, struct err *e);

/* Opens a log, to add to what is there: several programs may share it. Returns the descriptor (close-on-exec), or -1
 * with `e`. */
int output_append(const char *path, struct err *e);

/* Writes all `len` bytes to a descriptor, waiting where it must. Returns 0, or -1 with errno. */
int output_write(int fd, const void *data, size_t len);

#endif
