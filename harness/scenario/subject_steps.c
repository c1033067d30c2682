/* Steps of the subject: limits, signals, what is expected of the program itself. */
#include "scenario/table.h"

#include <string.h>

/* --- limit, kill ---------------------------------------------------------------------------------------- */

/* Ports are what clients connect from, a backlog is what servers have. */
static bool check_limit(struct parser *p, enum scn_resource resource, struct scn_at at)
{
    const struct scn_profile *profile = p->context->profile;
    if (profile && profile->role == SCN_ROLE_SERVER && resource == SCN_LIMIT_PORTS)
        return fail_at(p, at, NULL, "ports are what clients connect from: the subjects of profile %s are servers",
                       profile->name);
    if (profile && profile->role == SCN_ROLE_CLIENT && resource == SCN_LIMIT_BACKLOG)
        return fail_at(p, at, NULL, "a backlog is what servers have: the subjects of profile %s are clients",
                       profile->name);
    if (resource == SCN_LIMIT_PORTS)
        uses_mechanism(p, SCN_HAS_PORTS);
    if (resource == SCN_LIMIT_BACKLOG)
        uses_mechanism(p, SCN_HAS_PIDFD_GETFD);
    changes_subject(p);
    return true;
}

/* `current+` before a number: {n}, or with it in one word. */
static bool accept_current(struct parser *p)
{
    static const char current[] = "current+";
    const size_t skip = sizeof(current) - 1;
    if (p->tok.kind != TOK_WORD || p->tok.len < skip || memcmp(p->tok.text, current, skip) != 0)
        return false;
    if (p->tok.len == skip) {
        advance(p);
        return true;
    }
    p->tok.text += skip;
    p->tok.len -= skip;
    p->tok.at.col += (int)skip;
    p->tok.at.len -= (int)skip;
    return true;
}

bool parse_limit(struct parser *p, struct scn_step *step)
{
    struct scn_at at = p->tok.at;
    int found = parse_choice(p, "resource", SCN_LIST_RESOURCE);
    if (found < 0)
        return false;
    enum scn_resource resource = (enum scn_resource)found;
    step->u.limit.resource = resource;
    if (!check_limit(p, resource, at))
        return false;
    bool above = scn_resource_is_counted(resource) && accept_current(p);
    if (!parse_number(p, scn_resource_is_bytes(resource) ? PLACE_SIZE : PLACE_CALLS, &step->u.limit.value))
        return false;
    step->u.limit.value.above_current = above;
    return true;
}

static bool parse_signal_number(struct parser *p, int *out)
{
    if (p->tok.kind != TOK_WORD)
        return fail_expected(p, "a signal", "TERM, KILL, PIPE, ...");
    const char *word = tok_copy(p);
    *out = scn_signal_number(word);
    if (!*out)
        return fail_unknown(p, p->tok.at, "signal", strncmp(word, "SIG", 3) == 0 ? word + 3 : word,
                            scn_list_words(SCN_LIST_SIGNAL), NULL);
    advance(p);
    return true;
}

bool parse_kill(struct parser *p, struct scn_step *step)
{
    changes_subject(p);
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

/* PAYLOAD | /regex/ */
static bool parse_text_of_output(struct parser *p, struct scn_state *s)
{
    return p->tok.kind == TOK_REGEX ? parse_regex(p, &s->regex) : parse_payload(p, &s->payload);
}

static bool parse_exit(struct parser *p, struct scn_state *s)
{
    changes_subject(p);
    if (!parse_exit_status(p, s))
        return false;
    if (!accept_word(p, "or"))
        return true;
    s->or_output = true;
    if (!need_word(p, "output", "after 'or'"))
        return false;
    s->whole = accept_word(p, "is");
    return (s->whole || need_word(p, "has", "or 'is' after 'output'")) && parse_text_of_output(p, s);
}

static bool parse_whole_output(struct parser *p, struct scn_state *s)
{
    s->whole = true;
    return parse_text_of_output(p, s);
}

static bool parse_killed(struct parser *p, struct scn_state *s)
{
    changes_subject(p);
    return parse_signal_number(p, &s->signal);
}

static bool parse_memory(struct parser *p, struct scn_state *s)
{
    return parse_number(p, PLACE_LENGTH, &s->number);
}

static bool parse_cpu(struct parser *p, struct scn_state *s)
{
    if (!parse_number(p, PLACE_PERCENT, &s->number) || !need_word(p, "for", "after the percentage") ||
        !parse_number(p, PLACE_TIME, &s->duration))
        return false;
    adds_wait(p, &s->duration);
    return true;
}

/* What is not below the subject's own folders is none of ours: "{dir}/x" (or "x"), "{root}/x". */
static bool parse_place(struct parser *p, struct scn_state *s)
{
    struct scn_at at = p->tok.at;
    struct scn_text text;
    if (!parse_text(p, "the path of a file", &text))
        return false;
    const struct scn_part *first = text.count ? &text.parts[0] : NULL;
    bool named = first && first->kind == SCN_PART_NAME && text.count > 1 && text.parts[1].kind == SCN_PART_BYTES &&
                 text.parts[1].bytes[0] == '/';
    s->in_root = named && strcmp(first->bytes, "root") == 0;
    if (named && (s->in_root || strcmp(first->bytes, "dir") == 0)) {
        /* openat2() takes what is below a folder without a slash before it. */
        struct scn_part *rest = arena_new(p->arena, text.count - 1, sizeof(*rest));
        memcpy(rest, text.parts + 1, (text.count - 1) * sizeof(*rest));
        rest[0].bytes++;
        rest[0].len--;
        text.parts = rest;
        text.count--;
    } else if (!first || (first->kind == SCN_PART_BYTES && first->bytes[0] == '/')) {
        return fail_at(p, at, "file \"{dir}/kept\" has \"text\"", "a file below {dir} or {root} is wanted");
    }
    s->path = text;
    return true;
}

static bool parse_file(struct parser *p, struct scn_state *s)
{
    if (!parse_place(p, s))
        return false;
    s->whole = accept_word(p, "is");
    s->lacks = !s->whole && accept_word(p, "lacks");
    return (s->whole || s->lacks || need_word(p, "has", ", 'is' or 'lacks' behind the file")) &&
           parse_text_of_output(p, s);
}

static bool parse_bare(struct parser *p, struct scn_state *s)
{
    (void)p;
    (void)s;
    return true;
}

static const struct state_row {
    WORD_ROW;
    enum scn_state_kind kind;
    bool (*parse)(struct parser *p, struct scn_state *s);
} STATES[] = {
    {"alive", "expect alive", "the subject runs", "expect alive", SCN_STATE_ALIVE, parse_bare},
    {"exit", "expect exit 0|nonzero|any|N [or output is|has ...] [within T]",
     "it ends by itself, with this status (or with this output); `within` counts from when every other actor has "
     "ended",
     "expect exit nonzero within 8s", SCN_STATE_EXIT, parse_exit},
    {"killed by", "expect killed by SIGNAL", "it was ended by a signal", "expect killed by PIPE", SCN_STATE_KILLED,
     parse_killed},
    {"output is", "expect output is PAYLOAD | /REGEX/",
     "its standard output so far, whole; a part of it where the fact `prints` is `more`",
     "expect output is \"done\\n\"", SCN_STATE_OUTPUT_IS, parse_whole_output},
    {"output has", "expect output has PAYLOAD | /REGEX/", "somewhere in what it wrote",
     "expect output has /connection (reset|closed)/", SCN_STATE_OUTPUT_HAS, parse_text_of_output},
    {"files unchanged", "expect files unchanged [within T]",
     "as many descriptors as when the case began, or as remembered", "expect files unchanged within 2s",
     SCN_STATE_FILES_UNCHANGED, parse_bare},
    {"memory below", "expect memory below N", "growth of its peak since the case began", "expect memory below 20MB",
     SCN_STATE_MEMORY_BELOW, parse_memory},
    {"cpu below", "expect cpu below P for T", "of one core: it does not spin, nor write more than 128 KiB a second",
     "expect cpu below 50% for 1s", SCN_STATE_CPU_BELOW, parse_cpu},
    {"children none", "expect children none [within T]", "no child process is left, zombies included",
     "expect children none within 1s", SCN_STATE_CHILDREN_NONE, parse_bare},
    {"file", "expect file \"PATH\" is|has|lacks PAYLOAD | /REGEX/ [within T]",
     "what the subject has written below {dir} or {root} since the case began: the whole file, a part of it, or "
     "nothing "
     "of it now",
     "expect file \"{dir}/kept\" has \"hello\" within 2s", SCN_STATE_FILE, parse_file},
};
const struct table states_table = {.what = "state of a subject", .where = "subject expect", TABLE_ROWS(STATES)};

bool parse_state(struct parser *p, struct scn_step *step)
{
    const struct state_row *row = table_take(p, &states_table);
    if (!row)
        return false;
    step->u.state.kind = row->kind;
    return row->parse(p, &step->u.state);
}
