/*
 * The steps of an actor.
 */
#ifndef SOCKSPEC_SCENARIO_STEP_H
#define SOCKSPEC_SCENARIO_STEP_H

#include "scenario/fault.h"
#include "scenario/match.h"

/* --- how bytes leave ------------------------------------------------------------------------------------ */

enum scn_cut {
    SCN_CUT_NONE,       /* nothing said: --delivery decides */
    SCN_CUT_PIECES,     /* in N byte pieces */
    SCN_CUT_AT,         /* split at N (one or more offsets; a negative one counts from the end) */
    SCN_CUT_EVERYWHERE, /* split everywhere: the case runs again for every cut */
};

/* From where a datagram leaves: the actor's own socket, a fresh one, or one with the same port at another address of
 * loopback. */
enum scn_from { SCN_FROM_OWN, SCN_FROM_OTHER_PORT, SCN_FROM_OTHER_ADDRESS };

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
    enum scn_from from;      /* a datagram from another socket than the actor's */
};

/* --- steps ---------------------------------------------------------------------------------------------- */

/* A new step: a kind here (and what it holds, below), its row and function in the parser (steps.c, subject_steps.c),
 * its row and its function in the engine (engine/steps/step.h). */
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
    SCN_STEP_ON,       /* on /regex/ { ... }: what a command is answered with that no step asks for */
    SCN_STEP_ANSWERS,  /* answers: the table of what is spoken */
    SCN_STEP_LINK,
    SCN_STEP_COUNT
};

/* The name of a step's kind as written: "connect", "stop reading". */
const char *scn_step_name(enum scn_step_kind kind);

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
            struct scn_number port;       /* to port N: of the subject, besides its own */
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
            enum scn_option option;
            struct scn_number value; /* a switch: 0 or 1 */
        } set;
        struct scn_number pause; /* PAUSE: seconds */
        struct {
            struct scn_number count;
            struct scn_block body;
        } repeat;
        struct {
            struct scn_regex regex; /* ON */
            struct scn_block body;  /* its steps; ANSWERS: `on` steps */
        } on;
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
            enum scn_resource resource;
            struct scn_number value;
        } limit;
        int kill; /* KILL: signal number */
        struct scn_state state;
        struct scn_link link;
    } u;
};

#endif
