/*
 * A client that sends its text so many times and closes (document 000, "Hello world!"). What must not go
 * wrong: one send() is not all of it; what the socket has not taken when sending fails is known and told; a
 * server that says something is heard to its end, since a close with unread input is a reset, and a reset may
 * destroy what was sent last.
 */
#ifndef SOCKSPEC_CLIENTS_HELLO_H
#define SOCKSPEC_CLIENTS_HELLO_H

#include "net/net.h"
#include "net/ops.h"

#define HELLO_TEXT "Hello world!\n"

/* How long connecting may take, how long sending without the server's taking anything,
 * and how long its end. */
#define HELLO_DIAL_MS   5000
#define HELLO_SEND_MS   5000
#define HELLO_FINISH_MS 2000

#define HELLO_UNKNOWN SIZE_MAX

/* The points where it goes wrong; NULL or 0 stands for the right thing. */
struct hello_ops {
    /* Sends *rest with `patience` ms (negative: for ever) and leaves in it what was not sent. Returns 0, or
     * -1 with errno. */
    int (*send)(int fd, struct net_rest *rest, int patience);
    /* What to exit with where sending failed with this error; `unsent` is HELLO_UNKNOWN or so many bytes. */
    int (*failed)(const char *program, int error, size_t unsent);
    /* After the last byte. */
    void (*finish)(int fd);
    int patience;
};

/* Connects, sends the text `times` times, closes. Returns the exit status: 0 when the socket has taken all of
 * it; that of net_tell with a message otherwise. */
int hello_run(const struct hello_ops *ops, const char *program, const char *host, const char *service, size_t times);

/* sendall(): all of it within `patience` ms, and where that fails nobody knows how much has gone: rest->data
 * is NULL then. The default operation. */
int hello_send_all(int fd, struct net_rest *rest, int patience);

/* The loop over send(): *rest is what the socket has not taken, whatever happens, and patience begins anew
 * with each piece that goes: a slow server is not a dead one. */
int hello_send_loop(int fd, struct net_rest *rest, int patience);

#endif
