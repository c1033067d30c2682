/*
 * Sockets and addresses of the actors.
 */
#ifndef SOCKSPEC_ENGINE_CORE_NET_H
#define SOCKSPEC_ENGINE_CORE_NET_H

#include "engine/core/types.h"

#include <netinet/in.h>
#include <sys/un.h>

/* Of a socket. */
struct address {
    union {
        struct sockaddr any;
        struct sockaddr_in in;
        struct sockaddr_in6 in6;
        struct sockaddr_un un;
        struct sockaddr_storage storage;
    } u;
    socklen_t len;
};

/* Of a server actor. */
struct listener {
    struct case_run *run;
    const struct scn_actor *actor;
    int fd;
    enum scn_transport transport;
    struct address address;
    struct address found_at; /* where peers find it: its own address, or that of what stands in front of it */
    struct ev_io watcher;
    bool watching;
    int port;                                     /* of found_at */
    void (*shut)(struct listener *l, int number); /* whoever stands in front is told of its end; NULL: nobody does */
    int shut_number;
};

/* The transport that holds for an actor or step. */
enum scn_transport transport_of(const struct case_run *run, enum scn_transport step, enum scn_transport actor);

/* A fresh non-blocking socket for the transport; -1 (errno). */
int net_socket(enum scn_transport t);

/* The loopback (or given) address for the transport. Returns 0, or -1 with `e`. */
int net_address(struct address *out, enum scn_transport t, const char *host, int port, const char *path, struct err *e);

/* A path for an AF_UNIX socket that this engine has not given yet. */
void net_fresh_path(struct engine *e, char *path, size_t room);

/* Binds (and, for connections, listens) for a server actor, at `host` and `port`, or (NULL, 0) at a free port of
 * loopback or a path of our own. Returns 0, or -1 with `e`. */
int listener_open(struct listener *l, struct case_run *run, const struct scn_actor *actor, enum scn_transport t,
                  const char *host, int port, struct err *e);
void listener_close(struct listener *l);

/* Puts the port of where it is found into l->port. */
void listener_learn_port(struct listener *l);

/* SO_LINGER 0 and close: a real RST. */
void net_reset(int fd);

/* Sets an option of a socket. Returns 0 or -1 (errno; EINVAL: no such option on this transport). */
int net_set(int fd, enum scn_transport t, enum scn_option option, double value);

#endif
