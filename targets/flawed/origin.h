/* The program around a table of struct http_ops: what the flawed origin servers share besides their flaws. */
#ifndef SOCKSPEC_FLAWED_ORIGIN_H
#define SOCKSPEC_FLAWED_ORIGIN_H

#include "flawed/flaws.h"

/* --flaw NAME HOST PORT [ROOT]: serves with the operations of that row. Returns the exit status. */
int flawed_origin_main(int argc, char **argv, const struct flaw *flaws, size_t count);

#endif
