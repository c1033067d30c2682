/* Closed lists of words: transports, signals, errnos, socket options, what names the engine puts in. */
#ifndef SOCKSPEC_SCENARIO_NAMES_H
#define SOCKSPEC_SCENARIO_NAMES_H

#include "scenario/load.h"

/* Each list ends with NULL. */
const char *const *names_transports(void);
const char *const *names_errnos(void);
const char *const *names_signals(void);

/* {host}, {port}, {url}, ...: values that the engine puts in. */
const char *const *names_engine(void);

/* Words of the language that no name of a let, a capture or an actor may be, or a step could be read two
 * ways. */
bool names_is_reserved(const char *word);

/* Facts that every profile knows: concurrency, lifetime, errors, instances. */
const char *const *names_common_facts(void);

/* SCN_TRANSPORT_DEFAULT when `word` is none. */
enum scn_transport names_transport(const char *word);

/* Signal number of "PIPE" or "SIGPIPE"; 0 when `word` is none. */
int names_signal(const char *word);

enum option_value { OPTION_BYTES, OPTION_SWITCH, OPTION_TIME, OPTION_COUNT };

struct option_row {
    const char *name;
    enum option_value value;
    bool tcp_only;
};

/* NULL when `word` is no option. */
const struct option_row *names_option(const char *word);

#endif
