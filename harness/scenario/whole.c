/* A whole scenario: head, actors, and the checks behind them. */
#include "scenario/message.h"
#include "scenario/source.h"
#include "scenario/table.h"

#include <stdlib.h>
#include <string.h>

static const struct actor_row {
    WORD_ROW;
    enum scn_actor_kind kind;
} ACTORS[] = {
    {"client", "client [NAME] [COUNT] [over TRANSPORT] { STEPS }",
     "a client that the harness plays, or COUNT copies of it", "client crowd 40 { connect ; close }", SCN_CLIENT},
    {"server", "server [NAME] [COUNT] [over TRANSPORT] { STEPS }",
     "a server that the harness plays; it listens before anything runs", "server origin { accept ; close }",
     SCN_SERVER},
    {"subject", "subject { STEPS }", "what is done to the program under test and asked of it",
     "subject { expect alive }", SCN_SUBJECT},
    {"link", "link { FAULTS }", "what the way between both sides does to the bytes or packets",
     "link { down delay 20ms ; up slice 1 }", SCN_LINK_ACTOR},
};
const struct table actors_table = {.what = "actor", .where = "actor", TABLE_ROWS(ACTORS)};

const char *actor_word(enum scn_actor_kind kind)
{
    for (size_t i = 0; i < sizeof(ACTORS) / sizeof(*ACTORS); i++) {
        if (ACTORS[i].kind == kind)
            return ACTORS[i].word;
    }
    return NULL;
}

/* Whether a block or `over` follows the current token: then a {name} here is a count. */
static bool before_block(const struct parser *p)
{
    struct lexer ahead = p->lex;
    struct tok next = lex_next(&ahead);
    return next.kind == TOK_OPEN || (next.kind == TOK_WORD && next.len == 4 && memcmp(next.text, "over", 4) == 0);
}

/* [NAME] [COUNT] [over TRANSPORT] */
static bool parse_actor_header(struct parser *p, struct scn_actor *a)
{
    if (a->kind != SCN_CLIENT && a->kind != SCN_SERVER)
        return true;
    if (p->tok.kind == TOK_WORD && !at_number(p) && !is_word(p, "over")) {
        if (!parse_name(p, "the name of an actor", &a->name, NULL))
            return false;
    }
    if (p->tok.kind == TOK_NAME && !before_block(p))
        return fail_expected(p, "'{'", "a block has space inside its braces: { connect }");
    if (at_number(p) && !parse_number(p, PLACE_COPIES, &a->count))
        return false;
    return !accept_word(p, "over") || parse_transport(p, &a->transport);
}

static bool check_actor_name(struct parser *p, const struct scn_actor *a)
{
    for (size_t i = 0; i < p->s->actor_count; i++) {
        const struct scn_actor *other = &p->s->actors[i];
        if (strcmp(other->name, a->name) == 0)
            return fail_at(p, a->at, a->kind <= SCN_SERVER ? "give each a name: client slow { ... }" : NULL,
                           "a second actor named '%s' (the first: line %d)", a->name, other->at.line);
    }
    return true;
}

static bool parse_actor(struct parser *p)
{
    struct scn_actor a = {.at = p->tok.at};
    if (!p->s->title)
        return fail_at(p, p->tok.at, NULL, "a scenario begins with: scenario \"its title\"");
    if (p->s->actor_count >= ACTORS_MAX)
        return fail_at(p, p->tok.at, "one actor may have many copies: client crowd 40 { ... }", "more than %d actors",
                       ACTORS_MAX);
    const struct actor_row *row = table_take(p, &actors_table);
    a.kind = row->kind;
    a.name = row->word;
    p->actor_kind = row->kind;
    p->actor = p->s->actor_count;
    bool ok = parse_actor_header(p, &a) && check_actor_name(p, &a) && parse_block(p, &a.body);
    struct scn_actor *slot = arena_push(p->arena, &p->s->actors, &p->s->actor_count, sizeof(*slot));
    *slot = a;
    return ok && end_step(p);
}

static bool parse_part(struct parser *p)
{
    if (p->tok.kind != TOK_WORD)
        return fail_expected(p, "a line of the head or an actor", NULL);
    if (table_has(p, &actors_table))
        return parse_actor(p);
    if (table_has(p, &heads_table))
        return parse_head_line(p);
    table_unknown(p, &heads_table, &actors_table);
    return false;
}

static void parse_file(struct parser *p)
{
    if (!parse_version(p))
        recover(p);
    while (p->tok.kind != TOK_END) {
        if (p->tok.kind == TOK_NEWLINE) {
            advance(p);
        } else if (!parse_part(p)) {
            if (p->tok.kind == TOK_CLOSE) /* one too many: recover would stand still before it */
                advance(p);
            recover(p);
        }
    }
}

/* --- what the whole must be ----------------------------------------------------------------------------- */

static const struct scn_actor *first_of(const struct scn_scenario *s, enum scn_actor_kind kind)
{
    for (size_t i = 0; i < s->actor_count; i++) {
        if (s->actors[i].kind == kind)
            return &s->actors[i];
    }
    return NULL;
}

static void check_role(struct parser *p)
{
    struct scn_scenario *s = p->s;
    const struct scn_profile *profile = p->context->profile;
    const struct scn_actor *subject = first_of(s, SCN_SUBJECT);
    bool client = first_of(s, SCN_CLIENT), server = first_of(s, SCN_SERVER);
    struct scn_at top = {.line = 1, .col = 1, .len = 1};
    if (!profile) {
        s->uses_subject = subject || !(client && server);
        return;
    }
    s->uses_subject = profile->role != SCN_ROLE_NONE;
    if (profile->role == SCN_ROLE_SERVER && !client)
        fail_at(p, top, NULL, "the subjects of profile %s are servers: a client actor is missing", profile->name);
    else if (profile->role == SCN_ROLE_CLIENT && !server)
        fail_at(p, top, NULL, "the subjects of profile %s are clients: a server actor is missing", profile->name);
    else if (profile->role == SCN_ROLE_NONE && subject)
        fail_at(p, subject->at, NULL, "profile %s has no subject", profile->name);
}

/* A link of packets has no bytes to cut or connections to break. */
static void check_link(struct parser *p, const struct scn_block *block)
{
    bool packets = false;
    for (size_t i = 0; i < block->count; i++)
        packets |= block->steps[i].kind == SCN_STEP_LINK && scn_link_is_of_packets(block->steps[i].u.link.kind);
    for (size_t i = 0; i < block->count && packets && !parser_full(p); i++) {
        if (block->steps[i].kind == SCN_STEP_LINK && scn_link_use(block->steps[i].u.link.kind) == SCN_LINK_OF_STREAMS)
            fail_at(p, block->steps[i].at, NULL,
                    "slice, reset and close are for links of streams: with loss, reorder or duplicate this one is of "
                    "packets");
        else if (block->steps[i].kind == SCN_STEP_LINK && block->steps[i].u.link.connection.set)
            fail_at(
                p, block->steps[i].at, NULL,
                "'on connection N' is for links of streams: with loss, reorder or duplicate this one is of packets, "
                "whose faults are done to all connections alike");
    }
}

static const char *const *actor_names(struct parser *p, enum scn_actor_kind kind)
{
    const char **names = arena_new(p->arena, p->s->actor_count + 1, sizeof(*names));
    size_t count = 0;
    for (size_t i = 0; i < p->s->actor_count; i++) {
        if (p->s->actors[i].kind == kind)
            names[count++] = p->s->actors[i].name;
    }
    return names;
}

static void check_actor_ref(struct parser *p, const struct scn_step *step, const char *name, enum scn_actor_kind kind)
{
    for (size_t i = 0; i < p->s->actor_count; i++) {
        if (p->s->actors[i].kind == kind && strcmp(p->s->actors[i].name, name) == 0)
            return;
    }
    fail_unknown(p, step->at, kind == SCN_SERVER ? "server" : "client", name, actor_names(p, kind), NULL);
}

/* connect to NAME, on connections from NAME */
static void check_refs(struct parser *p, const struct scn_block *block)
{
    for (size_t i = 0; i < block->count && !parser_full(p); i++) {
        const struct scn_step *step = &block->steps[i];
        if (step->kind == SCN_STEP_REPEAT)
            check_refs(p, &step->u.repeat.body);
        else if (step->kind == SCN_STEP_CONNECT && step->u.connect.to)
            check_actor_ref(p, step, step->u.connect.to, SCN_SERVER);
        else if (step->kind == SCN_STEP_FAULT && step->u.fault.actor)
            check_actor_ref(p, step, step->u.fault.actor, SCN_CLIENT);
    }
}

static void check_head(struct parser *p)
{
    struct scn_at top = {.line = 1, .col = 1, .len = 1};
    struct scn_scenario *s = p->s;
    if (!s->title)
        fail_at(p, top, NULL, "a scenario begins with: scenario \"its title\"");
    else if (!s->actor_count)
        fail_at(p, top, NULL, "no actor: a scenario needs a client or a server");
    if (s->rule.at.line)
        return;
    if (p->context->rules)
        fail_at(p, top, "rule ID MUST \"the sentence that it rests on\"", "no rule");
    s->rule = (struct scn_rule_ref){.id = "", .level = SCN_MUST, .sentence = "", .at = top};
}

static void check_all(struct parser *p)
{
    if (parser_failed(p))
        return; /* what misses here may stand in a line that could not be read */
    check_head(p);
    names_finish(p);
    for (size_t i = 0; i < p->s->actor_count; i++)
        check_refs(p, &p->s->actors[i].body);
    for (size_t i = 0; i < p->s->actor_count; i++)
        if (p->s->actors[i].kind == SCN_LINK_ACTOR)
            check_link(p, &p->s->actors[i].body);
    if (parser_failed(p))
        return; /* what hangs together cannot be judged while parts are missing */
    check_role(p);
    check_order(p);
    check_flow(p);
    check_size(p);
}

struct scn_scenario *scn_parse(const char *name, const char *file, const char *source, size_t len,
                               const struct scn_context *context, struct scn_messages *messages)
{
    static const struct scn_context nothing = {0};
    if (len > SCN_SOURCE_MAX) {
        message_add_file(messages, file, "larger than %d bytes: a scenario has one point to make", SCN_SOURCE_MAX);
        return NULL;
    }
    struct scn_scenario *s = mem_new(1, sizeof(*s));
    const char *slash = strchr(name, '/');
    s->name = arena_dup(&s->arena, name);
    s->profile = arena_copy(&s->arena, name, slash ? (size_t)(slash - name) : 0);
    s->file = arena_dup(&s->arena, file);
    s->source = arena_copy(&s->arena, source, len);
    s->source_len = len;
    struct parser p;
    parser_start(&p, s->file, s->source, len, &s->arena, messages);
    p.s = s;
    p.context = context ? context : &nothing;
    if (p.context->profile)
        speech_inherit(&p, &p.context->profile->speech);
    parse_file(&p);
    check_all(&p);
    /* From here on the scenario says itself what its actors speak. */
    if (s->transport == SCN_TRANSPORT_DEFAULT && p.context->profile)
        s->transport = p.context->profile->transport;
    if (!parser_failed(&p))
        return s;
    scn_free(s);
    return NULL;
}

struct scn_scenario *scn_load(const char *path, const char *name, const struct scn_context *context,
                              struct scn_messages *messages)
{
    struct buf source = {0};
    if (source_read(path, &source, messages) < 0)
        return NULL;
    struct scn_scenario *s = scn_parse(name, path, buf_text(&source), source.len, context, messages);
    buf_free(&source);
    return s;
}

void scn_free(struct scn_scenario *s)
{
    if (!s)
        return;
    arena_free(&s->arena);
    free(s);
}
