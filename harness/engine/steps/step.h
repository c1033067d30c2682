/*
 * What actors do: the functions that the table of steps is made of, and what they share.
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

/* --- what the rows of steps.c are made of: run, leave, waiting, evidence ---------------------------------------- */

enum step_result step_connect(struct actor *a, const struct scn_step *s);
enum step_result step_accept(struct actor *a, const struct scn_step *s);
enum step_result step_shutdown(struct actor *a, const struct scn_step *s);
enum step_result step_reset(struct actor *a, const struct scn_step *s);
enum step_result step_close(struct actor *a, const struct scn_step *s);
enum step_result step_hold(struct actor *a, const struct scn_step *s);
enum step_result step_send(struct actor *a, const struct scn_step *s);
void step_send_leave(struct actor *a, const struct scn_step *s);
void step_send_waiting(struct actor *a, const struct scn_step *s, struct buf *out);
enum step_result step_expect(struct actor *a, const struct scn_step *s);
void step_expect_leave(struct actor *a, const struct scn_step *s);
void step_expect_evidence(struct actor *a);
void step_expect_waiting(struct actor *a, const struct scn_step *s, struct buf *out);
enum step_result step_reading(struct actor *a, const struct scn_step *s);
enum step_result step_set(struct actor *a, const struct scn_step *s);
enum step_result step_echo(struct actor *a, const struct scn_step *s);
void step_echo_waiting(struct actor *a, const struct scn_step *s, struct buf *out);
enum step_result step_pause(struct actor *a, const struct scn_step *s);
enum step_result step_let(struct actor *a, const struct scn_step *s);
enum step_result step_capture(struct actor *a, const struct scn_step *s);
enum step_result step_signal(struct actor *a, const struct scn_step *s);
enum step_result step_wait(struct actor *a, const struct scn_step *s);
void step_wait_waiting(struct actor *a, const struct scn_step *s, struct buf *out);
enum step_result step_wait_blocked(struct actor *a, const struct scn_step *s);
enum step_result step_wait_accepted(struct actor *a, const struct scn_step *s);
void step_wait_accepted_waiting(struct actor *a, const struct scn_step *s, struct buf *out);
enum step_result step_fault(struct actor *a, const struct scn_step *s);
enum step_result step_limit(struct actor *a, const struct scn_step *s);
enum step_result step_link(struct actor *a, const struct scn_step *s);
enum step_result step_remember(struct actor *a, const struct scn_step *s);
enum step_result step_kill(struct actor *a, const struct scn_step *s);
enum step_result step_state(struct actor *a, const struct scn_step *s);
/* `expect cpu below`, which step_state hands on. */
enum step_result step_state_cpu(struct actor *a, const struct scn_step *s);
void step_state_leave(struct actor *a, const struct scn_step *s);
void step_state_waiting(struct actor *a, const struct scn_step *s, struct buf *out);

#endif
