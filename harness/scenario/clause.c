/* One `fault` on its own, as the command line has it. */
#include "scenario/parse.h"

#include <string.h>

bool scn_fault_parse(const char *text, const char *file, struct arena *arena, struct scn_fault *out,
                     struct scn_messages *messages)
{
    struct parser p;
    struct scn_step step = {0};
    const char *brace = strchr(text, '{');
    if (strlen(text) > SCN_SOURCE_MAX)
        text = "";
    parser_start(&p, file, text, strlen(text), arena, messages);
    p.plain = true;
    if (brace)
        return fail_at(&p, (struct scn_at){.line = 1, .col = (int)(brace - text) + 1, .len = 1}, NULL,
                       "there are no names here");
    bool ok = parse_fault(&p, &step) && (p.tok.kind == TOK_END || fail_expected(&p, "the end of the fault", NULL));
    if (ok && step.u.fault.actor)
        ok = fail_at(&p, (struct scn_at){.line = 1, .col = 1, .len = 1}, NULL,
                     "connections are known by their actor in scenarios only");
    *out = step.u.fault;
    return ok && !parser_failed(&p);
}
