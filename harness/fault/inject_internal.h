/*
 * The inside of the injector. The tracer (inject_tracer.c) owns everything but what stands in struct inject_shared,
 * memory that it has in common with the process that started it: so neither ever waits for the other, and an injection
 * costs no message.
 */
#ifndef SOCKSPEC_FAULT_INJECT_INTERNAL_H
#define SOCKSPEC_FAULT_INJECT_INTERNAL_H

#include "base/clock.h"
#include "fault/inject.h"
#include "fault/inject_calls.h"
#include "fault/inject_regs.h"

#include <stdatomic.h>

/* Actors by the port that a peer's socket is bound to, and by the number of an AF_UNIX autobind
 * name: five hex digits. */
#define PEER_PORTS 65536
#define PEER_NAMES (1 << 20)

/* Why a call that a clause was for was left alone: bits of inject_shared.spared. */
enum inject_spared {
    SPARED_DATAGRAM = 1,   /* short: no stream */
    SPARED_WHOLE = 2,      /* short: MSG_WAITALL or MSG_PEEK */
    SPARED_BLOCKING = 4,   /* EAGAIN: the call may block */
    SPARED_EDGE = 8,       /* EAGAIN: epoll would tell of what is there no second time */
    SPARED_UNDER_WAY = 16, /* connect EINTR: the call does not block */
    SPARED_AT_ONCE = 32,   /* EINTR: the call does not wait */
    SPARED_FOREIGN = 64,   /* a program of 32 bits */
    SPARED_UNSEEN = 128,   /* its descriptors may not be looked at */
    SPARED_UNCAUGHT = 256, /* EINTR: no signal is caught, and no time limit set */
    SPARED_PAIR = 1024,    /* between the program's own processes */
    SPARED_UNTRACED = 512, /* a process was made with CLONE_UNTRACED */
};

struct inject_shared {
    _Atomic uint64_t armed;      /* bit by clause */
    _Atomic uint32_t generation; /* of what is asked for; counts of another one are nothing */
    _Atomic uint32_t counted;    /* the generation that the tracer counts */
    _Atomic uint64_t calls[INJECT_CLAUSES_MAX], hits[INJECT_CLAUSES_MAX];
    _Atomic uint32_t spared[INJECT_CLAUSES_MAX];
    _Atomic uint64_t receipts;
    struct inject_receipt kept[INJECT_KEPT_FIRST + INJECT_KEPT_LAST];
    _Atomic uint8_t peer_port[PEER_PORTS], peer_name[PEER_NAMES]; /* actor + 1 */
};

/* --- inject_decide.c: which clauses hold for a call; pure ----------------------------------------------- */

/* What a clause has met so far. */
struct inject_count {
    uint64_t calls, hits;
    struct rng rng;
};

/* A call at its entry. */
struct inject_event {
    enum scn_call call;
    uint64_t asked;  /* bytes (send, recv) */
    uint64_t offset; /* bytes of this direction before it; meaningful when has_offset */
    bool has_offset;
    bool can_be_short;     /* a stream, and no flag that asks for all */
    unsigned spared_short; /* why not: enum inject_spared */
    unsigned spared_again; /* why EAGAIN would be wrong; 0: it is right */
    unsigned spared_intr;  /* the same for EINTR */
    bool listening;
    int actor; /* the peer's, or -1 */
};

struct inject_verdict {
    uint64_t limit; /* bytes that are left of what was asked; UINT64_MAX: all */
    int error;      /* errno, or 0 */
    uint64_t delay_us;
    uint64_t counted, fired; /* bit by clause */
    int clause;              /* the one that the receipt names (of a cut before `after byte` too); -1: none */
    enum scn_effect effect;  /* of the receipt */
};

/*
 * Holds all armed clauses against the call and counts. `spared` (by clause) gets bits of enum inject_spared. The first
 * error wins over what is short, the shortest counts, delays add up.
 */
void inject_decide(const struct inject_clause *clauses, size_t count, uint64_t armed, struct inject_count *counts,
                   const struct inject_event *event, struct inject_verdict *out, _Atomic uint32_t *spared);

/* --- inject_memory.c: what a call's arguments point at -------------------------------------------------- */

/* What has been changed of a call, to be put back at its exit. */
struct inject_cut {
    int arg; /* -1: none */
    uint64_t arg_value;
    struct {
        uint64_t at, value;
    } words[2];
    int word_count;
};

/* All bytes that the call asks for. */
uint64_t call_asks(pid_t tid, const struct inject_row *row, const struct inject_regs *regs);

/*
 * Shortens the call to `limit` bytes (less than it asks for; at least 1): a register, and lengths in the program's
 * memory. Returns 0, or -1 with everything as it was.
 */
int call_cut(pid_t tid, const struct inject_row *row, const struct inject_regs *regs, uint64_t limit,
             struct inject_cut *cut);

/* Puts back what call_cut changed. */
void call_restore(pid_t tid, const struct inject_cut *cut);

/* Whether it makes a process or thread that no tracer sees (CLONE_UNTRACED). */
bool call_makes_untraced(pid_t tid, const struct inject_regs *regs);

/* How many bytes the call has moved, by its result (0 or more). */
uint64_t call_moved(pid_t tid, const struct inject_row *row, const struct inject_regs *regs, int64_t result);

/* --- inject_socket.c: descriptors of the program -------------------------------------------------------- */

/* What is known of one socket, by its inode. */
struct inject_socket {
    struct inject_socket *next;
    uint32_t inode;
    int family, type, protocol;
    uint64_t sent, received; /* as counted; for TCP the kernel is asked instead */
    bool missed_some;        /* the count began later than the connection */
    char peer[60];
    int actor; /* of the peer, looked up once it has one; -1 */
    bool peer_known;
    bool is_pair; /* AF_UNIX, and neither end has a name */
    bool edges;   /* some epoll instance waits for its edges, as of edges_asked_us */
    uint64_t edges_asked_us;
};

#define SOCKET_BUCKETS 4096
struct inject_sockets {
    struct inject_socket *buckets[SOCKET_BUCKETS];
    size_t count;
};

/*
 * The socket behind a copy of the program's descriptor; NULL when it is none. Valid until the next call. `shared`: who
 * is whose peer.
 */
struct inject_socket *socket_known(struct inject_sockets *all, int copy, const struct inject_shared *shared);

/* Bytes that have gone in this direction, by the kernel's count where it has one. False where none is to be had. */
bool socket_offset(const struct inject_socket *s, int copy, enum scn_call call, uint64_t *offset);

/* Whether the kernel keeps that count itself. */
bool socket_is_counted(const struct inject_socket *s);

bool socket_listens(int copy);

/* Whether a call on it with these MSG_ flags may wait: no O_NONBLOCK, no MSG_DONTWAIT. */
bool socket_may_wait(int copy, uint64_t flags);

/* Whether it has a time limit for such a call: SO_RCVTIMEO or SO_SNDTIMEO. */
bool socket_has_limit(int copy, enum scn_call call);

/* Whether a call on it with these MSG_ flags comes back at once, or after a time limit, with EAGAIN. */
bool socket_may_say_again(int copy, enum scn_call call, uint64_t flags);

/* Whether some epoll instance of the process waits for edges of the socket, known there as `fd`. */
bool socket_waits_for_edges(struct inject_socket *s, pid_t tgid, int fd);

/*
 * Has epoll tell again what is ready on a TCP connection. Who waits for edges may take a call that moved less than it
 * asked for as a sign that nothing more is there (epoll(7)), and waits for the next: after a cut it must come.
 */
void socket_raise_edge(int copy, enum scn_call call);

/* Says whose peers come from an address. */
void inject_shared_peer(struct inject_shared *shared, int actor, const struct sockaddr *sa, socklen_t len);

/* As inject_missed, of a clause's bits in `spared` and its calls (inject_missed.c). */
void missed_words(uint32_t spared, uint64_t calls, struct buf *out);

/* --- inject_tracer.c ------------------------------------------------------------------------------------ */

struct inject_setup {
    struct inject_spec spec;
    struct inject_clause clauses[INJECT_CLAUSES_MAX];
    struct inject_shared *shared;
    int hello;     /* the tracer's end */
    bool log_lost; /* told once: receipts could not be written to the log */
};

/* The answer to the program's hello. */
struct inject_go {
    int error; /* errno of PTRACE_SEIZE, or 0 */
    int cpu;   /* to pin itself to, or -1 */
};

/* The life of the tracer. */
_Noreturn void tracer_run(const struct inject_setup *setup);

/* --- inject_receipt.c ----------------------------------------------------------------------------------- */

/* Writes a receipt to memory, and to the log if there is one; tells once, where notes go, that the log takes no more.
 */
void receipt_write(struct inject_setup *setup, const struct inject_receipt *r, uint64_t since);

/* As inject_receipt_get. */
bool receipt_read(const struct inject_shared *shared, uint64_t n, struct inject_receipt *out);

#endif
