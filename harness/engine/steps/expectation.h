/*
 * The state of one `expect`, shared by the step and by what it says when it fails.
 */
#ifndef SOCKSPEC_ENGINE_EXPECTATION_H
#define SOCKSPEC_ENGINE_EXPECTATION_H

#include "engine/core/conn.h"
#include "engine/core/values.h"
#include "engine/steps/message.h"

struct alternative {
    const struct scn_match *m;
    enum match_status status;
    struct bytes *wanted; /* BYTES, LINE "text" */
    size_t taken;         /* of `wanted` or of a count: compared and gone from c->in */
    size_t number;        /* COUNT */
    struct message_match *message;
    struct spoken *spoken; /* REPLY, TEXT, LINES */
    size_t end;            /* YES: bytes of c->in that belong to it */
    struct buf why;        /* NO */
    bool cut;              /* NO, and only because an end came before the rest... */
    bool cut_by_reset;     /* ...which was a RST */
};

struct expectation {
    struct alternative *alternatives;
    size_t count;
    struct spoken *commands; /* reads commands; NULL: they are not read here */
    bool nothing_timer;
    struct conn *control; /* a second connection, to learn how long an idle one is kept open; or NULL */
    bool control_asked;
    bool unaccepted; /* `nothing for T` would hold, but for this */
};

/* Fails the case: all alternatives have said no. Returns STEP_FAILED. */
enum step_result expectation_fail(struct actor *a, struct conn *c);

#endif
