/* Whether somebody listens on a port: the answer as a word and as the exit status. */
#ifndef SOCKSPEC_CLIENTS_PORT_CHECK_H
#define SOCKSPEC_CLIENTS_PORT_CHECK_H

#include "net/net.h"
#include "net/ops.h"

/* How long an attempt may take, over all addresses of the host: a dropped SYN is sent again after 1, 3 and 7
 * seconds. */
#define PORT_CHECK_MS 5000

struct port_check_ops {
    /* As net_dial. */
    int (*dial)(const char *host, const char *service, uint64_t deadline, struct net_error *e);
    /* What to exit with; `fd` is -1 with `e` when the attempt failed. */
    int (*status)(int fd, const struct net_error *e);
    /* The word for that status, which is 0 or 1. */
    const char *(*word)(int status);
};

/* Prints "open" or "closed" to stdout, and to stderr why. Returns the exit status: 0 open, 1 closed, 3 for a
 * host or a service that is not known. `given` may be NULL. */
int port_check(const char *program, const char *host, const char *service, const struct port_check_ops *given);

/* The default operations. */
const char *port_check_word(int status);
int port_check_status(int fd, const struct net_error *e);

#endif
