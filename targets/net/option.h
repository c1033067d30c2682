/* Socket options by the names that they have in the manual: "SO_REUSEADDR", "TCP_NODELAY", ... (documents 001
 * and 002, "socket options"). */
#ifndef SOCKSPEC_NET_OPTION_H
#define SOCKSPEC_NET_OPTION_H

#include <stdbool.h>

/*
 * Sets an option. `value` is a number, 0 or 1 for a switch, milliseconds for SO_RCVTIMEO and SO_SNDTIMEO (0:
 * none), seconds for SO_LINGER (negative: off). Returns 0, or -1: ENOPROTOOPT where the name or the
 * family does not fit, EDOM for a value that cannot be.
 */
int net_option_set(int fd, const char *name, int value);

/* What it is, in the same units. The kernel may have changed it: SO_RCVBUF doubles. Returns 0 or -1. */
int net_option_get(int fd, const char *name, int *value);

#endif
