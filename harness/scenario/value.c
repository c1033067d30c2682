#include "base/buf.h"
#include "scenario/names.h"
#include "scenario/parse.h"

#include <errno.h>
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
            buf_putc(&b->bytes, *q);
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

/* --- names --------------------------------------------------------------------------------------------- */

static bool is_identifier(const struct tok *t)
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

/* --- numbers -------------------------------------------------------------------------------------------- */

struct place_row {
    enum scn_unit unit;
    double min, max;
    const char *kind, *form;
};

static const struct place_row PLACES[] = {
    [PLACE_COPIES] = {SCN_UNIT_COUNT, 1, COPIES_MAX, "a count of actors", "1 to 100000"},
    [PLACE_REPEAT] = {SCN_UNIT_COUNT, 1, 1e6, "a count of repetitions", "1 to 1000000"},
    [PLACE_TIMES] = {SCN_UNIT_COUNT, 1, 1e9, "a count", "1 or more"},
    [PLACE_CALLS] = {SCN_UNIT_COUNT, 0, 1e9, "a count of calls", "0 or more"},
    [PLACE_PIECE] = {SCN_UNIT_BYTES, 1, 1e9, "a size of pieces", "1, 100, 64KiB"},
    [PLACE_OFFSET] = {SCN_UNIT_BYTES, -1e9, 1e9, "an offset", "10, or -2 from the end"},
    [PLACE_SIZE] = {SCN_UNIT_BYTES, 0, 1e12, "a number of bytes", "1000, 5MB, 64KiB"},
    [PLACE_PAYLOAD] = {SCN_UNIT_BYTES, 0, 1073741824, "a number of bytes", "1000, 5MB, 64KiB, 1GiB at most"},
    [PLACE_LENGTH] = {SCN_UNIT_BYTES, 1, 1e12, "a number of bytes from 1 on", "1000, 5MB, 64KiB"},
    [PLACE_OPTION_COUNT] = {SCN_UNIT_COUNT, 0, 65535, "a count", "0 to 65535"},
    [PLACE_TIME] = {SCN_UNIT_TIME, 0, 86400, "a time", "250ms, 1s, 2min"},
    [PLACE_RATE] = {SCN_UNIT_RATE, 1, 1e12, "a rate", "100B/s, 10KB/s, 1MiB/s"},
    [PLACE_PERCENT] = {SCN_UNIT_PERCENT, 0, 100, "a percentage", "5%, 0 to 100"},
};

const char *place_kind(enum place place)
{
    return PLACES[place].kind;
}

const char *place_form(enum place place)
{
    return PLACES[place].form;
}

bool place_read(enum place place, const char *text, double *value)
{
    const struct place_row *row = &PLACES[place];
    bool minus = row->min < 0 && *text == '-';
    if (scn_number_parse(text + minus, row->unit, value) < 0)
        return false;
    if (minus)
        *value = -*value;
    if (*value < row->min || *value > row->max) {
        errno = ERANGE;
        return false;
    }
    return true;
}

static bool has_digit_first(const struct tok *t)
{
    return t->len && t->text[0] >= '0' && t->text[0] <= '9';
}

bool at_number(const struct parser *p)
{
    return p->tok.kind == TOK_NAME || (p->tok.kind == TOK_WORD && has_digit_first(&p->tok));
}

bool parse_number(struct parser *p, enum place place, struct scn_number *out)
{
    const struct place_row *row = &PLACES[place];
    *out = (struct scn_number){.set = true, .unit = row->unit, .at = p->tok.at};
    char *hint = mem_printf("write it like %s", row->form);
    bool ok = true;
    if (p->tok.kind == TOK_NAME && !p->plain) {
        out->name = tok_copy(p);
        ok = names_number(p, out, place);
    } else if (p->tok.kind != TOK_WORD || (!has_digit_first(&p->tok) && p->tok.text[0] != '-')) {
        ok = fail_expected(p, row->kind, hint);
    } else if (!place_read(place, tok_copy(p), &out->value)) {
        int shown = p->tok.len > 40 ? 40 : (int)p->tok.len;
        ok = fail_at(p, p->tok.at, hint, errno == ERANGE ? "%.*s is out of range for %s" : "%.*s is not %s", shown,
                     p->tok.text, row->kind);
    }
    free(hint);
    if (ok)
        advance(p);
    return ok;
}

void accept_bytes_word(struct parser *p)
{
    if (!accept_word(p, "bytes"))
        accept_word(p, "byte");
}

/* --- payloads ------------------------------------------------------------------------------------------- */

/* Payloads of which only a size is said. */
struct sized_item {
    const char *word;
    enum scn_item_kind kind;
};

/* The one that the next word is, or NULL. */
static const struct sized_item *sized_item(struct parser *p)
{
    static const struct sized_item items[] = {
        {"random", SCN_ITEM_RANDOM}, {"zeros", SCN_ITEM_ZEROS}, {"letters", SCN_ITEM_LETTERS}};
    for (size_t i = 0; i < sizeof(items) / sizeof(*items); i++) {
        if (is_word(p, items[i].word))
            return &items[i];
    }
    return NULL;
}

bool at_payload(struct parser *p)
{
    switch (p->tok.kind) {
    case TOK_STRING:
    case TOK_PIPE:
    case TOK_NAME:
        return true;
    case TOK_WORD:
        if (sized_item(p) || is_word(p, "file"))
            return true;
        return is_identifier(&p->tok) && p->tok.len < 64 && !names_is_reserved(tok_copy(p));
    default:
        return false;
    }
}

static bool parse_word_item(struct parser *p, struct scn_item *item)
{
    const struct sized_item *sized = sized_item(p);
    if (sized && accept_word(p, sized->word)) {
        item->kind = sized->kind;
        if (!parse_number(p, PLACE_PAYLOAD, &item->size))
            return false;
        accept_bytes_word(p);
        return true;
    }
    if (accept_word(p, "file")) {
        item->kind = SCN_ITEM_FILE;
        return parse_text(p, "the path of a file", &item->text);
    }
    item->kind = SCN_ITEM_NAME;
    item->name = tok_copy(p);
    names_use(p, item->name, p->tok.at, true);
    advance(p);
    return true;
}

bool parse_item(struct parser *p, struct scn_payload *out)
{
    struct scn_item item = {.kind = SCN_ITEM_TEXT, .at = p->tok.at};
    bool ok = true;
    if (p->tok.kind == TOK_STRING) {
        ok = parse_text(p, "a string", &item.text);
    } else if (p->tok.kind == TOK_PIPE) {
        ok = parse_pipes(p, "\r\n", &item.text);
    } else if (p->tok.kind == TOK_NAME) {
        struct scn_part *part = arena_push(p->arena, &item.text.parts, &item.text.count, sizeof(*part));
        *part = (struct scn_part){.kind = SCN_PART_NAME, .bytes = tok_copy(p), .len = p->tok.len, .at = p->tok.at};
        names_use(p, part->bytes, p->tok.at, false);
        advance(p);
    } else {
        ok = parse_word_item(p, &item);
    }
    if (!ok)
        return false;
    struct scn_item *slot = arena_push(p->arena, &out->items, &out->count, sizeof(*slot));
    *slot = item;
    return true;
}

bool parse_payload(struct parser *p, struct scn_payload *out)
{
    if (!at_payload(p))
        return fail_expected(p, "bytes to send or compare",
                             "a string, | lines, random N, zeros N, letters N, file \"...\", a name");
    while (at_payload(p)) {
        if (!parse_item(p, out))
            return false;
    }
    return true;
}
