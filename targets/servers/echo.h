/*
 * The echo protocol (RFC 862) for a net_server: gives back every byte, closes after the peer's half-close.
 *
 * What must not go wrong at each point of it is one operation. The right ones are the defaults; a flawed twin
 * puts a wrong one in place of one of them.
 */
#ifndef SOCKSPEC_SERVERS_ECHO_H
#define SOCKSPEC_SERVERS_ECHO_H

#include "net/ops.h"
#include "net/server.h"

#include <sys/types.h>

struct echo_conn {
    struct net_conn base;
    char *rest;        /* received and not sent yet: nothing more is received until it is gone */
    size_t len, start; /* rest[start .. len) */
    uint64_t received, sent;
};

/* NULL stands for the right one. */
struct echo_ops {
    /* As net_accept, which NULL stands for. */
    int (*accept)(int listener);
    /* A signal has ended the wait for events. May be NULL. */
    void (*interrupted)(struct net_server *s);
    /* One recv; as net_recv. */
    ssize_t (*recv)(struct echo_conn *c, void *to, size_t len);
    /* One send; as net_send. */
    ssize_t (*send)(struct echo_conn *c, const void *data, size_t len);
    /* Between recv and send: the bytes in place; returns how many there are then. */
    size_t (*between)(char *data, size_t len);
    /* All that was received has been sent. */
    void (*sent)(struct echo_conn *c);
    /* The peer has shut down its side, and all that it sent has been given back. */
    void (*eof)(struct echo_conn *c);
    /* recv or send failed: the peer is gone. */
    void (*error)(struct echo_conn *c);
    /* A connection has come; false: it is refused. May be NULL. */
    bool (*opened)(struct echo_conn *c);
    /* Before anything else that an event brings; true: it has been dealt with. May be NULL. */
    bool (*event)(struct echo_conn *c, uint32_t events);
    /* accept lacks descriptors. */
    void (*shortage)(struct net_server *s);
    size_t max_clients; /* at once; 0: no limit */
    uint32_t also;      /* events that are watched besides EPOLLIN and EPOLLOUT */
    bool blocking;      /* the listener is left blocking */
};

/* The right ones. */
extern const struct echo_ops echo_right;

/* The default operations, one by one. */
ssize_t echo_recv(struct echo_conn *c, void *to, size_t len);
ssize_t echo_send(struct echo_conn *c, const void *data, size_t len);
void echo_close(struct echo_conn *c);

/* Listens on host:port and serves. `given` may be NULL. Returns the exit status:
 * 1 with a message when that cannot be. */
int echo_serve(const char *host, const char *port, const struct echo_ops *given);

/* The same on a non-blocking listener, of any kind of stream, which stays the caller's. */
int echo_serve_on(int listener, const struct echo_ops *given);

#endif
