/* The table of all steps, and those of clients and servers. */
#include "scenario/table.h"

#include <stdlib.h>
#include <string.h>

/* A further port of the subject: it has told which. */
static bool parse_port(struct parser *p, struct scn_number *port)
{
    const struct scn_profile *profile = p->context->profile;
    if (profile && profile->role != SCN_ROLE_SERVER)
        return fail_at(p, p->tok.at, NULL, "a port of the subject's: those of profile %s are no servers",
                       profile->name);
    return parse_number(p, PLACE_PORT, port);
}

static bool parse_connect(struct parser *p, struct scn_step *step)
{
    for (;;) {
        if (accept_word(p, "to")) {
            if (accept_word(p, "port")) {
                if (!parse_port(p, &step->u.connect.port))
                    return false;
            } else if (!parse_name(p, "the name of a server", &step->u.connect.to, NULL))
                return false;
        } else if (accept_word(p, "over")) {
            if (!parse_transport(p, &step->u.connect.transport))
                return false;
        } else {
            return true;
        }
    }
}

static bool parse_close(struct parser *p, struct scn_step *step)
{
    step->u.close_listener = accept_word(p, "listener");
    return true;
}

static bool parse_shutdown(struct parser *p, struct scn_step *step)
{
    static const char *const sides[] = {"read", "write", NULL};
    if (accept_word(p, "read"))
        step->u.shutdown.read = true;
    else if (accept_word(p, "write"))
        step->u.shutdown.write = true;
    else if (p->tok.kind == TOK_WORD)
        return fail_unknown(p, p->tok.at, "side", tok_copy(p), sides, NULL);
    else
        return fail_expected(p, "'read' or 'write'", NULL);
    return true;
}

static bool parse_read(struct parser *p, struct scn_step *step)
{
    return parse_number(p, PLACE_RATE, &step->u.rate);
}

static bool parse_switch(struct parser *p, struct scn_number *out)
{
    *out = (struct scn_number){.set = true, .unit = SCN_UNIT_COUNT, .at = p->tok.at};
    if (accept_word(p, "on") || accept_word(p, "1"))
        out->value = 1;
    else if (!accept_word(p, "off") && !accept_word(p, "0"))
        return fail_expected(p, "'on' or 'off'", NULL);
    return true;
}

static bool parse_set(struct parser *p, struct scn_step *step)
{
    int found = parse_choice(p, "option", SCN_LIST_OPTION);
    if (found < 0)
        return false;
    step->u.set.option = (enum scn_option)found;
    switch (scn_option_takes(step->u.set.option)) {
    case SCN_TAKES_SWITCH:
        return parse_switch(p, &step->u.set.value);
    case SCN_TAKES_BYTES:
        return parse_number(p, PLACE_SIZE, &step->u.set.value);
    case SCN_TAKES_TIME:
        return parse_number(p, PLACE_TIME, &step->u.set.value);
    case SCN_TAKES_COUNT:
        break;
    }
    return parse_number(p, PLACE_OPTION_COUNT, &step->u.set.value);
}

static bool parse_pause(struct parser *p, struct scn_step *step)
{
    if (!parse_number(p, PLACE_TIME, &step->u.pause))
        return false;
    adds_wait(p, &step->u.pause);
    return true;
}

static bool parse_repeat(struct parser *p, struct scn_step *step)
{
    return parse_number(p, PLACE_REPEAT, &step->u.repeat.count) && parse_block(p, &step->u.repeat.body);
}

static bool parse_let(struct parser *p, struct scn_step *step)
{
    struct scn_at at;
    if (!parse_name(p, "a name after 'let'", &step->u.let.name, &at))
        return false;
    if (!need_word(p, "=", "after the name") || !parse_payload(p, &step->u.let.payload))
        return false;
    return names_define(p, step->u.let.name, at);
}

/* [ or skip "REASON" ] */
static bool parse_or_skip(struct parser *p, struct scn_or_skip *out)
{
    if (!accept_word(p, "or"))
        return true;
    out->allowed = true;
    return need_word(p, "skip", "after 'or'") && parse_text(p, "the reason of the skip", &out->reason);
}

static bool parse_capture(struct parser *p, struct scn_step *step)
{
    struct scn_at at;
    if (!parse_name(p, "a name after 'capture'", &step->u.capture.name, &at))
        return false;
    return parse_regex(p, &step->u.capture.regex) && parse_or_skip(p, &step->u.capture.or_skip) &&
           names_define(p, step->u.capture.name, at);
}

static bool signal_index(struct parser *p, const char *name, int *index)
{
    for (size_t i = 0; i < p->s->signal_count; i++) {
        if (strcmp(p->s->signals[i].name, name) == 0) {
            *index = (int)i;
            return true;
        }
    }
    if (p->s->signal_count >= SIGNALS_MAX)
        return fail_at(p, p->tok.at, NULL, "more than %d signals", SIGNALS_MAX);
    *index = (int)p->s->signal_count;
    struct scn_signal *s = arena_push(p->arena, &p->s->signals, &p->s->signal_count, sizeof(*s));
    s->name = name;
    return true;
}

static bool parse_signal(struct parser *p, struct scn_step *step)
{
    if (is_word(p, "peer"))
        return fail_at(p, p->tok.at, "choose another name", "'peer' cannot name a signal: 'wait peer' has a meaning");
    return parse_name(p, "the name of a signal", &step->u.signal.name, NULL) &&
           signal_index(p, step->u.signal.name, &step->u.signal.index);
}

static bool parse_wait(struct parser *p, struct scn_step *step)
{
    return parse_signal(p, step) && parse_within(p, step) && parse_or_skip(p, &step->u.signal.or_skip);
}

/* --- the table ------------------------------------------------------------------------------------------ */

#define C (1u << SCN_CLIENT)
#define S (1u << SCN_SERVER)
#define B (1u << SCN_SUBJECT)
#define L (1u << SCN_LINK_ACTOR)

static const struct step_row STEPS[] = {
    {"connect", "connect [to SERVER | to port N] [over TRANSPORT] [within T]",
     "opens a connection to the subject, to a server actor, or to another port of the subject, which it has told",
     "connect within 1s", SCN_STEP_CONNECT, C, true, FLOW_OPENS, SCN_ANY_MEDIUM, parse_connect},
    {"accept", "accept [within T]", "takes the next connection; a datagram server has none", "accept", SCN_STEP_ACCEPT,
     S, true, FLOW_OPENS, SCN_ANY_MEDIUM, NULL},
    {"send", "send PAYLOAD [MANNER...] [within T]", "sends bytes; payload and manner come in any order",
     "send \"GET \" in 1 byte pieces", SCN_STEP_SEND, C | S, true, FLOW_SEND, SCN_ANY_MEDIUM, parse_send},
    {"expect", "expect MATCH [or MATCH...] [within T]",
     "what must come next: the first complete in stream order, the longest on a tie",
     "expect \"OK\\r\\n\" or close within 2s", SCN_STEP_EXPECT, C | S, true, FLOW_EXPECT, SCN_ANY_MEDIUM, parse_expect},
    {"shutdown", "shutdown read|write", "closes one direction", "shutdown write", SCN_STEP_SHUTDOWN, C | S, false,
     FLOW_SHUTS, SCN_CONNECTIONS, parse_shutdown},
    {"reset", "reset", "breaks the connection with a real RST (tcp)", "reset", SCN_STEP_RESET, C | S, false, FLOW_ENDS,
     SCN_TCP_ONLY, NULL},
    {"close", "close [listener]",
     "closes the connection; `close listener`, or a server without a connection, the listening socket", "close",
     SCN_STEP_CLOSE, C | S, false, FLOW_ENDS, SCN_ANY_MEDIUM, parse_close},
    {"hold", "hold", "keeps all open and idle until every other actor has ended", "hold", SCN_STEP_HOLD, C | S, false,
     FLOW_NONE, SCN_ANY_MEDIUM, NULL},
    {"stop reading", "stop reading", "takes nothing more in, so that the kernel pushes back", "stop reading",
     SCN_STEP_STOP_READING, C | S, false, FLOW_NONE, SCN_ANY_MEDIUM, NULL},
    {"resume reading", "resume reading", "ends `stop reading` and `read at`", "resume reading", SCN_STEP_RESUME_READING,
     C | S, false, FLOW_NONE, SCN_ANY_MEDIUM, NULL},
    {"read at", "read at RATE", "takes bytes in no faster than this", "read at 10KB/s", SCN_STEP_READ_AT, C | S, false,
     FLOW_NONE, SCN_ANY_MEDIUM, parse_read},
    {"set", "set OPTION N | on | off | T",
     "a socket option; `intake` is how much is taken in beyond what a step can use (64 KiB); OPTION is" SCN_OPTIONS(
         SCN_WORD_TEXT),
     "set rcvbuf 4KiB", SCN_STEP_SET, C | S, false, FLOW_NONE, SCN_ANY_MEDIUM, parse_set},
    {"echo until close", "echo until close [within T]", "sends back what comes, until the peer closes",
     "echo until close", SCN_STEP_ECHO, C | S, true, FLOW_NEEDS, SCN_CONNECTIONS, NULL},
    {"capture", "capture NAME /REGEX/ [or skip \"REASON\"]",
     "names a part of what came in, of a message its head and the first MiB of its content: group 1, or the whole "
     "match",
     "capture tag /\\r\\nETag: *(.*)\\r\\n/ or skip \"it has no ETag\"", SCN_STEP_CAPTURE, C | S, false, FLOW_NEEDS,
     SCN_ANY_MEDIUM, parse_capture},
    {"on", "on /REGEX/ STEP | { STEPS }",
     "from here on: what a played server answers a command that no step asks for; the last one that matches counts",
     "on /(?i)^FEAT/ send \"502 no\\r\\n\"", SCN_STEP_ON, S, false, FLOW_NONE, SCN_STREAM, parse_on},
    {"answers", "answers", "from here on: the same for all commands that the table of what is spoken has", "answers",
     SCN_STEP_ANSWERS, S, false, FLOW_NONE, SCN_STREAM, parse_answers},
    {"wait peer blocked", "wait peer blocked [within T]",
     "until the peer is stuck in sending: it has bytes for us that we do not take", "wait peer blocked",
     SCN_STEP_WAIT_BLOCKED, C | S, true, FLOW_NEEDS, SCN_ANY_MEDIUM, NULL},
    {"wait peer accepted", "wait peer accepted [within T]", "until accept() has returned this connection to the peer",
     "wait peer accepted", SCN_STEP_WAIT_ACCEPTED, C | S, true, FLOW_NEEDS, SCN_ANY_MEDIUM, NULL},
    {"let", "let NAME = PAYLOAD", "names bytes, for this actor", "let data = random 64KiB", SCN_STEP_LET, C | S | B,
     false, FLOW_NONE, SCN_ANY_MEDIUM, parse_let},
    {"repeat", "repeat N { STEPS }", "does the steps N times", "repeat 3 { send \"x\" ; expect \"x\" }",
     SCN_STEP_REPEAT, C | S | B, false, FLOW_REPEAT, SCN_ANY_MEDIUM, parse_repeat},
    {"signal", "signal NAME", "tells other actors; it stays up, and stands when all copies have sent it",
     "signal ready", SCN_STEP_SIGNAL, C | S | B | L, false, FLOW_NONE, SCN_ANY_MEDIUM, parse_signal},
    {"wait", "wait NAME [within T] [or skip \"REASON\"]",
     "until the signal stands; one's own is a barrier between copies", "wait ready within 3s or skip \"nobody came\"",
     SCN_STEP_WAIT, C | S | B | L, true, FLOW_NONE, SCN_ANY_MEDIUM, parse_wait},
    {"pause", "pause T", "waits; only where time itself is the point", "pause 20ms", SCN_STEP_PAUSE, C | S | B | L,
     false, FLOW_NONE, SCN_ANY_MEDIUM, parse_pause},
    {"fault", "fault CALL EFFECT [CONDITION...]",
     "makes the subject's own system calls fail; CALL is" SCN_CALLS(SCN_WORD_TEXT),
     "fault recv error EINTR every 3 times 10", SCN_STEP_FAULT, B, false, FLOW_NONE, SCN_ANY_MEDIUM, parse_fault},
    {"limit", "limit RESOURCE N | current+N",
     "a limit on all processes of the subject; `ports`: so many source ports remain (clients); `backlog`: of its "
     "listening sockets (servers); RESOURCE is" SCN_RESOURCES(SCN_WORD_TEXT),
     "limit files current+8", SCN_STEP_LIMIT, B, false, FLOW_NONE, SCN_ANY_MEDIUM, parse_limit},
    {"remember files", "remember files", "the count that `files unchanged` compares with", "remember files",
     SCN_STEP_REMEMBER, B, false, FLOW_NONE, SCN_ANY_MEDIUM, NULL},
    {"kill", "kill SIGNAL", "sends a signal to the subject", "kill TERM", SCN_STEP_KILL, B, false, FLOW_NONE,
     SCN_ANY_MEDIUM, parse_kill},
    {"expect", NULL, NULL, NULL, SCN_STEP_STATE, B, true, FLOW_NONE, SCN_ANY_MEDIUM, parse_state},
};

static bool is_own_step(const struct parser *p, const void *row)
{
    return ((const struct step_row *)row)->actors & (1u << p->actor_kind);
}

static const char *step_where(const void *row)
{
    switch (((const struct step_row *)row)->actors) {
    case C:
        return "client";
    case S:
        return "server";
    case C | S:
        return "client, server";
    case C | S | B:
        return "client, server, subject";
    case B:
        return "subject";
    case L:
        return "link";
    }
    return "any actor";
}

const struct table steps_table = {.what = "step", .where_of = step_where, .fits = is_own_step, TABLE_ROWS(STEPS)};

static const struct step_row *row_of(enum scn_step_kind kind)
{
    for (size_t i = 0; i < sizeof(STEPS) / sizeof(*STEPS); i++) {
        if (STEPS[i].kind == kind)
            return &STEPS[i];
    }
    return NULL; /* a fault of the link */
}

const char *scn_step_name(enum scn_step_kind kind)
{
    const struct step_row *row = row_of(kind);
    return row ? row->word : "link";
}

enum flow_kind step_flow(enum scn_step_kind kind)
{
    const struct step_row *row = row_of(kind);
    return row ? row->flow : FLOW_NONE;
}

enum scn_medium step_medium(enum scn_step_kind kind)
{
    const struct step_row *row = row_of(kind);
    return row ? row->medium : SCN_ANY_MEDIUM;
}
