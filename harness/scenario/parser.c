#include "base/buf.h"
#include "base/typo.h"
#include "base/visible.h"
#include "scenario/message.h"
#include "scenario/parse.h"

#include <stdlib.h>
#include <string.h>

/* "this program reads sockspec 1": a later version reads all that came before. */
#define NUMERAL_TEXT(n) #n
#define NUMERAL(n)      NUMERAL_TEXT(n)
#define VERSION_HINT    "this program reads sockspec " NUMERAL(SCN_VERSION)

/* So much of a strange word is shown in a message. */
#define WORD_SHOWN 40
/* No more candidates than this for "did you mean". */
#define CANDIDATES_MAX 512

void parser_start(struct parser *p, const char *file, const char *source, size_t len, struct arena *arena,
                  struct scn_messages *messages)
{
    *p = (struct parser){.file = file, .source = source, .len = len, .arena = arena, .messages = messages};
    p->message_base = messages->count;
    lex_start(&p->lex, source, len);
    advance(p);
}

bool parser_failed(const struct parser *p)
{
    return p->messages->count > p->message_base;
}

bool parser_full(const struct parser *p)
{
    return p->messages->count - p->message_base >= MESSAGES_PER_FILE;
}

static char *source_line(const struct parser *p, int line)
{
    const char *from = p->source, *end = p->source + p->len;
    for (int i = 1; i < line && from < end; i++) {
        const char *nl = memchr(from, '\n', (size_t)(end - from));
        if (!nl)
            break;
        from = nl + 1;
    }
    const char *nl = memchr(from, '\n', (size_t)(end - from));
    const char *to = nl ? nl : end;
    if (to > from && to[-1] == '\r')
        to--;
    size_t len = (size_t)(to - from);
    char *copy = mem_new(len + 1, 1);
    for (size_t i = 0; i < len; i++)
        copy[i] = from[i] ? from[i] : '\1'; /* a NUL would end the line too early; \x01 shows that it is strange */
    return copy;
}

bool fail_at(struct parser *p, struct scn_at at, const char *hint, const char *format, ...)
{
    if (parser_full(p))
        return false;
    va_list args;
    va_start(args, format);
    struct scn_message *m = message_add(p->messages, p->file, at, hint, format, args);
    va_end(args);
    m->line_text = source_line(p, at.line);
    if (parser_full(p)) {
        p->lex.p = p->lex.end;
        p->tok.kind = TOK_END;
    }
    return false;
}

static void describe(const struct tok *t, struct buf *out)
{
    switch (t->kind) {
    case TOK_END:
        buf_puts(out, "the end of the file");
        return;
    case TOK_NEWLINE:
        buf_puts(out, "the end of the step");
        return;
    case TOK_PIPE:
        buf_puts(out, "a | line");
        return;
    case TOK_REGEX:
        buf_puts(out, "a regex");
        return;
    case TOK_STRING:
        buf_puts(out, "the string ");
        visible_quoted(out, t->text, t->len, WORD_SHOWN);
        return;
    case TOK_NAME:
        buf_printf(out, "{%.*s}", t->len > WORD_SHOWN ? WORD_SHOWN : (int)t->len, t->text);
        return;
    case TOK_WORD:
    case TOK_COMMA:
    case TOK_OPEN:
    case TOK_CLOSE:
    case TOK_BAD:
        break;
    }
    buf_putc(out, '\'');
    visible_add(out, t->text, t->len, WORD_SHOWN);
    buf_putc(out, '\'');
}

bool fail_expected(struct parser *p, const char *what, const char *hint)
{
    if (p->tok.kind == TOK_BAD)
        return false;
    struct buf found = {0};
    describe(&p->tok, &found);
    if (habit_is_comment(p, &p->tok))
        hint = "a comment begins with #";
    fail_at(p, p->tok.at, hint, "expected %s, found %s", what, buf_text(&found));
    buf_free(&found);
    return false;
}

static size_t collect(const char *const *from, const char **to, size_t count)
{
    while (from && *from && count < CANDIDATES_MAX)
        to[count++] = *from++;
    return count;
}

static bool has_word(const char *const *words, size_t count, const char *word)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(words[i], word) == 0)
            return true;
    return false;
}

bool fail_unknown(struct parser *p, struct scn_at at, const char *what, const char *word, const char *const *a,
                  const char *const *b)
{
    const char *candidates[CANDIDATES_MAX];
    size_t count = collect(b, candidates, collect(a, candidates, 0));
    const char *habit = habit_instead(word, strlen(word));
    const char *near = habit && has_word(candidates, count, habit) ? habit : typo_nearest(word, candidates, count);
    char *hint = near ? mem_printf("did you mean '%s'?", near) : NULL;
    struct buf shown = {0};
    visible_add(&shown, word, strlen(word), WORD_SHOWN);
    fail_at(p, at, hint, "unknown %s '%s'", what, buf_text(&shown));
    buf_free(&shown);
    free(hint);
    return false;
}

bool fail_expected_near(struct parser *p, const char *what, const char *const *words, size_t count,
                        const char *otherwise)
{
    const char *near = p->tok.kind == TOK_WORD ? typo_nearest(tok_copy(p), words, count) : NULL;
    char *hint = near ? mem_printf("did you mean '%s'?", near) : NULL;
    fail_expected(p, what, hint ? hint : otherwise);
    free(hint);
    return false;
}

void advance(struct parser *p)
{
    if (p->tok.kind == TOK_NAME && p->s)
        names_use(p, tok_copy(p), p->tok.at, false);
    p->tok = lex_next(&p->lex);
    /* It stays the current token, so that nothing fits and its step ends here, without a second message. */
    if (p->tok.kind == TOK_BAD)
        fail_at(p, p->tok.at, p->tok.hint, "%s", p->tok.problem);
}

bool at_end_of_step(const struct parser *p)
{
    return p->tok.kind == TOK_NEWLINE || p->tok.kind == TOK_CLOSE || p->tok.kind == TOK_END;
}

bool end_step(struct parser *p)
{
    if (!at_end_of_step(p))
        return fail_expected(p, "the end of the step", NULL);
    if (p->tok.kind == TOK_NEWLINE)
        advance(p);
    return true;
}

void recover(struct parser *p)
{
    size_t open = 0;
    for (;;) {
        if (p->tok.kind == TOK_END)
            return;
        if (p->tok.kind == TOK_OPEN) {
            open++;
        } else if (p->tok.kind == TOK_CLOSE) {
            if (!open)
                return;
            open--;
        } else if (p->tok.kind == TOK_NEWLINE && !open) {
            advance(p);
            return;
        }
        advance(p);
    }
}

int parse_choice(struct parser *p, const char *what, enum scn_list list)
{
    const char *const *words = scn_list_words(list);
    if (p->tok.kind != TOK_WORD) {
        struct buf all = {0};
        for (size_t i = 0; words[i]; i++)
            buf_printf(&all, "%s%s", i ? ", " : "", words[i]);
        fail_expected(p, what, buf_text(&all));
        buf_free(&all);
        return -1;
    }
    int found = scn_list_find(list, tok_copy(p));
    if (found < 0)
        fail_unknown(p, p->tok.at, what, tok_copy(p), words, NULL);
    else
        advance(p);
    return found;
}

bool parse_transport(struct parser *p, enum scn_transport *out)
{
    int found = parse_choice(p, "transport", SCN_LIST_TRANSPORT);
    if (found < 0)
        return false;
    *out = (enum scn_transport)(found + 1); /* the list is without the default */
    return true;
}

bool parse_level(struct parser *p, enum scn_level *out)
{
    int found = parse_choice(p, "level", SCN_LIST_LEVEL);
    if (found < 0)
        return false;
    *out = (enum scn_level)found;
    if (*out != SCN_MAY)
        accept_word(p, "NOT");
    return true;
}

bool parse_version(struct parser *p)
{
    while (p->tok.kind == TOK_NEWLINE)
        advance(p);
    if (!accept_word(p, "sockspec"))
        return true;
    double version;
    if (p->tok.kind != TOK_WORD || scn_number_parse(tok_copy(p), SCN_UNIT_COUNT, &version) < 0)
        return fail_expected(p, "the version of the language", VERSION_HINT);
    if (version < 1 || version > SCN_VERSION)
        return fail_at(p, p->tok.at, VERSION_HINT, "version %s of the language is not known here", tok_copy(p));
    advance(p);
    return end_step(p);
}

bool is_word(const struct parser *p, const char *word)
{
    return p->tok.kind == TOK_WORD && strlen(word) == p->tok.len && memcmp(p->tok.text, word, p->tok.len) == 0;
}

bool accept_word(struct parser *p, const char *word)
{
    if (!is_word(p, word))
        return false;
    advance(p);
    return true;
}

bool need_word(struct parser *p, const char *word, const char *where)
{
    if (accept_word(p, word))
        return true;
    char *what = mem_printf("'%s' %s", word, where);
    fail_expected_near(p, what, &word, 1, NULL);
    free(what);
    return false;
}

void adds_wait(struct parser *p, const struct scn_number *seconds)
{
    if (p->s && !seconds->name)
        p->s->waits += seconds->value;
}

void uses_mechanism(struct parser *p, enum scn_mechanism_id mechanism)
{
    if (p->s)
        p->s->mechanisms |= UINT32_C(1) << mechanism;
}

void changes_subject(struct parser *p)
{
    if (p->s)
        p->s->changes_subject = true;
}

const char *tok_copy(struct parser *p)
{
    return arena_copy(p->arena, p->tok.text, p->tok.len);
}
