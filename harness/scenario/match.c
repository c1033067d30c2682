/* What an actor expects from its connection. */
#include "scenario/parse.h"

#include <string.h>

static const char *const WITH_WORDS[] = {"header", "body", "version", "valid", "cut", NULL};

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

static bool parse_condition(struct parser *p, struct scn_match *m)
{
    struct scn_with w = {.kind = SCN_WITH_HEADER, .at = p->tok.at};
    bool ok;
    if (accept_word(p, "header")) {
        ok = parse_header_name(p, &w.name) && parse_header_value(p, &w);
    } else if (accept_word(p, "body")) {
        w.kind = SCN_WITH_BODY;
        ok = parse_body(p, &w);
    } else if (accept_word(p, "version")) {
        w.kind = SCN_WITH_VERSION;
        w.has_value = true;
        ok = p->tok.kind == TOK_STRING ? parse_item(p, &w.payload)
                                       : fail_expected(p, "a version in quotes", "version \"1.1\"");
    } else if (accept_word(p, "valid")) {
        w.kind = SCN_WITH_VALID;
        ok = need_word(p, "head", "after 'valid'");
    } else if (accept_word(p, "cut")) {
        w.kind = SCN_WITH_CUT;
        ok = need_word(p, "body", "after 'cut'");
    } else if (p->tok.kind == TOK_WORD) {
        ok = fail_unknown(p, p->tok.at, "condition", tok_copy(p), WITH_WORDS, NULL);
    } else {
        ok = fail_expected(p, "a condition",
                           "header \"Name\" \"value\", body ..., version \"1.1\", valid head, cut body");
    }
    if (!ok)
        return false;
    struct scn_with *slot = arena_push(p->arena, &m->withs, &m->with_count, sizeof(*slot));
    *slot = w;
    return true;
}

static bool parse_without(struct parser *p, struct scn_match *m)
{
    struct scn_with w = {.kind = SCN_WITHOUT_HEADER, .at = p->tok.at};
    if (!need_word(p, "header", "after 'without'") || !parse_header_name(p, &w.name))
        return false;
    struct scn_with *slot = arena_push(p->arena, &m->withs, &m->with_count, sizeof(*slot));
    *slot = w;
    return true;
}

static bool parse_conditions(struct parser *p, struct scn_match *m)
{
    for (;;) {
        if (accept_word(p, "without")) {
            if (!parse_without(p, m))
                return false;
        } else if (is_word(p, "with") || is_word(p, "header") || is_word(p, "body") || is_word(p, "version") ||
                   is_word(p, "valid") || is_word(p, "cut")) {
            accept_word(p, "with");
            if (!parse_condition(p, m))
                return false;
        } else {
            return true;
        }
    }
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
    m->kind = SCN_MATCH_RESPONSE;
    if (!parse_status(p, m) || !parse_conditions(p, m))
        return false;
    return !accept_word(p, "to") || parse_method(p, &m->method);
}

static bool parse_request(struct parser *p, struct scn_match *m)
{
    m->kind = SCN_MATCH_REQUEST;
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
    m->kind = SCN_MATCH_LINE;
    if (p->tok.kind == TOK_REGEX)
        return parse_regex(p, &m->regex);
    if (p->tok.kind == TOK_STRING || p->tok.kind == TOK_NAME)
        return parse_item(p, &m->payload);
    return fail_expected(p, "a text or a regex after 'line'", "line \"OK\" or line /^OK/");
}

static bool parse_nothing(struct parser *p, struct scn_match *m)
{
    m->kind = SCN_MATCH_NOTHING;
    return need_word(p, "for", "after 'nothing'") && parse_number(p, PLACE_TIME, &m->number);
}

static bool parse_close_word(struct parser *p, struct scn_match *m)
{
    (void)p;
    m->kind = SCN_MATCH_CLOSE;
    return true;
}

static bool parse_reset_word(struct parser *p, struct scn_match *m)
{
    (void)p;
    m->kind = SCN_MATCH_RESET;
    return true;
}

static bool parse_refused_word(struct parser *p, struct scn_match *m)
{
    (void)p;
    m->kind = SCN_MATCH_REFUSED;
    return true;
}

static const struct match_row {
    const char *word;
    bool (*parse)(struct parser *p, struct scn_match *m);
} MATCHES[] = {
    {"line", parse_line},
    {"response", parse_response},
    {"request", parse_request},
    {"close", parse_close_word},
    {"reset", parse_reset_word},
    {"nothing", parse_nothing},
    {"refused", parse_refused_word},
};

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
    for (size_t i = 0; i < sizeof(MATCHES) / sizeof(*MATCHES); i++) {
        if (accept_word(p, MATCHES[i].word))
            return MATCHES[i].parse(p, m);
    }
    if (at_count(p))
        return parse_count(p, m);
    m->kind = SCN_MATCH_BYTES;
    if (!at_payload(p))
        return fail_expected(p, "what must come back",
                             "bytes, line, N bytes, response, request, close, reset, nothing for T, refused");
    return parse_payload(p, &m->payload);
}

bool parse_expect(struct parser *p, struct scn_step *step)
{
    do {
        struct scn_match m = {0};
        if (!parse_match(p, &m))
            return false;
        struct scn_match *slot =
            arena_push(p->arena, &step->u.expect.alternatives, &step->u.expect.count, sizeof(*slot));
        *slot = m;
    } while (accept_word(p, "or"));
    return true;
}
