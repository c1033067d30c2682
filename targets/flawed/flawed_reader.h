/* What the flawed line client and the flawed greeting client share: both read until the end of the stream. */
#ifndef SOCKSPEC_FLAWED_FLAWED_READER_H
#define SOCKSPEC_FLAWED_FLAWED_READER_H

#include "clients/reader.h"
#include "flawed/flaws.h"

/* main() of such a twin: with `read` where the flaw has no other. */
int flawed_reader_main(int argc, char **argv, const struct flaw *flaws, size_t count, int (*read)(struct reader *r));

/* print s.recv(1024), once. */
int flawed_read_once(struct reader *r);

/* recv() on a non-blocking socket, again and again. */
int flawed_read_spinning(struct reader *r);

/* Each piece decoded by itself. */
void flawed_print_decoded(const char *data, size_t len);

/* Up to the first NUL. */
void flawed_print_string(const char *data, size_t len);

/* All is well, whatever the error. */
int flawed_no_error(const char *program, int error);

/* A reset is taken for the end of the stream. */
int flawed_reset_is_the_end(const char *program, int error);

/* Only a reset is an error: a peer that has vanished has said all. */
int flawed_vanished_is_the_end(const char *program, int error);

#endif
