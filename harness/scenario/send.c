/* send: a payload and how its bytes leave, in any order. */
#include "scenario/table.h"

static bool parse_pieces(struct parser *p, struct scn_manner *m)
{
    if (!parse_number(p, PLACE_PIECE, &m->piece))
        return false;
    accept_bytes_word(p);
    return accept_word(p, "piece") || need_word(p, "pieces", "after the size (in N byte pieces)");
}

static bool parse_everywhere(struct parser *p, struct scn_manner *m)
{
    (void)m;
    p->s->splits_everywhere = true;
    return true;
}

static bool parse_offsets(struct parser *p, struct scn_manner *m)
{
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

static bool parse_every(struct parser *p, struct scn_manner *m)
{
    return parse_number(p, PLACE_TIME, &m->every);
}

static bool parse_at(struct parser *p, struct scn_manner *m)
{
    return parse_number(p, PLACE_RATE, &m->rate);
}

static bool parse_until(struct parser *p, struct scn_manner *m)
{
    (void)p;
    m->until_blocked = true;
    return true;
}

static bool parse_urgent(struct parser *p, struct scn_manner *m)
{
    (void)p;
    m->urgent = true;
    return true;
}

static bool parse_held(struct parser *p, struct scn_manner *m)
{
    (void)p;
    m->held = true;
    return true;
}

static bool parse_from_port(struct parser *p, struct scn_manner *m)
{
    (void)p;
    m->from = SCN_FROM_OTHER_PORT;
    return true;
}

static bool parse_from_address(struct parser *p, struct scn_manner *m)
{
    (void)p;
    m->from = SCN_FROM_OTHER_ADDRESS;
    return true;
}

static const struct manner_row {
    WORD_ROW;
    enum scn_cut cut; /* or SCN_CUT_NONE: not about where the bytes are cut */
    bool (*parse)(struct parser *p, struct scn_manner *m);
} MANNERS[] = {
    {"in N byte pieces", "in N byte pieces", "each piece leaves once the peer has taken the one before",
     "send \"hello\" in 2 byte pieces", SCN_CUT_PIECES, parse_pieces},
    {"split at", "split at N[, N...]", "cuts at offsets; a negative one counts from the end",
     "send \"hello\" split at 1, -1", SCN_CUT_AT, parse_offsets},
    {"split everywhere", "split everywhere", "runs the case again for every cut", "send \"hello\" split everywhere",
     SCN_CUT_EVERYWHERE, parse_everywhere},
    {"every", "every T", "pauses between pieces", "send \"hello\" in 1 byte pieces every 10ms", SCN_CUT_NONE,
     parse_every},
    {"at", "at RATE", "no faster than this", "send zeros 10KB at 100KB/s", SCN_CUT_NONE, parse_at},
    {"until blocked", "until blocked", "again and again until the kernel takes no more",
     "send zeros 64KiB until blocked", SCN_CUT_NONE, parse_until},
    {"urgent", "urgent", "the last byte as urgent data (tcp)", "send \"!\" urgent", SCN_CUT_NONE, parse_urgent},
    {"held", "held",
     "leaves with what comes next, at most 200 ms later (tcp): behind it a close puts its FIN into the same segment",
     "send \"bye\" held", SCN_CUT_NONE, parse_held},
    {"from other port", "from other port", "a datagram from a fresh socket (udp)", "send \"forged\" from other port",
     SCN_CUT_NONE, parse_from_port},
    {"from other address", "from other address", "a datagram from this port of another address (udp)",
     "send \"forged\" from other address", SCN_CUT_NONE, parse_from_address},
};
const struct table manners_table = {.what = "manner", .where = "send", TABLE_ROWS(MANNERS)};

static bool parse_manner(struct parser *p, struct scn_manner *m)
{
    struct scn_at at = p->tok.at;
    const struct manner_row *row = table_take(p, &manners_table);
    if (!row)
        return false;
    if (row->cut != SCN_CUT_NONE && m->cut != SCN_CUT_NONE)
        return fail_at(p, at, NULL, "how the bytes are cut is said twice");
    if (row->cut != SCN_CUT_NONE)
        m->cut = row->cut;
    return row->parse(p, m);
}

bool parse_send(struct parser *p, struct scn_step *step)
{
    for (;;) {
        if (table_has(p, &manners_table)) {
            if (!parse_manner(p, &step->u.send.manner))
                return false;
        } else if (at_payload(p)) {
            if (!parse_item(p, &step->u.send.payload))
                return false;
        } else {
            break;
        }
    }
    return step->u.send.payload.count || fail_expected(p, "bytes to send", PAYLOAD_HINT);
}
