/*
 * An echo client: sends bytes, and at the same time receives and compares what comes back.
 *
 * Sending all before receiving is the deadlock that every tutorial's echo client has in it: once the buffers
 * of both directions are full, the server waits for the client to read, and the client for the server.
 */
#ifndef SOCKSPEC_CLIENTS_ECHO_CLIENT_H
#define SOCKSPEC_CLIENTS_ECHO_CLIENT_H

#include "net/ops.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct echo_client;
struct net_error;
struct pollfd;

/* How the exchange went. */
enum echo_outcome { ECHO_SAME, ECHO_DIFFERENT, ECHO_SHORT, ECHO_LONG, ECHO_TIMEOUT, ECHO_ERROR };

/* The points where it goes wrong; NULL stands for the right thing. */
struct echo_client_ops {
    /* As net_dial. */
    int (*dial)(const char *host, const char *service, uint64_t deadline, struct net_error *e);
    /* As echo_client_exchange, and what it calls: echo_client_send,
     * echo_client_receive, and poll() of one. */
    enum echo_outcome (*exchange)(struct echo_client *c);
    int (*send)(struct echo_client *c);
    enum echo_outcome (*receive)(struct echo_client *c);
    int (*wait)(struct pollfd *p, int patience);
    /* Whether the exit status is 0 all the same. */
    bool (*tolerate)(enum echo_outcome o);
};

struct echo_client {
    int fd;
    uint64_t size; /* bytes to send */
    uint64_t sent, received;
    bool eof;     /* the server has closed */
    int patience; /* milliseconds without any progress; negative: for ever */
    struct echo_client_ops ops;
};

/* Fills data[0 .. len) with bytes `at` .. of the seeded stream: all 256 values, no short period. */
void echo_pattern(uint64_t at, unsigned char *data, size_t len);

/* Sends as much as the socket takes now. Returns 0, or -1. Shuts down the sending side
 * after the last byte. */
int echo_client_send(struct echo_client *c);

/* Receives what is there and compares. ECHO_SAME when it fits so far. */
enum echo_outcome echo_client_receive(struct echo_client *c);

/* The right exchange, both ways at once, until the server's end of file. */
enum echo_outcome echo_client_exchange(struct echo_client *c);

/* Connects, exchanges, prints a message to stderr where it went wrong. `ops` may be NULL. Returns the exit
 * status. */
int echo_client_run(const char *host, const char *port, const char *size, int patience,
                    const struct echo_client_ops *ops);

#endif
