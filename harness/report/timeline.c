#include "report/failure.h"

#include <stdio.h>
#include <string.h>

/* A stretch of events of one actor at one line is folded when it is longer than this; half of it is shown at
 * either end. */
#define STRETCH_MAX 8

/* Events shown at the beginning and at the end of a timeline; all that were kept are in the JSON report. */
#define SHOWN_FIRST 24
#define SHOWN_LAST  40

/* The longest actor tag that the column is made wide for. */
#define ACTOR_COLUMNS 20

#define OUTPUT_LINES   20
#define OUTPUT_COLUMNS 400

struct columns {
    int time, actor, line;
    size_t indent;
};

static struct columns columns_of(const struct result *r, size_t indent)
{
    struct columns c = {.indent = indent};
    uint64_t last = 0;
    int line = 0;
    for (size_t i = 0; i < r->event_count; i++) {
        const struct event *e = &r->timeline[i];
        int n = e->actor ? (int)strlen(e->actor) : 0;
        c.actor = n > c.actor ? n : c.actor;
        last = e->us > last ? e->us : last;
        line = e->line > line ? e->line : line;
    }
    c.actor = c.actor > ACTOR_COLUMNS ? ACTOR_COLUMNS : c.actor;
    c.time = snprintf(NULL, 0, "%llu.%06u", (unsigned long long)(last / 1000000), 0U);
    c.line = line ? snprintf(NULL, 0, ":%d", line) : 0;
    return c;
}

/* Actors in a colour each, by their order of appearance, so that a conversation can be
 * followed with the eye. */
static enum paint actor_paint(const struct result *r, const struct event *e)
{
    static const enum paint paints[] = {PAINT_CYAN, PAINT_MAGENTA, PAINT_BLUE, PAINT_GREEN, PAINT_YELLOW};
    const char *names[sizeof(paints) / sizeof(paints[0])] = {0};
    size_t count = 0;
    for (const struct event *x = r->timeline; count < sizeof(paints) / sizeof(paints[0]); x++) {
        size_t known = 0;
        while (known < count && strcmp(names[known], x->actor ? x->actor : "") != 0)
            known++;
        if (known == count)
            names[count++] = x->actor ? x->actor : "";
        if (x == e)
            return paints[known];
    }
    return PAINT_PLAIN;
}

/* FIN, RST and exits decide most stories: they stand out. */
static enum paint what_paint(const char *what)
{
    if (strstr(what, "RST") || strstr(what, "killed by") || strstr(what, "reset"))
        return PAINT_RED;
    if (strstr(what, "FIN") || strstr(what, "exit"))
        return PAINT_YELLOW;
    return PAINT_PLAIN;
}

static void event_add(struct buf *out, const struct look *look, const struct columns *c, const struct result *r,
                      const struct event *e)
{
    const char *what = e->what ? e->what : "";
    struct buf actor = {0}, place = {0};
    text_line(&actor, e->actor);
    if (e->line > 0)
        buf_printf(&place, ":%d", e->line);
    size_t cut = text_cut(buf_text(&actor), actor.len, (size_t)c->actor);
    size_t pad = (size_t)c->actor - text_columns(buf_text(&actor), cut);
    bool here = e->line > 0 && e->line == r->line && r->actor && e->actor && strcmp(r->actor, e->actor) == 0;

    buf_printf(out, "%*s%s ", (int)c->indent - 2, "", here ? ">" : " ");
    buf_printf(out, "%*llu.%06u  ", c->time - 7, (unsigned long long)(e->us / 1000000), (unsigned)(e->us % 1000000));
    paint_on(out, look, actor_paint(r, e));
    buf_add(out, buf_text(&actor), cut);
    paint_off(out, look, actor_paint(r, e));
    buf_printf(out, "%*s", (int)pad, "");
    paint_printf(out, look, PAINT_DIM, "%-*s", c->line, buf_text(&place));
    buf_puts(out, "  ");
    size_t at = c->indent + (size_t)c->time + 2 + (size_t)(c->actor + c->line) + 2;
    paint_on(out, look, what_paint(what));
    if (look->width)
        text_wrap(out, look, at, at + 2, what);
    else
        text_line(out, what);
    paint_off(out, look, what_paint(what));
    buf_putc(out, '\n');
    buf_free(&actor);
    buf_free(&place);
}

static void folded_add(struct buf *out, const struct look *look, const struct columns *c, uint64_t count,
                       const char *why)
{
    buf_printf(out, "%*s", (int)c->indent + c->time + 2, "");
    paint_printf(out, look, PAINT_DIM, "... %llu more event%s %s", (unsigned long long)count, count == 1 ? "" : "s",
                 why);
    buf_putc(out, '\n');
}

static bool same_step(const struct event *a, const struct event *b)
{
    return a->line && a->line == b->line && a->actor && b->actor && strcmp(a->actor, b->actor) == 0;
}

/* Shows the events from..to-1, stretches of one step folded. */
static void part_add(struct buf *out, const struct look *look, const struct columns *c, const struct result *r,
                     size_t from, size_t to)
{
    while (from < to) {
        size_t stretch = 1;
        while (from + stretch < to && same_step(&r->timeline[from], &r->timeline[from + stretch]))
            stretch++;
        bool fold = stretch > STRETCH_MAX + 1;
        for (size_t i = 0; i < stretch; i++) {
            if (fold && i == STRETCH_MAX / 2) {
                folded_add(out, look, c, stretch - STRETCH_MAX, "of this step");
                i += stretch - STRETCH_MAX;
            }
            event_add(out, look, c, r, &r->timeline[from + i]);
        }
        from += stretch;
    }
}

void timeline_add(struct buf *out, const struct look *look, size_t indent, const struct result *r)
{
    struct columns c = columns_of(r, indent < 2 ? 2 : indent);
    size_t count = r->event_count;
    if (count <= SHOWN_FIRST + SHOWN_LAST + 1 && !r->events_dropped) {
        part_add(out, look, &c, r, 0, count);
        return;
    }
    /* Folding may make a long timeline short; only one that stays long loses its middle. */
    size_t shown = 0;
    for (size_t i = 0; i < count; i++)
        shown += i < STRETCH_MAX || !same_step(&r->timeline[i], &r->timeline[i - STRETCH_MAX]);
    if (shown <= SHOWN_FIRST + SHOWN_LAST && !r->events_dropped) {
        part_add(out, look, &c, r, 0, count);
        return;
    }
    size_t first = count < SHOWN_FIRST ? count : SHOWN_FIRST;
    size_t last = count - first < SHOWN_LAST ? count - first : SHOWN_LAST;
    uint64_t kept = count - first - last;
    part_add(out, look, &c, r, 0, first);
    if (kept || !r->events_dropped)
        folded_add(out, look, &c, kept, "(kept in the JSON report)");
    if (r->events_dropped)
        folded_add(out, look, &c, r->events_dropped, "that were not kept");
    part_add(out, look, &c, r, count - last, count);
}

void output_add(struct buf *out, const struct look *look, size_t indent, const struct result *r)
{
    const char *begin = r->output, *end = begin + strlen(begin), *from = end;
    for (int lines = 0; from > begin; from--) {
        if (from[-1] == '\n' && from != end && ++lines == OUTPUT_LINES)
            break;
    }
    const char *line;
    size_t len;
    while (text_next_line(&from, end, &line, &len)) {
        struct buf safe = {0};
        text_safe(&safe, line, len);
        size_t cut = text_cut(buf_text(&safe), safe.len, OUTPUT_COLUMNS);
        buf_printf(out, "%*s", (int)indent, "");
        paint_text(out, look, PAINT_DIM, "|");
        buf_puts(out, cut ? " " : "");
        buf_add(out, buf_text(&safe), cut);
        buf_puts(out, cut < safe.len ? "...\n" : "\n");
        buf_free(&safe);
    }
}
