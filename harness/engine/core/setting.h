/*
 * Where a case is played: what is the same for all cases of a worker, and where the subject is.
 */
#ifndef SOCKSPEC_ENGINE_CORE_SETTING_H
#define SOCKSPEC_ENGINE_CORE_SETTING_H

#include "subject/subject.h"

/* How bytes leave where the scenario does not say (scenarios/README.md). */
enum delivery { DELIVERY_WHOLE, DELIVERY_BYTES, DELIVERY_EVERYWHERE, DELIVERY_DELAYED, DELIVERY_RANDOM };

/* Whose packets are kept as a file. */
enum capture_when { CAPTURE_NEVER, CAPTURE_FAILED, CAPTURE_ALWAYS };

/* What is the same for all cases of a worker. Borrowed strings must outlive the engine. */
struct engine_options {
    double patience; /* multiplies every upper limit of time (`within` too), never a measured span (`nothing for`, `cpu
                        ... for`); >= 0.1 */
    double start_timeout; /* seconds that a client may take to its first connection */
    double timeout;       /* seconds for a step without `within`, where the scenario has none */
    uint64_t seed;
    enum delivery delivery;
    enum isolation isolation; /* what sandbox_enter gave */
    bool host_net;
    enum capture_when capture;
    const char *capture_dir;         /* where captures go; NULL: here */
    const char *capture_suffix;      /* behind the names of captures; NULL: nothing */
    const char *tmp_dir;             /* this worker's: for AF_UNIX sockets */
    const struct subject_temp *temp; /* for clients (struct subject_spec), or NULL */
    const char *const *allow_files;  /* files and folders that `file` may read besides, NULL-ended; or NULL */
    const char *scenario_dir; /* where `file "..."` looks when the path is relative: the scenario's own folder wins */
};

struct engine_faults;

/* Where the subject is, for a case. */
struct engine_subject {
    /* A server that runs: */
    struct subject *instance; /* or NULL: --at, or no subject at all */
    bool at;                  /* it is someone else's, at host:port; `instance` is NULL */
    const char *host;         /* "127.0.0.1"; NULL: the loopback address of the transport's family */
    int port;
    const char *socket_path;
    bool without_faults;          /* of calls and of names: whether what failed, untouched by them, fails as well */
    struct engine_faults *faults; /* those that the instance was started under, or NULL */
    /* A client, started once a run of the case, when every server listens (command words with {names} inside): */
    char *const *client_argv; /* NULL-ended, or NULL */
    const char *dir, *root;   /* {dir} and {root} of its command, or NULL: where it may leave files */
    const char *listen_host;  /* --listen: bind here and wait for a client that someone else starts; NULL: not so */
    int listen_port;
};

#endif
