/* Payloads: what is sent and compared, item by item. */
#include "scenario/table.h"

#include <string.h>

/* Longer words are no names of payloads. */
#define NAME_MAX_LEN 63

static const struct item_row {
    WORD_ROW;
    enum scn_item_kind kind;
    bool sized; /* a size stands behind the word, and nothing else */
} ITEMS[] = {
    {"\"...\"", "\"TEXT {name}\"",
     "bytes; \\r \\n \\t \\0 \\\\ \\\" \\xHH, {name} puts a value in, {{ and }} are braces",
     "send \"GET / \\x48\\r\\n{{}}\"", SCN_ITEM_TEXT, false},
    {"|", "| TEXT {name}", "one line, CR LF behind it; all is plain but {name}, and {{ is a brace",
     "send\n| HELO example\n|", SCN_ITEM_TEXT, false},
    {"random", "random N", "N seeded bytes, the same in every run", "send random 1000", SCN_ITEM_RANDOM, true},
    {"zeros", "zeros N", "N bytes of 0", "send zeros 5MB", SCN_ITEM_ZEROS, true},
    {"letters", "letters N", "N bytes of a to z, again and again: for what reads text", "send letters 70000 \"\\n\"",
     SCN_ITEM_LETTERS, true},
    {"file", "file \"PATH\"",
     "a file's bytes; the path begins at the scenario's folder and leads to a regular file in it or below",
     "send file \"image.png\"", SCN_ITEM_FILE, false},
    {"text", "text PAYLOAD",
     "one item as a text: a period more where a line begins with one, and the line of one period",
     "send text \"one\\r\\n.two\\r\\n\"", SCN_ITEM_STUFFED, false},
    {"literal", "literal PAYLOAD", "one item as a literal of IMAP: {N}, CR LF, and its N bytes",
     "send \"a LOGIN \" literal \"user\"", SCN_ITEM_LITERAL, false},
    {"reply", "reply CODE [to TAG] [\"LINE\"...]",
     "a reply of what is spoken, with as many lines; one of IMAP has the tag of the last command",
     "send reply 250 \"server.example\" \"8BITMIME\"", SCN_ITEM_REPLY, false},
};
const struct table items_table = {.what = "payload", .where = "payload", TABLE_ROWS(ITEMS)};

bool at_payload(struct parser *p)
{
    switch (p->tok.kind) {
    case TOK_STRING:
    case TOK_PIPE:
    case TOK_NAME:
        return true;
    case TOK_WORD:
        return table_has(p, &items_table) ||
               (is_identifier(&p->tok) && p->tok.len <= NAME_MAX_LEN && !names_is_reserved(tok_copy(p)));
    case TOK_END:
    case TOK_NEWLINE:
    case TOK_REGEX:
    case TOK_COMMA:
    case TOK_OPEN:
    case TOK_CLOSE:
    case TOK_BAD:
        break;
    }
    return false;
}

/* A scenario may come from anywhere, and what it reads goes to the program under test: whatever a {name} brings into a
 * path is held to the same rule when the file is opened. */
static bool check_path(struct parser *p, struct scn_at at, const struct scn_text *path)
{
    bool begins = true, out = path->count && path->parts[0].kind == SCN_PART_BYTES && path->parts[0].bytes[0] == '/';
    for (size_t i = 0; i < path->count; i++) {
        const struct scn_part *part = &path->parts[i];
        for (size_t k = 0; part->kind == SCN_PART_BYTES && k < part->len; k++) {
            size_t left = part->len - k;
            out |= begins && left >= 2 && memcmp(part->bytes + k, "..", 2) == 0 &&
                   (left == 2 || part->bytes[k + 2] == '/');
            begins = part->bytes[k] == '/';
        }
        begins &= part->kind == SCN_PART_BYTES;
    }
    if (!out || (p->context && p->context->foreign_files))
        return true;
    return fail_at(p, at, "--allow-files PATH permits another",
                   "a scenario's files are in its folder or below: no '/' first, no '..'");
}

/* The one item behind `text` or `literal`; one in the other is a depth of the program's stack. */
static bool parse_inner(struct parser *p, struct scn_payload *out)
{
    if (!at_payload(p))
        return fail_expected(p, "what is in it", PAYLOAD_HINT);
    if (p->depth >= SCN_DEPTH_MAX)
        return fail_at(p, p->tok.at, NULL, "more than %d payloads inside each other", SCN_DEPTH_MAX);
    p->depth++;
    bool ok = parse_item(p, out);
    p->depth--;
    return ok;
}

static bool parse_word_item(struct parser *p, struct scn_item *item)
{
    if (!table_has(p, &items_table)) {
        item->kind = SCN_ITEM_NAME;
        item->name = tok_copy(p);
        names_use(p, item->name, p->tok.at, true);
        advance(p);
        return true;
    }
    const struct item_row *row = table_take(p, &items_table);
    item->kind = row->kind;
    struct scn_at at = p->tok.at;
    if (row->kind == SCN_ITEM_REPLY)
        return parse_reply_item(p, item);
    if (row->kind == SCN_ITEM_STUFFED || row->kind == SCN_ITEM_LITERAL) {
        item->of = arena_new(p->arena, 1, sizeof(*item->of));
        return parse_inner(p, item->of);
    }
    if (!row->sized)
        return parse_text(p, "the path of a file", &item->text) && check_path(p, at, &item->text);
    if (!parse_number(p, PLACE_PAYLOAD, &item->size))
        return false;
    accept_bytes_word(p);
    return true;
}

/* {name} on its own is a text of nothing else. */
static void parse_name_item(struct parser *p, struct scn_text *out)
{
    struct scn_part *part = arena_push(p->arena, &out->parts, &out->count, sizeof(*part));
    *part = (struct scn_part){.kind = SCN_PART_NAME, .bytes = tok_copy(p), .len = p->tok.len, .at = p->tok.at};
    advance(p);
}

bool parse_item(struct parser *p, struct scn_payload *out)
{
    struct scn_item item = {.kind = SCN_ITEM_TEXT, .at = p->tok.at};
    bool ok = true;
    if (p->tok.kind == TOK_STRING)
        ok = parse_text(p, "a string", &item.text);
    else if (p->tok.kind == TOK_PIPE)
        ok = parse_pipes(p, "\r\n", &item.text);
    else if (p->tok.kind == TOK_NAME)
        parse_name_item(p, &item.text);
    else
        ok = parse_word_item(p, &item);
    if (!ok)
        return false;
    struct scn_item *slot = arena_push(p->arena, &out->items, &out->count, sizeof(*slot));
    *slot = item;
    return true;
}

bool parse_payload(struct parser *p, struct scn_payload *out)
{
    if (!at_payload(p))
        return fail_expected(p, "bytes to send or compare", PAYLOAD_HINT);
    while (at_payload(p)) {
        if (!parse_item(p, out))
            return false;
    }
    return true;
}
