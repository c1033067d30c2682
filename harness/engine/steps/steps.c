/*
 * The table of steps: a new one is one row here, one function in a file of its family, and one row in the language's
 * own table.
 */
#include "engine/core/internal.h"

static enum step_result step_unsupported(struct actor *a, const struct scn_step *s)
{
    return case_error(a->run, a, "'%s' is not carried out by this build", scn_step_name(s->kind));
}

static const struct step_ops table[SCN_STEP_COUNT] = {
    [SCN_STEP_CONNECT] = {step_connect, NULL, NULL},
    [SCN_STEP_ACCEPT] = {step_accept, NULL, NULL},
    [SCN_STEP_SEND] = {step_send, step_send_leave, step_send_waiting},
    [SCN_STEP_EXPECT] = {step_expect, step_expect_leave, step_expect_waiting},
    [SCN_STEP_SHUTDOWN] = {step_shutdown, NULL, NULL},
    [SCN_STEP_RESET] = {step_reset, NULL, NULL},
    [SCN_STEP_CLOSE] = {step_close, NULL, NULL},
    [SCN_STEP_HOLD] = {step_hold, NULL, NULL},
    [SCN_STEP_STOP_READING] = {step_reading, NULL, NULL},
    [SCN_STEP_RESUME_READING] = {step_reading, NULL, NULL},
    [SCN_STEP_READ_AT] = {step_reading, NULL, NULL},
    [SCN_STEP_SET] = {step_set, NULL, NULL},
    [SCN_STEP_ECHO] = {step_echo, NULL, step_echo_waiting},
    [SCN_STEP_PAUSE] = {step_pause, NULL, NULL},
    [SCN_STEP_REPEAT] = {step_unsupported, NULL, NULL}, /* case.c runs blocks itself */
    [SCN_STEP_LET] = {step_let, NULL, NULL},
    [SCN_STEP_CAPTURE] = {step_capture, NULL, NULL},
    [SCN_STEP_SIGNAL] = {step_signal, NULL, NULL},
    [SCN_STEP_WAIT] = {step_wait, NULL, step_wait_waiting},
    [SCN_STEP_WAIT_BLOCKED] = {step_wait_blocked, NULL, NULL},
    [SCN_STEP_WAIT_ACCEPTED] = {step_wait_accepted, NULL, step_wait_accepted_waiting},
    [SCN_STEP_FAULT] = {step_fault, NULL, NULL},
    [SCN_STEP_LIMIT] = {step_limit, NULL, NULL},
    [SCN_STEP_REMEMBER] = {step_remember, NULL, NULL},
    [SCN_STEP_KILL] = {step_kill, NULL, NULL},
    [SCN_STEP_STATE] = {step_state, step_state_leave, step_state_waiting},
    [SCN_STEP_LINK] = {step_link, NULL, NULL},
};

const struct step_ops *step_ops(enum scn_step_kind kind)
{
    return &table[kind];
}
