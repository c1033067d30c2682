/*
 * Programs that someone else runs (--at, --listen): where they are, and whether anybody is there.
 */
#ifndef SOCKSPEC_RUN_PRESENCE_H
#define SOCKSPEC_RUN_PRESENCE_H

#include "base/err.h"
#include "scenario/scenario.h"

#include <stdbool.h>

struct place {
    enum scn_transport transport;
    char host[64]; /* a numeric address */
    int port;
    bool loopback;
    char path[108]; /* AF_UNIX: of the socket, in place of host and port; else empty */
};

/*
 * Reads HOST:PORT, [V6]:PORT or PORT (then 127.0.0.1); a name is resolved, loopback addresses preferred. For AF_UNIX
 * the path of a socket. `option` is named in errors. Returns 0, or -1 with `e`: no such form, no such host, an address
 * of the other family than the profile's, or not on this machine's loopback without `allow_remote`.
 */
int place_parse(struct place *out, enum scn_transport transport, const char *text, const char *option,
                bool allow_remote, struct err *e);

/* "127.0.0.1:80", "[::1]:80", "/run/it". Room of PLACE_TEXT. */
#define PLACE_TEXT 128
void place_text(const struct place *p, char text[PLACE_TEXT]);

/*
 * Whether somebody is there. The kernel's tables are asked first: a server that serves one connection must not lose it
 * to us. Where they know of nobody, what a connection (a datagram of no bytes) meets tells: a port may be forwarded by
 * means that no table shows. Blocks for a second at most; what cannot be known counts as there.
 */
bool place_taken(const struct place *p);

/* As place_taken, but asks again for `seconds` while nobody is there: a server may open its socket anew. */
bool place_awaited(const struct place *p, double seconds);

#endif
