/*
 * What is expected: of a connection (matches and their conditions) and of the subject itself (states).
 */
#ifndef SOCKSPEC_SCENARIO_MATCH_H
#define SOCKSPEC_SCENARIO_MATCH_H

#include "scenario/value.h"

/* --- what must come back -------------------------------------------------------------------------------- */

enum scn_match_kind {
    SCN_MATCH_BYTES,    /* payload: exactly these bytes next (a datagram: exactly this one) */
    SCN_MATCH_LINE,     /* line /regex/ or line "text": up to LF, compared without LF or CR LF */
    SCN_MATCH_COUNT,    /* N bytes, whatever they are */
    SCN_MATCH_UNTIL,    /* bytes until close: all that comes before the peer's FIN */
    SCN_MATCH_RESPONSE, /* response 200 | 4xx | any [with ...] [to METHOD] */
    SCN_MATCH_REQUEST,  /* request METHOD|any ["/path"|/regex/] [with ...] [on any connection] */
    SCN_MATCH_CLOSE,    /* the peer's FIN, with nothing before it */
    SCN_MATCH_RESET,    /* the peer's RST */
    SCN_MATCH_NOTHING,  /* nothing for T: no byte, no FIN, no RST */
    SCN_MATCH_REFUSED,  /* the last connect was refused */
    SCN_MATCH_REGEX,    /* /regex/ [at most N]: bytes from the next one on (a datagram: all of it) */
    SCN_MATCH_LINES,    /* lines /regex/ until /regex/ */
    SCN_MATCH_REPLY,    /* reply 250 | 2xx | any | +OK | OK to TAG [with ...]: as `speaks` has it */
    SCN_MATCH_TEXT,     /* text [PAYLOAD | /regex/]: up to the line of one period, unstuffed */
    SCN_MATCH_COMMAND,  /* command /regex/: others are answered, where there is an answer */
};

enum scn_with_kind {
    SCN_WITH_HEADER,
    SCN_WITHOUT_HEADER,
    SCN_WITH_BODY,
    SCN_WITH_BODY_LENGTH,
    SCN_WITH_VERSION,
    SCN_WITH_VALID, /* with valid head: not one deviation from the grammar in start line, fields and framing */
    SCN_WITH_CUT,   /* with cut body: the end of the stream comes before that of the body */
    SCN_WITH_LINE,  /* of replies: a line of it, without its code */
    SCN_WITH_LITERAL,
    SCN_WITH_TEXT,        /* behind the reply, up to the line of one period */
    SCN_WITH_VALID_LINES, /* its lines deviate from the grammar nowhere */
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
    struct scn_payload payload;  /* BYTES, LINE "text", TEXT, REPLY "text" of a protocol of one's own */
    struct scn_regex regex;      /* LINE, REQUEST, REGEX, LINES, TEXT, COMMAND, REPLY */
    struct scn_regex until;      /* LINES: the last one */
    struct scn_number number;    /* COUNT bytes, NOTHING seconds, REGEX bytes at most */
    const char *word;            /* REPLY: +OK, -ERR, OK, NO, BAD, BYE, PREAUTH; NULL: a number, or any */
    struct scn_text tag;         /* REPLY ... to TAG; count 0: none was written */
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
    SCN_STATE_FILE,            /* file "PATH" is|has|lacks PAYLOAD | /regex/ */
};

/* Exit statuses that stand for several. */
#define SCN_EXIT_NONZERO (-1)
#define SCN_EXIT_ANY     (-2)

struct scn_state {
    enum scn_state_kind kind;
    int exit_status;      /* EXIT: 0..255, or SCN_EXIT_... */
    bool or_output;       /* EXIT: with another status it is right too where the output is or has what stands below */
    bool whole;           /* the output (or file) is it; else it has it */
    bool lacks;           /* FILE: nor has it */
    bool in_root;         /* FILE: below {root}; else below {dir} */
    struct scn_text path; /* FILE: from there on */
    int signal;           /* KILLED: its number */
    struct scn_payload payload;
    struct scn_regex regex;
    struct scn_number number;   /* MEMORY bytes, CPU percent */
    struct scn_number duration; /* CPU: for T */
};

#endif
