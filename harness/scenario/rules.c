#include "scenario/lines.h"
#include "scenario/source.h"

#include <stdlib.h>
#include <string.h>

const struct scn_rule *scn_rules_find(const struct scn_rules *r, const char *id)
{
    for (size_t i = 0; i < r->count; i++) {
        if (strcmp(r->items[i].id, id) == 0)
            return &r->items[i];
    }
    return NULL;
}

static bool parse_rule(struct parser *p, void *to)
{
    struct scn_rules *rules = to;
    struct scn_rule rule = {.file = p->file, .at = p->tok.at};
    if (p->tok.kind != TOK_WORD)
        return fail_expected(p, "the id of a rule", "rule RFC9112-3.2 MUST");
    rule.id = tok_copy(p);
    const struct scn_rule *other = scn_rules_find(rules, rule.id);
    if (other && strcmp(other->file, p->file) == 0)
        return fail_at(p, rule.at, NULL, "a second rule %s (the first: line %d)", rule.id, other->at.line);
    if (other)
        return fail_at(p, rule.at, "give yours another id", "a second rule %s (the first: %s:%d)", rule.id, other->file,
                       other->at.line);
    if (rules->count >= LINES_MAX)
        return fail_at(p, rule.at, NULL, "more than %d rules", LINES_MAX);
    advance(p);
    if (!parse_level(p, &rule.level))
        return false;
    struct scn_rule *slot = arena_push(p->arena, &rules->items, &rules->count, sizeof(*slot));
    *slot = rule;
    return true;
}

static bool parse_field(struct parser *p, struct scn_rules *rules, size_t offset, const char *what)
{
    if (!rules->count)
        return fail_at(p, p->tok.at, "rule ID LEVEL comes first", "%s of no rule", what);
    const char **field = (const char **)((char *)&rules->items[rules->count - 1] + offset);
    if (*field)
        return fail_at(p, p->tok.at, NULL, "a second %s of rule %s", what, rules->items[rules->count - 1].id);
    return parse_plain(p, what, field);
}

static bool parse_source(struct parser *p, void *to)
{
    return parse_field(p, to, offsetof(struct scn_rule, source), "source");
}

static bool parse_text_line(struct parser *p, void *to)
{
    return parse_field(p, to, offsetof(struct scn_rule, text), "text");
}

static bool parse_why(struct parser *p, void *to)
{
    return parse_field(p, to, offsetof(struct scn_rule, why), "why");
}

static bool parse_wrong(struct parser *p, void *to)
{
    return parse_field(p, to, offsetof(struct scn_rule, wrong), "wrong");
}

static const struct line_row ROWS[] = {
    LINE_ROW("rule", parse_rule), LINE_ROW("source", parse_source), LINE_ROW("text", parse_text_line),
    LINE_ROW("why", parse_why),   LINE_ROW("wrong", parse_wrong),
};
static const struct table TABLE = {.what = "word", .where = "rules", TABLE_ROWS(ROWS)};

/* A rule says at least where it stands and what it is. */
static bool complete(struct parser *p, const struct scn_rules *rules, size_t first)
{
    for (size_t i = first; i < rules->count; i++) {
        const struct scn_rule *r = &rules->items[i];
        if (!r->source || !r->text)
            fail_at(p, r->at, NULL, "rule %s has no %s", r->id, r->source ? "text" : "source");
    }
    return !parser_failed(p);
}

/* Adds what the text says. Returns 0, or -1 with messages. */
static int read_rules(struct scn_rules *rules, const char *file, const char *text, size_t len,
                      struct scn_messages *messages)
{
    size_t first = rules->count;
    struct parser p;
    int rc = lines_parse(arena_dup(&rules->arena, file), text, len, &TABLE, rules, &rules->arena, &p, messages);
    return rc == 0 && complete(&p, rules, first) ? 0 : -1;
}

struct scn_rules *scn_rules_parse(const char *file, const char *text, size_t len, struct scn_messages *messages)
{
    struct scn_rules *rules = mem_new(1, sizeof(*rules));
    if (read_rules(rules, file, text, len, messages) == 0)
        return rules;
    scn_rules_free(rules);
    return NULL;
}

int scn_rules_append(struct scn_rules *r, const char *path, struct scn_messages *messages)
{
    struct buf source = {0};
    int rc = source_read(path, &source, messages);
    if (rc == 0)
        rc = read_rules(r, path, buf_text(&source), source.len, messages);
    buf_free(&source);
    return rc;
}

struct scn_rules *scn_rules_load(const char *path, struct scn_messages *messages)
{
    struct scn_rules *rules = mem_new(1, sizeof(*rules));
    if (scn_rules_append(rules, path, messages) == 0)
        return rules;
    scn_rules_free(rules);
    return NULL;
}

static const char *copied(struct scn_rules *r, const char *text)
{
    return text ? arena_dup(&r->arena, text) : NULL;
}

void scn_rules_merge(struct scn_rules *r, const struct scn_rules *from)
{
    size_t own = r->count;
    for (size_t i = 0; i < from->count; i++) {
        const struct scn_rule *rule = &from->items[i];
        bool there = false;
        for (size_t k = 0; k < own && !there; k++) /* those of `from` differ among themselves */
            there = strcmp(r->items[k].id, rule->id) == 0;
        if (there)
            continue;
        struct scn_rule *slot = arena_push(&r->arena, &r->items, &r->count, sizeof(*slot));
        *slot = (struct scn_rule){copied(r, rule->id),    copied(r, rule->source),
                                  copied(r, rule->text),  copied(r, rule->why),
                                  copied(r, rule->wrong), rule->level,
                                  copied(r, rule->file),  rule->at};
    }
}

void scn_rules_free(struct scn_rules *r)
{
    if (!r)
        return;
    arena_free(&r->arena);
    free(r);
}
