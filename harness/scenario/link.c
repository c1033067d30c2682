/* The faults of the link: as a step, and on their own, as the command line has them. */
#include "scenario/table.h"

#include <string.h>

// clang-format off
#define CONNECTION_BOTH    " [on connection N]"
#define CONNECTION_STREAMS " [on connection N]"
#define CONNECTION_PACKETS ""
#define ROW(id, word, place, unit, form, medium, use, purpose, example) \
    {word, "[up|down] " word " " form CONNECTION_##use, purpose, example, SCN_LINK_##id, PLACE_##place},
// clang-format on

static const struct link_row {
    WORD_ROW;
    enum scn_link_kind kind;
    enum place place;
} LINKS[] = {SCN_LINK_FAULTS(ROW)};
const struct table links_table = {.what = "link fault", .where = "link", TABLE_ROWS(LINKS)};

static bool parse_connection(struct parser *p, struct scn_link *link)
{
    struct scn_at at = p->tok.at;
    if (!accept_word(p, "on"))
        return true;
    if (scn_link_is_of_packets(link->kind))
        return fail_at(p, at, NULL, "packets are lost, reordered and duplicated on all connections alike");
    return need_word(p, "connection", "after 'on'") && parse_number(p, PLACE_TIMES, &link->connection);
}

bool at_link(const struct parser *p)
{
    return is_word(p, "up") || is_word(p, "down") || table_has(p, &links_table);
}

bool parse_link(struct parser *p, struct scn_step *step)
{
    struct scn_link *link = &step->u.link;
    link->up = accept_word(p, "up");
    link->down = !link->up && accept_word(p, "down");
    const struct link_row *row = table_take(p, &links_table);
    if (!row)
        return false;
    link->kind = row->kind;
    if (!parse_number(p, row->place, &link->amount))
        return false;
    if (link->amount.unit == SCN_UNIT_BYTES)
        accept_bytes_word(p);
    if (scn_link_is_of_packets(link->kind)) {
        uses_mechanism(p, SCN_HAS_PACKETS);
        changes_subject(p);
    }
    return parse_connection(p, link);
}

bool scn_link_parse(const char *text, const char *file, struct arena *arena, struct scn_link *out,
                    struct scn_messages *messages)
{
    struct parser p;
    struct scn_step step = {0};
    if (strlen(text) > SCN_SOURCE_MAX)
        text = "";
    parser_start(&p, file, text, strlen(text), arena, messages);
    p.plain = true;
    bool ok = parse_link(&p, &step) && (p.tok.kind == TOK_END || fail_expected(&p, "the end of the fault", NULL));
    *out = step.u.link;
    return ok && !parser_failed(&p);
}
