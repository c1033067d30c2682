#include "scenario/lines.h"
#include "scenario/source.h"

#include <stdlib.h>
#include <string.h>

static bool parse_title(struct parser *p, void *to)
{
    struct scn_profile *profile = to;
    return parse_plain(p, "the profile's title", &profile->title);
}

static bool parse_usage(struct parser *p, void *to)
{
    struct scn_profile *profile = to;
    return parse_plain(p, "a command line", &profile->usage);
}

static bool parse_role(struct parser *p, void *to)
{
    struct scn_profile *profile = to;
    int role = parse_choice(p, "kind of subject", SCN_LIST_ROLE);
    if (role < 0)
        return false;
    profile->role = (enum scn_role)role;
    return true;
}

static bool parse_own_transport(struct parser *p, void *to)
{
    struct scn_profile *profile = to;
    return parse_transport(p, &profile->transport);
}

static bool parse_extends(struct parser *p, void *to)
{
    struct scn_profile *profile = to;
    for (;;) {
        const char *name;
        struct scn_at at;
        if (!parse_name(p, "the name of a profile", &name, &at))
            return false;
        if (strcmp(name, profile->name) == 0)
            return fail_at(p, at, NULL, "a profile cannot extend itself");
        const char **slot = arena_push(p->arena, &profile->extends, &profile->extend_count, sizeof(*slot));
        *slot = name;
        if (p->tok.kind != TOK_COMMA)
            return true;
        advance(p);
    }
}

/* Which fact it is about, or what is taken for granted that no fact says. */
static bool parse_premise_about(struct parser *p, struct scn_premise *premise)
{
    struct scn_at at;
    premise->learns = accept_word(p, "learns");
    if (premise->learns || accept_word(p, "for"))
        return parse_name(p, "the name of a fact", &premise->fact, &at);
    premise->when_needed = accept_word(p, "when");
    if (premise->when_needed && !accept_word(p, "needed"))
        return fail_expected(p, "'needed' behind 'when'", NULL);
    return parse_plain(p, "what is taken for granted", &premise->assumes);
}

/* premise SCENARIO (for FACT | learns FACT | [when needed] "WHAT IS TAKEN FOR GRANTED") */
static bool parse_premise(struct parser *p, void *to)
{
    struct scn_profile *profile = to;
    struct scn_premise premise = {0};
    struct scn_at at;
    if (!parse_name(p, "the name of a scenario of this profile", &premise.scenario, &at))
        return false;
    if (profile->premise_count >= LINES_MAX)
        return fail_at(p, at, NULL, "more than %d premises", LINES_MAX);
    if (!parse_premise_about(p, &premise))
        return false;
    struct scn_premise *slot = arena_push(p->arena, &profile->premises, &profile->premise_count, sizeof(*slot));
    *slot = premise;
    return true;
}

/* fact NAME [VALUE] "meaning" */
static bool parse_fact(struct parser *p, void *to)
{
    struct scn_profile *profile = to;
    struct scn_fact_def fact = {0};
    struct scn_at at;
    const char *first;
    if (!parse_name(p, "the name of a fact", &fact.name, &at))
        return false;
    for (size_t i = 0; i < profile->fact_count; i++) {
        if (strcmp(profile->facts[i].name, fact.name) == 0)
            return fail_at(p, at, NULL, "a second fact named '%s'", fact.name);
    }
    if (profile->fact_count >= LINES_MAX)
        return fail_at(p, at, NULL, "more than %d facts", LINES_MAX);
    bool word = p->tok.kind == TOK_WORD;
    if (!lines_value(p, "a default or what the fact means", &first))
        return false;
    if (word || p->tok.kind == TOK_STRING) {
        fact.value = first;
        if (!parse_plain(p, "what the fact means", &fact.meaning))
            return false;
    } else {
        fact.meaning = first;
    }
    struct scn_fact_def *slot = arena_push(p->arena, &profile->facts, &profile->fact_count, sizeof(*slot));
    *slot = fact;
    return true;
}

static bool parse_profile_speaks(struct parser *p, void *to)
{
    return parse_speaks(p, &((struct scn_profile *)to)->speech);
}

static bool parse_profile_replies(struct parser *p, void *to)
{
    return need_word(p, "until", "after 'replies'") && parse_replies(p, &((struct scn_profile *)to)->speech);
}

static bool parse_profile_answers(struct parser *p, void *to)
{
    return parse_own_answers(p, &((struct scn_profile *)to)->speech);
}

static const struct line_row ROWS[] = {
    LINE_ROW("speaks", parse_profile_speaks),
    LINE_ROW("replies", parse_profile_replies),
    LINE_ROW("answers", parse_profile_answers),
    LINE_ROW("profile", parse_title),
    LINE_ROW("subject", parse_role),
    LINE_ROW("transport", parse_own_transport),
    LINE_ROW("extends", parse_extends),
    LINE_ROW("usage", parse_usage),
    LINE_ROW("fact", parse_fact),
    LINE_ROW("premise", parse_premise),
};
static const struct table TABLE = {.what = "word", .where = "profile", TABLE_ROWS(ROWS)};

struct scn_profile *scn_profile_parse(const char *name, const char *file, const char *text, size_t len,
                                      struct scn_messages *messages)
{
    struct scn_profile *profile = mem_new(1, sizeof(*profile));
    profile->name = arena_dup(&profile->arena, name);
    struct parser p;
    int rc = lines_parse(file, text, len, &TABLE, profile, &profile->arena, &p, messages);
    if (rc == 0 && !profile->title) {
        fail_at(&p, (struct scn_at){.line = 1, .col = 1, .len = 1}, NULL,
                "a profile begins with: profile \"what its subjects owe\"");
        rc = -1;
    }
    if (rc == 0)
        return profile;
    scn_profile_free(profile);
    return NULL;
}

struct scn_profile *scn_profile_load(const char *path, const char *name, struct scn_messages *messages)
{
    struct buf source = {0};
    struct scn_profile *profile = NULL;
    if (source_read(path, &source, messages) == 0)
        profile = scn_profile_parse(name, path, buf_text(&source), source.len, messages);
    buf_free(&source);
    return profile;
}

void scn_profile_free(struct scn_profile *p)
{
    if (!p)
        return;
    arena_free(&p->arena);
    free(p);
}
