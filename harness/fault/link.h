/*
 * The link: stands between a client and a server, hands on what each sends, and does to it what real networks do.
 *
 *     client ---- up ---->  [ door | connection 1 | ... ]  ---- up ----> target
 *            <--- down ---                                 <--- down ---
 *
 * Streams (TCP, AF_UNIX): each direction is on its own. A FIN is handed on behind the bytes before it (half-close is
 * kept), a RST as a RST, behind the bytes before it as far as the receiver takes them. Where no fault applies, bytes
 * pass without waiting and mostly without being copied. Datagrams (UDP, AF_UNIX): a flow for each source address, with
 * a bound on how many there are and an end when idle.
 *
 * Nothing here blocks. The process must ignore SIGPIPE: splice() cannot be told to leave it out. One link serves any
 * number of doors, each a place to listen and the target behind it.
 */
#ifndef SOCKSPEC_FAULT_LINK_H
#define SOCKSPEC_FAULT_LINK_H

#include "base/buf.h"
#include "base/err.h"
#include "scenario/scenario.h"

#include <ev.h>
#include <sys/socket.h>

/*
 * Most bytes (with their bookkeeping) that one direction of one connection holds; then it reads no more and the kernel
 * pushes back. So a direction with a delay carries at most so much at a time, as a path with that bandwidth-delay
 * product does. The kernel's own socket buffers come on top. Datagrams beyond it are dropped, as a full queue of a
 * router does.
 */
#define LINK_HELD_MAX (1024 * 1024)
/* Flows of datagrams at a time; the one idle longest makes room for a new one. */
#define LINK_FLOWS_MAX 1024
/* A flow of datagrams ends after so many idle seconds: the 30 s of common NATs, doubled. */
#define LINK_FLOW_IDLE_S 60.0

enum link_direction { LINK_UP, LINK_DOWN }; /* client to server, server to client */

/* "up", "down". */
const char *link_direction_name(enum link_direction d);

/* --- places --------------------------------------------------------------------------------------------- */

/* One end: where a door listens, or its target. */
struct link_place {
    int type; /* SOCK_STREAM, SOCK_DGRAM or SOCK_SEQPACKET */
    struct sockaddr_storage address;
    socklen_t len;
    bool elsewhere; /* it was a name that leads outside of loopback as well */
};

/*
 * Reads HOST:PORT, [V6]:PORT or :PORT (loopback) with `udp:` before it for datagrams (`tcp:` may be said), or
 * unix:PATH, unix-dgram:PATH, unix-seqpacket:PATH. HOST may be a name; of several addresses loopback is preferred, then
 * the first. Returns 0, or -1 with `e`.
 */
int link_place_parse(struct link_place *out, const char *text, struct err *e);

/* Appends the place as link_place_parse reads it. */
void link_place_text(const struct link_place *p, struct buf *out);

/* Whether traffic with it stays on this machine: a loopback address or a path. */
bool link_place_is_local(const struct link_place *p);

/* --- faults --------------------------------------------------------------------------------------------- */

/* What is done to the bytes; kinds as in the scenario language (SCN_LINK_DELAY .. SCN_LINK_SILENT, none of the packets'
 * ones). */
struct link_fault {
    enum scn_link_kind kind;
    bool up, down;       /* neither: both */
    double amount;       /* seconds, bytes, or bytes a second, as the kind has it */
    uint64_t connection; /* only the Nth connection, from 1 in the order of accept; 0: every one */
};

/* Appends the fault as the scenario language writes it: "down reset after 1000 bytes on connection 2". */
void link_fault_text(const struct link_fault *f, struct buf *out);

/* --- events --------------------------------------------------------------------------------------------- */

enum link_event_kind {
    LINK_EVENT_ACCEPTED,  /* a connection, or the first datagram of a flow, has come in */
    LINK_EVENT_CONNECTED, /* the target has been reached */
    LINK_EVENT_REFUSED,   /* it has not (error); a stream's client gets RST */
    LINK_EVENT_PASSED,    /* `bytes` were handed on, the first of them at `offset` */
    LINK_EVENT_FAULT,     /* `fault` began to act, at `offset` of the direction; once a connection and direction */
    LINK_EVENT_FIN,       /* handed on at `offset` */
    LINK_EVENT_RST,       /* handed on at `offset` */
    LINK_EVENT_DROPPED,   /* `bytes` were not handed on: a datagram without room, or what a fault swallowed */
    LINK_EVENT_CLOSED,    /* the connection is over: `bytes` passed in the direction of the event (two events) */
    LINK_EVENT_TROUBLE,   /* the link itself is in need (error): no descriptors left, ... */
};

struct link_event {
    enum link_event_kind kind;
    uint64_t us;         /* since the link was made */
    uint64_t connection; /* from 1; 0: none in particular */
    bool directed;       /* `direction` means something */
    enum link_direction direction;
    uint64_t offset, bytes;
    const struct link_fault *fault;
    int error; /* errno, or 0 */
};

/* What happened and where, without the time: `#1 down passed 512 bytes at 0`. */
void link_event_words(const struct link_event *e, struct buf *out);

/* One line without its end: the time in seconds and the words, or a JSON object. */
void link_event_text(const struct link_event *e, struct buf *out);
void link_event_json(const struct link_event *e, struct buf *out);

/* --- the link ------------------------------------------------------------------------------------------- */

struct link_options {
    uint64_t seed;   /* of jitter */
    double patience; /* multiplies the time that a slice waits to be taken; 1 by default */
    void (*on_event)(const struct link_event *e, void *data); /* may be NULL; must not free the link */
    void *data;
};

struct link;

/* `loop` must outlive it. NULL with `e` where the kernel gives no descriptors. */
struct link *link_new(struct ev_loop *loop, const struct link_options *options, struct err *e);

/* Closes all; sockets of the kernel's that still hold bytes send them. NULL is fine. */
void link_free(struct link *l);

/*
 * Listens at `listen` (port 0: the kernel chooses) and leads what comes there to `target`. Both must be of one type. A
 * path is bound anew where nobody listens on it and removed at the end. Returns the door's number, from 0, or -1 with
 * `e`.
 */
int link_open(struct link *l, const struct link_place *listen, const struct link_place *target, struct err *e);

/* Where a door listens, the port chosen put in; NULL: no such door. Valid as long as the link. */
const struct link_place *link_door(const struct link *l, int door);

/* Stops listening at a door: who connects there is refused from now on. Connections go on. */
void link_shut(struct link *l, int door);

/*
 * Puts a fault in force, on connections that are there already too; byte counts are those of a whole connection, so
 * that one that has passed is acted on at once. Returns its number, from 0, or -1 with `e`: it cannot act on what the
 * doors' transports carry.
 */
int link_add(struct link *l, const struct link_fault *f, struct err *e);

/* How often fault number `i` has acted: delayed or held back bytes, cut them, ended a connection. */
uint64_t link_reached(const struct link *l, int i);

/* Fault number `i`, or NULL. */
const struct link_fault *link_fault_at(const struct link *l, int i);

/* --- what is seen from outside -------------------------------------------------------------------------- */

/*
 * The connection that has `address` at its outer end: the client's own address, or the one that the link has towards
 * the target (both have a name of their own on TCP; on AF_UNIX where the client has bound one). Returns its number, or
 * 0.
 */
uint64_t link_find(const struct link *l, const struct sockaddr *address, socklen_t len);

struct link_state {
    int client_fd, server_fd; /* the link's own sockets towards both; -1: none (yet, or any more) */
    bool connected;           /* to the target */
    uint64_t received[2];     /* by link_direction */
    uint64_t passed[2];
    size_t held[2]; /* read and not yet handed on */
};

/* Returns false when connection `number` is over or never was. */
bool link_look(const struct link *l, uint64_t number, struct link_state *out);

/* Connections alive, and how many there have been. */
size_t link_alive(const struct link *l);
uint64_t link_count(const struct link *l);

#endif
