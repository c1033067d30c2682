/* What an actor expects from its connection. */
#include "scenario/table.h"

#include <string.h>

static bool parse_header_name(struct parser *p, struct scn_text *out)
{
    if (p->tok.kind == TOK_STRING)
        return parse_text(p, "the name of a header field", out);
    if (p->tok.kind != TOK_WORD)
        return fail_expected(p, "the name of a header field", NULL);
    struct scn_part *part = arena_push(p->arena, &out->parts, &out->count, sizeof(*part));
    *part = (struct scn_part){.kind = SCN_PART_BYTES, .bytes = tok_copy(p), .len = p->tok.len, .at = p->tok.at};
    advance(p);
    return true;
}

/* "value", {name} or /regex/, where one stands. */
static bool parse_header_value(struct parser *p, struct scn_with *w)
{
    if (p->tok.kind == TOK_REGEX)
        return parse_regex(p, &w->regex);
    if (p->tok.kind != TOK_STRING && p->tok.kind != TOK_NAME)
        return true;
    w->has_value = true;
    return parse_item(p, &w->payload);
}

static bool parse_body(struct parser *p, struct scn_with *w)
{
    if (p->tok.kind == TOK_REGEX)
        return parse_regex(p, &w->regex);
    if (p->tok.kind == TOK_WORD && at_number(p)) {
        w->kind = SCN_WITH_BODY_LENGTH;
        return parse_number(p, PLACE_SIZE, &w->length) &&
               (accept_word(p, "byte") || need_word(p, "bytes", "after the length of the body"));
    }
    w->has_value = true;
    if (p->tok.kind == TOK_NAME) {
        struct lexer ahead = p->lex;
        struct tok next = lex_next(&ahead);
        if (next.kind == TOK_WORD && next.len == 5 && memcmp(next.text, "bytes", 5) == 0) {
            w->kind = SCN_WITH_BODY_LENGTH;
            w->has_value = false;
            if (!parse_number(p, PLACE_SIZE, &w->length))
                return false;
            advance(p);
            return true;
        }
    }
    return parse_payload(p, &w->payload);
}

static bool parse_header(struct parser *p, struct scn_with *w)
{
    return parse_header_name(p, &w->name) && parse_header_value(p, w);
}

static bool parse_no_header(struct parser *p, struct scn_with *w)
{
    return parse_header_name(p, &w->name);
}

static bool parse_http_version(struct parser *p, struct scn_with *w)
{
    w->has_value = true;
    return p->tok.kind == TOK_STRING ? parse_item(p, &w->payload)
                                     : fail_expected(p, "a version in quotes", "version \"1.1\"");
}

static bool parse_bare_with(struct parser *p, struct scn_with *w)
{
    (void)p;
    (void)w;
    return true;
}

static bool parse_text_with(struct parser *p, struct scn_with *w)
{
    if (p->tok.kind == TOK_REGEX)
        return parse_regex(p, &w->regex);
    w->has_value = at_payload(p);
    return !w->has_value || parse_payload(p, &w->payload);
}

static bool parse_value_with(struct parser *p, struct scn_with *w)
{
    if (p->tok.kind != TOK_REGEX && !at_payload(p))
        return fail_expected(p, "a text or a regex", "with line \"OK\" or with line /^OK/");
    return parse_text_with(p, w);
}

static const struct with_row {
    WORD_ROW;
    enum scn_with_kind kind;
    bool (*parse)(struct parser *p, struct scn_with *w);
} CONDITIONS[] = {
    {"with header", "with header NAME [\"VALUE\" | /REGEX/]", "the field is there, with that value",
     "expect response 200 with header Content-Length \"5\"", SCN_WITH_HEADER, parse_header},
    {"without header", "without header NAME", "the field is not there",
     "expect response 204 without header Content-Length", SCN_WITHOUT_HEADER, parse_no_header},
    {"with body", "with body PAYLOAD | /REGEX/ | N bytes", "the body; \"\" asks for an empty one",
     "expect response 200 with body \"hello\"", SCN_WITH_BODY, parse_body},
    {"with version", "with version \"1.1\"", "the HTTP version", "expect response any with version \"1.1\"",
     SCN_WITH_VERSION, parse_http_version},
    {"with valid head", "with valid head", "the head deviates from the grammar nowhere",
     "expect response 200 with valid head", SCN_WITH_VALID, parse_bare_with},
    {"with cut body", "with cut body", "the stream ends before the body does", "expect response 200 with cut body",
     SCN_WITH_CUT, parse_bare_with},
    {"with line", "with line \"TEXT\" | /REGEX/", "one of the reply's lines, without its code",
     "expect reply 250 with line /^8BITMIME/", SCN_WITH_LINE, parse_value_with},
    {"with text", "with text [PAYLOAD | /REGEX/]", "a text behind the reply, as `text` has it",
     "expect reply +OK with text \"hello\\r\\n\"", SCN_WITH_TEXT, parse_text_with},
    {"with literal", "with literal PAYLOAD | /REGEX/", "one of the literals of the reply (IMAP)",
     "expect reply OK to \"a\" with literal \"hello\\r\\n\"", SCN_WITH_LITERAL, parse_value_with},
    {"with valid lines", "with valid lines", "the reply deviates from the grammar nowhere",
     "expect reply 220 with valid lines", SCN_WITH_VALID_LINES, parse_bare_with},
};
const struct table conditions_table = {
    .what = "condition", .where = "expect", .prefix = "with ", TABLE_ROWS(CONDITIONS)};

static bool parse_conditions(struct parser *p, struct scn_match *m)
{
    while (is_word(p, "with") || table_has(p, &conditions_table)) {
        struct scn_at at = p->tok.at;
        if (accept_word(p, "with")) {
            at = p->tok.at;
            if (is_word(p, "without"))
                return fail_expected(p, "a condition after 'with'", NULL);
        }
        const struct with_row *row = table_take(p, &conditions_table);
        if (!row)
            return false;
        bool of_reply = row->kind >= SCN_WITH_LINE, is_reply = m->kind == SCN_MATCH_REPLY;
        if (of_reply != is_reply)
            return fail_at(p, at, NULL, "'%s' is a condition of a %s", row->word, of_reply ? "reply" : "HTTP message");
        struct scn_with w = {.kind = row->kind, .at = at};
        if (!row->parse(p, &w))
            return false;
        struct scn_with *slot = arena_push(p->arena, &m->withs, &m->with_count, sizeof(*slot));
        *slot = w;
    }
    return true;
}

static bool parse_status(struct parser *p, struct scn_match *m)
{
    if (accept_word(p, "any")) {
        m->status_low = 100;
        m->status_high = 599;
        return true;
    }
    const char *t = p->tok.text;
    bool digits = p->tok.kind == TOK_WORD && p->tok.len == 3 && t[0] >= '1' && t[0] <= '5';
    bool group = digits && t[1] == 'x' && t[2] == 'x';
    if (!digits || (!group && (t[1] < '0' || t[1] > '9' || t[2] < '0' || t[2] > '9')))
        return fail_expected(p, "a status", "200, 4xx or any; 100 to 599");
    m->status_low = group ? (t[0] - '0') * 100 : (t[0] - '0') * 100 + (t[1] - '0') * 10 + (t[2] - '0');
    m->status_high = group ? m->status_low + 99 : m->status_low;
    advance(p);
    return true;
}

static bool parse_method(struct parser *p, const char **out)
{
    if (accept_word(p, "any")) {
        *out = NULL;
        return true;
    }
    if (p->tok.kind != TOK_WORD)
        return fail_expected(p, "a method", "GET, HEAD, POST, ... or any");
    for (size_t i = 0; i < p->tok.len; i++) {
        char c = p->tok.text[i];
        if (!(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') && c != '-')
            return fail_expected(p, "a method", "methods are written in capitals: GET, or any");
    }
    *out = tok_copy(p);
    advance(p);
    return true;
}

static bool parse_response(struct parser *p, struct scn_match *m)
{
    if (!parse_status(p, m) || !parse_conditions(p, m))
        return false;
    return !accept_word(p, "to") || parse_method(p, &m->method);
}

static bool parse_request(struct parser *p, struct scn_match *m)
{
    if (!parse_method(p, &m->method))
        return false;
    if (p->tok.kind == TOK_STRING && !parse_text(p, "a path", &m->path))
        return false;
    if (p->tok.kind == TOK_NAME) {
        struct scn_payload path = {0};
        if (!parse_item(p, &path))
            return false;
        m->path = path.items[0].text;
    }
    if (p->tok.kind == TOK_REGEX && !parse_regex(p, &m->regex))
        return false;
    if (!parse_conditions(p, m))
        return false;
    if (accept_word(p, "on")) {
        m->any_connection = true;
        return need_word(p, "any", "after 'on'") && need_word(p, "connection", "after 'on any'");
    }
    return true;
}

static bool parse_line(struct parser *p, struct scn_match *m)
{
    if (p->tok.kind == TOK_REGEX)
        return parse_regex(p, &m->regex);
    if (p->tok.kind == TOK_STRING || p->tok.kind == TOK_NAME)
        return parse_item(p, &m->payload);
    return fail_expected(p, "a text or a regex after 'line'", "line \"OK\" or line /^OK/");
}

/* /regex/ at most N: without a bound it has that of a head. */
static bool parse_bytes_regex(struct parser *p, struct scn_match *m)
{
    m->kind = SCN_MATCH_REGEX;
    if (!parse_regex(p, &m->regex))
        return false;
    if (!accept_word(p, "at"))
        return true;
    if (!need_word(p, "most", "after 'at'") || !parse_number(p, PLACE_BOUND, &m->number))
        return false;
    accept_bytes_word(p);
    return true;
}

static bool parse_lines(struct parser *p, struct scn_match *m)
{
    return parse_regex(p, &m->regex) && need_word(p, "until", "after the regex of each line") &&
           parse_regex(p, &m->until);
}

static bool parse_text_match(struct parser *p, struct scn_match *m)
{
    if (p->tok.kind == TOK_REGEX)
        return parse_regex(p, &m->regex);
    return !at_payload(p) || parse_payload(p, &m->payload);
}

static bool parse_command(struct parser *p, struct scn_match *m)
{
    return parse_regex(p, &m->regex);
}

static bool parse_reply_match(struct parser *p, struct scn_match *m)
{
    return parse_reply(p, m) && parse_conditions(p, m);
}

static bool parse_nothing(struct parser *p, struct scn_match *m)
{
    return parse_number(p, PLACE_TIME, &m->number);
}

static bool parse_bare(struct parser *p, struct scn_match *m)
{
    (void)p;
    (void)m;
    return true;
}

static const struct match_row {
    WORD_ROW;
    enum scn_match_kind kind;
    enum scn_medium medium; /* that it can be seen on */
    bool (*parse)(struct parser *p, struct scn_match *m);
} MATCHES[] = {
    {"line", "line \"TEXT\" | /REGEX/", "one line, up to LF, compared without its CR LF", "expect line /^220 /",
     SCN_MATCH_LINE, SCN_STREAM, parse_line},
    {"N bytes", "N bytes", "so many bytes, whatever they are", "expect 100 bytes", SCN_MATCH_COUNT, SCN_ANY_MEDIUM,
     NULL},
    {"bytes until close", "bytes until close", "all that comes before the peer's FIN, 1 MiB at most",
     "expect bytes until close", SCN_MATCH_UNTIL, SCN_STREAM, parse_bare},
    {"response", "response 200 | 4xx | any [with COND...] [without header NAME] [to METHOD]",
     "an HTTP response, framed by the oldest unanswered request", "expect response 2xx or response 400 to HEAD",
     SCN_MATCH_RESPONSE, SCN_STREAM, parse_response},
    {"request", "request METHOD|any [\"PATH\" | /REGEX/] [with COND...] [on any connection]", "an HTTP request",
     "expect request GET \"/\" on any connection", SCN_MATCH_REQUEST, SCN_STREAM, parse_request},
    {"close", "close", "the peer's FIN, with nothing before it", "expect close", SCN_MATCH_CLOSE, SCN_CONNECTIONS,
     parse_bare},
    {"reset", "reset", "the peer's RST", "expect close or reset", SCN_MATCH_RESET, SCN_CONNECTIONS, parse_bare},
    {"nothing for", "nothing for T", "neither a byte nor an end for so long", "expect nothing for 200ms",
     SCN_MATCH_NOTHING, SCN_ANY_MEDIUM, parse_nothing},
    {"/", "/REGEX/ [at most N]",
     "bytes from the next one on, 1 MiB at most or N; a datagram, all of it. What more bytes could make longer waits "
     "for them, or for the end. {name} puts a value in, as plain bytes; (?i) before all else leaves out case",
     "expect /(?i)hello [a-z]+!/ at most 1KiB", SCN_MATCH_REGEX, SCN_ANY_MEDIUM, NULL},
    {"lines", "lines /REGEX/ until /REGEX/", "lines that match, and then one that matches the second",
     "expect lines /^[0-9]+ / until /^\\.$/", SCN_MATCH_LINES, SCN_STREAM, parse_lines},
    {"reply", "reply 250 | 2xx | any | +OK | OK to TAG [with COND...]",
     "a reply of what is spoken, of as many lines as it has; in IMAP, with all untagged ones before it",
     "expect reply 250 with line /^SIZE/ or reply 5xx", SCN_MATCH_REPLY, SCN_STREAM, parse_reply_match},
    {"text", "text [PAYLOAD | /REGEX/]",
     "all up to the line of one period, compared without that and without stuffed periods",
     "expect text \".hidden\\r\\n\"", SCN_MATCH_TEXT, SCN_STREAM, parse_text_match},
    {"command", "command /REGEX/",
     "a command of what is spoken (IMAP: behind its tag), else a line; one that `on` or `answers` has an answer for is "
     "answered, and the next one looked at",
     "expect command /(?i)^RETR / or close", SCN_MATCH_COMMAND, SCN_STREAM, parse_command},
    {"refused", "refused", "the connect was refused", "expect refused", SCN_MATCH_REFUSED, SCN_ANY_MEDIUM, parse_bare},
};
const struct table matches_table = {.what = "match", .where = "expect", TABLE_ROWS(MATCHES)};

static const struct match_row *row_of(enum scn_match_kind kind)
{
    for (size_t i = 0; i < sizeof(MATCHES) / sizeof(*MATCHES); i++) {
        if (MATCHES[i].kind == kind)
            return &MATCHES[i];
    }
    return NULL; /* bytes */
}

enum scn_medium match_medium(enum scn_match_kind kind)
{
    return row_of(kind) ? row_of(kind)->medium : SCN_ANY_MEDIUM;
}

const char *match_word(enum scn_match_kind kind)
{
    return row_of(kind) ? row_of(kind)->word : "bytes";
}

/* N bytes: a number with `bytes` behind it, else {name} is payload. */
static bool at_count(const struct parser *p)
{
    if (p->tok.kind == TOK_WORD)
        return at_number(p);
    struct lexer ahead = p->lex;
    struct tok next = lex_next(&ahead);
    return p->tok.kind == TOK_NAME && next.kind == TOK_WORD && (next.len == 4 || next.len == 5) &&
           memcmp(next.text, "bytes", next.len) == 0;
}

static bool parse_count(struct parser *p, struct scn_match *m)
{
    m->kind = SCN_MATCH_COUNT;
    if (!parse_number(p, PLACE_LENGTH, &m->number))
        return false;
    if (accept_word(p, "byte") || accept_word(p, "bytes"))
        return true;
    return fail_at(p, m->at, "N bytes, or a status: response N", "a number without its word");
}

static bool parse_match(struct parser *p, struct scn_match *m)
{
    m->at = p->tok.at;
    if (table_has(p, &matches_table)) {
        const struct match_row *row = table_take(p, &matches_table);
        if (!row)
            return false;
        m->kind = row->kind;
        return row->parse(p, m);
    }
    if (p->tok.kind == TOK_REGEX)
        return parse_bytes_regex(p, m);
    if (at_count(p))
        return parse_count(p, m);
    m->kind = SCN_MATCH_BYTES;
    if (!at_payload(p))
        return fail_expected(p, "what must come back",
                             "bytes, /regex/, line, N bytes, reply, response, request, close, reset, nothing for T");
    return parse_payload(p, &m->payload);
}

bool parse_expect(struct parser *p, struct scn_step *step)
{
    struct scn_expect *e = &step->u.expect;
    do {
        struct scn_match m = {0};
        if (!parse_match(p, &m))
            return false;
        struct scn_match *slot = arena_push(p->arena, &e->alternatives, &e->count, sizeof(*slot));
        *slot = m;
    } while (accept_word(p, "or"));
    /* Silence beside other matches is seldom what comes. */
    if (e->count == 1 && e->alternatives[0].kind == SCN_MATCH_NOTHING)
        adds_wait(p, &e->alternatives[0].number);
    return true;
}
