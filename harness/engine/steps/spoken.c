#include "engine/core/conn.h"
#include "engine/core/regex.h"
#include "engine/core/values.h"
#include "engine/steps/spoken_internal.h"

#include "protocol/status.h"

#include <stdlib.h>
#include <string.h>

/* Some bytes beyond any reply's lines: enough for a hostile peer to be seen as one. */
#define LINES_MAX 100000

static bool wants_text(const struct scn_match *m)
{
    for (size_t i = 0; i < m->with_count; i++)
        if (m->withs[i].kind == SCN_WITH_TEXT)
            return true;
    return m->kind == SCN_MATCH_TEXT;
}

struct spoken *spoken_new(const struct case_run *run, const struct scn_match *m)
{
    struct spoken *s = mem_new(1, sizeof(*s));
    s->m = m;
    s->speech = run->scenario->speech.kind;
    s->last = &run->scenario->speech.last;
    s->with_text = wants_text(m);
    s->head_done = m->kind == SCN_MATCH_TEXT;
    enum reply_form form = s->speech == SCN_SPEECH_FTP    ? REPLY_FTP
                           : s->speech == SCN_SPEECH_NNTP ? REPLY_NNTP
                                                          : REPLY_SMTP;
    line_init(&s->lines, '\n', true, SPOKEN_MAX);
    reply_init(&s->reply, form, true, SPOKEN_MAX, LINES_MAX);
    reply_init(&s->strict, form, false, SPOKEN_MAX, LINES_MAX);
    imap_read_init(&s->imap, m->kind == SCN_MATCH_COMMAND ? IMAP_COMMANDS : IMAP_RESPONSES, SPOKEN_MAX, LINES_MAX);
    dots_read_init(&s->dots);
    return s;
}

void spoken_free(struct spoken *s)
{
    if (!s)
        return;
    buf_free(&s->text);
    buf_free(&s->content);
    buf_free(&s->tag);
    free(s->kept.items);
    free(s->literals.items);
    free(s);
}

bool spoken_was_cut(const struct spoken *s)
{
    return s->cut;
}

const struct buf *spoken_command(const struct spoken *s)
{
    return &s->text;
}

const char *spoken_tag(const struct spoken *s)
{
    return s->tag.len ? s->tag.data : NULL;
}

size_t spoken_asked(const struct spoken *s)
{
    return s->asked;
}

static void keep(struct spoken_parts *parts, size_t at, size_t len)
{
    if ((parts->count & (parts->count - 1)) == 0)
        parts->items = mem_realloc(parts->items, (parts->count ? 2 * parts->count : 1) * sizeof(*parts->items));
    parts->items[parts->count++] = (struct spoken_part){at, len};
}

static void keep_line(struct spoken *s, const char *data, size_t len)
{
    keep(&s->kept, s->text.len, len);
    buf_add(&s->text, data, len);
}

/* --- heads: each answers MORE, YES when the last line has been read, or NO ------------------------------- */

static enum match_status read_numbered(struct spoken *s, const char *data, size_t len, struct buf *why)
{
    for (;;) {
        struct reply_line line, strict;
        size_t used, also;
        enum reply_event e = reply_next(&s->reply, data + s->pos, len - s->pos, &line, &used);
        if (e == REPLY_MORE)
            return MATCH_MORE;
        if (e == REPLY_BAD) {
            buf_puts(why, reply_problem_text(s->reply.problem));
            return MATCH_NO;
        }
        if (!s->problem && reply_next(&s->strict, data + s->pos, len - s->pos, &strict, &also) == REPLY_BAD)
            s->problem = reply_problem_text(s->strict.problem);
        s->pos += used;
        s->code = line.code;
        keep_line(s, line.text, line.len);
        if (e == REPLY_LAST)
            return MATCH_YES;
    }
}

/* One line of any protocol: MORE, or YES. */
static enum match_status next_line(struct spoken *s, const char *data, size_t len, struct line *line, struct buf *why)
{
    size_t used;
    switch (line_next(&s->lines, data + s->pos, len - s->pos, line, &used)) {
    case LINE_MORE:
        return MATCH_MORE;
    case LINE_TOO_LONG:
        buf_puts(why, "a line does not end within 16 MiB");
        return MATCH_NO;
    case LINE_FOUND:
        break;
    }
    if (used != line->len + 2 && !s->problem)
        s->problem = "a line ends in LF alone";
    s->pos += used;
    return MATCH_YES;
}

static enum match_status read_status(struct spoken *s, const char *data, size_t len, struct buf *why)
{
    struct line line;
    struct status_line status = {0};
    enum match_status got = next_line(s, data, len, &line, why);
    if (got != MATCH_YES)
        return got;
    enum status_problem problem = status_read(line.data, line.len, &status);
    if (problem != STATUS_FINE && !s->problem)
        s->problem = status_problem_text(problem);
    if (!status.text) {
        buf_puts(why, status_problem_text(problem));
        return MATCH_NO;
    }
    s->word = status.ok ? "+OK" : "-ERR";
    keep_line(s, status.text, status.len);
    return MATCH_YES;
}

/* Lines up to one that is the last. Each before it is one of `between`, where there is such. */
static enum match_status read_until(struct spoken *s, struct actor *a, const struct scn_regex *last,
                                    const struct scn_regex *between, const char *data, size_t len, struct buf *why)
{
    struct line line;
    enum match_status got;
    while ((got = next_line(s, data, len, &line, why)) == MATCH_YES) {
        keep_line(s, line.data, line.len);
        if (regex_search(a, last, line.data, line.len, NULL, NULL))
            return MATCH_YES;
        if (!between || regex_search(a, between, line.data, line.len, NULL, NULL))
            continue;
        buf_printf(why, "line %zu matches neither", s->kept.count);
        return MATCH_NO;
    }
    return got;
}

/* One line of IMAP with its literals: MORE, or YES. */
static enum match_status next_imap(struct spoken *s, const char *data, size_t len, struct buf *why)
{
    for (;;) {
        struct imap_part part;
        size_t used;
        enum imap_event e = imap_read(&s->imap, data + s->pos, len - s->pos, &part, &used);
        s->pos += used;
        switch (e) {
        case IMAP_MORE:
            return MATCH_MORE;
        case IMAP_BAD:
            buf_puts(why, imap_problem_text(s->imap.problem));
            return MATCH_NO;
        case IMAP_PIECE:
            buf_add(&s->text, part.data, part.len);
            s->asked += s->imap.literal.asked_for;
            keep(&s->literals, s->text.len, (size_t)s->imap.literal.size);
            break;
        case IMAP_OCTETS:
            buf_add(&s->text, part.data, part.len);
            break;
        case IMAP_LAST:
            buf_add(&s->text, part.data, part.len);
            keep(&s->kept, s->line_at, s->text.len - s->line_at);
            s->line_at = s->text.len;
            return MATCH_YES;
        }
    }
}

/* The length of the word at the beginning. */
static size_t word_len(const char *data, size_t len)
{
    const char *blank = len ? memchr(data, ' ', len) : NULL;
    return blank ? (size_t)(blank - data) : len;
}

static enum match_status read_tagged(struct spoken *s, struct actor *a, const char *data, size_t len, struct buf *why)
{
    struct buf tag = {0};
    enum match_status got = MATCH_NO;
    if (!s->m->tag.count)
        buf_putc(&tag, '*');
    bool named = !s->m->tag.count || text_expand(a->run, a, &s->m->tag, &tag) == 0;
    while (named && (got = next_imap(s, data, len, why)) == MATCH_YES) {
        struct spoken_part *line = &s->kept.items[s->kept.count - 1];
        const char *text = s->text.data + line->at;
        size_t n = word_len(text, line->len);
        if (n == tag.len && memcmp(text, tag.data, n) == 0)
            break;
    }
    buf_free(&tag);
    return got;
}

/* The tag is taken off a command. */
static enum match_status read_command(struct spoken *s, const char *data, size_t len, struct buf *why)
{
    struct line line;
    enum match_status got;
    if (s->speech != SCN_SPEECH_IMAP) {
        got = next_line(s, data, len, &line, why);
        if (got == MATCH_YES)
            keep_line(s, line.data, line.len);
        return got;
    }
    got = next_imap(s, data, len, why);
    if (got != MATCH_YES)
        return got;
    size_t tag = word_len(buf_text(&s->text), s->text.len), behind = tag < s->text.len ? tag + 1 : tag;
    buf_add(&s->tag, buf_text(&s->text), tag);
    s->text.len -= behind;
    memmove(s->text.data, s->text.data + behind, s->text.len);
    return MATCH_YES;
}

static enum match_status read_head(struct spoken *s, struct actor *a, const char *data, size_t len, struct buf *why)
{
    if (s->m->kind == SCN_MATCH_COMMAND)
        return read_command(s, data, len, why);
    if (s->m->kind == SCN_MATCH_LINES)
        return read_until(s, a, &s->m->until, &s->m->regex, data, len, why);
    switch (s->speech) {
    case SCN_SPEECH_POP3:
        return read_status(s, data, len, why);
    case SCN_SPEECH_IMAP:
        return read_tagged(s, a, data, len, why);
    case SCN_SPEECH_OWN:
        return read_until(s, a, s->last, NULL, data, len, why);
    default:
        return read_numbered(s, data, len, why);
    }
}

/* --- the text behind it ---------------------------------------------------------------------------------- */

static enum match_status read_text(struct spoken *s, const char *data, size_t len)
{
    for (;;) {
        struct dots_part part;
        size_t used;
        enum dots_event e = dots_read(&s->dots, data + s->pos, len - s->pos, &part, &used);
        s->pos += used;
        if (e == DOTS_PART)
            buf_add(&s->content, part.data, part.len);
        else
            return e == DOTS_END ? MATCH_YES : MATCH_MORE;
    }
}

static enum match_status more(struct spoken *s, struct conn *c, struct buf *why)
{
    buf_clear(why);
    if (c->in.len > SPOKEN_MAX) {
        buf_puts(why, "it does not end within 16 MiB");
        return MATCH_NO;
    }
    if (!conn_ended(c)) {
        c->want = SPOKEN_MAX + c->intake;
        conn_update(c);
        return MATCH_MORE;
    }
    s->cut = true;
    buf_printf(why, "%s %s", conn_ended(c), c->in.len ? "in the middle of it" : "and nothing came before");
    return MATCH_NO;
}

enum match_status spoken_try(struct spoken *s, struct actor *a, struct conn *c, size_t *end, struct buf *why)
{
    const char *data = buf_text(&c->in);
    buf_clear(why);
    if (!s->head_done) {
        enum match_status got = read_head(s, a, data, c->in.len, why);
        if (got != MATCH_YES)
            return got == MATCH_MORE ? more(s, c, why) : got;
        s->head_done = true;
        if (s->m->kind == SCN_MATCH_REPLY && !spoken_code_meets(s, a, why))
            return MATCH_NO;
    }
    if (s->with_text && read_text(s, data, c->in.len) == MATCH_MORE)
        return more(s, c, why);
    *end = s->pos;
    return spoken_meets(s, a, why) ? MATCH_YES : MATCH_NO;
}
