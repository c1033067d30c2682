/*
 * The one result model: what the engine finds out about a case, and every report is made from.
 *
 * Pure data: no sockets, no processes. Strings are owned by the struct that holds them unless said otherwise.
 */
#ifndef SOCKSPEC_REPORT_MODEL_H
#define SOCKSPEC_REPORT_MODEL_H

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What came of a case. One meaning each, everywhere. */
enum verdict {
    VERDICT_PASS,
    VERDICT_FAIL,         /* a MUST is broken, or the program died unasked */
    VERDICT_WARN,         /* a SHOULD is broken */
    VERDICT_SKIP,         /* known not to apply: a fact, a mechanism, a premise, a fault whose call is never made */
    VERDICT_FLAKY,        /* broken once, and not again */
    VERDICT_ERROR,        /* trouble of ours */
    VERDICT_INCONCLUSIVE, /* tried, and the rule was not reached: nobody there, never connected, this machine too late
                           */
    VERDICT_COUNT
};

/* Why. DIAGNOSIS_NONE for pass and skip. */
enum diagnosis {
    DIAGNOSIS_NONE,
    DIAGNOSIS_MISMATCH,
    DIAGNOSIS_TIMEOUT,
    DIAGNOSIS_DEADLOCK,
    DIAGNOSIS_STALL,
    DIAGNOSIS_RESET,
    DIAGNOSIS_CRASH,
    DIAGNOSIS_HANG,
    DIAGNOSIS_SPIN,
    DIAGNOSIS_LEAK,
    DIAGNOSIS_LOST_BYTES,
    DIAGNOSIS_REFUSED,
    DIAGNOSIS_COUNT
};

/* "pass", "lost-bytes", ...: the words of design.md. */
const char *verdict_name(enum verdict v);
const char *diagnosis_name(enum diagnosis d);

/* What kind of thing happened: for those that draw or count. "note", "connected", "fin-sent", ... */
enum event_kind {
    EVENT_NOTE, /* words only */
    EVENT_CONNECTED,
    EVENT_REFUSED,
    EVENT_ACCEPTED,
    EVENT_SENT,
    EVENT_RECEIVED,
    EVENT_FIN_SENT,
    EVENT_FIN_RECEIVED,
    EVENT_RST_SENT,
    EVENT_RST_RECEIVED,
    EVENT_CLOSED,
    EVENT_SIGNAL,
    EVENT_FAULT, /* one that was injected: into a call, a stream, a packet */
    EVENT_KIND_COUNT
};

const char *event_kind_name(enum event_kind k);

/* One thing that happened, in order of time. */
struct event {
    enum event_kind kind;
    uint64_t bytes; /* SENT, RECEIVED: how many */
    uint64_t us;    /* since the case began */
    char *actor;    /* "client", "crowd 17", "subject", "harness" */
    int line;       /* of the step that did it, or 0 */
    char *what;     /* "sends 18 bytes \"GET / HTTP/1.1\\r\\n\"", "FIN received" */
};

struct result {
    char *name;     /* of the case: http-server/bad-length[value=+1] */
    char *scenario; /* http-server/bad-length */
    char *title;
    char *rule, *level, *sentence, *source, *why; /* source and why may be NULL */
    enum verdict verdict;
    enum diagnosis diagnosis;
    char *message; /* one sentence: what went wrong, or why skipped; NULL for a pass */
    char *actor;   /* whose step failed, or NULL */
    char *file;    /* of the step that failed, or of the scenario */
    int line, col, width;
    char *line_text;           /* the source line of that step, or NULL */
    char *expected, *received; /* visible text, or NULL; `received` may hold several lines */
    char **graph;              /* who waits for what, a line each */
    size_t graph_count;
    struct event *timeline;
    size_t event_count;
    uint64_t events_dropped; /* left out of the middle of the timeline */
    char *output;            /* the end of what the subject wrote, or NULL */
    uint64_t output_total;   /* bytes it wrote in all */
    char *exit;              /* "exit status 1", "killed by SIGSEGV", "running"; NULL without a subject */
    char **depends;          /* cases that must run before, when the failure depends on them */
    size_t depend_count;
    bool connected;  /* a client under test: it did */
    bool unreached;  /* a client under test had not connected when its time, or it, came to an end: `message` says so */
    int exit_status; /* of the subject's main process where it has ended by itself; -1: not so. Of those that failed */
    bool unconfirmed; /* could not be tried on a fresh instance (--at without --restart) */
    bool best_effort; /* some piece left by time, not by proof that the one before was taken */
    char *repeat;     /* the command line that repeats just this case */
    char *capture;    /* file with the packets of the case, or NULL */
    char *lost;       /* why a file of evidence could not be written, or NULL: for whoever ran it, in no report */
    char *known;      /* the reason, when a baseline knows this failure; set by the run */
    double seconds;
};

/* A whole run. */
struct run {
    const char *profile, *subject; /* the command as one line */
    uint64_t seed;
    char *machine; /* "Linux 6.1.0 x86_64, 2 cores" */
    double seconds;
    struct result *results; /* in the order of the plan */
    size_t count;
    bool interrupted;
    char *stopped;     /* why it ended before all its cases were judged, a sentence; NULL: it did not */
    int shard, shards; /* the part of the cases that was asked for, K of N from 1; 0: all */
};

struct summary {
    size_t count[VERDICT_COUNT];
    size_t known;         /* failures that the baseline lists (counted in their verdict too) */
    size_t known_passing; /* cases that the baseline lists and that passed */
};

/* Counts the verdicts of a run. */
struct summary run_summary(const struct run *r);

/*
 * Whether this makes the run a failed one, known or not: a MUST broken or flaky, or a program that died unasked;
 * `strict`: a SHOULD as well.
 */
bool result_is_broken(const struct result *r, bool strict);

/*
 * The exit code of the design: 3 the run was stopped; 1 some result is broken and not known; 3 an error, an
 * interruption, nothing judged, more than one case in a hundred inconclusive (`strict`: any); 0 otherwise, for a shard
 * without cases too.
 */
int run_exit_code(const struct run *r, bool strict);

/* Appends an event (copies its strings). At most 400 are kept: the first 100 and the last 300. */
void result_event(struct result *r, uint64_t us, const char *actor, int line, const char *what);

/* Says what kind the last event was, and of how many bytes. */
void result_event_is(struct result *r, enum event_kind kind, uint64_t bytes);

/* Appends a line to the graph. */
void result_graph(struct result *r, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Packs a result for a pipe between processes of this same program, and unpacks it. unpack
 * returns 0, or -1 (EPROTO). */
void result_pack(struct buf *out, const struct result *r);
int result_unpack(struct result *r, const char *data, size_t len);

/* Frees what it holds (not the struct) and zeroes it. */
void result_clear(struct result *r);

#endif
