/* Faults of the link: which are of packets, and one on its own, as the command line has it. */
#include "scenario/parse.h"

#include <string.h>

bool scn_link_is_of_packets(enum scn_link_kind kind)
{
    return kind == SCN_LINK_LOSS || kind == SCN_LINK_REORDER || kind == SCN_LINK_DUPLICATE;
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
