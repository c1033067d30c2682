/*
 * What http-parser (Debian's libhttp-parser) makes of the same bytes: a parser written by others, so that
 * what ours and our own oracles have in common by mistake is seen. Its enumerations collide with ours, hence
 * this narrow door. Where it is not installed, peer_is_here() is false and nothing is compared.
 */
#ifndef SOCKSPEC_FUZZ_HTTP_PEER_H
#define SOCKSPEC_FUZZ_HTTP_PEER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct peer_reading {
    enum {
        PEER_REFUSED, /* `error` */
        PEER_MORE,    /* more bytes are needed */
        PEER_CLOSE,   /* complete once the connection is closed */
        PEER_MESSAGE, /* complete; `end` bytes were it */
        PEER_UPGRADE, /* what follows the head is another protocol's */
    } what;
    const char *error; /* the name of its errno: "INVALID_METHOD" */
    size_t end;        /* where it stopped: behind the message, or at the byte it refused */
    bool head;         /* its head was taken */
    bool keep_alive;
    uint64_t content, digest; /* of the body's bytes: fuzz_digest */
};

bool peer_is_here(void);

/* What on_headers_complete answers: a response to HEAD has no body, one to CONNECT opens a tunnel. */
enum peer_body { PEER_BODY_AS_TOLD = 0, PEER_BODY_NONE = 1, PEER_BODY_TUNNEL = 2 };

/* Reads the message that data[0 .. len) begins with. `body`: for a response, what the request makes of it. */
struct peer_reading peer_read(bool response, const char *data, size_t len, enum peer_body body);

/* Whether http-parser knows this method: it takes those of a list, and no others. */
bool peer_knows_method(const char *method, size_t len);

#endif
