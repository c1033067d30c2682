#include "report/console.h"

#include "base/clock.h"
#include "base/mem.h"
#include "report/ending.h"
#include "report/failure.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* The eye takes in no more redraws (design of progress: 20 a second). */
#define REDRAW_US 50000

/* In a log, a line this often tells that the run is alive. */
#define ALIVE_US 10000000

#define BAR_MAX  28
#define BAR_MIN  8
#define NAME_MIN 16

/* A terminal that does not tell its width. */
#define WIDTH_DEFAULT 80

struct console {
    FILE *out;
    struct console_options options;
    uint64_t began, drawn, alive; /* microseconds; `drawn` 0: never */
    size_t done, total;
    size_t count[VERDICT_COUNT];
    char *last; /* the case that ended last */
    bool line_shown;
    int error; /* errno of the first write that failed, or 0 */
};

const char *const colour_words[] = {"auto", "always", "never", NULL};

void console_options_init(struct console_options *o, FILE *out, enum colour colour)
{
    const char *term = getenv("TERM"), *no_color = getenv("NO_COLOR");
    bool able = isatty(fileno(out)) && (!term || strcmp(term, "dumb") != 0);
    *o = (struct console_options){.terminal = able};
    o->colour = colour == COLOUR_AUTO ? able && !(no_color && *no_color) : colour == COLOUR_ALWAYS;
}

static uint64_t now(const struct console *c)
{
    return c->options.now ? c->options.now() : clock_us();
}

static size_t width_of(const struct console *c)
{
    struct winsize size;
    if (c->options.width)
        return c->options.width;
    if (!c->options.terminal)
        return 0;
    if (ioctl(fileno(c->out), TIOCGWINSZ, &size) == 0 && size.ws_col)
        return size.ws_col;
    return WIDTH_DEFAULT;
}

static struct look look_of(const struct console *c)
{
    return (struct look){.colour = c->options.colour, .width = width_of(c)};
}

struct console *console_new(FILE *out, const struct console_options *o)
{
    struct console *c = mem_new(1, sizeof(*c));
    c->out = out;
    c->options = *o;
    c->began = c->alive = now(c);
    return c;
}

/* Takes the progress line away, so that something else can stand there. */
static void hide_line(struct console *c)
{
    if (c->line_shown)
        fputs("\r\x1b[K", c->out);
    c->line_shown = false;
}

void console_free(struct console *c)
{
    if (!c)
        return;
    hide_line(c);
    fflush(c->out);
    free(c->last);
    free(c);
}

/* What failed stays so: only the first error says why. */
static void note_error(struct console *c, bool failed)
{
    if (failed && !c->error)
        c->error = errno ? errno : EIO;
}

static void flush(struct console *c)
{
    note_error(c, fflush(c->out) != 0);
}

static void put(struct console *c, struct buf *text)
{
    if (text->len)
        note_error(c, fwrite(text->data, 1, text->len, c->out) != text->len);
    buf_free(text);
}

void console_begin(struct console *c, const char *profile, const char *subject, size_t total, uint64_t seed,
                   const char *machine)
{
    struct look look = look_of(c);
    struct buf text = {0};
    c->total = total;
    c->began = c->alive = now(c);
    buf_puts(&text, "sockspec " SOCKSPEC_VERSION ": ");
    if (profile)
        paint_printf(&text, &look, PAINT_BOLD, "%s", profile);
    buf_printf(&text, "%s%zu case%s, seed %llu\n", profile ? ", " : "", total, total == 1 ? "" : "s",
               (unsigned long long)seed);
    if (subject) {
        buf_puts(&text, "subject: ");
        text_line(&text, subject);
        buf_putc(&text, '\n');
    }
    if (machine) {
        buf_puts(&text, "machine: ");
        text_line(&text, machine);
        buf_putc(&text, '\n');
    }
    put(c, &text);
    flush(c);
}

/* "106/212  2 fail  1 warn  12.1 s": what the line says whatever its width. */
static void add_figures(struct buf *out, const struct console *c, const struct look *look)
{
    buf_printf(out, "%zu/%zu", c->done, c->total);
    for (size_t i = 0; i < VERDICT_COUNT; i++) {
        enum verdict v = verdict_worst_first(i);
        if (v == VERDICT_PASS || !c->count[v])
            continue;
        buf_puts(out, "  ");
        paint_printf(out, look, verdict_paint(v), "%zu %s", c->count[v], verdict_name(v));
    }
    buf_printf(out, "  %.1f s", (double)(now(c) - c->began) / 1e6);
}

static void add_bar(struct buf *out, const struct console *c, const struct look *look, size_t columns)
{
    size_t total = c->total ? c->total : 1, done = c->done < total ? c->done : total;
    size_t full = (size_t)((double)done / (double)total * (double)columns);
    bool broken = c->count[VERDICT_FAIL] || c->count[VERDICT_ERROR] || c->count[VERDICT_FLAKY];
    buf_putc(out, '[');
    paint_on(out, look, broken ? PAINT_RED : PAINT_GREEN);
    for (size_t i = 0; i < full; i++)
        buf_putc(out, '#');
    paint_off(out, look, broken ? PAINT_RED : PAINT_GREEN);
    for (size_t i = full; i < columns; i++)
        buf_putc(out, '.');
    buf_puts(out, "] ");
}

/* The line never reaches the last column: some terminals would begin a new one there. */
static void draw_line(struct console *c)
{
    struct look look = look_of(c), bare = {0};
    size_t room = look.width > 1 ? look.width - 1 : 1;
    struct buf figures = {0}, coloured = {0}, name = {0}, line = {0};
    add_figures(&figures, c, &bare);
    add_figures(&coloured, c, &look);
    buf_puts(&line, "\r");
    if (figures.len > room) {
        buf_add(&line, figures.data, room);
        room = 0;
    } else {
        room -= figures.len;
        if (room >= BAR_MIN + 3) {
            size_t columns = room - 3 < BAR_MAX ? room - 3 : BAR_MAX;
            add_bar(&line, c, &look, columns);
            room -= columns + 3;
        }
        buf_add(&line, coloured.data, coloured.len);
    }
    text_line(&name, c->last);
    if (room >= NAME_MIN + 2 && name.len) {
        size_t cut = text_cut(name.data, name.len, room - 2);
        name.data[cut] = '\0';
        buf_puts(&line, "  ");
        paint_text(&line, &look, PAINT_DIM, name.data);
    }
    buf_puts(&line, "\x1b[K");
    put(c, &line);
    flush(c);
    c->line_shown = true;
    c->drawn = now(c);
    buf_free(&figures);
    buf_free(&coloured);
    buf_free(&name);
}

/* Where lines are not redrawn: that it goes on, now and then. */
static void tell_alive(struct console *c)
{
    if (now(c) - c->alive < ALIVE_US)
        return;
    const struct look bare = {0};
    struct buf text = {0};
    buf_puts(&text, "... ");
    add_figures(&text, c, &bare);
    buf_putc(&text, '\n');
    put(c, &text);
    flush(c);
    c->alive = now(c);
}

void console_tick(struct console *c)
{
    if (!c->options.terminal)
        tell_alive(c);
    else if (c->total && now(c) - c->drawn >= REDRAW_US)
        draw_line(c);
}

/* One line a result that is no pass. On a terminal skips wait for the end, where they are grouped. */
static bool is_told(const struct console *c, const struct result *r)
{
    return r->verdict != VERDICT_PASS && !(c->options.terminal && r->verdict == VERDICT_SKIP);
}

void console_result(struct console *c, size_t done, size_t total, const struct result *result)
{
    c->done = done;
    c->total = total;
    if ((unsigned)result->verdict < VERDICT_COUNT)
        c->count[result->verdict]++;
    free(c->last);
    c->last = mem_dup(result->name);
    if (is_told(c, result)) {
        struct look look = look_of(c);
        struct buf text = {0};
        hide_line(c);
        failure_line(&text, &look, result);
        buf_putc(&text, '\n');
        put(c, &text);
        if (!c->options.terminal)
            flush(c);
        c->drawn = 0; /* the line is gone: it comes back at once */
    }
    console_tick(c);
}

void console_end(struct console *c, const struct run *r, const struct baseline *baseline)
{
    struct look look = look_of(c);
    hide_line(c);
    errno = 0;
    ending_write(c->out, &look, r, baseline, c->total, c->options.partial);
    note_error(c, ferror(c->out));
    flush(c);
}

int console_error(const struct console *c)
{
    return c->error;
}
