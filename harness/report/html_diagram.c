/*
 * The conversation as a sequence diagram. By order, not to scale: a row an event, with its time; a pause longer than
 * PAUSE_US is drawn as a gap that says how long it was.
 */
#include "report/html.h"
#include "report/text.h"

#include <stdio.h>
#include <string.h>

/* Columns told one by one; further actors (a crowd) share one. */
#define COLUMNS_MAX 6
/* Rows of one actor's one step that are drawn; a longer stretch is folded into what is left out and its bytes. */
#define STRETCH_MAX 6
/* Without anything happening for so long there is a gap. Microseconds. */
#define PAUSE_US 200000
/* The model keeps so many first events, and leaves out what comes behind them (result_event). */
#define EVENTS_SHOWN_FIRST 100
/* Label characters on an arrow. */
#define LABEL_MAX 42

enum { TIME_WIDTH = 84, COLUMN_WIDTH = 340, HEAD_HEIGHT = 44, ROW_HEIGHT = 30, NOTE_OFFSET = 10 };

struct drawing {
    struct buf body;
    const struct result *r;
    const char *actors[COLUMNS_MAX];
    size_t actor_count;
    bool crowd; /* the last column stands for several */
    int rows;
    uint64_t last_us;
};

static bool is_subject(const struct event *e)
{
    return strcmp(e->actor, "subject") == 0 || strcmp(e->actor, "harness") == 0;
}

/* Its column; the subject's is the last one. */
static size_t column_of(const struct drawing *d, const struct event *e)
{
    if (is_subject(e) || e->kind == EVENT_FAULT)
        return d->actor_count;
    for (size_t i = 0; i < d->actor_count; i++)
        if (strcmp(d->actors[i], e->actor) == 0)
            return i;
    return d->actor_count - 1;
}

static void find_actors(struct drawing *d)
{
    for (size_t i = 0; i < d->r->event_count; i++) {
        const struct event *e = &d->r->timeline[i];
        size_t known = 0;
        if (is_subject(e) || e->kind == EVENT_FAULT)
            continue;
        while (known < d->actor_count && strcmp(d->actors[known], e->actor) != 0)
            known++;
        if (known < d->actor_count)
            continue;
        if (d->actor_count == COLUMNS_MAX) {
            d->crowd = true;
            continue;
        }
        d->actors[d->actor_count++] = e->actor;
    }
}

static int x_of(size_t column)
{
    return TIME_WIDTH + 60 + (int)column * COLUMN_WIDTH;
}

static int y_of(int row)
{
    return HEAD_HEIGHT + 26 + row * ROW_HEIGHT;
}

/* A label; the whole text is its tooltip where it had to be cut. */
static void label(struct drawing *d, int x, int y, const char *anchor, const char *class, const char *text)
{
    struct buf shown = {0};
    bool some = html_text_cut(&shown, text, LABEL_MAX);
    buf_printf(&d->body, "<text x=\"%d\" y=\"%d\" text-anchor=\"%s\" class=\"%s\">%s", x, y, anchor, class,
               buf_text(&shown));
    if (some) {
        buf_puts(&d->body, "<title>");
        html_text(&d->body, text);
        buf_puts(&d->body, "</title>");
    }
    buf_puts(&d->body, "</text>\n");
    buf_free(&shown);
}

static void time_label(struct drawing *d, int row, uint64_t us)
{
    buf_printf(&d->body, "<text x=\"%d\" y=\"%d\" text-anchor=\"end\" class=\"t\">%llu.%06u</text>", TIME_WIDTH,
               y_of(row) + 4, (unsigned long long)(us / 1000000), (unsigned)(us % 1000000));
}

/* From column to column, with a head; its label stands above it. */
static void arrow(struct drawing *d, size_t from, size_t to, const char *class, const char *text)
{
    int y = y_of(d->rows), x1 = x_of(from), x2 = x_of(to), head = x2 > x1 ? -7 : 7;
    buf_printf(&d->body, "<path class=\"a %s\" d=\"M%d %dH%d\"/><path class=\"h %s\" d=\"M%d %dl%d -4v8z\"/>", class,
               x1, y, x2 + head, class, x2, y, head);
    label(d, (x1 + x2) / 2, y - 5, "middle", class, text);
}

static void mark(struct drawing *d, size_t column, const char *class, const char *text)
{
    int x = x_of(column), y = y_of(d->rows);
    buf_printf(&d->body, "<circle class=\"m %s\" cx=\"%d\" cy=\"%d\" r=\"4\"/>", class, x, y);
    label(d, x + NOTE_OFFSET, y + 4, "start", class, text);
}

/* A fault stands over the subject's line: it was done to what passed there. */
static void fault(struct drawing *d, const char *text)
{
    int x = x_of(d->actor_count), y = y_of(d->rows);
    buf_printf(&d->body, "<path class=\"m fault\" d=\"M%d %dl6 6l-6 6l-6 -6z\"/>", x, y - 6);
    label(d, x - NOTE_OFFSET - 2, y + 4, "end", "fault", text);
}

static void gap(struct drawing *d, uint64_t us)
{
    char text[48];
    int y = y_of(d->rows), width = x_of(d->actor_count) + 60;
    snprintf(text, sizeof text, "%.*f s with nothing", us < 10000000 ? 2 : 0, (double)us / 1e6);
    buf_printf(&d->body, "<path class=\"gap\" d=\"M%d %dH%d\"/>", TIME_WIDTH + 10, y, width);
    label(d, (TIME_WIDTH + width) / 2, y - 5, "middle", "t", text);
    d->rows++;
}

static bool is_failed_step(const struct result *r, const struct event *e)
{
    return e->line > 0 && e->line == r->line && r->actor && strcmp(r->actor, e->actor) == 0;
}

/* The row behind what belongs to the step that failed. */
static void highlight(struct drawing *d)
{
    buf_printf(&d->body, "<rect class=\"here\" x=\"0\" y=\"%d\" width=\"%d\" height=\"%d\"/>",
               y_of(d->rows) - ROW_HEIGHT + 12, x_of(d->actor_count) + 150, ROW_HEIGHT);
}

static void event_row(struct drawing *d, const struct event *e)
{
    size_t own = column_of(d, e), subject = d->actor_count;
    if (e->us > d->last_us + PAUSE_US)
        gap(d, e->us - d->last_us);
    d->last_us = e->us > d->last_us ? e->us : d->last_us;
    if (is_failed_step(d->r, e))
        highlight(d);
    time_label(d, d->rows, e->us);
    switch (e->kind) {
    case EVENT_CONNECTED:
    case EVENT_SENT:
        arrow(d, own, subject, e->kind == EVENT_SENT ? "bytes" : "open", e->what);
        break;
    case EVENT_FIN_SENT:
    case EVENT_RST_SENT:
        arrow(d, own, subject, e->kind == EVENT_FIN_SENT ? "fin" : "rst", e->what);
        break;
    case EVENT_ACCEPTED:
    case EVENT_RECEIVED:
        arrow(d, subject, own, e->kind == EVENT_RECEIVED ? "bytes" : "open", e->what);
        break;
    case EVENT_FIN_RECEIVED:
    case EVENT_RST_RECEIVED:
    case EVENT_REFUSED:
        arrow(d, subject, own, e->kind == EVENT_FIN_RECEIVED ? "fin" : "rst", e->what);
        break;
    case EVENT_FAULT:
        fault(d, e->what);
        break;
    default:
        mark(d, own, is_subject(e) ? "subject" : "note", e->what);
        break;
    }
    d->rows++;
}

static bool same_stretch(const struct event *a, const struct event *b)
{
    return a->line == b->line && strcmp(a->actor, b->actor) == 0;
}

/* One row for the events from..to-1. */
static void folded_row(struct drawing *d, size_t from, size_t to)
{
    uint64_t sent = 0, received = 0;
    char text[128];
    for (size_t i = from; i < to; i++) {
        sent += d->r->timeline[i].kind == EVENT_SENT ? d->r->timeline[i].bytes : 0;
        received += d->r->timeline[i].kind == EVENT_RECEIVED ? d->r->timeline[i].bytes : 0;
    }
    snprintf(text, sizeof text, "… %zu more: %llu bytes sent, %llu received", to - from, (unsigned long long)sent,
             (unsigned long long)received);
    label(d, x_of(column_of(d, &d->r->timeline[from])) + NOTE_OFFSET, y_of(d->rows) + 4, "start", "t", text);
    d->last_us = d->r->timeline[to - 1].us;
    d->rows++;
}

static void rows(struct drawing *d)
{
    const struct result *r = d->r;
    for (size_t from = 0, to; from < r->event_count; from = to) {
        for (to = from + 1; to < r->event_count && same_stretch(&r->timeline[from], &r->timeline[to]);)
            to++;
        bool fold = to - from > STRETCH_MAX;
        for (size_t i = from; i < to; i++) {
            if (fold && i == from + STRETCH_MAX / 2) {
                size_t rest = to - STRETCH_MAX / 2;
                folded_row(d, i, rest);
                i = rest;
            }
            event_row(d, &r->timeline[i]);
        }
        if (to == EVENTS_SHOWN_FIRST && r->events_dropped) {
            char text[64];
            snprintf(text, sizeof text, "… %llu events left out", (unsigned long long)r->events_dropped);
            label(d, x_of(0) + NOTE_OFFSET, y_of(d->rows++) + 4, "start", "t", text);
        }
    }
}

/* Where it ended, and why. */
static void ending(struct drawing *d)
{
    struct event e = {.actor = d->r->actor ? d->r->actor : (char *)"subject", .line = d->r->line};
    char text[160];
    if (d->r->verdict == VERDICT_PASS || d->r->verdict == VERDICT_SKIP)
        return;
    uint64_t end = (uint64_t)(d->r->seconds * 1e6);
    if (end > d->last_us + PAUSE_US)
        gap(d, end - d->last_us);
    snprintf(text, sizeof text, "%s line %d: %s", verdict_sign(d->r->verdict), d->r->line,
             diagnosis_name(d->r->diagnosis));
    mark(d, column_of(d, &e), "end", text);
    d->rows++;
}

static void heads(const struct drawing *d, struct buf *out)
{
    for (size_t i = 0; i <= d->actor_count; i++) {
        int x = x_of(i);
        bool subject = i == d->actor_count, crowd = d->crowd && i + 1 == d->actor_count;
        buf_printf(out,
                   "<path class=\"life\" d=\"M%d %dV%d\"/><rect class=\"head%s\" x=\"%d\" y=\"6\" width=\"112\" "
                   "height=\"26\" rx=\"5\"/>",
                   x, HEAD_HEIGHT - 12, y_of(d->rows), subject ? " s" : "", x - 56);
        buf_printf(out, "<text x=\"%d\" y=\"24\" text-anchor=\"middle\" class=\"name\">", x);
        html_text_cut(out, subject ? "subject" : crowd ? "others" : d->actors[i], 14);
        buf_puts(out, "</text>\n");
    }
}

void html_diagram(struct buf *out, const struct result *r, const char *id)
{
    struct drawing d = {.r = r};
    if (!r->event_count)
        return;
    find_actors(&d);
    rows(&d);
    ending(&d);
    int width = x_of(d.actor_count) + 170, height = y_of(d.rows) + 4;
    buf_printf(
        out,
        "<div class=\"scroll\" tabindex=\"0\" role=\"group\" aria-label=\"Sequence diagram, can be scrolled\">\n"
        "<svg class=\"seq\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\" role=\"img\" aria-labelledby=\"%s-d\">\n"
        "<title id=\"%s-d\">The conversation; the same in words is in the timeline below</title>\n",
        width, height, width, height, id, id);
    heads(&d, out);
    buf_add(out, d.body.data, d.body.len);
    buf_puts(out, "</svg></div>\n");
    buf_free(&d.body);
}
