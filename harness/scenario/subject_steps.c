/* Steps of the subject: faults, limits, what is expected of the program itself. And the link's. */
#include "scenario/names.h"
#include "scenario/parse.h"

#include <string.h>

static bool in_list(const char *const *list, const struct parser *p)
{
    for (; *list; list++) {
        if (is_word(p, *list))
            return true;
    }
    return false;
}

/* Takes one word of a NULL-ended list. */
static bool parse_choice(struct parser *p, const char *what, const char *const *list, const char **out)
{
    if (p->tok.kind != TOK_WORD)
        return fail_expected(p, what, NULL);
    *out = tok_copy(p);
    if (!in_list(list, p))
        return fail_unknown(p, p->tok.at, what, *out, list, NULL);
    advance(p);
    return true;
}

/* --- fault ---------------------------------------------------------------------------------------------- */

static const char *const CALLS[] = {"send", "recv",  "accept",   "connect",    "socket", "bind", "listen",
                                    "poll", "close", "shutdown", "setsockopt", "names",  NULL};
static const char *const EFFECTS[] = {"short", "error", "delay", NULL};
static const char *const NAME_ERRORS[] = {"NXDOMAIN", "SERVFAIL", "SILENT", "DEAD-FIRST", NULL};

static bool parse_effect(struct parser *p, struct scn_fault *f)
{
    struct scn_at at = p->tok.at;
    if (!parse_choice(p, "effect", EFFECTS, &f->effect))
        return false;
    if (strcmp(f->effect, "short") == 0) {
        if (strcmp(f->call, "send") != 0 && strcmp(f->call, "recv") != 0)
            return fail_at(p, at, NULL, "only send and recv can be short");
        if (!parse_number(p, PLACE_LENGTH, &f->amount))
            return false;
        accept_bytes_word(p);
        return true;
    }
    if (strcmp(f->effect, "delay") == 0)
        return parse_number(p, PLACE_TIME, &f->amount);
    bool names = strcmp(f->call, "names") == 0;
    return parse_choice(p, "error", names ? NAME_ERRORS : names_errnos(), &f->errno_name);
}

static bool parse_after(struct parser *p, struct scn_fault *f)
{
    if (is_word(p, "byte") && strcmp(f->call, "send") != 0 && strcmp(f->call, "recv") != 0)
        return fail_at(p, p->tok.at, NULL, "only send and recv have bytes to count");
    if (accept_word(p, "byte"))
        return parse_number(p, PLACE_SIZE, &f->after_bytes);
    if (!parse_number(p, PLACE_CALLS, &f->after_calls))
        return false;
    return accept_word(p, "call") || need_word(p, "calls", "after the number (after N calls, after byte N)");
}

static bool parse_on(struct parser *p, struct scn_fault *f)
{
    if (accept_word(p, "the")) {
        f->on_listener = true;
        return need_word(p, "listening", "after 'on the'") && need_word(p, "socket", "after 'on the listening'");
    }
    return need_word(p, "connections", "or 'the listening socket' after 'on'") &&
           need_word(p, "from", "after 'connections'") && parse_name(p, "the name of an actor", &f->actor, NULL);
}

bool parse_fault(struct parser *p, struct scn_step *step)
{
    static const char *const conditions[] = {"every", "times", "after", "with", "on", NULL};
    struct scn_fault *f = &step->u.fault;
    if (!parse_choice(p, "call", CALLS, &f->call) || !parse_effect(p, f))
        return false;
    while (!at_end_of_step(p)) {
        bool ok;
        if (accept_word(p, "every"))
            ok = parse_number(p, PLACE_TIMES, &f->every);
        else if (accept_word(p, "times"))
            ok = parse_number(p, PLACE_TIMES, &f->times);
        else if (accept_word(p, "after"))
            ok = parse_after(p, f);
        else if (accept_word(p, "with"))
            ok = need_word(p, "probability", "after 'with'") && parse_number(p, PLACE_PERCENT, &f->probability);
        else if (accept_word(p, "on"))
            ok = parse_on(p, f);
        else if (p->tok.kind == TOK_WORD)
            ok = fail_unknown(p, p->tok.at, "condition", tok_copy(p), conditions, NULL);
        else
            ok = fail_expected(p, "a condition", "every N, times N, after N calls, after byte N, with probability P");
        if (!ok)
            return false;
    }
    return true;
}

/* --- limit, remember, kill ------------------------------------------------------------------------------ */

bool parse_limit(struct parser *p, struct scn_step *step)
{
    static const char *const resources[] = {"files", "memory", "processes", "stack", "ports", "backlog", NULL};
    struct scn_at at = p->tok.at;
    if (!parse_choice(p, "resource", resources, &step->u.limit.resource))
        return false;
    const struct scn_profile *profile = p->context->profile;
    if (profile && profile->role == SCN_ROLE_SERVER && strcmp(step->u.limit.resource, "ports") == 0)
        return fail_at(p, at, NULL, "ports are what clients connect from: the subjects of profile %s are servers",
                       profile->name);
    if (profile && profile->role == SCN_ROLE_CLIENT && strcmp(step->u.limit.resource, "backlog") == 0)
        return fail_at(p, at, NULL, "a backlog is what servers have: the subjects of profile %s are clients",
                       profile->name);
    struct scn_number *value = &step->u.limit.value;
    enum place place = strcmp(step->u.limit.resource, "memory") == 0 || strcmp(step->u.limit.resource, "stack") == 0
                           ? PLACE_SIZE
                           : PLACE_CALLS;
    static const char current[] = "current+";
    const size_t skip = sizeof(current) - 1;
    bool counted = strcmp(step->u.limit.resource, "ports") != 0 && strcmp(step->u.limit.resource, "backlog") != 0;
    if (!counted || p->tok.kind != TOK_WORD || p->tok.len < skip || memcmp(p->tok.text, current, skip) != 0)
        return parse_number(p, place, value);
    if (p->tok.len == skip) {
        advance(p); /* current+{n} */
    } else {
        p->tok.text += skip;
        p->tok.len -= skip;
        p->tok.at.col += (int)skip;
        p->tok.at.len -= (int)skip;
    }
    if (!parse_number(p, place, value))
        return false;
    value->above_current = true;
    return true;
}

bool parse_remember(struct parser *p, struct scn_step *step)
{
    (void)step;
    return need_word(p, "files", "after 'remember'");
}

static bool parse_signal_number(struct parser *p, int *out)
{
    if (p->tok.kind != TOK_WORD)
        return fail_expected(p, "a signal", "TERM, KILL, PIPE, ...");
    const char *word = tok_copy(p);
    *out = names_signal(word);
    if (!*out)
        return fail_unknown(p, p->tok.at, "signal", strncmp(word, "SIG", 3) == 0 ? word + 3 : word, names_signals(),
                            NULL);
    advance(p);
    return true;
}

bool parse_kill(struct parser *p, struct scn_step *step)
{
    return parse_signal_number(p, &step->u.kill);
}

/* --- expect --------------------------------------------------------------------------------------------- */

static bool parse_exit_status(struct parser *p, struct scn_state *s)
{
    if (accept_word(p, "nonzero")) {
        s->exit_status = SCN_EXIT_NONZERO;
        return true;
    }
    if (accept_word(p, "any")) {
        s->exit_status = SCN_EXIT_ANY;
        return true;
    }
    double value;
    if (p->tok.kind != TOK_WORD || scn_number_parse(tok_copy(p), SCN_UNIT_COUNT, &value) < 0 || value > 255)
        return fail_expected(p, "an exit status", "0 to 255, nonzero or any");
    s->exit_status = (int)value;
    advance(p);
    return true;
}

/* is | has PAYLOAD | /regex/ */
static bool parse_of_output(struct parser *p, struct scn_state *s)
{
    s->whole = accept_word(p, "is");
    if (!s->whole && !need_word(p, "has", "or 'is' after 'output'"))
        return false;
    return p->tok.kind == TOK_REGEX ? parse_regex(p, &s->regex) : parse_payload(p, &s->payload);
}

static bool parse_exit(struct parser *p, struct scn_state *s)
{
    s->kind = SCN_STATE_EXIT;
    if (!parse_exit_status(p, s))
        return false;
    if (!accept_word(p, "or"))
        return true;
    s->or_output = true;
    return need_word(p, "output", "after 'or'") && parse_of_output(p, s);
}

static bool parse_output(struct parser *p, struct scn_state *s)
{
    bool parsed = parse_of_output(p, s);
    s->kind = s->whole ? SCN_STATE_OUTPUT_IS : SCN_STATE_OUTPUT_HAS;
    return parsed;
}

static bool parse_killed(struct parser *p, struct scn_state *s)
{
    s->kind = SCN_STATE_KILLED;
    return need_word(p, "by", "after 'killed'") && parse_signal_number(p, &s->signal);
}

static bool parse_files(struct parser *p, struct scn_state *s)
{
    s->kind = SCN_STATE_FILES_UNCHANGED;
    return need_word(p, "unchanged", "after 'files'");
}

static bool parse_memory(struct parser *p, struct scn_state *s)
{
    s->kind = SCN_STATE_MEMORY_BELOW;
    return need_word(p, "below", "after 'memory'") && parse_number(p, PLACE_LENGTH, &s->number);
}

static bool parse_cpu(struct parser *p, struct scn_state *s)
{
    s->kind = SCN_STATE_CPU_BELOW;
    return need_word(p, "below", "after 'cpu'") && parse_number(p, PLACE_PERCENT, &s->number) &&
           need_word(p, "for", "after the percentage") && parse_number(p, PLACE_TIME, &s->duration);
}

static bool parse_children(struct parser *p, struct scn_state *s)
{
    s->kind = SCN_STATE_CHILDREN_NONE;
    return need_word(p, "none", "after 'children'");
}

static bool parse_alive(struct parser *p, struct scn_state *s)
{
    (void)p;
    s->kind = SCN_STATE_ALIVE;
    return true;
}

bool parse_state(struct parser *p, struct scn_step *step)
{
    static const struct {
        const char *word;
        bool (*parse)(struct parser *p, struct scn_state *s);
    } states[] = {
        {"alive", parse_alive}, {"exit", parse_exit},     {"killed", parse_killed}, {"output", parse_output},
        {"files", parse_files}, {"memory", parse_memory}, {"cpu", parse_cpu},       {"children", parse_children},
    };
    static const char *const words[] = {"alive",  "exit", "killed",   "output", "files",
                                        "memory", "cpu",  "children", NULL};
    for (size_t i = 0; i < sizeof(states) / sizeof(*states); i++) {
        if (accept_word(p, states[i].word))
            return states[i].parse(p, &step->u.state);
    }
    if (p->tok.kind == TOK_WORD)
        return fail_unknown(p, p->tok.at, "state of a subject", tok_copy(p), words, NULL);
    return fail_expected(p, "a state of the subject", "alive, exit 0, killed by PIPE, output has \"...\", ...");
}

/* --- link ----------------------------------------------------------------------------------------------- */

static const struct link_row {
    const char *word;
    enum scn_link_kind kind;
    enum place place;
    bool after; /* KIND after N bytes */
} LINKS[] = {
    {"delay", SCN_LINK_DELAY, PLACE_TIME, false},        {"jitter", SCN_LINK_JITTER, PLACE_TIME, false},
    {"slice", SCN_LINK_SLICE, PLACE_PIECE, false},       {"rate", SCN_LINK_RATE, PLACE_RATE, false},
    {"reset", SCN_LINK_RESET, PLACE_SIZE, true},         {"close", SCN_LINK_CLOSE, PLACE_SIZE, true},
    {"silent", SCN_LINK_SILENT, PLACE_SIZE, true},       {"loss", SCN_LINK_LOSS, PLACE_PERCENT, false},
    {"reorder", SCN_LINK_REORDER, PLACE_PERCENT, false}, {"duplicate", SCN_LINK_DUPLICATE, PLACE_PERCENT, false},
};

static bool parse_connection(struct parser *p, struct scn_link *link)
{
    struct scn_at at = p->tok.at;
    if (!accept_word(p, "on"))
        return true;
    if (link->kind >= SCN_LINK_LOSS)
        return fail_at(p, at, NULL, "packets are lost, reordered and duplicated on all connections alike");
    return need_word(p, "connection", "after 'on'") && parse_number(p, PLACE_TIMES, &link->connection);
}

bool parse_link(struct parser *p, struct scn_step *step)
{
    static const char *const words[] = {"delay",  "jitter", "slice",   "rate",      "reset", "close",
                                        "silent", "loss",   "reorder", "duplicate", NULL};
    struct scn_link *link = &step->u.link;
    if (accept_word(p, "up"))
        link->up = true;
    else if (accept_word(p, "down"))
        link->down = true;
    for (size_t i = 0; i < sizeof(LINKS) / sizeof(*LINKS); i++) {
        if (!accept_word(p, LINKS[i].word))
            continue;
        link->kind = LINKS[i].kind;
        if (LINKS[i].after && !need_word(p, "after", "behind the word"))
            return false;
        if (!parse_number(p, LINKS[i].place, &link->amount))
            return false;
        if (link->amount.unit == SCN_UNIT_BYTES)
            accept_bytes_word(p);
        return parse_connection(p, link);
    }
    if (p->tok.kind == TOK_WORD)
        return fail_unknown(p, p->tok.at, "link fault", tok_copy(p), words, NULL);
    return fail_expected(p, "a link fault", "delay T, slice N, rate R, reset after N bytes, loss P, ...");
}
