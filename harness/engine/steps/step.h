/*
 * What actors do: the table of steps, the functions that it is made of, and what they share.
 *
 * A step runs as types.h says: again and again until it does not answer STEP_WAIT.
 */
#ifndef SOCKSPEC_ENGINE_STEPS_STEP_H
#define SOCKSPEC_ENGINE_STEPS_STEP_H

#include "engine/core/types.h"

/* The next connection of the actor's listener, or NULL (then the actor is woken when one comes). */
struct conn *accept_one(struct actor *a);

/* The connection of a server of datagrams: its bound socket, with no accept. NULL for other actors. */
struct conn *bound_conn(struct actor *a);

/* Whether the client subject has ended with all its processes. */
bool subject_is_gone(const struct case_run *run);

/* Skips the case for the reason that `why` gives, or for `otherwise` where a name in it has no value. */
enum step_result skip_instead(struct actor *a, const struct scn_or_skip *why, const char *otherwise);

/* No progress for so long while the kernel takes no byte counts as blocked. Seconds, times patience. */
#define BLOCKED_S 0.1

/* --- the table of steps --------------------------------------------------------------------------------- */

// clang-format off

/*
 * A row each: RUN(KIND, name) is step_name(), and LEAVE, WAITING, EVIDENCE are step_name_leave() and so on, where there
 * are any (steps.h says what they do). The declarations below are made from it, and the table in steps.c. `repeat` has
 * none: the case runs blocks itself.
 */
#define STEP_ROWS(RUN, LEAVE, WAITING, EVIDENCE) \
    RUN(CONNECT, connect) \
    RUN(ACCEPT, accept) \
    RUN(SEND, send) LEAVE(SEND, send) WAITING(SEND, send) \
    RUN(EXPECT, expect) LEAVE(EXPECT, expect) WAITING(EXPECT, expect) EVIDENCE(EXPECT, expect) \
    RUN(SHUTDOWN, shutdown) \
    RUN(RESET, reset) \
    RUN(CLOSE, close) \
    RUN(HOLD, hold) \
    RUN(STOP_READING, reading) \
    RUN(RESUME_READING, reading) \
    RUN(READ_AT, reading) \
    RUN(SET, set) \
    RUN(ECHO, echo) WAITING(ECHO, echo) \
    RUN(PAUSE, pause) \
    RUN(ON, on) \
    RUN(ANSWERS, answers) \
    RUN(LET, let) \
    RUN(CAPTURE, capture) \
    RUN(SIGNAL, signal) \
    RUN(WAIT, wait) WAITING(WAIT, wait) \
    RUN(WAIT_BLOCKED, wait_blocked) \
    RUN(WAIT_ACCEPTED, wait_accepted) WAITING(WAIT_ACCEPTED, wait_accepted) \
    RUN(FAULT, fault) \
    RUN(LIMIT, limit) \
    RUN(REMEMBER, remember) \
    RUN(KILL, kill) \
    RUN(STATE, state) LEAVE(STATE, state) WAITING(STATE, state) \
    RUN(LINK, link)

#define STEP_RUN(kind, name) enum step_result step_##name(struct actor *a, const struct scn_step *s);
#define STEP_LEAVE(kind, name) void step_##name##_leave(struct actor *a, const struct scn_step *s);
#define STEP_WAITING(kind, name) void step_##name##_waiting(struct actor *a, const struct scn_step *s, struct buf *out);
#define STEP_EVIDENCE(kind, name) void step_##name##_evidence(struct actor *a);
STEP_ROWS(STEP_RUN, STEP_LEAVE, STEP_WAITING, STEP_EVIDENCE)

// clang-format on

/* `expect cpu below`, which step_state hands on. */
enum step_result step_state_cpu(struct actor *a, const struct scn_step *s);
enum step_result step_state_file(struct actor *a, const struct scn_step *s);

/* Whether the regex of the state stands in these bytes; `whole`: whether they are it. */
bool output_matches(struct actor *a, const struct scn_state *st, bool whole, const char *output, size_t len);

#endif
