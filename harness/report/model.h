/*
 * The one result model: what the engine finds out about a case, and every report is made from.
 *
 * Pure data: no sockets, no processes. Strings are owned by the struct that holds them unless said otherwise.
 */
#ifndef SOCKSPEC_REPORT_MODEL_H
#define SOCKSPEC_REPORT_MODEL_H

#include "base/buf.h"
#include "report/exit_code.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Each verdict once: its name here, its word everywhere else, its sign in pages and tables, its colour on a terminal
 * (text.h). A pass first, then the worst first: every report counts and sorts by this order. One meaning each,
 * everywhere:
 *
 *     FAIL          a MUST is broken, or the program died unasked
 *     FLAKY         broken once, and not again
 *     ERROR         trouble of ours
 *     WARN          a SHOULD is broken
 *     INCONCLUSIVE  tried, and the rule was not reached: nobody there, never connected, this machine too late
 *     SKIP          known not to apply: a fact, a mechanism, a premise, a fault whose call is never made
 */
#define VERDICTS(X)                                                                                                    \
    X(PASS, "pass", "✓", GREEN)                                                                                        \
    X(FAIL, "fail", "✗", ALARM)                                                                                        \
    X(FLAKY, "flaky", "~", MAGENTA)                                                                                    \
    X(ERROR, "error", "?", ALARM)                                                                                      \
    X(WARN, "warn", "!", YELLOW)                                                                                       \
    X(INCONCLUSIVE, "inconclusive", "○", CYAN)                                                                         \
    X(SKIP, "skip", "–", CYAN)

#define VERDICT_ID(id, ...) VERDICT_##id,
enum verdict { VERDICTS(VERDICT_ID) VERDICT_COUNT };
#undef VERDICT_ID

/* Why a case did not pass; NONE for a pass and a skip. */
#define DIAGNOSES(X)                                                                                                   \
    X(NONE, "none")                                                                                                    \
    X(MISMATCH, "mismatch")                                                                                            \
    X(TIMEOUT, "timeout")                                                                                              \
    X(DEADLOCK, "deadlock")                                                                                            \
    X(STALL, "stall")                                                                                                  \
    X(RESET, "reset")                                                                                                  \
    X(CRASH, "crash")                                                                                                  \
    X(HANG, "hang")                                                                                                    \
    X(SPIN, "spin")                                                                                                    \
    X(LEAK, "leak")                                                                                                    \
    X(LOST_BYTES, "lost-bytes")                                                                                        \
    X(REFUSED, "refused")

#define DIAGNOSIS_ID(id, word) DIAGNOSIS_##id,
enum diagnosis { DIAGNOSES(DIAGNOSIS_ID) DIAGNOSIS_COUNT };
#undef DIAGNOSIS_ID

/* What kind of thing happened: for those that draw or count. NOTE is words only; FAULT one that was injected: into a
 * call, a stream, a packet. */
#define EVENT_KINDS(X)                                                                                                 \
    X(NOTE, "note")                                                                                                    \
    X(CONNECTED, "connected")                                                                                          \
    X(REFUSED, "refused")                                                                                              \
    X(ACCEPTED, "accepted")                                                                                            \
    X(SENT, "sent")                                                                                                    \
    X(RECEIVED, "received")                                                                                            \
    X(FIN_SENT, "fin-sent")                                                                                            \
    X(FIN_RECEIVED, "fin-received")                                                                                    \
    X(RST_SENT, "rst-sent")                                                                                            \
    X(RST_RECEIVED, "rst-received")                                                                                    \
    X(CLOSED, "closed")                                                                                                \
    X(SIGNAL, "signal")                                                                                                \
    X(FAULT, "fault")

#define EVENT_ID(id, word) EVENT_##id,
enum event_kind { EVENT_KINDS(EVENT_ID) EVENT_KIND_COUNT };
#undef EVENT_ID

/* The word of each: "pass", "lost-bytes", "fin-sent"; "unknown" for what is none ("note" for an event). */
const char *verdict_name(enum verdict v);
const char *diagnosis_name(enum diagnosis d);
const char *event_kind_name(enum event_kind k);

/* "✗": what a page or a table shows for a verdict. */
const char *verdict_sign(enum verdict v);

/* The verdicts from the worst to a pass, for i of 0 .. VERDICT_COUNT - 1. */
enum verdict verdict_worst_first(size_t i);

/* How strong a rule is: the words of result.level, strongest first, NULL-ended. They are those of scn_level_name. */
extern const char *const result_levels[];

/* One thing that happened, in order of time. */
struct event {
    enum event_kind kind;
    uint64_t bytes; /* SENT, RECEIVED: how many */
    uint64_t us;    /* since the case began */
    char *actor;    /* "client", "crowd 17", "subject", "harness" */
    int line;       /* of the step that did it, or 0 */
    char *what;     /* "sends 18 bytes \"GET / HTTP/1.1\\r\\n\"", "FIN received" */
};

/* The plain texts of a result: what packs, reads and frees one goes through this list. */
#define RESULT_TEXTS(X)                                                                                                \
    X(name)                                                                                                            \
    X(scenario)                                                                                                        \
    X(title)                                                                                                           \
    X(rule)                                                                                                            \
    X(level)                                                                                                           \
    X(sentence)                                                                                                        \
    X(source)                                                                                                          \
    X(why)                                                                                                             \
    X(message)                                                                                                         \
    X(actor)                                                                                                           \
    X(file)                                                                                                            \
    X(line_text)                                                                                                       \
    X(expected)                                                                                                        \
    X(received)                                                                                                        \
    X(output)                                                                                                          \
    X(exit)                                                                                                            \
    X(repeat)                                                                                                          \
    X(known)                                                                                                           \
    X(capture)                                                                                                         \
    X(lost)                                                                                                            \
    X(learned)                                                                                                         \
    X(late)

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
    bool untouched;  /* it failed, and a fault that it is about was never hit: `message` names it */
    bool survived;   /* it failed, and the server lived: what ends that later may come of our end of the case */
    int exit_status; /* of the subject's main process where it has ended by itself; -1: not so. Of those that failed */
    bool unconfirmed; /* could not be tried on a fresh instance (--at without --restart) */
    bool best_effort; /* some piece left by time, not by proof that the one before was taken */
    char *repeat;     /* the command line that repeats just this case */
    char *capture;    /* file with the packets of the case, or NULL */
    char *lost;       /* why a file of evidence could not be written, or NULL: for whoever ran it, in no report */
    char *learned;    /* what it captured for the fact that it learns, or NULL */
    char *late;       /* how late this machine was, where that explains why it failed: it is not judged; or NULL */
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
    char *notice;      /* what was done otherwise than asked, and why, or NULL: for whoever ran it, in no report */
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
enum exit_code run_exit_code(const struct run *r, bool strict);

/* Appends an event (copies its strings). At most 400 are kept: the first 100 and the last 300. */
void result_event(struct result *r, uint64_t us, const char *actor, int line, const char *what);

/* Says what kind the last event was, and of how many bytes. */
void result_event_is(struct result *r, enum event_kind kind, uint64_t bytes);

/* What a program wrote, as the text of a result: a NUL, which would end it, is shown as \x00; all else stays as it is
 * for the reports to make visible. NULL of nothing. The caller frees it. */
char *result_bytes(const char *data, size_t len);

/* Appends a line to the graph. */
void result_graph(struct result *r, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Packs a result for a pipe between processes of this same program, and unpacks it. unpack
 * returns 0, or -1 (EPROTO). */
void result_pack(struct buf *out, const struct result *r);
int result_unpack(struct result *r, const char *data, size_t len);

/* Frees what it holds (not the struct) and zeroes it. */
void result_clear(struct result *r);

#endif
