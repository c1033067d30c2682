/*
 * A UDP client: sends a message and prints the reply. Nobody tells it that a datagram was lost, so it asks
 * again after a while; nobody tells it from where a reply comes but recvfrom(), so it looks.
 */
#ifndef SOCKSPEC_CLIENTS_UDP_CLIENT_H
#define SOCKSPEC_CLIENTS_UDP_CLIENT_H

#include "net/datagram.h"
#include "net/ops.h"

/* So often it asks, and so long it waits for a reply each time: 6 seconds in all. */
#define UDP_CLIENT_TRIES   4
#define UDP_CLIENT_WAIT_MS 1500

struct udp_client;

/* The points where it goes wrong; NULL stands for the right thing. */
struct udp_client_ops {
    /* A datagram of `n` bytes has come from `from`: whether it is the reply. */
    bool (*is_reply)(const struct udp_client *c, const struct net_address *from);
    /* Prints the reply. */
    void (*print)(const char *data, size_t n);
    /* What to exit with where no reply came. */
    int (*no_reply)(const char *program, const struct net_error *e);
    /* What else belongs to the reply of `n` bytes in `data`, with room for `room`: returns how long it is then. NULL:
     * nothing, the reply is one datagram. */
    ssize_t (*behind)(const struct udp_client *c, int fd, char *data, ssize_t n);
    int tries;   /* 0: UDP_CLIENT_TRIES */
    int wait_ms; /* for each; 0: UDP_CLIENT_WAIT_MS, negative: for ever */
    size_t room; /* for a reply; 0: any datagram */
};

struct udp_client {
    struct udp_client_ops ops;
    const char *message;
    size_t len;
    bool connected;          /* connect() the socket: the kernel then drops what comes from elsewhere, and tells of
                                closed ports */
    struct net_address peer; /* of the address that is tried */
};

/* Asks each address of the host in turn, again and again. Prints the reply and a line end to stdout. Returns
 * the exit status: 0, or that of net_tell. */
int udp_client_run(struct udp_client *c, const char *program, const char *host, const char *service);

/* The default operation: the reply comes from where the question went. */
bool udp_client_is_reply(const struct udp_client *c, const struct net_address *from);

#endif
