/*
 * What the parts of the parser share. One pass: what a scenario says is parsed, typed and resolved while it
 * is read; what needs the whole scenario (signals, the order of steps, names of other actors) is checked
 * behind it.
 *
 * Functions that return bool have reported when they return false.
 */
#ifndef SOCKSPEC_SCENARIO_PARSE_H
#define SOCKSPEC_SCENARIO_PARSE_H

#include "scenario/lex.h"
#include "scenario/load.h"

/* More than any scenario with one point to make needs, and small enough that the checks over all pairs stay
 * quick. */
#define ACTORS_MAX     64
#define SIGNALS_MAX    64
#define DATA_NAMES_MAX 256
#define PARAMS_MAX     8
#define COPIES_MAX     100000

/* The places where a number may stand: each has its unit and range (place.c). */
enum place {
    PLACE_COPIES,
    PLACE_REPEAT,
    PLACE_TIMES,
    PLACE_CALLS,
    PLACE_PIECE,
    PLACE_OFFSET,
    PLACE_SIZE,
    PLACE_PAYLOAD,
    PLACE_LENGTH,
    PLACE_BOUND,
    PLACE_OPTION_COUNT,
    PLACE_PORT,
    PLACE_TIME,
    PLACE_RATE,
    PLACE_PERCENT,
    PLACE_COUNT
};

/* A let or capture. */
struct data_name {
    const char *name;
    struct scn_at at;
    size_t actor;
};

/* A name that was used before anything of it was known. */
struct name_use {
    const char *name;
    struct scn_at at;
    size_t actor;
    bool bare; /* not in braces: only a let or a capture can be meant */
};

struct param_state {
    bool used;
    unsigned checked; /* bit of each place whose range all values have been held against */
};

struct parser {
    struct lexer lex;
    struct tok tok;
    const char *file, *source;
    size_t len;
    struct arena *arena;
    struct scn_messages *messages;
    size_t message_base; /* how many there were before this file */
    bool plain;          /* no names are known here (profile, rules): {x} in a string is plain text */

    /* Scenarios only: */
    const struct scn_context *context;
    struct scn_scenario *s;
    struct param_state params[PARAMS_MAX];
    struct data_name *data;
    size_t data_count;
    struct name_use *uses;
    size_t use_count;
    enum scn_actor_kind actor_kind;
    size_t actor; /* index of the one being parsed */
    int depth;
};

/* --- parser.c: tokens and messages ---------------------------------------------------------------------- */

void parser_start(struct parser *p, const char *file, const char *source, size_t len, struct arena *arena,
                  struct scn_messages *messages);

/* Whether this file has had a message. */
bool parser_failed(const struct parser *p);

/* Whether it has had as many as are kept: nothing more needs to be looked for. */
bool parser_full(const struct parser *p);

/* Reports at a place; always false. After 20 messages the rest of the file is not read. */
bool fail_at(struct parser *p, struct scn_at at, const char *hint, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Reports at the current token "expected WHAT, found ..."; always false. */
bool fail_expected(struct parser *p, const char *what, const char *hint);

/* As fail_expected; the hint is the nearest of `words`, else `otherwise` (may be NULL). */
bool fail_expected_near(struct parser *p, const char *what, const char *const *words, size_t count,
                        const char *otherwise);

/* Reports an unknown word ("unknown step 'conect'") with the nearest of the NULL-ended lists (each may be
 * NULL). */
bool fail_unknown(struct parser *p, struct scn_at at, const char *what, const char *word, const char *const *a,
                  const char *const *b);

/* --- habits.c: what other languages write (scn_habit_at): the word for it here, or NULL; a comment of theirs. */
const char *habit_instead(const char *word, size_t len);
bool habit_is_comment(const struct parser *p, const struct tok *t);

/* Takes the next token. A bad one is reported; whoever expects something in its place fails silently. A {name} that is
 * left behind has been used: whoever reads it, and for what, the scenario knows of it (names_use). */
void advance(struct parser *p);

/* Whether the current token ends a step. */
bool at_end_of_step(const struct parser *p);

/* Takes the end of a step; false (reported) when something else stands there. */
bool end_step(struct parser *p);

/* After an error: goes behind the step, blocks that it opens included. */
void recover(struct parser *p);

bool is_word(const struct parser *p, const char *word);
bool accept_word(struct parser *p, const char *word);

/* Takes `word`; `where` is for the message: "after 'stop'". */
bool need_word(struct parser *p, const char *word, const char *where);

/* --- what the scenario says of itself, besides its steps: noted where it is read */

/* It lets so much time pass by design. */
void adds_wait(struct parser *p, const struct scn_number *seconds);

/* It needs this of the machine. */
void uses_mechanism(struct parser *p, enum scn_mechanism_id mechanism);

/* It leaves another subject than it found. */
void changes_subject(struct parser *p);

/* Takes one word of a list. `what`: "transport". Returns its place, or -1 (reported). */
int parse_choice(struct parser *p, const char *what, enum scn_list list);

bool parse_transport(struct parser *p, enum scn_transport *out);

/* MUST, MUST NOT, SHOULD, SHOULD NOT, MAY. */
bool parse_level(struct parser *p, enum scn_level *out);

/* sockspec N: the version of the language, where it stands first in the file. False (reported): one that this program
 * does not read. */
bool parse_version(struct parser *p);

/* The token's text in the arena. */
const char *tok_copy(struct parser *p);

/* --- text.c, place.c, payload.c: texts, numbers, payloads ------------------------------------------------ */

/* A string without names in it, escapes read; `*out` lives in the arena. `what` for
 * the message: "a title". */
bool parse_plain(struct parser *p, const char *what, const char **out);

/* A string with names in it. */
bool parse_text(struct parser *p, const char *what, struct scn_text *out);

/* The bytes of | lines, `end` behind each. */
bool parse_pipes(struct parser *p, const char *end, struct scn_text *out);

/* Whether a token is letters, digits, `_` and `-`, a letter first. */
bool is_identifier(const struct tok *t);

/* An identifier. `what`: "a signal". */
bool parse_name(struct parser *p, const char *what, const char **out, struct scn_at *at);

/* A regex; it has been compiled. `*out` lives in the arena. */
bool parse_regex(struct parser *p, struct scn_regex *out);

/* Whether a number can begin here: a word that begins with a digit, or {name}. */
bool at_number(const struct parser *p);

bool parse_number(struct parser *p, enum place place, struct scn_number *out);

/* Takes `byte` or `bytes` if it stands there. */
void accept_bytes_word(struct parser *p);

/* What a payload may begin with, for messages. */
#define PAYLOAD_HINT "a string, | lines, random N, zeros N, letters N, file \"...\", a name"

/* Whether the current token can begin (or go on with) a payload. */
bool at_payload(struct parser *p);

/* One item, appended. */
bool parse_item(struct parser *p, struct scn_payload *out);

/* One or more items. */
bool parse_payload(struct parser *p, struct scn_payload *out);

/* --- speech.c, reply.c: what is spoken ------------------------------------------------------------------- */

/* speaks PROTOCOL, and replies until /regex/. */
bool parse_speaks(struct parser *p, struct scn_speech *out);
bool parse_replies(struct parser *p, struct scn_speech *out);

/* The | lines of `answers` in a profile. */
bool parse_own_answers(struct parser *p, struct scn_speech *out);

/* A scenario begins with what its profile speaks; copied, since it may outlive it. */
void speech_inherit(struct parser *p, const struct scn_speech *from);

bool parse_on(struct parser *p, struct scn_step *step);
bool parse_answers(struct parser *p, struct scn_step *step);

/* What stands behind `reply` as a match (its conditions left out), and as a payload. */
bool parse_reply(struct parser *p, struct scn_match *m);
bool parse_reply_item(struct parser *p, struct scn_item *item);

/* A step without its end, appended. */
bool parse_lone_step(struct parser *p, struct scn_block *out);

/* --- resolve.c: names ----------------------------------------------------------------------------------- */

/* A use of `name`: notes it where only a fact can give it a value; what is not yet known is asked again by
 * names_finish. Of names in braces `advance` and the reader of texts tell by themselves, so that no place in the
 * language can forget to. */
void names_use(struct parser *p, const char *name, struct scn_at at, bool bare);

/* Words of the language that no let, capture or signal may be named, or a step could be read two ways. */
bool names_is_reserved(const char *word);

/* A let or a capture. */
bool names_define(struct parser *p, const char *name, struct scn_at at);

/* {name} as a number: its known values must read as such. */
bool names_number(struct parser *p, const struct scn_number *n, enum place place);

/* A let or capture of that actor, or NULL. */
const struct data_name *names_data(const struct parser *p, const char *name, size_t actor);

/* --- others.c: `{NAME.what}` of another actor. Whether the name is such a one: its address, known from the beginning,
 * or a let or capture of its own, which must come before: reported where no signal sees to that. */
bool names_of_other(struct parser *p, const struct name_use *use);

/* After all actors. */
void names_finish(struct parser *p);

/* Reads `text` for `place`; false with errno when it is none. */
bool place_read(enum place place, const char *text, double *value);

/* "a time like 250ms, 1s or 2min" */
const char *place_kind(enum place place);
const char *place_form(enum place place);

/* --- head.c, match.c, send.c, steps.c, subject_steps.c, fault.c, link.c ------------------------------------ */

bool parse_head_line(struct parser *p);

bool parse_expect(struct parser *p, struct scn_step *step);
bool parse_send(struct parser *p, struct scn_step *step);
bool parse_within(struct parser *p, struct scn_step *step);
bool parse_fault(struct parser *p, struct scn_step *step);
bool parse_limit(struct parser *p, struct scn_step *step);
bool parse_kill(struct parser *p, struct scn_step *step);
bool parse_state(struct parser *p, struct scn_step *step);
bool parse_link(struct parser *p, struct scn_step *step);

/* Whether a fault of the link begins here: up, down or its word. */
bool at_link(const struct parser *p);

/* "client", ... */
const char *actor_word(enum scn_actor_kind kind);

/* `{ ... }` of the current actor. */
bool parse_block(struct parser *p, struct scn_block *out);

/* --- order.c, flow.c: what needs the whole scenario ------------------------------------------------------ */

/* What a step does to the connection of its actor. */
enum flow_kind {
    FLOW_NONE,   /* nothing, and needs none */
    FLOW_OPENS,  /* there is one from here on */
    FLOW_NEEDS,  /* needs one */
    FLOW_SEND,   /* needs one whose own direction is not shut */
    FLOW_EXPECT, /* needs one, or brings it about, as its matches have it */
    FLOW_SHUTS,  /* needs one, and shuts a direction */
    FLOW_ENDS,   /* it is closed behind it */
    FLOW_REPEAT,
};

/* The row of a step says it (steps.c). */
enum flow_kind step_flow(enum scn_step_kind kind);

/* What a step, a match and a manner need of the transport. */
enum scn_medium step_medium(enum scn_step_kind kind);
enum scn_medium match_medium(enum scn_match_kind kind);

/* "line"; "bytes" where none is written. */
const char *match_word(enum scn_match_kind kind);

/* Signals that nobody sends, waits that form a circle; fills in signals[].senders. */
void check_order(struct parser *p);

/* Steps that come too early, too late or on the wrong transport. */
void check_flow(struct parser *p);

/* What the scenario writes down of repeats and payloads is within the limits of a case. */
void check_size(struct parser *p);

/* The transport of an actor (or a connect), all defaults applied; SCN_TRANSPORT_DEFAULT: not known here. */
enum scn_transport flow_transport(const struct parser *p, enum scn_transport own);

#endif
