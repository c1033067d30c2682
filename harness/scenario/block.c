/* Blocks of steps: what reads the table of steps. */
#include "scenario/table.h"

bool parse_within(struct parser *p, struct scn_step *step)
{
    return !accept_word(p, "within") || parse_number(p, PLACE_TIME, &step->within);
}

/* No step of this actor begins here: one of another, or of none. */
static bool fail_step(struct parser *p)
{
    enum scn_actor_kind mine = p->actor_kind;
    for (int other = 0; p->tok.kind == TOK_WORD && other < SCN_ACTOR_COUNT; other++) {
        p->actor_kind = (enum scn_actor_kind)other;
        bool has = table_has(p, &steps_table) || (other == SCN_LINK_ACTOR && at_link(p));
        p->actor_kind = mine;
        if (has)
            return fail_at(p, p->tok.at, NULL, "'%s' is a step of a %s, not of a %s", tok_copy(p),
                           actor_word((enum scn_actor_kind)other), actor_word(mine));
    }
    if (p->tok.kind == TOK_WORD && mine == SCN_LINK_ACTOR) {
        table_unknown(p, &steps_table, &links_table);
        return false;
    }
    table_take(p, &steps_table);
    return false;
}

static bool parse_step(struct parser *p, struct scn_step *step)
{
    if (p->tok.kind == TOK_PIPE)
        return fail_at(p, p->tok.at, "it continues a send, an expect or a let", "a | line that no step stands before");
    *step = (struct scn_step){.kind = SCN_STEP_LINK, .at = p->tok.at};
    if (p->actor_kind == SCN_LINK_ACTOR && at_link(p))
        return parse_link(p, step);
    if (!table_has(p, &steps_table))
        return fail_step(p);
    const struct step_row *row = table_take(p, &steps_table);
    if (!row)
        return false;
    step->kind = row->kind;
    if (row->parse && !row->parse(p, step))
        return false;
    return !row->within || step->within.set || parse_within(p, step);
}

bool parse_lone_step(struct parser *p, struct scn_block *out)
{
    struct scn_step step;
    if (!parse_step(p, &step))
        return false;
    struct scn_step *slot = arena_push(p->arena, &out->steps, &out->count, sizeof(*slot));
    *slot = step;
    return true;
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
        if (!parse_lone_step(p, out) || !end_step(p))
            recover(p);
    }
    p->depth--;
    if (p->tok.kind == TOK_END)
        return fail_at(p, open, NULL, "a block that is not closed");
    advance(p);
    return true;
}
