/* send: a payload and how its bytes leave, in any order. */
#include "scenario/parse.h"

static bool parse_pieces(struct parser *p, struct scn_manner *m, struct scn_at at)
{
    if (m->cut != SCN_CUT_NONE)
        return fail_at(p, at, NULL, "how the bytes are cut is said twice");
    m->cut = SCN_CUT_PIECES;
    if (!parse_number(p, PLACE_PIECE, &m->piece))
        return false;
    accept_bytes_word(p);
    return accept_word(p, "piece") || need_word(p, "pieces", "after the size (in N byte pieces)");
}

static bool parse_split(struct parser *p, struct scn_manner *m, struct scn_at at)
{
    if (m->cut != SCN_CUT_NONE)
        return fail_at(p, at, NULL, "how the bytes are cut is said twice");
    if (accept_word(p, "everywhere")) {
        m->cut = SCN_CUT_EVERYWHERE;
        p->s->splits_everywhere = true;
        return true;
    }
    if (!need_word(p, "at", "or 'everywhere' after 'split'"))
        return false;
    m->cut = SCN_CUT_AT;
    do {
        struct scn_number offset;
        if (p->tok.kind == TOK_COMMA)
            advance(p);
        if (!parse_number(p, PLACE_OFFSET, &offset))
            return false;
        struct scn_number *slot = arena_push(p->arena, &m->offsets, &m->offset_count, sizeof(*slot));
        *slot = offset;
    } while (p->tok.kind == TOK_COMMA);
    return true;
}

static bool parse_every(struct parser *p, struct scn_manner *m, struct scn_at at)
{
    (void)at;
    return parse_number(p, PLACE_TIME, &m->every);
}

static bool parse_at(struct parser *p, struct scn_manner *m, struct scn_at at)
{
    (void)at;
    return parse_number(p, PLACE_RATE, &m->rate);
}

static bool parse_until(struct parser *p, struct scn_manner *m, struct scn_at at)
{
    (void)at;
    m->until_blocked = true;
    return need_word(p, "blocked", "after 'until'");
}

static bool parse_urgent(struct parser *p, struct scn_manner *m, struct scn_at at)
{
    (void)p;
    (void)at;
    m->urgent = true;
    return true;
}

static bool parse_held(struct parser *p, struct scn_manner *m, struct scn_at at)
{
    (void)p;
    (void)at;
    m->held = true;
    return true;
}

static bool parse_from(struct parser *p, struct scn_manner *m, struct scn_at at)
{
    (void)at;
    m->other_port = true;
    return need_word(p, "other", "after 'from'") && need_word(p, "port", "after 'from other'");
}

static const struct manner_row {
    const char *word;
    bool (*parse)(struct parser *p, struct scn_manner *m, struct scn_at at);
} MANNERS[] = {
    {"in", parse_pieces},   {"split", parse_split},   {"every", parse_every}, {"at", parse_at},
    {"until", parse_until}, {"urgent", parse_urgent}, {"from", parse_from},   {"held", parse_held},
};

static const struct manner_row *find_manner(const struct parser *p)
{
    for (size_t i = 0; i < sizeof(MANNERS) / sizeof(*MANNERS); i++) {
        if (is_word(p, MANNERS[i].word))
            return &MANNERS[i];
    }
    return NULL;
}

bool parse_send(struct parser *p, struct scn_step *step)
{
    for (;;) {
        const struct manner_row *row = find_manner(p);
        struct scn_at at = p->tok.at;
        if (row) {
            advance(p);
            if (!row->parse(p, &step->u.send.manner, at))
                return false;
        } else if (at_payload(p)) {
            if (!parse_item(p, &step->u.send.payload))
                return false;
        } else {
            break;
        }
    }
    if (!step->u.send.payload.count)
        return fail_expected(p, "bytes to send",
                             "a string, | lines, random N, zeros N, letters N, file \"...\", a name");
    return true;
}
