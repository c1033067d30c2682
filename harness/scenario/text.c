/* Texts with names in them, and names. */
#include "base/buf.h"
#include "scenario/parse.h"

#include <stdlib.h>
#include <string.h>

/* --- texts ---------------------------------------------------------------------------------------------- */

struct text_builder {
    struct parser *p;
    struct scn_text *text;
    struct buf bytes;
    struct scn_at at; /* of the bytes collected */
};

static void flush_bytes(struct text_builder *b)
{
    if (!b->bytes.len)
        return;
    struct scn_part *part = arena_push(b->p->arena, &b->text->parts, &b->text->count, sizeof(*part));
    *part = (struct scn_part){.kind = SCN_PART_BYTES,
                              .bytes = arena_copy(b->p->arena, b->bytes.data, b->bytes.len),
                              .len = b->bytes.len,
                              .at = b->at};
    buf_clear(&b->bytes);
}

static void add_name(struct text_builder *b, const char *name, size_t len, struct scn_at at)
{
    flush_bytes(b);
    struct scn_part *part = arena_push(b->p->arena, &b->text->parts, &b->text->count, sizeof(*part));
    *part = (struct scn_part){.kind = SCN_PART_NAME, .bytes = arena_copy(b->p->arena, name, len), .len = len, .at = at};
    names_use(b->p, part->bytes, at, false);
}

static int hex(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* One escape; `q` points behind the backslash. Returns how many bytes it takes there, 0 (reported) when it is
 * none. */
static size_t escape(struct parser *p, const char *q, size_t left, struct scn_at at, struct buf *out)
{
    static const char letters[] = "rnt0\\\"", bytes[] = "\r\n\t\0\\\"";
    const char *found = left && *q ? memchr(letters, *q, sizeof(letters) - 1) : NULL;
    if (found) {
        buf_putc(out, bytes[found - letters]);
        return 1;
    }
    if (left >= 3 && *q == 'x' && hex(q[1]) >= 0 && hex(q[2]) >= 0) {
        buf_putc(out, (char)(hex(q[1]) * 16 + hex(q[2])));
        return 3;
    }
    fail_at(p, at, "known: \\r \\n \\t \\0 \\\\ \\\" and \\xHH", "unknown escape in a string");
    return 0;
}

/* A brace in a string or | line at `q`. Returns how many bytes it took; 0 (reported)
 * where it means nothing. */
static size_t text_brace(struct text_builder *b, const char *q, const char *end, bool string, struct scn_at at)
{
    if (q + 1 < end && q[1] == *q && (*q == '{' || string)) {
        buf_putc(&b->bytes, *q);
        return 2;
    }
    size_t len = *q == '{' ? lex_braced_name(q + 1, end) : 0;
    if (len) {
        at.len = (int)len + 2;
        add_name(b, q + 1, len, at);
        return len + 2;
    }
    if (string && *q == '{') {
        fail_at(b->p, at, "a name goes in braces, {path}; a brace itself is written {{", "a lone '{' in a string");
        return 0;
    }
    buf_putc(&b->bytes, *q);
    return 1;
}

/* How many bytes from `q` on, one at least, mean nothing but themselves. */
static size_t plain_run(const char *q, const char *end, bool string, bool plain)
{
    const char *at = q + 1;
    while (at < end && !(string && (*at == '"' || *at == '\\')) && (plain || (*at != '{' && *at != '}')))
        at++;
    return (size_t)(at - q);
}

/* The token's bytes; escapes only in strings, names unless `plain`. */
static bool build(struct text_builder *b, bool string, bool plain)
{
    const struct tok *t = &b->p->tok;
    const char *q = t->text, *end = t->text + t->len, *piece = q;
    struct scn_at start = t->at;
    while (q < end) {
        struct scn_at at = start;
        at.col += (int)(q - piece) + (string ? 1 : 0);
        at.len = 1;
        if (string && *q == '"') {
            start = at;
            q = piece = lex_next_piece(q, end, &start);
            continue;
        }
        if (!b->bytes.len)
            b->at = at;
        size_t took = 1;
        if (string && *q == '\\') {
            at.len = 2;
            took = escape(b->p, q + 1, (size_t)(end - q - 1), at, &b->bytes);
            took += took ? 1 : 0;
        } else if (!plain && (*q == '{' || *q == '}')) {
            took = text_brace(b, q, end, string, at);
        } else {
            took = plain_run(q, end, string, plain);
            buf_add(&b->bytes, q, took);
        }
        if (!took)
            return false;
        q += took;
    }
    return true;
}

bool parse_text(struct parser *p, const char *what, struct scn_text *out)
{
    *out = (struct scn_text){0};
    if (p->tok.kind != TOK_STRING)
        return fail_expected(p, what, "a text is written in quotes");
    struct text_builder b = {.p = p, .text = out};
    bool ok = build(&b, true, false);
    flush_bytes(&b);
    buf_free(&b.bytes);
    if (ok)
        advance(p);
    return ok;
}

bool parse_plain(struct parser *p, const char *what, const char **out)
{
    if (p->tok.kind != TOK_STRING)
        return fail_expected(p, what, "a text is written in quotes");
    struct scn_text text = {0};
    struct text_builder b = {.p = p, .text = &text};
    bool ok = build(&b, true, true);
    if (ok && b.bytes.len && memchr(b.bytes.data, '\0', b.bytes.len))
        ok = fail_at(p, p->tok.at, NULL, "a NUL has no place in this text");
    *out = arena_copy(p->arena, buf_text(&b.bytes), b.bytes.len);
    buf_free(&b.bytes);
    if (ok)
        advance(p);
    return ok;
}

bool parse_pipes(struct parser *p, const char *end, struct scn_text *out)
{
    *out = (struct scn_text){0};
    struct text_builder b = {.p = p, .text = out};
    while (p->tok.kind == TOK_PIPE) {
        build(&b, false, false);
        if (!b.bytes.len)
            b.at = p->tok.at;
        buf_puts(&b.bytes, end);
        advance(p);
    }
    flush_bytes(&b);
    buf_free(&b.bytes);
    return true;
}

/* --- names ---------------------------------------------------------------------------------------------- */

bool is_identifier(const struct tok *t)
{
    if (t->kind != TOK_WORD || !t->len || !lex_is_name_start(t->text[0]))
        return false;
    for (size_t i = 0; i < t->len; i++) {
        if (!lex_is_name_char(t->text[i]) || t->text[i] == '.')
            return false;
    }
    return true;
}

bool parse_name(struct parser *p, const char *what, const char **out, struct scn_at *at)
{
    if (!is_identifier(&p->tok))
        return fail_expected(p, what, "a name is letters, digits, '_' and '-', a letter first");
    *out = tok_copy(p);
    if (at)
        *at = p->tok.at;
    advance(p);
    return true;
}
