/*
 * What a case is made of while it runs: the engine, the run and its actors. What each part does stands in the header of
 * its file; here they are held together.
 */
#ifndef SOCKSPEC_ENGINE_CORE_TYPES_H
#define SOCKSPEC_ENGINE_CORE_TYPES_H

#include "engine/core/lateness.h"
#include "engine/core/setting.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/mem.h"
#include "report/model.h"
#include "scenario/load.h"

#include <ev.h>

/*
 * An actor is a step machine. A step's run function is called when the step becomes current and again whenever
 * something has happened that may let it go on; it answers STEP_DONE, STEP_WAIT, or STEP_FAILED (then case_fail has
 * been called). Nothing here blocks. STEP_CALL: the steps of `call` come first, then this one is begun anew.
 */
enum step_result { STEP_DONE, STEP_WAIT, STEP_FAILED, STEP_CALL };

struct address;
struct answering;
struct bytes;
struct case_run;
struct conn;
struct listener;
struct making;
struct variable;

/* What an actor's socket did, or what was said. */
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

/* --- actors --- */

/* Where an actor is: a block, the step in it, and how often the block is still to run. */
struct frame {
    const struct scn_block *block;
    size_t index;
    uint64_t left;
};

/* An option that `set` asked for before there was a socket. */
#define OPTIONS_MAX 8
struct pending_option {
    enum scn_option option;
    double value;
};

/* Matching state of one `expect` (step_expect.c, message.c). */
struct expectation;

struct actor {
    struct case_run *run;
    const struct scn_actor *spec;
    int copy;                               /* from 1; 0 when there is only one */
    struct frame frames[SCN_DEPTH_MAX + 2]; /* one more for an answer */
    const struct scn_block *call;           /* STEP_CALL: an answer to a command */
    int depth;                              /* frames in use; 0: ended */
    uint64_t steps;                         /* begun so far, repeats included */
    bool entered, ready, ended, holding, probing;
    struct actor *next_ready;
    struct conn *conn;
    struct conn *others;       /* further connections of the same actor */
    struct listener *listener; /* servers */
    struct variable *variables;
    struct answering *answers; /* what `on` and `answers` have said; NULL: nothing */
    struct bytes *tag;         /* IMAP: of the last command that a played server took */
    struct bytes *last;        /* what the last expect took: for capture; kept only where a capture follows */
    struct pending_option options[OPTIONS_MAX];
    int option_count;
    struct ev_timer deadline, timer; /* within; and what the step itself waits for */
    bool deadline_passed, timer_fired;
    double step_started;        /* ev_now of the step's entry */
    uint64_t moved_us;          /* of the last step or byte: for stalls */
    uint64_t counts_us;         /* when the step's time began to count */
    struct lateness late_start; /* what was measured then */
    uint64_t moved_before;      /* bytes received, or sent, before the step */
    /* State of the current step: reset at its entry. */
    struct {
        struct making *making; /* of `payload`, or of a let: not all is made yet */
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

/* --- the case --- */

/* One a worker; plays one case at a time. */
struct engine {
    struct ev_loop *loop;
    struct engine_options options;
    struct case_run *run; /* the case that is played now, or NULL */
    int netlink;          /* sock_diag, or -1 */
    int tick_fd;          /* wake.c: a timerfd, since libev's clock is too coarse */
    struct ev_io tick;
    bool ticking;
    uint64_t probes;           /* how often an actor has asked for a tick */
    unsigned serial;           /* of AF_UNIX paths */
    struct happened *happened; /* timeline.c */
    double slowest_arrival;    /* seconds from a client's start to its first sign; 0: none has come (arrival.c) */
    struct gauge *gauge;       /* how late we run */
    /* Of means that outlive a case: */
    struct captures *captures;             /* NULL: none are wanted */
    struct packet_network *packet_network; /* NULL until a case has needed it */
};

/* One run of a case: of a case that is cut everywhere there are many. */
struct case_run {
    struct engine *engine;
    const struct scn_scenario *scenario;
    size_t index;
    const struct scn_facts *facts;
    const struct engine_subject *where;
    struct result *result;
    uint64_t seed, began_us;
    double deadline_default; /* seconds */
    size_t payload_held;     /* bytes of payloads that live */
    uint64_t payload_made;   /* bytes of all that were made */
    struct rng rng;

    struct subject *subject; /* the instance, or the client of this run */
    bool own_subject;        /* a client, stopped when the run ends */
    char **argv;             /* of a client, names put in */
    bool exit_expected;      /* some step says what exit is right */
    int files_remembered;
    int files_lowest; /* fewest descriptors that `expect files unchanged` has seen; 0: none yet */
    bool files_fell;  /* they have become fewer since its limit was set */
    uint64_t memory_base;

    struct actor *actors;
    size_t actor_count;
    struct listener *listeners;
    size_t listener_count;
    struct actor *ready_first, **ready_last;
    int *signals_sent;   /* by scn_scenario.signals */
    int *signals_needed; /* as many sent make it stand; 0: not counted yet */
    size_t ended;        /* actors whose steps are all done */
    size_t holding;      /* actors in `hold`: they wait for the others only */
    size_t exit_waiters; /* actors that wait for the subject's end */

    long cut;                      /* where this run cuts, or -1 */
    size_t cut_total;              /* cuttable bytes of the actor that is cut: learnt by the first run */
    const struct actor *cut_actor; /* the first one with bytes that may be cut */
    size_t *line_ends;             /* offsets behind each LF of those bytes */
    size_t line_end_count;

    bool over, failed, skipped, interrupted;
    bool fault_met;       /* a fault of a call, of a name or of the link has hit the subject */
    bool come;            /* a client under test: a server has had a sign of it */
    struct actor *blamed; /* whose step has failed, or NULL */
    bool cut_short;       /* the step failed since the peer ended the conversation before what was due */
    struct lateness late_begin;
    struct subject_load load; /* of a server, when the gauge first looked in this case... */
    uint64_t load_us;         /* ...and when that was; 0: not yet */
    uint64_t happened_count;
    struct happened_then *then; /* timeline.c */
    size_t then_count;
    uint64_t moved_us;             /* a step or a byte, of anybody */
    struct standstill *standstill; /* NULL: nothing to look at */

    /* What stands in the way of the conversation (engine/means), a bit each by its row, and what they keep. */
    unsigned means;
    struct engine_faults *faults; /* NULL: none, or nobody to give them */
    struct names *names;          /* the subject's resolver, or NULL */
    struct packets *packets;      /* the link of packets, or NULL */
    struct scarcity *scarcity;
    struct streams *streams; /* the link of streams, or NULL */
    /* What they change for everybody else: */
    const char *host;  /* the name that stands for the server's address; NULL: it stands for itself */
    double kernel_lag; /* times as long as without them the kernel may take over anything before that means something */
    double held_up;    /* most seconds that a byte is held up on its way */
    /* Puts what stands there in front of the subject: `to` becomes where to go in its place; NULL: nothing does.
     * Returns 0, or -1 with `e`. */
    int (*door)(struct case_run *run, enum scn_transport t, struct address *to, struct err *e);
    /* Sees what happens, with all its bytes; NULL: nobody does. */
    void (*saw)(struct case_run *run, const struct actor *a, enum happening kind, uint64_t amount, const void *bytes,
                size_t len);
};

#endif
