/* Gives back each datagram to its sender: UDP, and AF_UNIX datagrams. */
#ifndef SOCKSPEC_SERVERS_UDP_ECHO_H
#define SOCKSPEC_SERVERS_UDP_ECHO_H

#include "net/datagram.h"
#include "net/ops.h"

/* Room for any datagram: UDP's are at most 65,507 bytes; AF_UNIX has larger ones, which are cut and not
 * answered. */
#define UDP_ECHO_ROOM 65536

struct udp_echo_ops {
    /* A datagram of `len` bytes has come. Returns false when the server is to end. */
    bool (*came)(int fd, char *data, size_t len, const struct net_address *from);
    size_t room; /* of the buffer; 0: UDP_ECHO_ROOM */
};

/* Serves for ever, or until an operation ends it. `given` may be NULL. Returns the exit status. */
int udp_echo_serve(int fd, const struct udp_echo_ops *given);

/* The default operation: back to where it came from. */
bool udp_echo_came(int fd, char *data, size_t len, const struct net_address *from);

#endif
