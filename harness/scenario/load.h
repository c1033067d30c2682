/*
 * From text to checked scenarios, profiles, rules and subject files, with errors like a good compiler's.
 */
#ifndef SOCKSPEC_SCENARIO_LOAD_H
#define SOCKSPEC_SCENARIO_LOAD_H

#include "base/buf.h"
#include "scenario/scenario.h"

/* A source file larger than this is refused: a scenario has one point to make. */
#define SCN_SOURCE_MAX (1024 * 1024)
/* The version of the language that this program reads, `sockspec 1`; it reads those before it as well. */
#define SCN_VERSION 1
/* Blocks inside blocks. */
#define SCN_DEPTH_MAX 16
/* Steps that an actor makes: nested repeats multiply, and beyond this a case does nothing but count. */
#define SCN_STEPS_MAX 10000000
/* Bytes of payloads that a case holds at once: a typo such as 5TB, or a let that doubles itself, must not take the
 * machine down. */
#define SCN_PAYLOADS_HELD_MAX ((double)1024 * 1024 * 1024)
/* And that it makes in its life: some tens of seconds' work. */
#define SCN_PAYLOADS_MADE_MAX ((double)16 * 1024 * 1024 * 1024)

/* --- messages ------------------------------------------------------------------------------------------- */

struct scn_message {
    char *file;
    struct scn_at at; /* line 0: the file as a whole (cannot be read, too large) */
    char *text;       /* "unknown step 'conect'" */
    char *hint;       /* "did you mean 'connect'?", or NULL */
    char *line_text;  /* the source line, for the caret; NULL where line is 0 */
};

/* Zero-initialise before use ({0}). At most 20 a file are kept: the first ones matter. */
struct scn_messages {
    struct scn_message *items;
    size_t count;
};

/*
 * Appends one message as
 *     FILE:LINE:COL: error: TEXT
 *       LINE | SOURCE LINE
 *            |    ^~~~ HINT
 * with colour when `colour`. Tabs in the line keep the caret in place; bytes that do not print are made visible.
 */
void scn_message_print(struct buf *out, const struct scn_message *m, bool colour);

void scn_messages_free(struct scn_messages *m);

/* --- facts ---------------------------------------------------------------------------------------------- */

struct scn_fact {
    const char *name;
    const char *value; /* NULL: not known */
    const char *why;   /* then: why it is not, or NULL */
};

/* Later settings win. Zero-initialise before use ({0}). */
struct scn_facts {
    struct scn_fact *items;
    size_t count;
    struct arena arena;
};

/* Sets (copies) a fact. */
void scn_facts_set(struct scn_facts *f, const char *name, const char *value);

/* Makes it one that is not known, for this reason (copied). */
void scn_facts_doubt(struct scn_facts *f, const char *name, const char *why);

/* Its value, or NULL. */
const char *scn_facts_get(const struct scn_facts *f, const char *name);

/* Why it has no value, or NULL where nobody said. */
const char *scn_facts_why(const struct scn_facts *f, const char *name);

/* Copies all of `from` over `to`. */
void scn_facts_merge(struct scn_facts *to, const struct scn_facts *from);

void scn_facts_free(struct scn_facts *f);

/* --- profiles ------------------------------------------------------------------------------------------- */

/* A fact that a profile knows: its default (NULL: none, scenarios that use it are skipped without one), and what it
 * means. */
struct scn_fact_def {
    const char *name, *value, *meaning;
};

/* A scenario that is run before the others. */
struct scn_premise {
    const char *scenario; /* without its profile */
    const char *fact;     /* that it is about; NULL: about all */
    bool when_needed;     /* about the scenarios that say `needs premise NAME` */
    bool learns;          /* its capture of the fact's name is the fact, unless somebody has said it */
    const char *assumes;  /* what is taken for granted where no fact says it; NULL where one does */
};

/*
 * scenarios/<profile>/profile, in the scenarios' own syntax:
 *     profile   "What an HTTP/1.1 server owes its clients"
 *     subject   server                       # server | client | none
 *     transport tcp
 *     speaks    smtp                         # or: replies until /^(OK|ERROR)/
 *     answers                                # and | lines of `on` steps: what a played server answers
 *     extends   tcp-server                   # whose scenarios are run with it as well (zero or more)
 *     usage     "sockspec test http-server -- ./my-server {port}"
 *     premise   get "GET finds {path}"       # one of its scenarios: where it skips, the others have nothing to say
 *     premise   error-is-explained for missing         # where it skips, that fact is taken for not known
 *     premise   head-is-supported when needed "HEAD is answered"  # where it skips or fails, who needs it is skipped
 *     premise   says learns greeting         # what it captures under that name is the fact, unless it was set
 *     fact      path "/" "the path of a small resource that GET finds"
 *     fact      large "the path of a resource of more than 1 MB"        # no default: one string only
 */
struct scn_profile {
    const char *name, *title, *usage;
    struct scn_premise *premises;
    size_t premise_count;
    enum scn_role role;
    enum scn_transport transport;
    struct scn_speech speech;
    const char **extends;
    size_t extend_count;
    struct scn_fact_def *facts;
    size_t fact_count;
    struct arena arena;
};

/* Parses a profile; `name` is its folder's, `file` is for messages. Returns it (free with scn_profile_free), or NULL
 * with at least one message. _load: the same from a file. */
struct scn_profile *scn_profile_parse(const char *name, const char *file, const char *text, size_t len,
                                      struct scn_messages *messages);
struct scn_profile *scn_profile_load(const char *path, const char *name, struct scn_messages *messages);
void scn_profile_free(struct scn_profile *p);

/* --- rules ---------------------------------------------------------------------------------------------- */

/*
 * scenarios/rules: what `explain` tells of a rule.
 *     rule   SOCK-STREAM-BOUNDARY MUST
 *     source "POSIX.1-2017, SOCK_STREAM; RFC 9293 section 3.8"
 *     text   "A stream socket keeps no message boundaries."
 *     why    "What one recv() returns is not one request."
 *     wrong  "data = conn.recv(1024), then parse: works until a segment ends inside the request."
 */
struct scn_rule {
    const char *id, *source, *text, *why, *wrong;
    enum scn_level level;
    const char *file; /* and the place in it, for messages */
    struct scn_at at;
};

struct scn_rules {
    struct scn_rule *items;
    size_t count;
    struct arena arena;
};

/* As with profiles. */
struct scn_rules *scn_rules_parse(const char *file, const char *text, size_t len, struct scn_messages *messages);
struct scn_rules *scn_rules_load(const char *path, struct scn_messages *messages);

/* Adds those of a file to `r` ({0} to begin with, from mem_new); an id that is there already is an error which names
 * both places. Returns 0, or -1 with messages. */
int scn_rules_append(struct scn_rules *r, const char *path, struct scn_messages *messages);

/* Adds copies of those of `from` whose id is not there yet. */
void scn_rules_merge(struct scn_rules *r, const struct scn_rules *from);
const struct scn_rule *scn_rules_find(const struct scn_rules *r, const char *id);
void scn_rules_free(struct scn_rules *r);

/* --- subject files -------------------------------------------------------------------------------------- */

struct scn_known_failure {
    const char *name; /* of a scenario or case; `*` matches any run of characters */
    const char *reason;
};

/*
 * ci/subjects/nginx.subject:
 *     subject  "nginx, from Debian"
 *     profiles http-server, tcp-server
 *     install  "apt-get install -y --no-install-recommends nginx-light"
 *     file     "nginx.conf"          # and | lines: {dir}/nginx.conf, {names} put in, LF ended
 *     start    "nginx" "-e" "/dev/null" "-c" "{dir}/nginx.conf"
 *     ready    output /regex/ | listening           # default: listening
 *     net      host                                  # default: private
 *     scenarios "../my-profiles"                     # a folder of profiles besides the shipped one, seen from the file
 *     fact     path "/index.html"
 *     known    "http-server/x" "because ..."
 */
struct scn_subject_file {
    const char *title, *install, *ready_output;
    const char **profiles;
    size_t profile_count;
    const char **folders; /* of profiles, besides the shipped one; as this process finds them */
    size_t folder_count;
    struct scn_text *argv;
    size_t argc;
    struct scn_config_file {
        const char *name;
        struct scn_text text;
    } * files;
    size_t file_count;
    bool net_host;
    struct scn_facts facts;
    struct scn_known_failure *known;
    size_t known_count;
    struct arena arena;
};

/* As with profiles. */
struct scn_subject_file *scn_subject_file_parse(const char *file, const char *text, size_t len,
                                                struct scn_messages *messages);
struct scn_subject_file *scn_subject_file_load(const char *path, struct scn_messages *messages);
void scn_subject_file_free(struct scn_subject_file *s);

/* --- scenarios ------------------------------------------------------------------------------------------ */

/* What the checker may take for defined. Each may be NULL (then what hangs on it is not checked). */
struct scn_context {
    const struct scn_profile *profile; /* its facts, role and transport */
    const struct scn_rules *rules;     /* a rule id that is not in there is an error */
    const struct scn_facts *facts;     /* from a subject file or --set: known besides the profile's */
    bool foreign_files;                /* `file` may name others than those in the scenario's folder and below */
};

/*
 * Parses and checks one scenario. `name` is "profile/base name", `file` is for messages and for `file "..."`.
 * Returns the scenario (free with scn_free), or NULL with at least one message.
 */
struct scn_scenario *scn_parse(const char *name, const char *file, const char *source, size_t len,
                               const struct scn_context *context, struct scn_messages *messages);

/*
 * What stands behind `fault` in a step, on its own: "send short 1 every 3". Numbers are plain, there are no {names}.
 * Strings live in the arena; `file` is for messages. Returns whether it is one; else there is a message.
 */
bool scn_fault_parse(const char *text, const char *file, struct arena *arena, struct scn_fault *out,
                     struct scn_messages *messages);

/* As scn_fault_parse, for one step of the link: "down reset after 1000 bytes". */
bool scn_link_parse(const char *text, const char *file, struct arena *arena, struct scn_link *out,
                    struct scn_messages *messages);

/* As scn_parse, from a file. */
struct scn_scenario *scn_load(const char *path, const char *name, const struct scn_context *context,
                              struct scn_messages *messages);

void scn_free(struct scn_scenario *s);

/* --- the vocabulary, for help, `explain` and the specification ------------------------------------------ */

/* A word of the language, as its row in the parser's tables tells it. */
struct scn_word {
    const char *word;     /* "send", "split everywhere" */
    const char *where;    /* "client, server", "head", "expect", ... */
    const char *synopsis; /* send PAYLOAD [in N byte pieces] ... */
    const char *purpose;  /* one line */
    const char *example;  /* a whole step (or head line, or actor), run by the tests */
};

/* Word number `i` in the order of scenarios/README.md; false behind the last. */
bool scn_word_at(size_t i, struct scn_word *out);

/* A word that other languages have, and the one that stands for it here. */
struct scn_habit {
    const char *typed, *instead;
};

/* Habit number `i`; false behind the last. */
bool scn_habit_at(size_t i, struct scn_habit *out);

/* Something that a machine may have or lack; `needs` asks for it by name. */
struct scn_mechanism {
    enum scn_mechanism_id id;
    const char *name;
    const char *purpose; /* what rests on it */
    const char *remedy;  /* how to get it */
};

/* All of them, in the order of their ids. */
const struct scn_mechanism *scn_mechanisms(size_t *count);

/* The one of that name, or NULL. */
const struct scn_mechanism *scn_mechanism_find(const char *name);

#endif
