/*
 * The inside of the link, shared by its files and by nobody else.
 *
 *   door ---accept---> connection: side 0 (client)   flow 0 (up):   side 0 -> side 1
 *                                  side 1 (server)   flow 1 (down): side 1 -> side 0
 *
 * All sockets stand in one edge-triggered epoll set of the link's own, which the loop watches as a single descriptor:
 * nothing is registered again and again while bytes flow, and a RST is told even while neither reading nor writing is
 * wanted.
 */
#ifndef SOCKSPEC_FAULT_LINK_INTERNAL_H
#define SOCKSPEC_FAULT_LINK_INTERNAL_H

#include "fault/link.h"

#include "base/clock.h"
#include "base/mem.h"

/* Faults of one link: as many as a bit set of what has been told fits. */
#define LINK_FAULTS_MAX 64
/* One read of the copying paths: beyond this size more per call gains nothing. */
#define BOUNCE_SIZE (256 * 1024)
/* How often what only the kernel's tables show is looked at while a slice waits: the engine's own tick. */
#define LINK_TICK_US 100

struct rule {
    struct link_fault fault;
    int number;
    uint64_t reached;
};

struct link_conn;

/* What an entry of the epoll set belongs to. */
enum watch_kind { WATCH_DOOR, WATCH_SIDE };
struct watch {
    enum watch_kind kind;
};

struct door {
    struct watch watch; /* first */
    struct link *link;
    int number, fd; /* fd -1: shut */
    struct link_place listen, target;
    bool bound_path; /* the file is ours to remove, as long as it is this one */
    dev_t dev;
    ino_t inode;
    struct ev_timer retry; /* accept has no descriptors: looks again later, without spinning */
};

struct side {
    struct watch watch; /* first */
    struct link_conn *conn;
    int fd;
    bool tcp;
    bool readable, writable; /* as the last edge said; cleared by EAGAIN */
    bool ended;              /* its FIN has come in (EPOLLRDHUP) */
    bool hung;               /* nothing more can come or go (EPOLLHUP) */
    bool reset;              /* its RST has come in, or a write has found it gone */
};

/* A part of the stream (or a datagram) on its way. */
struct piece {
    struct piece *next;
    double due; /* link_now */
    uint32_t len, at;
    char data[];
};

enum flow_end { END_NONE, END_FIN, END_RST };

/* What the rules come to for one direction of one connection. */
struct manner {
    double delay, jitter, rate;
    size_t slice;
    uint64_t stop_at; /* bytes; UINT64_MAX: never */
    const struct rule *stop;
    bool any;
};

struct flow {
    struct link_conn *conn;
    enum link_direction direction;
    struct side *from, *to;
    struct manner manner;
    uint64_t told; /* bit by rule: its event has been sent */
    uint64_t received, passed;
    struct piece *first, **last;
    size_t held;       /* bytes of the pieces, headers included */
    enum flow_end end; /* has come in, behind all pieces */
    double end_due, last_due;
    bool done;   /* the end has been handed on */
    bool silent; /* `silent after` has struck */
    double rate_next;
    struct rng rng;
    struct ev_timer timer;
    bool ticking;
    /* slices */
    bool slice_out, slice_free;
    double slice_sent, slice_seen; /* when it left; when it was first seen taken, 0: not yet */
    /* the way without faults */
    int bulk; /* reads in a row that filled the buffer */
    int pipe[2];
    size_t in_pipe;
};

enum conn_state { CONN_CONNECTING, CONN_OPEN, CONN_RESETTING, CONN_LINGERING, CONN_OVER };

struct link_conn {
    struct link *link;
    struct door *door;
    struct link_conn *next, *prev;
    uint64_t number;
    enum conn_state state;
    bool datagrams; /* side 0 has no socket of its own: the door's */
    bool messages;  /* boundaries count: datagrams and seqpacket */
    struct side sides[2];
    struct flow flows[2];
    struct ev_timer timer; /* connect again, linger, idle */
    struct sockaddr_storage client;
    socklen_t client_len;
    double touched; /* of a datagram flow */
    double reset_until;
    bool queued; /* on link.again */
    struct link_conn *next_again;
};

/* Pipes that are empty, kept for the next one in need. */
#define PIPES_KEPT 64

struct link {
    struct ev_loop *loop;
    struct link_options options;
    int epoll, tick_fd, netlink;
    struct ev_io ready, tick;
    struct ev_timer again_timer;
    bool tick_on;
    uint64_t began_us;
    struct rule *rules[LINK_FAULTS_MAX];
    int rule_count;
    struct door **doors;
    int door_count;
    struct link_conn *conns, *dead, *again;
    uint64_t count;
    size_t alive, datagram_flows;
    int pipes[PIPES_KEPT][2];
    int pipe_count;
    char bounce[BOUNCE_SIZE];
};

/* --- link.c --------------------------------------------------------------------------------------------- */

/* Seconds since the link was made. */
double link_now(const struct link *l);

/* Tells the event; the fields that all share are filled in. `f` and `c` may be NULL. */
void link_tell(struct link *l, struct link_conn *c, const struct flow *f, struct link_event e);

/* Puts a descriptor into the epoll set. Returns 0 or -1 (errno). */
int link_watch(struct link *l, int fd, uint32_t events, struct watch *w);

/* Has the connection run again once others have had their turn. */
void link_again(struct link_conn *c);

/* Whether the fault means something on what the door carries: 0, or -1 with `e`. */
int link_fits(const struct link_fault *f, const struct door *d, struct err *e);

/* Has the flow run at the next tick. */
void link_tick(struct flow *f);

/* --- link_door.c ---------------------------------------------------------------------------------------- */

void door_ready(struct door *d);
void door_shut(struct door *d);

/* --- link_conn.c ---------------------------------------------------------------------------------------- */

/* A connection around the client's socket (taken over). */
void conn_open(struct door *d, int fd, const struct sockaddr_storage *client, socklen_t len);

/* A connection without sockets yet, numbered and listed. */
struct link_conn *conn_make(struct door *d, const struct sockaddr_storage *client, socklen_t len);

/* Begins to connect side 1 to the target. Returns 0 (done or under way), or an errno. */
int conn_dial(struct link_conn *c);

/* epoll has told something of a side. */
void conn_ready(struct side *s, uint32_t events);

/* Moves what can be moved. */
void conn_run(struct link_conn *c);

/* The endings. `reset`: RST to every side that has TCP; else what close() does. */
void conn_over(struct link_conn *c, bool reset);

/* A byte count has been reached: does what the rule says. */
void conn_stop(struct flow *f, const struct rule *r);

/* --- link_flow.c ---------------------------------------------------------------------------------------- */

void flow_init(struct flow *f, struct link_conn *c, enum link_direction d);
void flow_free(struct flow *f);

/* Works out anew what the rules ask of this flow. */
void flow_settle(struct flow *f);

/* Takes bytes in from its side and hands on what may leave. Returns whether anything moved. */
bool flow_step(struct flow *f);

/* Puts bytes (or a datagram) at the end of the queue, due as the rules say. Returns whether there was room. */
bool flow_queue(struct flow *f, const void *data, size_t len);

/* Hands on what is due. Returns whether anything moved. */
bool flow_hand_on(struct flow *f);

/* Forgets what is held. */
void flow_drop(struct flow *f);

/* Counts that rules of the kind have acted, and tells it once. */
void flow_receipt(struct flow *f, enum scn_link_kind kind);

/* One send to the flow's far side. Returns bytes taken, 0 for not now, -1 when the side is gone (marked so). */
ssize_t flow_send(struct flow *f, const void *data, size_t len);

/* The stream ends here: what recv() returned, 0 or less. EAGAIN is no end: returns false. */
bool flow_ended(struct flow *f, ssize_t got);

/* --- link_slice.c --------------------------------------------------------------------------------------- */

/* Whether the next slice may leave; else a tick or timer is set. */
bool slice_may_leave(struct flow *f);

/* --- link_fast.c ---------------------------------------------------------------------------------------- */

/* Hands bytes on as they come. Returns whether anything moved. */
bool fast_step(struct flow *f);

/* Empties the pipe into the far side. Returns whether it is empty. */
bool fast_flush(struct flow *f, bool *moved);

void fast_free(struct flow *f);

/* --- link_datagram.c ------------------------------------------------------------------------------------ */

/* Datagrams wait at the door. */
void datagram_ready(struct door *d);

/* The parts of a flow that differ: take_in() and send() of datagrams. */
bool datagram_take_in(struct flow *f);
ssize_t datagram_send(struct flow *f, const void *data, size_t len);

/* The flow has been idle for long: ends it, or sets its timer again. */
void datagram_idle(struct link_conn *c);

#endif
