/*
 * The closed lists of the language: words that stand alone. Each list is written down once, here, as rows of a macro;
 * enums, parser, "did you mean", `list words`, `explain`, the injector, the engine and the tables of the READMEs are
 * made from it. Faults have theirs in fault.h. Words that are followed by more (steps, matches, faults of the link,
 * ...) are rows of the parser's tables: table.h.
 *
 * A new word: one row here, and what carries it out; the compiler names each `switch` that does not know it yet.
 */
#ifndef SOCKSPEC_SCENARIO_VOCABULARY_H
#define SOCKSPEC_SCENARIO_VOCABULARY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// clang-format off

/* The words of a list as an array that ends with NULL: static const char *const WORDS[] = SCN_WORDS(SCN_CALLS); */
#define SCN_WORD_ITEM(id, word, ...) word,
#define SCN_WORDS(list) {list(SCN_WORD_ITEM) NULL}
/* The same as one literal: " send recv accept". */
#define SCN_WORD_TEXT(id, word, ...) " " word

/* --- transports: what it is ------------------------------------------------------------------------------ */

/* What a step, a match or a fault needs of its transport. */
enum scn_medium {
    SCN_ANY_MEDIUM  = 0,
    SCN_CONNECTIONS = 1, /* there is a connection that ends */
    SCN_STREAM      = 2, /* bytes flow without borders: cuts anywhere, half-close */
    SCN_TCP_ONLY    = 4,
    SCN_DATAGRAMS   = 8, /* each on its own, without a connection */
};

#define SCN_TRANSPORTS(X) \
    X(TCP, "tcp", SCN_CONNECTIONS | SCN_STREAM | SCN_TCP_ONLY) \
    X(TCP6, "tcp6", SCN_CONNECTIONS | SCN_STREAM | SCN_TCP_ONLY) \
    X(UDP, "udp", SCN_DATAGRAMS) \
    X(UDP6, "udp6", SCN_DATAGRAMS) \
    X(UNIX_STREAM, "unix-stream", SCN_CONNECTIONS | SCN_STREAM) \
    X(UNIX_DGRAM, "unix-dgram", SCN_DATAGRAMS) \
    X(UNIX_SEQPACKET, "unix-seqpacket", SCN_CONNECTIONS)

#define SCN_TRANSPORT_ID(id, ...) SCN_##id,
enum scn_transport {
    SCN_TRANSPORT_DEFAULT, /* the scenario's, else the profile's, else tcp */
    SCN_TRANSPORTS(SCN_TRANSPORT_ID)
    SCN_TRANSPORT_COUNT
};

/* --- levels of a rule: MUST NOT and SHOULD NOT are MUST and SHOULD ---------------------------------------- */

#define SCN_LEVELS(X) X(MAY, "MAY") X(SHOULD, "SHOULD") X(MUST, "MUST")

#define SCN_LEVEL_ID(id, word) SCN_##id,
enum scn_level { SCN_LEVELS(SCN_LEVEL_ID) };

/* --- what the subjects of a profile are ------------------------------------------------------------------ */

/* What a profile (or a scenario) says is spoken: how replies and commands are framed. OWN: `replies until /regex/`. */
#define SCN_SPEECHES(X) X(SMTP, "smtp") X(FTP, "ftp") X(NNTP, "nntp") X(POP3, "pop3") X(IMAP, "imap")
#define SCN_SPEECH_ID(id, word) SCN_SPEECH_##id,
enum scn_speech_kind { SCN_SPEECH_NONE, SCN_SPEECHES(SCN_SPEECH_ID) SCN_SPEECH_OWN };

#define SCN_ROLES(X) X(SERVER, "server") X(CLIENT, "client") X(NONE, "none")

#define SCN_ROLE_ID(id, word) SCN_ROLE_##id,
enum scn_role { SCN_ROLES(SCN_ROLE_ID) };

/* --- names that the engine puts in: {host}, {port}, ... -------------------------------------------------- */

#define SCN_GIVEN_NAMES(X) \
    X(HOST, "host") X(PORT, "port") \
    X(AUTHORITY, "authority") /* both, as a Host field has them */ \
    X(URL, "url") \
    X(SOCKET, "socket") /* a path */ \
    X(ROOT, "root") X(DIR, "dir")

#define SCN_GIVEN_ID(id, word) SCN_GIVEN_##id,
enum scn_given { SCN_GIVEN_NAMES(SCN_GIVEN_ID) };

/* --- facts that every profile knows ---------------------------------------------------------------------- */

#define SCN_COMMON_FACTS(X) \
    X(CONCURRENCY, "concurrency") X(LIFETIME, "lifetime") X(ERRORS, "errors") X(INSTANCES, "instances")

/* --- what a machine may have or lack: `needs` asks for it by name (the rows: mechanisms.c) ----------------- */

/* In the order in which doctor tells them: what others rest on first. */
enum scn_mechanism_id {
    SCN_HAS_ROOT, SCN_HAS_NAMESPACES, SCN_HAS_NETWORK_NAMESPACE, SCN_HAS_OWN_TMP, SCN_HAS_PTRACE, SCN_HAS_FAULTS,
    SCN_HAS_NAMES, SCN_HAS_PACKETS, SCN_HAS_PORTS, SCN_HAS_PIDFD_GETFD, SCN_HAS_SOCK_DIAG, SCN_HAS_CAPTURE,
    SCN_HAS_TCP_REPAIR, SCN_HAS_IPV6, SCN_HAS_UNIX_SEQPACKET, SCN_HAS_DESCRIPTORS, SCN_HAS_PINNING, SCN_MECHANISM_COUNT
};

/* --- limit ----------------------------------------------------------------------------------------------- */

/* bytes: its number is one of bytes. counted: there is a number in use now, which `current+N` adds to. */
#define SCN_RESOURCES(X) \
    X(FILES, "files", false, true) X(MEMORY, "memory", true, true) X(PROCESSES, "processes", false, true) \
    X(STACK, "stack", true, true) \
    X(PORTS, "ports", false, false) /* so many source ports remain: of clients */ \
    X(BACKLOG, "backlog", false, false) /* of its listening sockets: of servers */

#define SCN_RESOURCE_ID(id, ...) SCN_LIMIT_##id,
enum scn_resource { SCN_RESOURCES(SCN_RESOURCE_ID) };

/* --- set ------------------------------------------------------------------------------------------------- */

/* What stands behind an option: N of bytes, on or off, T, N. */
enum scn_takes { SCN_TAKES_BYTES, SCN_TAKES_SWITCH, SCN_TAKES_TIME, SCN_TAKES_COUNT };

#define SCN_OPTIONS(X) \
    X(RCVBUF, "rcvbuf", BYTES, SCN_ANY_MEDIUM) X(SNDBUF, "sndbuf", BYTES, SCN_ANY_MEDIUM) \
    X(INTAKE, "intake", BYTES, SCN_ANY_MEDIUM) /* how much is taken in beyond what a step can use */ \
    X(NODELAY, "nodelay", SWITCH, SCN_TCP_ONLY) X(KEEPALIVE, "keepalive", SWITCH, SCN_TCP_ONLY) \
    X(QUICKACK, "quickack", SWITCH, SCN_TCP_ONLY) X(LINGER, "linger", TIME, SCN_ANY_MEDIUM) \
    X(BACKLOG, "backlog", COUNT, SCN_ANY_MEDIUM) X(MSS, "mss", COUNT, SCN_TCP_ONLY)

#define SCN_OPTION_ID(id, ...) SCN_SET_##id,
enum scn_option { SCN_OPTIONS(SCN_OPTION_ID) };

// clang-format on

/* --- look-ups ------------------------------------------------------------------------------------------- */

/* All lists, with the name that the grammar gives to each. */
// clang-format off
#define SCN_LISTS(X) \
    X(TRANSPORT, "TRANSPORT") X(LEVEL, "LEVEL") X(OPTION, "OPTION") X(CALL, "CALL") X(ERRNO, "ERRNO") \
    X(NAME_ERROR, "NAME-ERROR") X(RESOURCE, "RESOURCE") X(SIGNAL, "SIGNAL") X(ROLE, "ROLE") X(PROTOCOL, "PROTOCOL") X(GIVEN, "GIVEN") \
    X(COMMON_FACT, "FACT")
#define SCN_LIST_ID(id, word) SCN_LIST_##id,
enum scn_list { SCN_LISTS(SCN_LIST_ID) SCN_LIST_COUNT };
// clang-format on

/* "TRANSPORT" */
const char *scn_list_name(enum scn_list list);

/* The words of a list in the order of its enum (transports without their default); ends with NULL. */
const char *const *scn_list_words(enum scn_list list);

/* The place of `word` in a list, or -1. */
int scn_list_find(enum scn_list list, const char *word);

/* The word as written; NULL for SCN_TRANSPORT_DEFAULT. */
const char *scn_transport_name(enum scn_transport t);

/* "MUST", "SHOULD", "MAY"; "files"; "rcvbuf". */
const char *scn_level_name(enum scn_level level);
const char *scn_resource_name(enum scn_resource resource);
const char *scn_option_name(enum scn_option option);

/* Whether a transport has all of `medium` (bits); SCN_TRANSPORT_DEFAULT has none. */
bool scn_transport_is(enum scn_transport t, unsigned medium);

/* Whether bytes flow as a stream (TCP, unix-stream): cuts anywhere, half-close, resets. */
bool scn_transport_is_stream(enum scn_transport t);

/* What stands behind an option, and which transport it needs. */
enum scn_takes scn_option_takes(enum scn_option option);
enum scn_medium scn_option_medium(enum scn_option option);

/* Whether there is a number in use now (`current+N`), and whether it is of bytes. */
bool scn_resource_is_counted(enum scn_resource resource);
bool scn_resource_is_bytes(enum scn_resource resource);

/* Signal number of "PIPE" or "SIGPIPE"; 0 when `word` is none. */
int scn_signal_number(const char *word);

#endif
