/* reply: its code as the protocols have it. */
#include "scenario/table.h"

#include <string.h>

/* Of POP3 and IMAP. */
static const char *const WORDS[] = {"+OK", "-ERR", "OK", "NO", "BAD", "BYE", "PREAUTH"};
/* How many of them are POP3's. */
#define WORDS_OF_POP3 2

static bool is_code(const struct tok *t, bool group)
{
    const char *s = t->text;
    if (t->kind != TOK_WORD || t->len != 3 || s[0] < '1' || s[0] > '9')
        return false;
    bool digits = s[1] >= '0' && s[1] <= '9' && s[2] >= '0' && s[2] <= '9';
    return digits || (group && s[1] == 'x' && s[2] == 'x') || (group && s[1] >= '0' && s[1] <= '9' && s[2] == 'x');
}

static const char *status_word(const struct tok *t, enum scn_speech_kind speech)
{
    size_t from = speech == SCN_SPEECH_IMAP ? WORDS_OF_POP3 : 0;
    size_t to = speech == SCN_SPEECH_POP3 ? WORDS_OF_POP3 : sizeof(WORDS) / sizeof(*WORDS);
    for (size_t i = from; t->kind == TOK_WORD && i < to; i++)
        if (strlen(WORDS[i]) == t->len && memcmp(WORDS[i], t->text, t->len) == 0)
            return WORDS[i];
    return NULL;
}

/* Whether replies of what is spoken have such codes; where nobody says what is spoken, each will do. */
static bool speaks_numbers(const struct parser *p)
{
    enum scn_speech_kind k = p->s->speech.kind;
    return k == SCN_SPEECH_NONE || k == SCN_SPEECH_SMTP || k == SCN_SPEECH_FTP || k == SCN_SPEECH_NNTP;
}

static bool speaks_words(const struct parser *p)
{
    enum scn_speech_kind k = p->s->speech.kind;
    return k == SCN_SPEECH_NONE || k == SCN_SPEECH_POP3 || k == SCN_SPEECH_IMAP;
}

static bool check_spoken(struct parser *p)
{
    if (p->s->speech.kind != SCN_SPEECH_NONE || !p->context->profile)
        return true;
    return fail_at(p, p->tok.at, "`speaks smtp` or `replies until /^(OK|ERROR)/`, in the profile or above",
                   "nothing says what a reply is here");
}

static bool fail_code(struct parser *p)
{
    static const char *const forms[] = {
        [SCN_SPEECH_NONE] = "250, 2xx, +OK, OK, any",
        [SCN_SPEECH_SMTP] = "250, 2xx or any",
        [SCN_SPEECH_FTP] = "226, 2xx or any",
        [SCN_SPEECH_NNTP] = "222, 2xx or any",
        [SCN_SPEECH_POP3] = "+OK, -ERR or any",
        [SCN_SPEECH_IMAP] = "OK, NO, BAD, BYE, PREAUTH or any",
        [SCN_SPEECH_OWN] = "any, or \"TEXT\" or /REGEX/ of its last line",
    };
    return fail_expected(p, "the code of a reply", forms[p->s->speech.kind]);
}

/* to TAG: a word, "TEXT" or {name}. */
static bool parse_tag(struct parser *p, struct scn_text *out)
{
    if (!accept_word(p, "to"))
        return true;
    if (p->tok.kind == TOK_STRING)
        return parse_text(p, "a tag", out);
    if (p->tok.kind != TOK_WORD && p->tok.kind != TOK_NAME)
        return fail_expected(p, "a tag", "reply OK to a, reply OK to {tag}");
    struct scn_part *part = arena_push(p->arena, &out->parts, &out->count, sizeof(*part));
    *part = (struct scn_part){.kind = p->tok.kind == TOK_NAME ? SCN_PART_NAME : SCN_PART_BYTES,
                              .bytes = tok_copy(p),
                              .len = p->tok.len,
                              .at = p->tok.at};
    advance(p);
    return true;
}

static void read_code(struct scn_match *m, const char *s)
{
    int first = (s[0] - '0') * 100, tens = s[1] == 'x' ? 0 : (s[1] - '0') * 10, ones = s[2] == 'x' ? 0 : s[2] - '0';
    m->status_low = first + tens + ones;
    m->status_high = m->status_low + (s[1] == 'x' ? 99 : s[2] == 'x' ? 9 : 0);
}

static bool parse_own(struct parser *p, struct scn_match *m)
{
    return p->tok.kind == TOK_REGEX ? parse_regex(p, &m->regex) : parse_item(p, &m->payload);
}

bool parse_reply(struct parser *p, struct scn_match *m)
{
    if (!check_spoken(p))
        return false;
    m->status_high = 999;
    if (accept_word(p, "any"))
        return parse_tag(p, &m->tag);
    if (p->s->speech.kind == SCN_SPEECH_OWN && (p->tok.kind == TOK_STRING || p->tok.kind == TOK_REGEX))
        return parse_own(p, m);
    m->word = speaks_words(p) ? status_word(&p->tok, p->s->speech.kind) : NULL;
    if (!m->word && !(speaks_numbers(p) && is_code(&p->tok, true)))
        return fail_code(p);
    if (!m->word)
        read_code(m, p->tok.text);
    advance(p);
    return parse_tag(p, &m->tag);
}

bool parse_reply_item(struct parser *p, struct scn_item *item)
{
    if (!check_spoken(p))
        return false;
    item->name = speaks_words(p) ? status_word(&p->tok, p->s->speech.kind) : NULL;
    if (!item->name && !(speaks_numbers(p) && is_code(&p->tok, false)))
        return fail_code(p);
    if (!item->name)
        item->name = tok_copy(p);
    advance(p);
    if (!parse_tag(p, &item->tag))
        return false;
    item->of = arena_new(p->arena, 1, sizeof(*item->of));
    while (p->tok.kind == TOK_STRING || p->tok.kind == TOK_NAME)
        if (!parse_item(p, item->of))
            return false;
    return true;
}
