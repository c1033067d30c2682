/*
 * Characters to tokens. Pure and without memory of its own: tokens point into the source, so a copy of the
 * lexer is a free look ahead.
 */
#ifndef SOCKSPEC_SCENARIO_LEX_H
#define SOCKSPEC_SCENARIO_LEX_H

#include "scenario/scenario.h"

enum tok_kind {
    TOK_END,
    TOK_NEWLINE, /* one or more line ends or `;`: the end of a step, unless what follows can begin none */
    TOK_WORD,    /* connect, 5MB, 10KB/s, 1..200, = */
    TOK_NAME,    /* {name}: text is the name */
    TOK_STRING,  /* "...": text is what stands between the quotes, escapes not yet read. Of pieces that stand on lines
                    below each other it is all from the first to the last, with what is between: lex_next_piece() */
    TOK_REGEX,   /* /.../: as a string, between slashes */
    TOK_PIPE,    /* the rest of a | line */
    TOK_COMMA,
    TOK_OPEN,
    TOK_CLOSE,
    TOK_BAD, /* problem and hint say why */
};

struct tok {
    enum tok_kind kind;
    const char *text;
    size_t len;
    struct scn_at at;
    const char *problem, *hint; /* TOK_BAD */
};

struct lexer {
    const char *p, *end, *line_start;
    int line;
};

void lex_start(struct lexer *l, const char *source, size_t len);

/* The next token; TOK_END again and again at the end. */
struct tok lex_next(struct lexer *l);

/* From the closing delimiter `p` of a piece to behind the opening one of the next piece in the same token, whose text
 * ends at `end`. `at` is the place of `p`, and becomes that of the opening delimiter. */
const char *lex_next_piece(const char *p, const char *end, struct scn_at *at);

/* Whether a byte can begin, or go on in, a name: letters, digits, `_`, `-`, `.` (the last three and digits
 * not first). */
bool lex_is_name_start(char c);
bool lex_is_name_char(char c);

/* Length of the name at `p`, when `{name}` stands there with its closing brace (p points behind the `{`);
 * else 0. */
size_t lex_braced_name(const char *p, const char *end);

#endif
