#include "scenario/lines.h"

static bool parse_line(struct parser *p, const struct table *rows, void *to)
{
    if (p->tok.kind != TOK_WORD)
        return fail_expected(p, "a word at the beginning of the line", NULL);
    if (is_word(p, "sockspec"))
        return fail_at(p, p->tok.at, "move it above all else", "the version belongs in the first line");
    const struct line_row *row = table_take(p, rows);
    return row && row->parse(p, to) && end_step(p);
}

int lines_parse(const char *file, const char *text, size_t len, const struct table *rows, void *to, struct arena *arena,
                struct parser *p, struct scn_messages *messages)
{
    parser_start(p, file, text, len, arena, messages);
    p->plain = true;
    if (!parse_version(p))
        recover(p);
    while (p->tok.kind != TOK_END) {
        if (p->tok.kind == TOK_NEWLINE) {
            advance(p);
        } else if (!parse_line(p, rows, to)) {
            if (p->tok.kind == TOK_CLOSE)
                advance(p);
            recover(p);
        }
    }
    return parser_failed(p) ? -1 : 0;
}

bool lines_value(struct parser *p, const char *what, const char **out)
{
    if (p->tok.kind == TOK_STRING)
        return parse_plain(p, what, out);
    if (p->tok.kind != TOK_WORD)
        return fail_expected(p, what, NULL);
    *out = tok_copy(p);
    advance(p);
    return true;
}
