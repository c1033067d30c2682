/*
 * A scenario as checked data: what the lexer, parser and checker make of a .scn file and the engine runs.
 *
 * Everything here lives in the scenario's arena and is read-only once scn_load has returned. No sockets, no
 * processes: this folder is pure.
 */
#ifndef SOCKSPEC_SCENARIO_SCENARIO_H
#define SOCKSPEC_SCENARIO_SCENARIO_H

#include "base/mem.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Most cases that the parameters of one scenario may multiply to (design: 1,000 at most). */
#define SCN_CASES_MAX 1000

/* A place in the source; line and column count from 1, `len` is the width to underline (at least 1). */
struct scn_at {
    int line, col, len;
};

/* --- values --------------------------------------------------------------------------------------------- */

/* Text with names in it: "GET {path}" is BYTES "GET ", NAME "path". A name is a fact, a parameter, a let, a
 * capture, or a value that the engine puts in ({host}, {port}, {url}, {socket}, {NAME.port} of a server). */
enum scn_part_kind { SCN_PART_BYTES, SCN_PART_NAME };

struct scn_part {
    enum scn_part_kind kind;
    const char *bytes; /* the bytes, or the name; NUL-terminated, may hold NULs */
    size_t len;
    struct scn_at at;
};

struct scn_text {
    struct scn_part *parts;
    size_t count;
};

enum scn_unit {
    SCN_UNIT_COUNT,   /* a plain number */
    SCN_UNIT_BYTES,   /* 5MB = 5,000,000; 64KiB = 65,536; a plain number is bytes too */
    SCN_UNIT_TIME,    /* seconds: 1s, 250ms, 20us, 2min */
    SCN_UNIT_PERCENT, /* 0 .. 100: 50% */
    SCN_UNIT_RATE,    /* bytes a second: 10KB/s */
};

/* A number as written, or the name that stands for it ({size}). `set` is false where none was written. */
struct scn_number {
    bool set;
    bool above_current; /* `current+N`: N above what is in use (limit files) */
    double value;       /* in the base unit of `unit`: bytes, seconds, percent, bytes a second */
    enum scn_unit unit; /* what the place wants */
    const char *name;   /* a parameter or fact whose text is read as such a number, or NULL */
    struct scn_at at;
};

enum scn_item_kind {
    SCN_ITEM_TEXT,    /* "..." or | lines */
    SCN_ITEM_RANDOM,  /* random N: seeded bytes */
    SCN_ITEM_ZEROS,   /* zeros N */
    SCN_ITEM_LETTERS, /* letters N: a to z again and again, which text programs take too */
    SCN_ITEM_FILE,    /* file "path", relative to the scenario's folder */
    SCN_ITEM_NAME,    /* what a let or a capture has named */
};

struct scn_item {
    enum scn_item_kind kind;
    struct scn_text text;   /* TEXT, FILE */
    struct scn_number size; /* RANDOM, ZEROS, LETTERS */
    const char *name;       /* NAME */
    struct scn_at at;
};

/* One item after the other. */
struct scn_payload {
    struct scn_item *items;
    size_t count;
};

struct scn_regex {
    const char *pattern; /* PCRE2, compiled once by the checker for errors; NULL where none was written */
    size_t len;
    struct scn_at at;
};

/* ... or skip "REASON": the case is skipped where the step has nothing to go on with. */
struct scn_or_skip {
    bool allowed;
    struct scn_text reason;
};

/* --- transports ----------------------------------------------------------------------------------------- */

enum scn_transport {
    SCN_TRANSPORT_DEFAULT, /* the scenario's, else the profile's, else tcp */
    SCN_TCP,
    SCN_TCP6,
    SCN_UDP,
    SCN_UDP6,
    SCN_UNIX_STREAM,
    SCN_UNIX_DGRAM,
    SCN_UNIX_SEQPACKET,
    SCN_TRANSPORT_COUNT
};

/* "tcp", "unix-stream", ...; NULL for SCN_TRANSPORT_DEFAULT. */
const char *scn_transport_name(enum scn_transport t);

/* Whether bytes flow as a stream (TCP, unix-stream): cuts anywhere, half-close, resets. */
bool scn_transport_is_stream(enum scn_transport t);

/* --- what must come back -------------------------------------------------------------------------------- */

enum scn_match_kind {
    SCN_MATCH_BYTES,    /* payload: exactly these bytes next (a datagram: exactly this one) */
    SCN_MATCH_LINE,     /* line /regex/ or line "text": up to LF, compared without LF or CR LF */
    SCN_MATCH_COUNT,    /* N bytes, whatever they are */
    SCN_MATCH_RESPONSE, /* response 200 | 4xx | any [with ...] [to METHOD] */
    SCN_MATCH_REQUEST,  /* request METHOD|any ["/path"|/regex/] [with ...] [on any connection] */
    SCN_MATCH_CLOSE,    /* the peer's FIN, with nothing before it */
    SCN_MATCH_RESET,    /* the peer's RST */
    SCN_MATCH_NOTHING,  /* nothing for T: no byte, no FIN, no RST */
    SCN_MATCH_REFUSED,  /* the last connect was refused */
};

enum scn_with_kind {
    SCN_WITH_HEADER,
    SCN_WITHOUT_HEADER,
    SCN_WITH_BODY,
    SCN_WITH_BODY_LENGTH,
    SCN_WITH_VERSION,
    SCN_WITH_VALID, /* with valid head: not one deviation from the grammar in start line, fields and framing */
    SCN_WITH_CUT,   /* with cut body: the end of the stream comes before that of the body */
};

/* A condition on a message: with header "Name" ["value" | /regex/], without header "Name", with body PAYLOAD |
 * /regex/ | N bytes, with version "1.1", with valid head, with cut body. `body ""` asks for an empty one. */
struct scn_with {
    enum scn_with_kind kind;
    struct scn_text name;       /* of the header field */
    bool has_value;             /* `payload` is the value or body wanted */
    struct scn_payload payload; /* value, body, or version */
    struct scn_regex regex;
    struct scn_number length; /* BODY_LENGTH */
    struct scn_at at;
};

struct scn_match {
    enum scn_match_kind kind;
    struct scn_payload payload;  /* BYTES, LINE "text" */
    struct scn_regex regex;      /* LINE, REQUEST */
    struct scn_number number;    /* COUNT bytes, NOTHING seconds */
    int status_low, status_high; /* RESPONSE: 200..200, 400..499, 100..599 */
    const char *method;          /* REQUEST, RESPONSE to METHOD; NULL: any, the oldest unanswered request */
    struct scn_text path;        /* REQUEST; count 0: any */
    bool any_connection;         /* REQUEST ... on any connection: accepts further connections if need be */
    struct scn_with *withs;
    size_t with_count;
    struct scn_at at;
};

/* Joined by `or`: the first complete in stream order, the longest on a tie. */
struct scn_expect {
    struct scn_match *alternatives;
    size_t count;
};

/* What is expected of the subject itself. */
enum scn_state_kind {
    SCN_STATE_ALIVE,
    SCN_STATE_EXIT,            /* exit 0 | nonzero | any | N [or output is|has ...] */
    SCN_STATE_KILLED,          /* killed by SIGPIPE */
    SCN_STATE_OUTPUT_IS,       /* output is PAYLOAD | /regex/: stdout so far, whole */
    SCN_STATE_OUTPUT_HAS,      /* output has PAYLOAD | /regex/: somewhere in stdout or stderr */
    SCN_STATE_FILES_UNCHANGED, /* as many descriptors as when the case began or `remember files` was run */
    SCN_STATE_MEMORY_BELOW,    /* peak resident growth since the case began */
    SCN_STATE_CPU_BELOW,       /* cpu below P for T: of one core */
    SCN_STATE_CHILDREN_NONE,   /* no child process left, zombies included */
};

/* Exit statuses that stand for several. */
#define SCN_EXIT_NONZERO (-1)
#define SCN_EXIT_ANY     (-2)

struct scn_state {
    enum scn_state_kind kind;
    int exit_status; /* EXIT: 0..255, or SCN_EXIT_... */
    bool or_output;  /* EXIT: with another status it is right too where the output is or has what stands below */
    bool whole;      /* the output is it; else it has it */
    int signal;      /* KILLED: its number */
    struct scn_payload payload;
    struct scn_regex regex;
    struct scn_number number;   /* MEMORY bytes, CPU percent */
    struct scn_number duration; /* CPU: for T */
};

/* --- how bytes leave ------------------------------------------------------------------------------------ */

enum scn_cut {
    SCN_CUT_NONE,       /* nothing said: --delivery decides */
    SCN_CUT_PIECES,     /* in N byte pieces */
    SCN_CUT_AT,         /* split at N (one or more offsets; a negative one counts from the end) */
    SCN_CUT_EVERYWHERE, /* split everywhere: the case runs again for every cut */
};

struct scn_manner {
    enum scn_cut cut;
    struct scn_number piece;    /* PIECES */
    struct scn_number *offsets; /* AT */
    size_t offset_count;
    struct scn_number every; /* every T: pause between pieces */
    struct scn_number rate;  /* at RATE */
    bool until_blocked;      /* again and again until the kernel takes no more */
    bool urgent;             /* MSG_OOB for the last byte */
    bool held;               /* MSG_MORE: leaves with what comes next */
    bool other_port;         /* from other port: a datagram from a fresh socket */
};

/* --- faults and links (carried out by a later issue; parsed and checked now) ---------------------------- */

/* `fault CALL EFFECT CONDITION...` as words and numbers, checked against the tables of calls, effects, conditions. */
struct scn_fault {
    const char *call;         /* send recv accept connect socket bind listen poll close shutdown setsockopt names */
    const char *effect;       /* short error delay */
    const char *errno_name;   /* error EINTR */
    struct scn_number amount; /* short N (bytes), delay T (seconds) */
    struct scn_number every, times, after_calls, after_bytes, probability;
    const char *actor; /* on connections from ACTOR */
    bool on_listener;  /* on the listening socket */
};

enum scn_link_kind {
    SCN_LINK_DELAY,
    SCN_LINK_JITTER,
    SCN_LINK_SLICE,
    SCN_LINK_RATE,
    SCN_LINK_RESET,  /* reset after N bytes */
    SCN_LINK_CLOSE,  /* close after N bytes */
    SCN_LINK_SILENT, /* silent after N bytes */
    SCN_LINK_LOSS,   /* packets, from here on */
    SCN_LINK_REORDER,
    SCN_LINK_DUPLICATE,
};

/* Whether the fault is one of packets, which makes the whole link one of packets. */
bool scn_link_is_of_packets(enum scn_link_kind kind);

struct scn_link {
    enum scn_link_kind kind;
    bool up, down; /* up: client to server. Neither word written: both */
    struct scn_number amount;
    struct scn_number connection; /* on connection N, from 1; unset: every one */
};

/* --- steps ---------------------------------------------------------------------------------------------- */

enum scn_step_kind {
    SCN_STEP_CONNECT,
    SCN_STEP_ACCEPT,
    SCN_STEP_SEND,
    SCN_STEP_EXPECT,
    SCN_STEP_SHUTDOWN,
    SCN_STEP_RESET,
    SCN_STEP_CLOSE,
    SCN_STEP_HOLD,
    SCN_STEP_STOP_READING,
    SCN_STEP_RESUME_READING,
    SCN_STEP_READ_AT,
    SCN_STEP_SET,
    SCN_STEP_ECHO,
    SCN_STEP_PAUSE,
    SCN_STEP_REPEAT,
    SCN_STEP_LET,
    SCN_STEP_CAPTURE,
    SCN_STEP_SIGNAL,
    SCN_STEP_WAIT,
    SCN_STEP_WAIT_BLOCKED,  /* wait peer blocked: it has bytes for us that we do not take */
    SCN_STEP_WAIT_ACCEPTED, /* wait peer accepted: accept() has returned the connection to it */
    SCN_STEP_FAULT,
    SCN_STEP_LIMIT,
    SCN_STEP_REMEMBER, /* remember files: the count that `files unchanged` compares with */
    SCN_STEP_KILL,     /* kill SIGNAL: sends it to the subject's main process */
    SCN_STEP_STATE,    /* subject: expect alive, exit, ... */
    SCN_STEP_LINK,
    SCN_STEP_COUNT
};

enum scn_actor_kind { SCN_CLIENT, SCN_SERVER, SCN_SUBJECT, SCN_LINK_ACTOR };

struct scn_step;

struct scn_block {
    struct scn_step *steps;
    size_t count;
};

struct scn_step {
    enum scn_step_kind kind;
    struct scn_at at;
    struct scn_number within; /* within T: seconds; unset: the scenario's timeout */
    union {
        struct {
            const char *to;               /* a server actor's name, or NULL: the subject, else the only server */
            enum scn_transport transport; /* connect over tcp6 */
        } connect;
        struct {
            struct scn_payload payload;
            struct scn_manner manner;
        } send;
        struct scn_expect expect;
        struct {
            bool read, write;
        } shutdown;
        bool close_listener;    /* CLOSE: not the connection */
        struct scn_number rate; /* READ_AT: bytes a second */
        struct {
            const char *option; /* rcvbuf sndbuf nodelay keepalive linger intake ... (scn_option_names) */
            struct scn_number value;
        } set;
        struct scn_number pause; /* PAUSE: seconds */
        struct {
            struct scn_number count;
            struct scn_block body;
        } repeat;
        struct {
            const char *name;
            struct scn_payload payload;
        } let;
        struct {
            const char *name;
            struct scn_regex regex; /* group 1, or the whole match where there is none */
            struct scn_or_skip or_skip;
        } capture;
        struct {
            int index; /* in scn_scenario.signals */
            const char *name;
            struct scn_or_skip or_skip; /* WAIT */
        } signal;                       /* SIGNAL and WAIT */
        struct scn_fault fault;
        struct {
            const char *resource; /* files memory processes stack ports backlog */
            struct scn_number value;
        } limit;
        int kill; /* KILL: signal number */
        struct scn_state state;
        struct scn_link link;
    } u;
};

struct scn_actor {
    enum scn_actor_kind kind;
    const char *name;             /* as written, else "client", "server", "subject", "link" */
    struct scn_number count;      /* copies; unset: 1 */
    enum scn_transport transport; /* server NAME over udp { ... } */
    struct scn_block body;
    struct scn_at at;
};

/* --- the head ------------------------------------------------------------------------------------------- */

enum scn_level { SCN_MAY, SCN_SHOULD, SCN_MUST };

/* "MUST", "SHOULD", "MAY". */
const char *scn_level_name(enum scn_level level);

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
 * that has any value; needs ptrace: a mechanism of this machine. */
struct scn_need {
    const char *name;
    const char *word; /* or NULL */
    double number;    /* meaningful when has_number */
    bool has_number;
    struct scn_at at;
};

struct scn_signal {
    const char *name;
    int senders; /* copies that must send it before it stands: one per sending actor's copy; 0: a {name} says how many
                  */
};

struct scn_scenario {
    const char *name;    /* http-server/request-in-single-bytes */
    const char *profile; /* http-server */
    const char *file;    /* as given to scn_load: for messages */
    const char *title;
    struct scn_rule_ref rule;
    const char *why;
    enum scn_transport transport;
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
    const char *source;     /* the whole text, for reports */
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

/*
 * Reads text as a number in the given unit ("5MB", "250ms", "50%", "10KB/s", "17"). Returns 0, or -1 when it is
 * none (EINVAL) or out of range (ERANGE; bytes below 2^53, times below a day).
 */
int scn_number_parse(const char *text, enum scn_unit unit, double *value);

#endif
