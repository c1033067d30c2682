/*
 * Programs that someone else runs: where they are (--at, --listen), and how they are renewed (--restart).
 */
#ifndef SOCKSPEC_RUN_RENEW_H
#define SOCKSPEC_RUN_RENEW_H

#include "base/err.h"

#include <stdbool.h>

struct renew_place {
    char host[64]; /* a numeric address */
    int port;
    bool loopback;
};

/*
 * Reads HOST:PORT, [V6]:PORT or PORT (then 127.0.0.1); a name is resolved, loopback addresses preferred. `option` is
 * named in errors. Returns 0, or -1 with `e`: no such form, no such host, or not on this machine's loopback without
 * `allow_remote`.
 */
int renew_place_parse(struct renew_place *out, const char *text, const char *option, bool allow_remote, struct err *e);

/*
 * Runs `command` by /bin/sh in a process group of its own, at most `seconds`, and then waits until the port listens
 * again, as long as it was seen listening before. Blocks. Returns 0, or -1 with `e`.
 */
int renew_restart(const char *command, const struct renew_place *place, double seconds, struct err *e);

#endif
