/*
 * How a program that someone else runs is renewed (--restart).
 */
#ifndef SOCKSPEC_RUN_RENEW_H
#define SOCKSPEC_RUN_RENEW_H

#include "run/presence.h"

/*
 * Runs `command` by /bin/sh in a process group of its own, at most `seconds`, and then waits until somebody is at the
 * place again, where somebody was before. Blocks. Returns 0, or -1 with `e`.
 */
int renew_restart(const char *command, const struct place *place, double seconds, struct err *e);

#endif
