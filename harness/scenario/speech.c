/*
 * What is spoken: `speaks`, `replies until`, and what a played server answers. The tables of answers are steps of the
 * language themselves, so that they can be read, and said in another way by a profile.
 */
#include "base/buf.h"
#include "scenario/table.h"

#include <string.h>

/* What a server answers that grants everything and has nothing. */
static const char *const ANSWERS[] = {
    [SCN_SPEECH_SMTP] = "on /^/ send reply 500 \"what?\"\n"
                        "on /(?i)^EHLO\\b/ send reply 250 \"server.example\" \"8BITMIME\"\n"
                        "on /(?i)^(HELO|MAIL|RCPT|RSET|NOOP)\\b/ send reply 250 \"ok\"\n"
                        "on /(?i)^VRFY\\b/ send reply 252 \"perhaps\"\n"
                        "on /(?i)^DATA$/ { send reply 354 \"go on\" ; expect text ; send reply 250 \"taken\" }\n"
                        "on /(?i)^QUIT$/ { send reply 221 \"bye\" ; shutdown write }\n",
    [SCN_SPEECH_FTP] = "on /^/ send reply 502 \"not here\"\n"
                       "on /(?i)^USER\\b/ send reply 331 \"password\"\n"
                       "on /(?i)^PASS\\b/ send reply 230 \"in\"\n"
                       "on /(?i)^SYST$/ send reply 215 \"UNIX Type: L8\"\n"
                       "on /(?i)^PWD$/ send reply 257 \"\\\"/\\\"\"\n"
                       "on /(?i)^(TYPE|MODE|STRU|NOOP|OPTS)\\b/ send reply 200 \"ok\"\n"
                       "on /(?i)^CWD\\b/ send reply 250 \"ok\"\n"
                       "on /(?i)^QUIT$/ { send reply 221 \"bye\" ; shutdown write }\n",
    [SCN_SPEECH_NNTP] = "on /^/ send reply 500 \"what?\"\n"
                        "on /(?i)^CAPABILITIES\\b/ send reply 101 \"these\" text \"VERSION 2\\r\\nREADER\\r\\n\"\n"
                        "on /(?i)^MODE READER$/ send reply 200 \"ready\"\n"
                        "on /(?i)^DATE$/ send reply 111 \"20260102030405\"\n"
                        "on /(?i)^QUIT$/ { send reply 205 \"bye\" ; shutdown write }\n",
    [SCN_SPEECH_POP3] = "on /^/ send reply -ERR \"not here\"\n"
                        "on /(?i)^CAPA$/ send reply +OK \"these\" text \"USER\\r\\nUIDL\\r\\n\"\n"
                        "on /(?i)^(USER|PASS|NOOP|RSET|DELE)\\b/ send reply +OK \"ok\"\n"
                        "on /(?i)^QUIT$/ { send reply +OK \"bye\" ; shutdown write }\n",
    [SCN_SPEECH_IMAP] = "on /^/ send reply BAD \"not here\"\n"
                        "on /(?i)^CAPABILITY$/ { send \"* CAPABILITY IMAP4rev1\\r\\n\" reply OK \"done\" }\n"
                        "on /(?i)^(LOGIN|NOOP|CHECK|CLOSE|ID|ENABLE)\\b/ send reply OK \"done\"\n"
                        "on /(?i)^LOGOUT$/ { send \"* BYE\\r\\n\" reply OK \"bye\" ; shutdown write }\n",
    [SCN_SPEECH_OWN] = NULL,
};

static bool said_twice(struct parser *p, const struct scn_speech *s)
{
    /* What a scenario has from its profile it may say anew. */
    bool inherited = p->s && p->context->profile && s->kind == p->context->profile->speech.kind;
    return s->kind != SCN_SPEECH_NONE && !inherited;
}

bool parse_speaks(struct parser *p, struct scn_speech *out)
{
    if (said_twice(p, out))
        return fail_at(p, p->tok.at, NULL, "what is spoken is said twice");
    int found = parse_choice(p, "protocol", SCN_LIST_PROTOCOL);
    if (found >= 0)
        *out = (struct scn_speech){.kind = (enum scn_speech_kind)(found + 1), .answers = out->answers};
    return found >= 0;
}

bool parse_replies(struct parser *p, struct scn_speech *out)
{
    if (said_twice(p, out))
        return fail_at(p, p->tok.at, NULL, "what is spoken is said twice");
    out->kind = SCN_SPEECH_OWN;
    return parse_regex(p, &out->last);
}

bool parse_own_answers(struct parser *p, struct scn_speech *out)
{
    struct buf text = {0};
    if (p->tok.kind != TOK_PIPE)
        return fail_expected(p, "| lines of `on` steps", "| on /^version/ send \"VERSION 1\\r\\n\"");
    if (out->answers)
        return fail_at(p, p->tok.at, NULL, "the answers are said twice");
    while (p->tok.kind == TOK_PIPE) {
        buf_printf(&text, "%.*s\n", (int)p->tok.len, p->tok.text);
        advance(p);
    }
    out->answers = arena_copy(p->arena, buf_text(&text), text.len);
    buf_free(&text);
    return true;
}

void speech_inherit(struct parser *p, const struct scn_speech *from)
{
    p->s->speech = *from;
    if (from->last.pattern)
        p->s->speech.last.pattern = arena_copy(p->arena, from->last.pattern, from->last.len);
    if (from->answers)
        p->s->speech.answers = arena_dup(p->arena, from->answers);
}

/* --- on, answers ---------------------------------------------------------------------------------------- */

/* A command may never come: what others wait for, or what stands still, cannot hang on it. */
static bool check_body(struct parser *p, const struct scn_block *body)
{
    for (size_t i = 0; i < body->count; i++) {
        switch (body->steps[i].kind) {
        case SCN_STEP_SEND:
        case SCN_STEP_EXPECT:
        case SCN_STEP_LET:
        case SCN_STEP_CAPTURE:
        case SCN_STEP_PAUSE:
        case SCN_STEP_SHUTDOWN:
        case SCN_STEP_RESET:
        case SCN_STEP_CLOSE:
            break;
        default:
            return fail_at(p, body->steps[i].at, "it stands behind `expect command`",
                           "'%s' cannot stand in an answer, which may never be given",
                           scn_step_name(body->steps[i].kind));
        }
    }
    return true;
}

bool parse_on(struct parser *p, struct scn_step *step)
{
    struct scn_block *body = &step->u.on.body;
    if (!parse_regex(p, &step->u.on.regex))
        return false;
    if (is_word(p, "on"))
        return fail_at(p, p->tok.at, NULL, "'on' cannot stand in an answer"); /* nor take the parser's stack */
    bool ok = p->tok.kind == TOK_OPEN ? parse_block(p, body) : parse_lone_step(p, body);
    return ok && check_body(p, body);
}

/* Where something in it fails, `answers` is the place that a person can look at. */
static void place_at(struct scn_block *block, struct scn_at at)
{
    for (size_t i = 0; i < block->count; i++) {
        block->steps[i].at = at;
        if (block->steps[i].kind == SCN_STEP_ON)
            place_at(&block->steps[i].u.on.body, at);
    }
}

/* Reads steps off another text than the file's. */
static bool parse_elsewhere(struct parser *p, const char *text, struct scn_block *out)
{
    struct lexer lex = p->lex;
    struct tok tok = p->tok;
    const char *source = p->source;
    size_t len = p->len;
    bool ok = true;
    p->source = text;
    p->len = strlen(text);
    lex_start(&p->lex, text, p->len);
    advance(p);
    while (ok && p->tok.kind != TOK_END) {
        if (p->tok.kind == TOK_NEWLINE)
            advance(p);
        else
            ok = is_word(p, "on") ? parse_lone_step(p, out) && end_step(p) : fail_expected(p, "'on'", NULL);
    }
    p->lex = lex;
    p->tok = tok;
    p->source = source;
    p->len = len;
    return ok;
}

bool parse_answers(struct parser *p, struct scn_step *step)
{
    const struct scn_speech *s = &p->s->speech;
    if (s->kind == SCN_SPEECH_NONE && !s->answers && !p->context->profile)
        return true; /* some profile will tell */
    if (!s->answers && !ANSWERS[s->kind])
        return fail_at(p, step->at, "`speaks smtp` or `answers` and | lines in the profile",
                       "nothing says what is answered");
    struct scn_block *body = &step->u.on.body;
    bool ok = (!ANSWERS[s->kind] || parse_elsewhere(p, ANSWERS[s->kind], body)) &&
              (!s->answers || parse_elsewhere(p, s->answers, body));
    place_at(body, step->at);
    return ok;
}
