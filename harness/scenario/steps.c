/* The steps of clients and servers, and the table of all steps. */
#include "scenario/names.h"
#include "scenario/parse.h"

#include <stdlib.h>
#include <string.h>

static bool parse_connect(struct parser *p, struct scn_step *step)
{
    for (;;) {
        if (accept_word(p, "to")) {
            if (!parse_name(p, "the name of a server", &step->u.connect.to, NULL))
                return false;
        } else if (accept_word(p, "over")) {
            if (!parse_transport(p, &step->u.connect.transport))
                return false;
        } else {
            return true;
        }
    }
}

static bool parse_nothing_more(struct parser *p, struct scn_step *step)
{
    (void)p;
    (void)step;
    return true;
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

static bool parse_stop(struct parser *p, struct scn_step *step)
{
    (void)step;
    return need_word(p, "reading", "after 'stop'");
}

static bool parse_resume(struct parser *p, struct scn_step *step)
{
    (void)step;
    return need_word(p, "reading", "after 'resume'");
}

static bool parse_read(struct parser *p, struct scn_step *step)
{
    return need_word(p, "at", "after 'read'") && parse_number(p, PLACE_RATE, &step->u.rate);
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
    if (p->tok.kind != TOK_WORD)
        return fail_expected(p, "an option", "set rcvbuf 4KiB, set nodelay on");
    const char *word = tok_copy(p);
    const struct option_row *option = names_option(word);
    if (!option)
        return fail_unknown(p, p->tok.at, "option", word, scn_option_names(), NULL);
    step->u.set.option = option->name;
    advance(p);
    switch (option->value) {
    case OPTION_SWITCH:
        return parse_switch(p, &step->u.set.value);
    case OPTION_BYTES:
        return parse_number(p, PLACE_SIZE, &step->u.set.value);
    case OPTION_TIME:
        return parse_number(p, PLACE_TIME, &step->u.set.value);
    case OPTION_COUNT:
        break;
    }
    return parse_number(p, PLACE_OPTION_COUNT, &step->u.set.value);
}

static bool parse_echo(struct parser *p, struct scn_step *step)
{
    (void)step;
    return need_word(p, "until", "after 'echo'") && need_word(p, "close", "after 'echo until'");
}

static bool parse_pause(struct parser *p, struct scn_step *step)
{
    return parse_number(p, PLACE_TIME, &step->u.pause);
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
    if (accept_word(p, "peer")) {
        step->kind = accept_word(p, "accepted") ? SCN_STEP_WAIT_ACCEPTED : SCN_STEP_WAIT_BLOCKED;
        return step->kind == SCN_STEP_WAIT_ACCEPTED || need_word(p, "blocked", "or 'accepted' after 'wait peer'");
    }
    return parse_signal(p, step) && parse_within(p, step) && parse_or_skip(p, &step->u.signal.or_skip);
}

/* --- the table ------------------------------------------------------------------------------------------ */

#define C (1u << SCN_CLIENT)
#define S (1u << SCN_SERVER)
#define B (1u << SCN_SUBJECT)
#define L (1u << SCN_LINK_ACTOR)

/* A new step is one row here, one parse function, one row in words.c. */
static const struct step_row {
    const char *word;
    enum scn_step_kind kind;
    unsigned actors;
    bool within; /* takes `within T` behind it */
    bool (*parse)(struct parser *p, struct scn_step *step);
} STEPS[] = {
    {"connect", SCN_STEP_CONNECT, C, true, parse_connect},
    {"accept", SCN_STEP_ACCEPT, S, true, parse_nothing_more},
    {"send", SCN_STEP_SEND, C | S, true, parse_send},
    {"expect", SCN_STEP_EXPECT, C | S, true, parse_expect},
    {"shutdown", SCN_STEP_SHUTDOWN, C | S, false, parse_shutdown},
    {"reset", SCN_STEP_RESET, C | S, false, parse_nothing_more},
    {"close", SCN_STEP_CLOSE, C | S, false, parse_close},
    {"hold", SCN_STEP_HOLD, C | S, false, parse_nothing_more},
    {"stop", SCN_STEP_STOP_READING, C | S, false, parse_stop},
    {"resume", SCN_STEP_RESUME_READING, C | S, false, parse_resume},
    {"read", SCN_STEP_READ_AT, C | S, false, parse_read},
    {"set", SCN_STEP_SET, C | S, false, parse_set},
    {"echo", SCN_STEP_ECHO, C | S, true, parse_echo},
    {"pause", SCN_STEP_PAUSE, C | S | B | L, false, parse_pause},
    {"repeat", SCN_STEP_REPEAT, C | S | B, false, parse_repeat},
    {"let", SCN_STEP_LET, C | S | B, false, parse_let},
    {"capture", SCN_STEP_CAPTURE, C | S, false, parse_capture},
    {"signal", SCN_STEP_SIGNAL, C | S | B | L, false, parse_signal},
    {"wait", SCN_STEP_WAIT, C | S | B | L, true, parse_wait},
    {"fault", SCN_STEP_FAULT, B, false, parse_fault},
    {"limit", SCN_STEP_LIMIT, B, false, parse_limit},
    {"remember", SCN_STEP_REMEMBER, B, false, parse_remember},
    {"kill", SCN_STEP_KILL, B, false, parse_kill},
    {"expect", SCN_STEP_STATE, B, true, parse_state},
    {"up", SCN_STEP_LINK, L, false, parse_link},
    {"down", SCN_STEP_LINK, L, false, parse_link},
    {"delay", SCN_STEP_LINK, L, false, parse_link},
    {"jitter", SCN_STEP_LINK, L, false, parse_link},
    {"slice", SCN_STEP_LINK, L, false, parse_link},
    {"rate", SCN_STEP_LINK, L, false, parse_link},
    {"reset", SCN_STEP_LINK, L, false, parse_link},
    {"close", SCN_STEP_LINK, L, false, parse_link},
    {"silent", SCN_STEP_LINK, L, false, parse_link},
    {"loss", SCN_STEP_LINK, L, false, parse_link},
    {"reorder", SCN_STEP_LINK, L, false, parse_link},
    {"duplicate", SCN_STEP_LINK, L, false, parse_link},
};

#define STEP_COUNT (sizeof(STEPS) / sizeof(*STEPS))

const char *scn_step_name(enum scn_step_kind kind)
{
    switch (kind) {
    case SCN_STEP_STOP_READING:
        return "stop reading";
    case SCN_STEP_RESUME_READING:
        return "resume reading";
    case SCN_STEP_READ_AT:
        return "read at";
    case SCN_STEP_WAIT_BLOCKED:
        return "wait peer blocked";
    case SCN_STEP_WAIT_ACCEPTED:
        return "wait peer accepted";
    case SCN_STEP_ECHO:
        return "echo until close";
    case SCN_STEP_REMEMBER:
        return "remember files";
    case SCN_STEP_LINK:
        return "link";
    default:
        break;
    }
    for (size_t i = 0; i < STEP_COUNT; i++) {
        if (STEPS[i].kind == kind)
            return STEPS[i].word;
    }
    return "step";
}

static const char *const ACTOR_WORDS[] = {"client", "server", "subject", "link"};

static bool fail_step(struct parser *p)
{
    unsigned mine = 1u << p->actor_kind, others = 0;
    const char *known[STEP_COUNT + 1] = {0}, *word = tok_copy(p);
    size_t count = 0;
    for (size_t i = 0; i < STEP_COUNT; i++) {
        if (is_word(p, STEPS[i].word))
            others |= STEPS[i].actors;
        if (STEPS[i].actors & mine)
            known[count++] = STEPS[i].word;
    }
    if (!others)
        return fail_unknown(p, p->tok.at, "step", word, known, NULL);
    for (size_t i = 0; i < 4; i++) {
        if (others & (1u << i))
            return fail_at(p, p->tok.at, NULL, "'%s' is a step of a %s, not of a %s", word, ACTOR_WORDS[i],
                           ACTOR_WORDS[p->actor_kind]);
    }
    return false;
}

bool parse_within(struct parser *p, struct scn_step *step)
{
    return !accept_word(p, "within") || parse_number(p, PLACE_TIME, &step->within);
}

static bool parse_step(struct parser *p, struct scn_step *step)
{
    if (p->tok.kind == TOK_PIPE)
        return fail_at(p, p->tok.at, "it continues a send, an expect or a let", "a | line that no step stands before");
    if (p->tok.kind != TOK_WORD)
        return fail_expected(p, "a step", NULL);
    for (size_t i = 0; i < STEP_COUNT; i++) {
        const struct step_row *row = &STEPS[i];
        if (!(row->actors & (1u << p->actor_kind)) || !is_word(p, row->word))
            continue;
        *step = (struct scn_step){.kind = row->kind, .at = p->tok.at};
        if (row->kind != SCN_STEP_LINK)
            advance(p); /* a link step's words come in more than one order: its function reads them all */
        if (!row->parse(p, step) || (row->within && !step->within.set && !parse_within(p, step)))
            return false;
        return end_step(p);
    }
    return fail_step(p);
}

static bool parse_open(struct parser *p)
{
    if (p->tok.kind == TOK_NAME)
        return fail_expected(p, "'{'", "a block has space inside its braces: { connect }");
    if (p->tok.kind != TOK_OPEN)
        return fail_expected(p, "'{'", NULL);
    if (p->depth >= SCN_DEPTH_MAX)
        return fail_at(p, p->tok.at, NULL, "more than %d blocks inside each other", SCN_DEPTH_MAX);
    return true;
}

bool parse_block(struct parser *p, struct scn_block *out)
{
    struct scn_at open = p->tok.at;
    if (!parse_open(p))
        return false;
    p->depth++;
    advance(p);
    while (p->tok.kind != TOK_CLOSE && p->tok.kind != TOK_END) {
        if (p->tok.kind == TOK_NEWLINE) {
            advance(p);
            continue;
        }
        struct scn_step step;
        if (!parse_step(p, &step)) {
            recover(p);
            continue;
        }
        struct scn_step *slot = arena_push(p->arena, &out->steps, &out->count, sizeof(*slot));
        *slot = step;
    }
    p->depth--;
    if (p->tok.kind == TOK_END)
        return fail_at(p, open, NULL, "a block that is not closed");
    advance(p);
    return true;
}
