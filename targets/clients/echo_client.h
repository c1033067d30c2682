/*
 * An echo client: sends bytes, and at the same time receives and compares what comes back.
 *
 * Sending all before receiving is the deadlock that every tutorial's echo client has in it: once the buffers
 * of both directions are full, the server waits for the client to read, and the client for the server.
 */
#ifndef SOCKSPEC_CLIENTS_ECHO_CLIENT_H
#define SOCKSPEC_CLIENTS_ECHO_CLIENT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct echo_client {
    int fd;
    uint64_t size; /* bytes to send */
    uint64_t sent, received;
    bool eof;     /* the server has closed */
    int patience; /* milliseconds without any progress; negative: for ever */
};

/* How the exchange went. */
enum echo_outcome { ECHO_SAME, ECHO_DIFFERENT, ECHO_SHORT, ECHO_LONG, ECHO_TIMEOUT, ECHO_ERROR };

/* Fills data[0 .. len) with bytes `at` .. of the seeded stream: all 256 values, no short period. */
void echo_pattern(uint64_t at, unsigned char *data, size_t len);

/* Sends as much as the socket takes now. Returns 0, or -1. Shuts down the sending side after the last byte.
 */
int echo_client_send(struct echo_client *c);

/* Receives what is there and compares. ECHO_SAME when it fits so far. */
enum echo_outcome echo_client_receive(struct echo_client *c);

/* The right exchange, both ways at once, until the server's end of file. */
enum echo_outcome echo_client_exchange(struct echo_client *c);

/* Connects, exchanges, prints a message to stderr where it went wrong. Returns the exit status. */
int echo_client_run(const char *host, const char *port, const char *size, int patience,
                    enum echo_outcome (*exchange)(struct echo_client *c),
                    bool (*tolerate)(enum echo_outcome o));

#endif
