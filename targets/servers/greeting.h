/* Servers that speak first: they greet, and close. */
#ifndef SOCKSPEC_SERVERS_GREETING_H
#define SOCKSPEC_SERVERS_GREETING_H

#include "net/tcp_server.h"

struct greeting;

/* The points where it goes wrong; NULL stands for the right thing. */
struct greeting_ops {
    /* Sends the text. Returns 0 or -1. */
    int (*say)(int fd, const char *text, size_t len);
    /* After our last byte: returns once the connection may be closed. */
    void (*finish)(int fd);
};

struct greeting {
    const char *text;
    struct greeting_ops ops;
};

/* Reports who has come on stdout, sends the text, and lets the peer see its end. As tcp_server's `handle`;
 * `data` is a struct greeting. */
void greeting_session(int fd, const struct net_address *peer, void *data);

/* "Got connection from 127.0.0.1 port 4000" on stdout, at once: who reads it from a pipe is not to wait for a
 * full buffer. */
void greeting_report(const struct net_address *peer);

/* The default operations. */
int greeting_say(int fd, const char *text, size_t len);
void greeting_finish(int fd);

#endif
