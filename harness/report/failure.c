#include "report/failure.h"

#include "report/diff.h"

#include <string.h>

/* The body stands this far in under its FAIL line; what belongs to a heading of it twice as far. */
#define INDENT 2
#define INNER  4

/* Labels of verdicts stand under each other: "FAIL ", "ERROR". */
#define LABEL_WIDTH 5

/* Source lines longer than this are cut: the caret still has to be seen. */
#define SOURCE_COLUMNS 200

enum paint verdict_paint(enum verdict v)
{
#define PAINT_OF(id, word, sign, paint) PAINT_##paint,
    static const enum paint paints[] = {VERDICTS(PAINT_OF)};
    return (unsigned)v < VERDICT_COUNT ? paints[v] : PAINT_PLAIN;
}

void verdict_label(struct buf *out, const struct look *look, enum verdict v)
{
#define LABEL(id, ...) #id,
    static const char *const labels[] = {VERDICTS(LABEL)};
    paint_printf(out, look, verdict_paint(v), "%-*s", LABEL_WIDTH, (unsigned)v < VERDICT_COUNT ? labels[v] : "?");
}

void failure_message(struct buf *out, const struct result *r)
{
    if (r->diagnosis != DIAGNOSIS_NONE)
        buf_printf(out, "%s%s", diagnosis_name(r->diagnosis), r->message ? ": " : "");
    text_line(out, r->message);
}

void failure_line(struct buf *out, const struct look *look, const struct result *r)
{
    struct buf rest = {0};
    text_line(&rest, r->name);
    size_t name = rest.len;
    if (r->message || r->diagnosis != DIAGNOSIS_NONE)
        buf_puts(&rest, "  ");
    failure_message(&rest, r);
    verdict_label(out, look, r->verdict);
    buf_puts(out, " ");
    size_t room = look->width > 20 ? look->width - 7 : look->width ? 13 : rest.len;
    if (text_columns(buf_text(&rest), rest.len) > room) {
        size_t cut = text_cut(buf_text(&rest), rest.len, room - 3);
        buf_add(out, buf_text(&rest), cut < name ? name : cut); /* a name is never cut: it is what one repeats */
        buf_puts(out, "...");
    } else {
        buf_add(out, buf_text(&rest), rest.len);
    }
    buf_free(&rest);
}

static void heading(struct buf *out, const struct look *look, const char *text)
{
    buf_printf(out, "\n%*s", INDENT, "");
    paint_text(out, look, PAINT_BOLD, text);
}

static void prose(struct buf *out, const struct look *look, size_t indent, const char *text)
{
    buf_printf(out, "%*s", (int)indent, "");
    text_wrap(out, look, indent, indent, text);
    buf_putc(out, '\n');
}

/* One of several items: what does not fit on its line stands further in. */
static void hanging(struct buf *out, const struct look *look, const char *text)
{
    buf_printf(out, "%*s", INNER, "");
    text_wrap(out, look, INNER, INNER + 4, text);
    buf_putc(out, '\n');
}

static void add_rule(struct buf *out, const struct look *look, const struct result *r)
{
    if (r->title && *r->title)
        prose(out, look, INDENT, r->title);
    if (r->rule) {
        heading(out, look, r->rule);
        if (r->level) {
            buf_putc(out, ' ');
            text_line(out, r->level);
        }
        buf_putc(out, '\n');
    }
    if (r->sentence && *r->sentence) {
        struct buf quoted = {0};
        buf_printf(&quoted, "\"%s\"", r->sentence);
        prose(out, look, INNER, buf_text(&quoted));
        buf_free(&quoted);
    }
    if (r->source && *r->source) {
        buf_printf(out, "%*s", INNER, "");
        paint_on(out, look, PAINT_DIM);
        text_wrap(out, look, INNER, INNER, r->source);
        paint_off(out, look, PAINT_DIM);
        buf_putc(out, '\n');
    }
    if (r->why && *r->why) {
        buf_printf(out, "%*swhy: ", INNER, "");
        text_wrap(out, look, INNER + 5, INNER + 5, r->why);
        buf_putc(out, '\n');
    }
}

/* The caret under the word; a tab before it stands as one column, as in the line above. */
static void add_caret(struct buf *out, const struct look *look, const struct result *r, size_t at, size_t columns)
{
    size_t col = (size_t)(r->col - 1);
    if (r->col < 1 || col >= columns)
        return;
    size_t width = r->width > 0 ? (size_t)r->width : 1;
    if (width > columns - col)
        width = columns - col;
    struct buf marks = {0};
    buf_putc(&marks, '^');
    for (size_t i = 1; i < width; i++)
        buf_putc(&marks, '~');
    buf_printf(out, "%*s", (int)(at + col), "");
    paint_text(out, look, PAINT_ALARM, buf_text(&marks));
    buf_putc(out, '\n');
    buf_free(&marks);
}

/* The source line as it stands, tabs as one space so that columns keep their count. */
static void add_source(struct buf *out, const struct look *look, const struct result *r)
{
    struct buf raw = {0}, line = {0};
    for (const char *p = r->line_text; *p && *p != '\n' && *p != '\r'; p++)
        buf_putc(&raw, *p == '\t' ? ' ' : *p);
    text_safe(&line, buf_text(&raw), raw.len);
    size_t before = out->len;
    buf_printf(out, "%*s%d | ", INNER, "", r->line);
    size_t at = out->len - before;
    size_t cut = text_cut(buf_text(&line), line.len, SOURCE_COLUMNS);
    buf_add(out, buf_text(&line), cut);
    buf_putc(out, '\n');
    add_caret(out, look, r, at, text_columns(buf_text(&line), cut));
    buf_free(&raw);
    buf_free(&line);
}

static void add_place(struct buf *out, const struct look *look, const struct result *r)
{
    if (r->file) {
        struct buf place = {0};
        buf_puts(&place, r->file);
        if (r->line > 0)
            buf_printf(&place, ":%d", r->line);
        if (r->line > 0 && r->col > 0)
            buf_printf(&place, ":%d", r->col);
        heading(out, look, buf_text(&place));
        if (r->actor) {
            buf_puts(out, "  ");
            text_line(out, r->actor);
        }
        buf_putc(out, '\n');
        if (r->line > 0 && r->line_text)
            add_source(out, look, r);
        buf_free(&place);
    }
    if (r->message || r->diagnosis != DIAGNOSIS_NONE) {
        struct buf message = {0};
        failure_message(&message, r);
        buf_printf(out, "\n%*s", INDENT, "");
        paint_on(out, look, verdict_paint(r->verdict));
        text_wrap(out, look, INDENT, INNER, buf_text(&message));
        paint_off(out, look, verdict_paint(r->verdict));
        buf_putc(out, '\n');
        buf_free(&message);
    }
}

static void add_evidence(struct buf *out, const struct look *look, const struct result *r)
{
    if (r->graph_count) {
        heading(out, look, "who waits for what");
        buf_putc(out, '\n');
        for (size_t i = 0; i < r->graph_count; i++)
            hanging(out, look, r->graph[i]);
    }
    if (r->event_count) {
        heading(out, look, "timeline");
        buf_puts(out, " (seconds since the case began)\n");
        timeline_add(out, look, INNER, r);
    }
    bool has_output = r->output && *r->output;
    if (has_output || r->exit) {
        heading(out, look, "subject");
        buf_puts(out, ": ");
        text_line(out, r->exit ? r->exit : "its end was not seen");
        if (!has_output)
            buf_puts(out, r->output_total ? "; its output was not kept" : "; it wrote nothing");
        else if (r->output_total > strlen(r->output))
            buf_printf(out, "; the end of the %llu bytes that it wrote", (unsigned long long)r->output_total);
        else
            buf_puts(out, "; it wrote");
        buf_putc(out, '\n');
        if (has_output)
            output_add(out, look, INNER, r);
    }
}

static void add_note(struct buf *out, const struct look *look, const char *text)
{
    heading(out, look, "note");
    buf_puts(out, ": ");
    text_wrap(out, look, INDENT + 6, INNER, text);
    buf_putc(out, '\n');
}

static void add_notes(struct buf *out, const struct look *look, const struct result *r)
{
    if (r->depend_count) {
        add_note(out, look, "it depends on earlier cases: alone on a fresh instance it passes, behind these it fails");
        for (size_t i = 0; i < r->depend_count; i++)
            prose(out, look, INNER, r->depends[i]);
    }
    if (r->verdict == VERDICT_FLAKY)
        add_note(out, look, "it failed once and did not fail again, neither alone nor behind the cases before it");
    if (r->unconfirmed)
        add_note(out, look, "unconfirmed: it could not be tried again on a fresh instance (--at without --restart)");
    if (r->best_effort)
        add_note(out, look,
                 "best effort: a piece left after a pause, without proof that the one before had been taken");
    if (r->known && r->verdict != VERDICT_PASS) {
        struct buf known = {0};
        buf_printf(&known, "a known failure: %s", r->known);
        add_note(out, look, buf_text(&known));
        buf_free(&known);
    }
}

void failure_body(struct buf *out, const struct look *look, const struct result *r, enum detail detail)
{
    add_rule(out, look, r);
    add_place(out, look, r);
    if (r->expected || r->received) {
        buf_printf(out, "\n%*s", INNER, "");
        paint_text(out, look, PAINT_RED, "- expected");
        buf_puts(out, "  ");
        paint_text(out, look, PAINT_GREEN, "+ received");
        buf_puts(out, "\n");
        diff_add(out, look, INNER, r->expected, r->received);
    }
    if (detail == DETAIL_FULL)
        add_evidence(out, look, r);
    add_notes(out, look, r);
    if (r->capture) {
        heading(out, look, "capture");
        buf_puts(out, ": ");
        text_line(out, r->capture);
        buf_putc(out, '\n');
    }
    if (r->repeat) {
        /* Never wrapped: it is there to be copied. */
        heading(out, look, "repeat");
        buf_puts(out, ": ");
        text_line(out, r->repeat);
        buf_putc(out, '\n');
    }
}

void failure_add(struct buf *out, const struct look *look, const struct result *r, enum detail detail)
{
    verdict_label(out, look, r->verdict);
    buf_putc(out, ' ');
    paint_text(out, look, PAINT_BOLD, r->name ? r->name : "(no name)");
    buf_putc(out, '\n');
    failure_body(out, look, r, detail);
}
