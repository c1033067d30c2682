/* The head of a scenario: scenario, rule, why, with, needs, tags, timeout, transport. */
#include "scenario/table.h"

#include <stdlib.h>
#include <string.h>

/* A value becomes part of the case's name. */
#define VALUE_MAX 200

static bool parse_title(struct parser *p)
{
    if (p->s->title)
        return fail_at(p, p->tok.at, "one file, one scenario", "a second title");
    return parse_plain(p, "the title", &p->s->title);
}

static bool unknown_rule(struct parser *p, const char *id)
{
    const struct scn_rules *rules = p->context->rules;
    const char **ids = mem_new(rules->count + 1, sizeof(*ids));
    for (size_t i = 0; i < rules->count; i++)
        ids[i] = rules->items[i].id;
    fail_unknown(p, p->s->rule.at, "rule", id, ids, NULL);
    free(ids);
    return false;
}

static bool check_rule(struct parser *p)
{
    if (!p->context->rules)
        return true;
    const struct scn_rule *known = scn_rules_find(p->context->rules, p->s->rule.id);
    if (!known)
        return unknown_rule(p, p->s->rule.id);
    if (known->level != p->s->rule.level)
        return fail_at(p, p->s->rule.at, NULL, "rule %s is a %s in the rules file, not a %s", known->id,
                       scn_level_name(known->level), scn_level_name(p->s->rule.level));
    return true;
}

static bool parse_rule(struct parser *p)
{
    if (p->s->rule.at.line)
        return fail_at(p, p->tok.at, "a scenario has one point to make", "a second rule");
    if (p->tok.kind != TOK_WORD)
        return fail_expected(p, "the id of a rule", "rule RFC9112-3.2 MUST \"...\"");
    p->s->rule.at = p->tok.at;
    p->s->rule.id = tok_copy(p);
    advance(p);
    return parse_level(p, &p->s->rule.level) && parse_plain(p, "the rule's sentence", &p->s->rule.sentence) &&
           check_rule(p);
}

static bool parse_why(struct parser *p)
{
    if (p->s->why)
        return fail_at(p, p->tok.at, NULL, "a second why");
    return parse_plain(p, "the reason", &p->s->why);
}

/* --- with ----------------------------------------------------------------------------------------------- */

static bool add_value(struct parser *p, struct scn_param *param, const char *value, struct scn_at at)
{
    if (param->count >= SCN_CASES_MAX)
        return fail_at(p, at, NULL, "more than %d cases", SCN_CASES_MAX);
    if (strlen(value) > VALUE_MAX)
        return fail_at(p, at, "use a let or a file", "a value of more than %d bytes", VALUE_MAX);
    for (size_t i = 0; i < param->count; i++) {
        if (strcmp(param->values[i], value) == 0)
            return fail_at(p, at, "each value is a case of its own", "the value '%s' stands twice", value);
    }
    const char **slot = arena_push(p->arena, &param->values, &param->count, sizeof(*slot));
    *slot = value;
    return true;
}

/* 1..200 */
static bool add_range(struct parser *p, struct scn_param *param, const char *text, const char *dots)
{
    char *first = mem_printf("%.*s", (int)(dots - text), text), *number;
    double from, to;
    struct scn_at at = p->tok.at;
    bool ok =
        scn_number_parse(first, SCN_UNIT_COUNT, &from) == 0 && scn_number_parse(dots + 2, SCN_UNIT_COUNT, &to) == 0;
    free(first);
    if (!ok || from > to)
        return fail_at(p, at, "two whole numbers, the smaller first: 1..200", "not a range");
    if (to - from >= SCN_CASES_MAX)
        return fail_at(p, at, NULL, "more than %d cases", SCN_CASES_MAX);
    for (double v = from; ok && v <= to; v++) {
        number = mem_printf("%.0f", v);
        ok = add_value(p, param, arena_dup(p->arena, number), at);
        free(number);
    }
    return ok;
}

static bool parse_value(struct parser *p, struct scn_param *param)
{
    const char *value;
    struct scn_at at = p->tok.at;
    if (p->tok.kind == TOK_STRING)
        return parse_plain(p, "a value", &value) && add_value(p, param, value, at);
    if (p->tok.kind != TOK_WORD)
        return fail_expected(p, "a value", "with size in 1, 1024, 5MB or with n in 1..200");
    value = tok_copy(p);
    const char *dots = value[0] >= '0' && value[0] <= '9' ? strstr(value, "..") : NULL;
    if (!(dots ? add_range(p, param, value, dots) : add_value(p, param, value, at)))
        return false;
    advance(p);
    return true;
}

static bool check_param_name(struct parser *p, const struct scn_param *param)
{
    if (scn_list_find(SCN_LIST_GIVEN, param->name) >= 0)
        return fail_at(p, param->at, "choose another name", "'%s' already has a meaning here", param->name);
    for (size_t i = 0; i < p->s->param_count; i++) {
        if (strcmp(p->s->params[i].name, param->name) == 0)
            return fail_at(p, param->at, NULL, "a second parameter named '%s'", param->name);
    }
    return true;
}

static bool parse_with(struct parser *p)
{
    struct scn_param param = {0};
    if (!parse_name(p, "the name of a parameter", &param.name, &param.at) || !check_param_name(p, &param) ||
        !need_word(p, "in", "after the parameter's name"))
        return false;
    if (p->s->param_count >= PARAMS_MAX)
        return fail_at(p, param.at, NULL, "more than %d parameters", PARAMS_MAX);
    for (;;) {
        if (!parse_value(p, &param))
            return false;
        if (p->tok.kind != TOK_COMMA)
            break;
        advance(p);
    }
    if (scn_case_count(p->s) * param.count > SCN_CASES_MAX)
        return fail_at(p, param.at, "the values of several parameters multiply", "more than %d cases", SCN_CASES_MAX);
    struct scn_param *slot = arena_push(p->arena, &p->s->params, &p->s->param_count, sizeof(*slot));
    *slot = param;
    return true;
}

/* --- needs, tags, timeout, transport -------------------------------------------------------------------- */

/* The premises of the profiles that this one extends are not at hand here: whoever runs them knows. */
static bool check_premise(struct parser *p, const struct scn_need *need)
{
    const struct scn_profile *profile = p->context->profile;
    if (!need->word)
        return fail_at(p, need->at, "needs premise head-is-supported", "the name of a premise is wanted");
    if (!profile || profile->extend_count)
        return true;
    for (size_t i = 0; i < profile->premise_count; i++)
        if (profile->premises[i].when_needed && strcmp(profile->premises[i].scenario, need->word) == 0)
            return true;
    return fail_at(p, need->at, NULL, "the profile '%s' has no premise '%s' when needed", profile->name, need->word);
}

static bool check_need(struct parser *p, const struct scn_need *need)
{
    const struct scn_profile *profile = p->context->profile;
    if (need->absent && (need->has_number || strcmp(need->name, "premise") == 0 || scn_mechanism_find(need->name)))
        return fail_at(p, need->at, "needs not pipelining; needs not errors exit", "'not' is for a fact, or its word");
    if (strcmp(need->name, "premise") == 0)
        return check_premise(p, need);
    if (!profile || scn_list_find(SCN_LIST_COMMON_FACT, need->name) >= 0 || scn_mechanism_find(need->name) ||
        (p->context->facts && scn_facts_get(p->context->facts, need->name)))
        return true;
    for (size_t i = 0; i < profile->fact_count; i++) {
        if (strcmp(profile->facts[i].name, need->name) == 0)
            return true;
    }
    size_t count = 0, mechanism_count;
    const struct scn_mechanism *mechanisms = scn_mechanisms(&mechanism_count);
    const char **known = mem_new(profile->fact_count + mechanism_count + 1, sizeof(*known));
    for (; count < profile->fact_count; count++)
        known[count] = profile->facts[count].name;
    for (size_t i = 0; i < mechanism_count; i++)
        known[count++] = mechanisms[i].name;
    fail_unknown(p, need->at, "fact or mechanism", need->name, known, scn_list_words(SCN_LIST_COMMON_FACT));
    free(known);
    return false;
}

static bool parse_needs(struct parser *p)
{
    for (;;) {
        struct scn_need need = {.absent = accept_word(p, "not")};
        if (!parse_name(p, "a fact or a mechanism", &need.name, &need.at))
            return false;
        if (p->tok.kind == TOK_WORD) {
            need.word = tok_copy(p);
            need.has_number = scn_number_parse(need.word, SCN_UNIT_BYTES, &need.number) == 0;
            if (need.has_number)
                need.word = NULL;
            advance(p);
        }
        if (!check_need(p, &need))
            return false;
        struct scn_need *slot = arena_push(p->arena, &p->s->needs, &p->s->need_count, sizeof(*slot));
        *slot = need;
        if (p->tok.kind != TOK_COMMA)
            return true;
        advance(p);
    }
}

static bool parse_tags(struct parser *p)
{
    for (;;) {
        const char *tag;
        if (!parse_name(p, "a tag", &tag, NULL))
            return false;
        const char **slot = arena_push(p->arena, &p->s->tags, &p->s->tag_count, sizeof(*slot));
        *slot = tag;
        if (p->tok.kind != TOK_COMMA)
            return true;
        advance(p);
    }
}

static bool parse_timeout(struct parser *p)
{
    return parse_number(p, PLACE_TIME, &p->s->timeout);
}

static bool parse_head_transport(struct parser *p)
{
    return parse_transport(p, &p->s->transport);
}

static bool parse_head_speaks(struct parser *p)
{
    return parse_speaks(p, &p->s->speech);
}

static bool parse_head_replies(struct parser *p)
{
    return parse_replies(p, &p->s->speech);
}

static const struct head_row {
    WORD_ROW;
    bool (*parse)(struct parser *p); /* NULL: parse_version has been asked before */
} HEADS[] = {
    {"sockspec", "sockspec VERSION", "the version of the language, before all else; none means 1", "sockspec 1", NULL},
    {"scenario", "scenario \"TITLE\"", "the first line: what should be so, as one sentence",
     "scenario \"What is sent comes back\"", parse_title},
    {"rule", "rule ID MUST|MUST NOT|SHOULD|SHOULD NOT|MAY \"SENTENCE\"",
     "the sentence of a standard or of socket practice that this rests on",
     "rule SOCK-SHORT-WRITE MUST \"send() may take fewer bytes than it was given\"", parse_rule},
    {"why", "why \"TEXT\"", "why programs get it wrong", "why \"What one recv() returns is not one request.\"",
     parse_why},
    {"with", "with NAME in VALUE, VALUE ... | FROM..TO",
     "a parameter: each value is a case; several `with` multiply, 1,000 cases at most",
     "with size in 1, 1024, 5MB, 3..7", parse_with},
    {"needs", "needs [not] FACT [N | WORD], premise NAME, MECHANISM, ...",
     "skips where a fact is missing or too small, a premise does not hold, or the machine lacks a mechanism; with "
     "`not`, where the fact is there, or has that word",
     "needs concurrency 2, errors exit, premise head-is-supported, ipv6", parse_needs},
    {"tags", "tags TAG, ...", "words to choose scenarios by", "tags slow, needs-root", parse_tags},
    {"timeout", "timeout T", "time of a step that has no `within`", "timeout 10s", parse_timeout},
    {"transport", "transport TRANSPORT",
     "what all actors speak, in place of the profile's; TRANSPORT is" SCN_TRANSPORTS(SCN_WORD_TEXT), "transport tcp6",
     parse_head_transport},
    {"speaks", "speaks PROTOCOL",
     "how replies and commands are framed, in place of what the profile says; PROTOCOL is" SCN_SPEECHES(SCN_WORD_TEXT),
     "speaks smtp", parse_head_speaks},
    {"replies until", "replies until /REGEX/",
     "the same of a protocol of one's own: a reply is its lines up to the first one that matches",
     "replies until /^(OK|ERROR)/", parse_head_replies},
};
const struct table heads_table = {.what = "word", .where = "head", TABLE_ROWS(HEADS)};

bool parse_head_line(struct parser *p)
{
    struct scn_at at = p->tok.at;
    const struct head_row *row = table_take(p, &heads_table);
    if (!row)
        return false;
    if (!row->parse)
        return fail_at(p, at, "move it above all else", "the version belongs in the first line");
    if (p->s->actor_count)
        return fail_at(p, at, "move it above the first actor", "'%s' belongs in the head", row->word);
    if (!p->s->title && row->parse != parse_title)
        return fail_at(p, at, NULL, "a scenario begins with: scenario \"its title\"");
    return row->parse(p) && end_step(p);
}
