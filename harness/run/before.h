/*
 * What can be known of the subject before a case is run: who plays, whether there is such a command, whether anybody is
 * at the place.
 */
#ifndef SOCKSPEC_RUN_BEFORE_H
#define SOCKSPEC_RUN_BEFORE_H

#include "run/worker.h"

/* Sets kind and place of the setup by the options. Returns 0, or -1 with `e`: options that do not go together. */
int before_kind(const struct run_options *o, struct worker_setup *setup, struct err *e);

/* Whether the command's {names} are known and its program is there. Returns 0, or -1 with `e`. */
int before_command(const struct run_options *o, const struct worker_setup *setup, struct err *e);

/* A server that someone else runs must be there, or be started by --restart. Returns 0, or -1 with `e`. */
int before_server(const struct run_options *o, const struct worker_setup *setup, struct err *e);

#endif
