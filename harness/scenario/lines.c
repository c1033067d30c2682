#include "scenario/lines.h"

#include <stdlib.h>

static bool parse_line(struct parser *p, const struct line_row *rows, size_t count, void *to)
{
    if (p->tok.kind != TOK_WORD)
        return fail_expected(p, "a word at the beginning of the line", NULL);
    for (size_t i = 0; i < count; i++) {
        if (accept_word(p, rows[i].word))
            return rows[i].parse(p, to) && end_step(p);
    }
    const char **words = mem_new(count + 1, sizeof(*words));
    for (size_t i = 0; i < count; i++)
        words[i] = rows[i].word;
    fail_unknown(p, p->tok.at, "word", tok_copy(p), words, NULL);
    free(words);
    return false;
}

int lines_parse(const char *file, const char *text, size_t len, const struct line_row *rows, size_t count, void *to,
                struct arena *arena, struct parser *p, struct scn_messages *messages)
{
    parser_start(p, file, text, len, arena, messages);
    p->plain = true;
    while (p->tok.kind != TOK_END) {
        if (p->tok.kind == TOK_NEWLINE) {
            advance(p);
        } else if (!parse_line(p, rows, count, to)) {
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
