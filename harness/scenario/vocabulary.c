/* The lists of vocabulary.h as arrays. */
#include "scenario/vocabulary.h"

#include "scenario/fault.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

// clang-format off
#define SIGNALS(X) \
    X(HUP) X(INT) X(QUIT) X(ILL) X(TRAP) X(ABRT) X(BUS) X(FPE) X(KILL) X(USR1) X(SEGV) X(USR2) X(PIPE) X(ALRM) \
    X(TERM) X(CHLD) X(CONT) X(STOP) X(TSTP) X(TTIN) X(TTOU) X(URG) X(XCPU) X(XFSZ) X(IO) X(SYS)

#define TEXT(name) #name,
#define SIGNAL_NUMBER(name) SIG##name,
#define ERRNO_NUMBER(name) name,
// clang-format on

static const char *const TRANSPORTS[] = SCN_WORDS(SCN_TRANSPORTS);
static const char *const LEVELS[] = SCN_WORDS(SCN_LEVELS);
static const char *const ROLES[] = SCN_WORDS(SCN_ROLES);
static const char *const PROTOCOLS[] = SCN_WORDS(SCN_SPEECHES);
static const char *const GIVEN[] = SCN_WORDS(SCN_GIVEN_NAMES);
static const char *const COMMON_FACTS[] = SCN_WORDS(SCN_COMMON_FACTS);
static const char *const CALLS[] = SCN_WORDS(SCN_CALLS);
static const char *const NAME_ERRORS[] = SCN_WORDS(SCN_NAME_ERRORS);
static const char *const ERRNOS[] = {SCN_ERRNOS(TEXT) NULL};
static const char *const SIGNAL_WORDS[] = {SIGNALS(TEXT) NULL};
static const char *const RESOURCES[] = SCN_WORDS(SCN_RESOURCES);
static const char *const OPTIONS[] = SCN_WORDS(SCN_OPTIONS);

static const char *const *const LISTS[] = {
    [SCN_LIST_TRANSPORT] = TRANSPORTS, [SCN_LIST_LEVEL] = LEVELS,
    [SCN_LIST_ROLE] = ROLES,           [SCN_LIST_PROTOCOL] = PROTOCOLS,
    [SCN_LIST_GIVEN] = GIVEN,          [SCN_LIST_COMMON_FACT] = COMMON_FACTS,
    [SCN_LIST_CALL] = CALLS,           [SCN_LIST_NAME_ERROR] = NAME_ERRORS,
    [SCN_LIST_ERRNO] = ERRNOS,         [SCN_LIST_SIGNAL] = SIGNAL_WORDS,
    [SCN_LIST_RESOURCE] = RESOURCES,   [SCN_LIST_OPTION] = OPTIONS,
};
_Static_assert(sizeof(LISTS) / sizeof(*LISTS) == SCN_LIST_COUNT, "each list has its words");

const char *scn_list_name(enum scn_list list)
{
    static const char *const names[] = SCN_WORDS(SCN_LISTS);
    return names[list];
}

const char *const *scn_list_words(enum scn_list list)
{
    return LISTS[list];
}

int scn_list_find(enum scn_list list, const char *word)
{
    const char *const *words = LISTS[list];
    for (int i = 0; words[i]; i++) {
        if (strcmp(words[i], word) == 0)
            return i;
    }
    return -1;
}

/* --- names ---------------------------------------------------------------------------------------------- */

const char *scn_transport_name(enum scn_transport t)
{
    return t > SCN_TRANSPORT_DEFAULT && t < SCN_TRANSPORT_COUNT ? TRANSPORTS[t - 1] : NULL;
}

const char *scn_level_name(enum scn_level level)
{
    return LEVELS[level];
}

const char *scn_call_name(enum scn_call call)
{
    return CALLS[call];
}

#define FIRST_OF(id, word, ...) word,
const char *scn_link_name(enum scn_link_kind kind)
{
    static const char *const words[] = {SCN_LINK_FAULTS(FIRST_OF)};
    return words[kind];
}

const char *scn_resource_name(enum scn_resource resource)
{
    return RESOURCES[resource];
}

const char *scn_option_name(enum scn_option option)
{
    return OPTIONS[option];
}

/* --- properties ----------------------------------------------------------------------------------------- */

bool scn_transport_is(enum scn_transport t, unsigned medium)
{
#define MEDIUM(id, word, what) [SCN_##id] = (what),
    static const unsigned media[SCN_TRANSPORT_COUNT] = {SCN_TRANSPORTS(MEDIUM)};
    return (media[t] & medium) == medium;
}

bool scn_transport_is_stream(enum scn_transport t)
{
    return scn_transport_is(t, SCN_STREAM);
}

enum scn_takes scn_option_takes(enum scn_option option)
{
#define TAKES(id, word, takes, medium) SCN_TAKES_##takes,
    static const enum scn_takes all[] = {SCN_OPTIONS(TAKES)};
    return all[option];
}

enum scn_medium scn_option_medium(enum scn_option option)
{
#define OPTION_MEDIUM(id, word, takes, medium) medium,
    static const enum scn_medium all[] = {SCN_OPTIONS(OPTION_MEDIUM)};
    return all[option];
}

bool scn_resource_is_counted(enum scn_resource resource)
{
#define COUNTED(id, word, bytes, counted) counted,
    static const bool all[] = {SCN_RESOURCES(COUNTED)};
    return all[resource];
}

bool scn_resource_is_bytes(enum scn_resource resource)
{
#define IS_BYTES(id, word, bytes, counted) bytes,
    static const bool all[] = {SCN_RESOURCES(IS_BYTES)};
    return all[resource];
}

bool scn_call_moves_bytes(enum scn_call call)
{
#define MOVES_BYTES(id, word, bytes) bytes,
    static const bool all[] = {SCN_CALLS(MOVES_BYTES)};
    return all[call];
}

enum scn_unit scn_link_unit(enum scn_link_kind kind)
{
#define LINK_UNIT(id, word, place, unit, ...) SCN_UNIT_##unit,
    static const enum scn_unit all[] = {SCN_LINK_FAULTS(LINK_UNIT)};
    return all[kind];
}

enum scn_medium scn_link_medium(enum scn_link_kind kind)
{
#define LINK_MEDIUM(id, word, place, unit, form, medium, ...) medium,
    static const enum scn_medium all[] = {SCN_LINK_FAULTS(LINK_MEDIUM)};
    return all[kind];
}

enum scn_link_use scn_link_use(enum scn_link_kind kind)
{
#define LINK_USE(id, word, place, unit, form, medium, use, ...) SCN_LINK_OF_##use,
    static const enum scn_link_use all[] = {SCN_LINK_FAULTS(LINK_USE)};
    return all[kind];
}

bool scn_link_is_after(enum scn_link_kind kind)
{
    return strchr(scn_link_name(kind), ' ') != NULL;
}

bool scn_link_is_of_packets(enum scn_link_kind kind)
{
    return scn_link_use(kind) == SCN_LINK_OF_PACKETS;
}

/* --- numbers -------------------------------------------------------------------------------------------- */

int scn_errno_number(const char *name)
{
    static const int numbers[] = {SCN_ERRNOS(ERRNO_NUMBER)};
    int i = scn_list_find(SCN_LIST_ERRNO, name);
    return i < 0 ? 0 : numbers[i];
}

int scn_signal_number(const char *word)
{
    static const int numbers[] = {SIGNALS(SIGNAL_NUMBER)};
    int i = scn_list_find(SCN_LIST_SIGNAL, strncmp(word, "SIG", 3) == 0 ? word + 3 : word);
    return i < 0 ? 0 : numbers[i];
}
