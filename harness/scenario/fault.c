/* fault CALL EFFECT CONDITION...: as a step, and on its own, as the command line has it. */
#include "scenario/table.h"

#include <string.h>

/* --- what becomes of a call ----------------------------------------------------------------------------- */

static bool parse_short(struct parser *p, struct scn_fault *f)
{
    if (!parse_number(p, PLACE_LENGTH, &f->amount))
        return false;
    accept_bytes_word(p);
    return true;
}

static bool parse_error(struct parser *p, struct scn_fault *f)
{
    if (f->call == SCN_CALL_NAMES) {
        f->error = parse_choice(p, "error", SCN_LIST_NAME_ERROR);
        return f->error >= 0;
    }
    int found = parse_choice(p, "error", SCN_LIST_ERRNO);
    f->error = found < 0 ? 0 : scn_errno_number(scn_list_words(SCN_LIST_ERRNO)[found]);
    return found >= 0;
}

static bool parse_delay(struct parser *p, struct scn_fault *f)
{
    return parse_number(p, PLACE_TIME, &f->amount);
}

static const struct effect_row {
    WORD_ROW;
    enum scn_effect effect;
    bool (*parse)(struct parser *p, struct scn_fault *f);
} EFFECTS[] = {
    {"short", "short N", "at most N bytes are moved, and only of calls that ask for more (send, recv)",
     "fault send short 1", SCN_EFFECT_SHORT, parse_short},
    {"error", "error ERRNO",
     "the call is not made and fails; of `names`, ERRNO is one of" SCN_NAME_ERRORS(SCN_WORD_TEXT),
     "fault accept error EMFILE times 5", SCN_EFFECT_ERROR, parse_error},
    {"delay", "delay T", "the call comes so much later", "fault recv delay 100ms", SCN_EFFECT_DELAY, parse_delay},
};
const struct table effects_table = {.what = "effect", .where = "fault", TABLE_ROWS(EFFECTS)};

const char *scn_effect_name(enum scn_effect effect)
{
    for (size_t i = 0; i < sizeof(EFFECTS) / sizeof(*EFFECTS); i++) {
        if (EFFECTS[i].effect == effect)
            return EFFECTS[i].word;
    }
    return NULL;
}

static bool parse_effect(struct parser *p, struct scn_fault *f)
{
    struct scn_at at = p->tok.at;
    const struct effect_row *row = table_take(p, &effects_table);
    if (!row)
        return false;
    if (row->effect == SCN_EFFECT_SHORT && !scn_call_moves_bytes(f->call))
        return fail_at(p, at, NULL, "only send and recv can be short");
    f->effect = row->effect;
    return row->parse(p, f);
}

/* --- when ----------------------------------------------------------------------------------------------- */

static bool parse_every(struct parser *p, struct scn_fault *f)
{
    return parse_number(p, PLACE_TIMES, &f->every);
}

static bool parse_times(struct parser *p, struct scn_fault *f)
{
    return parse_number(p, PLACE_TIMES, &f->times);
}

static bool parse_after_byte(struct parser *p, struct scn_fault *f)
{
    return parse_number(p, PLACE_SIZE, &f->after_bytes);
}

static bool parse_after_calls(struct parser *p, struct scn_fault *f)
{
    if (!parse_number(p, PLACE_CALLS, &f->after_calls))
        return false;
    return accept_word(p, "call") || need_word(p, "calls", "after the number (after N calls, after byte N)");
}

static bool parse_probability(struct parser *p, struct scn_fault *f)
{
    return parse_number(p, PLACE_PERCENT, &f->probability);
}

static bool parse_connections(struct parser *p, struct scn_fault *f)
{
    return parse_name(p, "the name of an actor", &f->actor, NULL);
}

static bool parse_listening(struct parser *p, struct scn_fault *f)
{
    (void)p;
    f->on_listener = true;
    return true;
}

static const struct when_row {
    WORD_ROW;
    bool of_bytes; /* only for calls that move bytes */
    bool (*parse)(struct parser *p, struct scn_fault *f);
} WHEN[] = {
    {"every", "every N", "each Nth call only, counted behind `after N calls`", "fault recv error EINTR every 3", false,
     parse_every},
    {"times", "times N", "so often at most", "fault recv error EINTR times 10", false, parse_times},
    {"after byte N", "after byte N", "from that byte of each connection on; the call that reaches beyond it ends there",
     "fault send short 1 after byte 1000", true, parse_after_byte},
    {"after N calls", "after N calls", "so many calls are left alone first", "fault accept error EMFILE after 2 calls",
     false, parse_after_calls},
    {"with probability", "with probability P", "by seed", "fault send short 1 with probability 10%", false,
     parse_probability},
    {"on connections from", "on connections from CLIENT", "those of one actor only",
     "fault recv short 1 on connections from other", false, parse_connections},
    {"on the listening socket", "on the listening socket", "only there",
     "fault poll error EINTR on the listening socket", false, parse_listening},
};
const struct table when_table = {.what = "condition", .where = "fault", TABLE_ROWS(WHEN)};

static bool parse_when(struct parser *p, struct scn_fault *f)
{
    struct scn_at at = p->tok.at;
    const struct when_row *row = table_take(p, &when_table);
    if (!row)
        return false;
    if (row->of_bytes && !scn_call_moves_bytes(f->call))
        return fail_at(p, at, NULL, "only send and recv have bytes to count");
    return row->parse(p, f);
}

bool parse_fault(struct parser *p, struct scn_step *step)
{
    struct scn_fault *f = &step->u.fault;
    int call = parse_choice(p, "call", SCN_LIST_CALL);
    if (call < 0)
        return false;
    f->call = (enum scn_call)call;
    if (!parse_effect(p, f))
        return false;
    while (!at_end_of_step(p)) {
        if (!parse_when(p, f))
            return false;
    }
    uses_mechanism(p, f->call == SCN_CALL_NAMES ? SCN_HAS_NAMES : SCN_HAS_FAULTS);
    if (f->call != SCN_CALL_NAMES)
        changes_subject(p);
    return true;
}

bool scn_fault_parse(const char *text, const char *file, struct arena *arena, struct scn_fault *out,
                     struct scn_messages *messages)
{
    struct parser p;
    struct scn_step step = {0};
    const char *brace = strchr(text, '{');
    if (strlen(text) > SCN_SOURCE_MAX)
        text = "";
    parser_start(&p, file, text, strlen(text), arena, messages);
    p.plain = true;
    if (brace)
        return fail_at(&p, (struct scn_at){.line = 1, .col = (int)(brace - text) + 1, .len = 1}, NULL,
                       "there are no names here");
    bool ok = parse_fault(&p, &step) && (p.tok.kind == TOK_END || fail_expected(&p, "the end of the fault", NULL));
    if (ok && step.u.fault.actor)
        ok = fail_at(&p, (struct scn_at){.line = 1, .col = 1, .len = 1}, NULL,
                     "connections are known by their actor in scenarios only");
    *out = step.u.fault;
    return ok && !parser_failed(&p);
}
