/*
 * The inside of the engine: what cases, actors and connections are. Shared by its files and by nobody else; what they
 * do is in internal.h.
 */
#ifndef SOCKSPEC_ENGINE_TYPES_H
#define SOCKSPEC_ENGINE_TYPES_H

#include "engine/engine.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"
#include "protocol/http.h"

#include <netinet/in.h>
#include <sys/un.h>

/* What an actor takes in beyond what its current step can use (scenarios/README.md: 64 KiB, `set intake`). */
#define INTAKE_DEFAULT 65536
/* A line or a message head that grows beyond this is a mismatch, not a reason to fill the memory. */
#define HEAD_MAX (1024 * 1024)
/* Actors run between two looks at the sockets: keeps a crowd's connects and a server's accepts interleaved. */
#define PUMP_BATCH 256
/* How often what only the kernel's tables show is looked at: short, since each sent piece waits for it. */
#define PROBE_US 100
/* As above for what changes slowly (descriptors, children, queues of a blocked peer). */
#define SLOW_PROBE_S 0.005
/* A piece that the peer has not taken by then is left alone; the rest follows without proof.
 * Seconds, times patience. */
#define TAKEN_PATIENCE_S 1.0
/* Where the peer's queue cannot be seen, a piece leaves this long after the one before. Seconds, times patience. */
#define BLIND_PIECE_S 0.002
/* No progress for so long while the kernel takes no byte counts as blocked. Seconds, times patience. */
#define BLOCKED_S 0.1

enum step_result { STEP_DONE, STEP_WAIT, STEP_FAILED };

struct address {
    union {
        struct sockaddr any;
        struct sockaddr_in in;
        struct sockaddr_in6 in6;
        struct sockaddr_un un;
        struct sockaddr_storage storage;
    } u;
    socklen_t len;
};

/* Bytes that several steps share: the expansion of a payload. */
struct bytes {
    int refs;
    size_t len;
    char data[];
};

/* --- connections ---------------------------------------------------------------------------------------- */

struct actor;

/* What requests went out on a connection, to frame the responses. Only for actors that expect responses. */
struct sent_requests;

struct conn {
    struct case_run *run;
    struct actor *owner;
    struct conn *next; /* of the owner's other connections (request ... on any connection) */
    int fd;
    enum scn_transport transport;
    struct ev_io reader, writer;
    struct ev_timer rate_timer;
    struct buf in; /* received and not yet used */
    size_t want;   /* read while in.len is below this */
    size_t intake;
    double rate; /* bytes a second it reads at; 0: no limit */
    double rate_credit;
    uint64_t received, sent;
    struct buf datagrams; /* uint32_t lengths of the datagrams in `in` (transports that are no stream) */
    struct address peer;  /* datagrams: where to send */
    bool peer_known;
    bool connecting;
    bool stopped;    /* stop reading */
    bool eof;        /* FIN received */
    bool reset;      /* RST received */
    bool reset_told; /* SO_ERROR has told of a RST; recv() will tell of an end only */
    bool write_shut;
    bool refused;
    int error; /* other errno of the connection, or 0 */
    struct sent_requests *requests;
};

struct listener {
    struct case_run *run;
    const struct scn_actor *actor;
    int fd;
    enum scn_transport transport;
    struct address address;
    struct address found_at; /* where peers find it: its own address, or the link's */
    int door;                /* of the link */
    struct ev_io watcher;
    bool watching;
    int port; /* of found_at */
};

/* --- actors --------------------------------------------------------------------------------------------- */

/* A let or a capture. */
struct variable {
    struct variable *next;
    const char *name;
    struct bytes *value;
};

/* Where an actor is: a block, the step in it, and how often the block is still to run. */
struct frame {
    const struct scn_block *block;
    size_t index;
    uint64_t left;
};

/* An option that `set` asked for before there was a socket. */
#define OPTIONS_MAX 8
struct pending_option {
    const char *option;
    double value;
};

/* Matching state of one `expect` (step_expect.c, message.c). */
struct expectation;

struct actor {
    struct case_run *run;
    const struct scn_actor *spec;
    int copy; /* from 1; 0 when there is only one */
    struct frame frames[SCN_DEPTH_MAX + 1];
    int depth; /* frames in use; 0: ended */
    bool entered, ready, ended, holding, probing;
    struct actor *next_ready;
    struct conn *conn;
    struct conn *others;       /* further connections of the same actor */
    struct listener *listener; /* servers */
    struct variable *variables;
    struct bytes *last; /* what the last expect took: for capture; kept only where a capture follows */
    struct pending_option options[OPTIONS_MAX];
    int option_count;
    struct ev_timer deadline, timer; /* within; and what the step itself waits for */
    bool deadline_passed, timer_fired;
    double step_started; /* ev_now of the step's entry */
    uint64_t moved_us;   /* of the last step or byte: for stalls */
    /* State of the current step: reset at its entry. */
    struct {
        struct bytes *payload;
        size_t offset, piece_end;
        size_t cut_base; /* cuttable bytes sent by this actor before this step */
        bool seen_taken, blind, give_up_proof;
        double piece_sent; /* when the piece left */
        uint64_t total;    /* until blocked */
        struct expectation *expectation;
        uint64_t sample;          /* the measure at the last look */
        struct subject_load load; /* at the start of a measure of CPU time */
        bool measuring;
        uint32_t queue; /* wait peer blocked */
        double queue_since;
    } st;
    uint64_t signalled; /* bit by signal: each copy counts once, however often it sends one */
    size_t cuttable;    /* bytes sent so far by sends that a cut may fall into */
};

/* --- the case ------------------------------------------------------------------------------------------- */

enum happening {
    HAPPENED_TEXT,
    HAPPENED_NOTE, /* text that nobody has injected anything by */
    HAPPENED_CONNECTED,
    HAPPENED_REFUSED,
    HAPPENED_ACCEPTED,
    HAPPENED_SENT,
    HAPPENED_RECEIVED,
    HAPPENED_FIN_SENT,
    HAPPENED_FIN_RECEIVED,
    HAPPENED_RST_SENT,
    HAPPENED_RST_RECEIVED,
    HAPPENED_CLOSED,
    HAPPENED_SIGNAL,
};

/* One entry of the raw timeline; made into text only when the case did not pass. */
#define SNIPPET_MAX 48
struct happened {
    uint64_t us;
    const struct actor *actor; /* or NULL: the subject or the harness */
    const char *who;           /* where actor is NULL */
    int line;
    enum happening kind;
    uint64_t amount;
    unsigned char snippet_len;
    char snippet[SNIPPET_MAX];
};

/* The first and the last ones are kept, as in the result. */
#define HAPPENED_FIRST 100
#define HAPPENED_LAST  300

struct engine {
    struct ev_loop *loop;
    struct engine_options options;
    int netlink; /* sock_diag, or -1 */
    int tick_fd; /* a timerfd for PROBE_US: libev's clock is too coarse */
    struct ev_io tick;
    bool ticking;
    unsigned serial;           /* of AF_UNIX paths */
    struct captures *captures; /* captures.c; NULL: none are wanted */
    struct case_run *run;
    struct packet_network *packet_network; /* packets.c; NULL until a case has needed it */
    struct happened *happened;             /* HAPPENED_FIRST + HAPPENED_LAST, a ring behind the first ones */
};

struct case_run {
    struct engine *engine;
    const struct scn_scenario *scenario;
    size_t index;
    const struct scn_facts *facts;
    const struct engine_subject *where;
    struct subject *subject; /* the instance, or the client of this run */
    bool own_subject;        /* a client, stopped when the run ends */
    struct result *result;
    char **argv; /* of a client, names put in */
    uint64_t seed, began_us;
    double deadline_default; /* seconds */
    struct actor *actors;
    size_t actor_count;
    struct listener *listeners;
    size_t listener_count;
    struct actor *ready_first, **ready_last;
    int *signals_sent;             /* by scn_scenario.signals */
    int *signals_needed;           /* as many sent make it stand; 0: not counted yet */
    size_t ended;                  /* actors whose steps are all done */
    size_t holding;                /* actors in `hold`: they wait for the others only */
    size_t exit_waiters;           /* actors that wait for the subject's end */
    long cut;                      /* where this run cuts, or -1 */
    size_t cut_total;              /* cuttable bytes of the actor that is cut: learnt by the first run */
    const struct actor *cut_actor; /* the first one with bytes that may be cut */
    size_t *line_ends;             /* offsets behind each LF of those bytes */
    size_t line_end_count;
    bool over, failed, skipped;
    int files_remembered;
    int files_lowest; /* fewest descriptors that `expect files unchanged` has seen; 0: none yet */
    bool files_fell;  /* they have become fewer since its limit was set */
    uint64_t memory_base;
    uint64_t happened_count;
    uint64_t moved_us;
    struct standstill *standstill; /* standstill.c; NULL: nothing to look at */
    struct rng rng;
    struct packets *packets;   /* packets.c: the link of packets, or NULL */
    struct names *names;       /* names.c: the subject's resolver, or NULL */
    struct streams *streams;   /* streams.c: the link of streams, or NULL */
    struct scarcity *scarcity; /* scarcity.c, or NULL */
    bool interrupted;
    bool exit_expected;           /* some step says what exit is right */
    struct engine_faults *faults; /* faults.c; NULL: none, or nobody to give them */
};

/* One row a step kind (steps.c). */
struct step_ops {
    enum step_result (*run)(struct actor *a, const struct scn_step *s);
    void (*leave)(struct actor *a, const struct scn_step *s); /* frees step state; may be NULL */
    /* What the actor waits for, for a person: "the subject to send the rest of ..."; may be NULL. */
    void (*waiting)(struct actor *a, const struct scn_step *s, struct buf *out);
};

const struct step_ops *step_ops(enum scn_step_kind kind);

#endif
