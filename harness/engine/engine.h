/*
 * Runs one case: plays the actors of a scenario against a subject, on one event loop, and says what came of it.
 */
#ifndef SOCKSPEC_ENGINE_ENGINE_H
#define SOCKSPEC_ENGINE_ENGINE_H

#include "report/model.h"
#include "scenario/load.h"
#include "subject/subject.h"

#include <ev.h>

/* How bytes leave where the scenario does not say (scenarios/README.md). */
enum delivery { DELIVERY_WHOLE, DELIVERY_BYTES, DELIVERY_EVERYWHERE, DELIVERY_DELAYED, DELIVERY_RANDOM };

/* "whole", ...; delivery_parse returns 0, or -1 for an unknown word. */
const char *delivery_name(enum delivery d);
int delivery_parse(const char *word, enum delivery *d);

/* Whose packets are kept as a file. */
enum capture_when { CAPTURE_NEVER, CAPTURE_FAILED, CAPTURE_ALWAYS };

/* What is the same for all cases of a worker. Borrowed strings must outlive the engine. */
struct engine_options {
    double patience; /* multiplies every upper limit of time (`within` too), never a measured span (`nothing for`, `cpu
                        ... for`); >= 0.1 */
    double timeout;  /* seconds for a step without `within`, where the scenario has none */
    uint64_t seed;
    enum delivery delivery;
    enum isolation isolation; /* what sandbox_enter gave */
    bool host_net;
    enum capture_when capture;
    const char *capture_dir;    /* where captures go; NULL: here */
    const char *capture_suffix; /* behind the names of captures; NULL: nothing */
    const char *tmp_dir;        /* this worker's: for AF_UNIX sockets */
    const char *scenario_dir;   /* where `file "..."` looks when the path is relative: the scenario's own folder wins */
};

/* Where the subject is, for a case. */
struct engine_subject {
    /* A server that runs: */
    struct subject *instance; /* or NULL: --at, or no subject at all */
    bool at;                  /* it is someone else's, at host:port; `instance` is NULL */
    const char *host;         /* "127.0.0.1"; NULL: the loopback address of the transport's family */
    int port;
    const char *socket_path;
    struct engine_faults *faults; /* those that the instance was started under, or NULL */
    /* A client, started once a run of the case, when every server listens (command words with {names} inside): */
    char *const *client_argv; /* NULL-ended, or NULL */
    const char *listen_host;  /* --listen: bind here and wait for a client that someone else starts; NULL: not so */
    int listen_port;
};

struct engine;

/*
 * The system-call faults of a case's scenario, for one instance of the subject. What is to be filtered must be known
 * before the program runs, so whoever starts a server for such a case starts these first, for the client of a case the
 * engine does it itself.
 */
struct engine_faults;

/* Whether the scenario has such faults. */
bool engine_has_faults(const struct scn_scenario *scenario);

/* Starts what gives them. NULL with `e` when it cannot. */
struct engine_faults *engine_faults_start(struct engine *e, const struct scn_scenario *scenario, size_t index,
                                          const struct scn_facts *facts, struct err *error);

/* Has the subject started under them. */
void engine_faults_put(struct engine_faults *f, struct subject_spec *spec);

/* Behind subject_stop. NULL is allowed. */
void engine_faults_stop(struct engine_faults *f);

/* One engine a worker. `loop` must outlive it. */
struct engine *engine_new(struct ev_loop *loop, const struct engine_options *options);
void engine_free(struct engine *e);

/* Fills in what a result says of case number `index` before it has run: names, title, rule, why, file and line. */
void engine_describe(const struct scn_scenario *scenario, size_t index, struct result *out);

/*
 * Runs case number `index` of the scenario (all its cuts, where bytes are split everywhere), and fills in `out`: name,
 * scenario, rule, level, sentence, verdict (PASS, FAIL, WARN by the rule's level, SKIP by `or skip`, ERROR), diagnosis,
 * message, place, expected, received, graph, timeline, output, exit, seconds. `facts` are all facts that hold (profile,
 * subject file, --set). Returns when the case has ended and all its sockets are closed; a client subject has been
 * stopped. Never fails otherwise than by verdict.
 */
void engine_run(struct engine *e, const struct scn_scenario *scenario, size_t index, const struct scn_facts *facts,
                const struct engine_subject *subject, struct result *out);

/* Asks the running case to end at once (from a signal watcher): its verdict is ERROR, "interrupted". */
void engine_interrupt(struct engine *e);

#endif
