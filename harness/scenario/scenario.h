/*
 * A scenario as checked data: what the lexer, parser and checker make of a .scn file and the engine runs.
 *
 * Everything here lives in the scenario's arena and is read-only once scn_load has returned. No sockets, no
 * processes: this folder is pure. Its smaller parts: value.h, match.h, step.h; its closed lists: vocabulary.h.
 */
#ifndef SOCKSPEC_SCENARIO_SCENARIO_H
#define SOCKSPEC_SCENARIO_SCENARIO_H

#include "base/mem.h"
#include "scenario/step.h"

/* Most cases that the parameters of one scenario may multiply to (design: 1,000 at most). */
#define SCN_CASES_MAX 1000

/* --- actors --------------------------------------------------------------------------------------------- */

enum scn_actor_kind { SCN_CLIENT, SCN_SERVER, SCN_SUBJECT, SCN_LINK_ACTOR, SCN_ACTOR_COUNT };

struct scn_actor {
    enum scn_actor_kind kind;
    const char *name;             /* as written, else "client", "server", "subject", "link" */
    struct scn_number count;      /* copies; unset: 1 */
    enum scn_transport transport; /* server NAME over udp { ... } */
    struct scn_block body;
    struct scn_at at;
};

/* --- the head ------------------------------------------------------------------------------------------- */

struct scn_rule_ref {
    const char *id;       /* RFC9112-3.2, SOCK-STREAM-BOUNDARY */
    enum scn_level level; /* MUST NOT and SHOULD NOT are MUST and SHOULD */
    const char *sentence;
    struct scn_at at;
};

struct scn_param {
    const char *name;
    const char **values; /* as text, one a case */
    size_t count;
    struct scn_at at;
};

/* needs concurrency 2: a numeric fact of at least that; needs errors exit: a fact with that word; needs large: a fact
 * that has any value; needs ptrace: a mechanism of this machine; needs premise head-is-supported: name "premise", and
 * that word. */
struct scn_need {
    const char *name;
    const char *word; /* or NULL */
    double number;    /* meaningful when has_number */
    bool has_number;
    bool absent; /* needs not FACT: that it has no value, or not that one */
    struct scn_at at;
};

struct scn_signal {
    const char *name;
    int senders; /* copies that must send it before it stands: one per sending actor's copy; 0: a {name} says how many
                  */
};

/* Where the value of a name is used: in a text, in a number. */
struct scn_use {
    const char *name;
    struct scn_at at;
};

/* How replies and commands are framed, and what a played server answers. */
struct scn_speech {
    enum scn_speech_kind kind;
    struct scn_regex last; /* OWN: the last line of a reply */
    const char *answers;   /* `on` steps as text, in place of the table that there is; NULL: none */
};

struct scn_scenario {
    const char *name;    /* http-server/request-in-single-bytes */
    const char *profile; /* http-server */
    const char *file;    /* as given to scn_load: for messages */
    const char *title;
    struct scn_rule_ref rule;
    const char *why;
    enum scn_transport transport;
    struct scn_speech speech;
    struct scn_number timeout; /* seconds; unset: the default of the run */
    struct scn_param *params;
    size_t param_count;
    struct scn_need *needs;
    size_t need_count;
    const char **tags;
    size_t tag_count;
    struct scn_actor *actors;
    size_t actor_count;
    struct scn_signal *signals;
    size_t signal_count;
    bool uses_subject;      /* a subject actor, or a profile that has one */
    bool splits_everywhere; /* some send says `split everywhere` */
    bool changes_subject;   /* faults, limits, a signal, its end: what the next case would find is not what it was */
    uint32_t mechanisms;    /* bits 1 << SCN_HAS_...: what its steps need of the machine */
    double waits;           /* seconds that it lets pass by design: all its pauses, silences and measurements that are
                               written as numbers, repetitions left out */
    struct scn_use *facts;  /* the names that only a fact can give a value, each place in the text; without one the case
                               cannot run */
    size_t fact_count;
    const char *learns; /* the fact that its capture of that name gives, as its profile says (struct scn_premise), or
                           NULL; whoever runs it sets it, and owns it */
    const char *source; /* the whole text, for reports */
    size_t source_len;
    struct arena arena;
};

/* The product of the parameters' value counts (1 without parameters). */
size_t scn_case_count(const struct scn_scenario *s);

/*
 * The value of parameter `param` in case number `index` (0 .. scn_case_count-1), as text. The last parameter
 * varies fastest.
 */
const char *scn_case_value(const struct scn_scenario *s, size_t index, size_t param);

/* The name of that case: "profile/name" or "profile/name[size=1,kind=a]". The caller frees it. */
char *scn_case_name(const struct scn_scenario *s, size_t index);

#endif
