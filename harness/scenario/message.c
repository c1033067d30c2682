#include "scenario/message.h"

#include "base/visible.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* A source line longer than this is shown around the caret only. */
#define SHOWN_BEFORE 60
#define SHOWN_MAX    160

struct scn_message *message_add(struct scn_messages *m, const char *file, struct scn_at at, const char *hint,
                                const char *format, va_list args)
{
    struct buf text = {0};
    buf_vprintf(&text, format, args);
    m->items = mem_realloc(m->items, (m->count + 1) * sizeof(*m->items));
    struct scn_message *new = &m->items[m->count++];
    *new = (struct scn_message){.file = mem_dup(file), .at = at, .text = buf_take(&text), .hint = mem_dup(hint)};
    return new;
}

void message_add_file(struct scn_messages *m, const char *file, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    message_add(m, file, (struct scn_at){.line = 0, .col = 0, .len = 1}, NULL, format, args);
    va_end(args);
}

void scn_messages_free(struct scn_messages *m)
{
    for (size_t i = 0; i < m->count; i++) {
        free(m->items[i].file);
        free(m->items[i].text);
        free(m->items[i].hint);
        free(m->items[i].line_text);
    }
    free(m->items);
    *m = (struct scn_messages){0};
}

/* One byte of a source line as it is shown; tabs stay, so that the caret line can repeat them. */
static void add_shown(struct buf *out, unsigned char c)
{
    if (c == '\t' || (c >= 0x20 && c < 0x7f))
        buf_putc(out, (char)c);
    else
        buf_printf(out, "\\x%02x", c);
}

/* As many columns of nothing as `c` takes when it is shown. */
static void add_space(struct buf *out, unsigned char c)
{
    if (c == '\t')
        buf_putc(out, '\t');
    else
        buf_puts(out, c >= 0x20 && c < 0x7f ? " " : "    ");
}

static void add_line(struct buf *out, const struct scn_message *m, bool colour)
{
    const char *line = m->line_text;
    size_t len = strlen(line), col = (size_t)m->at.col - 1;
    if (col > len)
        col = len;
    size_t from = len > SHOWN_MAX && col > SHOWN_BEFORE ? col - SHOWN_BEFORE : 0;
    size_t to = len - from > SHOWN_MAX ? from + SHOWN_MAX : len;
    buf_printf(out, "%6d | %s", m->at.line, from ? "..." : "");
    for (size_t i = from; i < to; i++)
        add_shown(out, (unsigned char)line[i]);
    buf_printf(out, "%s\n       | %s", to < len ? "..." : "", from ? "   " : "");
    for (size_t i = from; i < col; i++)
        add_space(out, (unsigned char)line[i]);
    buf_printf(out, "%s^", colour ? "\033[1;32m" : "");
    for (size_t i = col + 1; i < to && i < col + (size_t)m->at.len; i++)
        buf_putc(out, '~');
    buf_printf(out, "%s%s%s\n", colour ? "\033[0m" : "", m->hint ? " " : "", m->hint ? m->hint : "");
}

void scn_message_print(struct buf *out, const struct scn_message *m, bool colour)
{
    buf_puts(out, colour ? "\033[1m" : "");
    visible_add(out, m->file, strlen(m->file), 0);
    if (m->at.line)
        buf_printf(out, ":%d:%d", m->at.line, m->at.col);
    buf_printf(out, ": %serror:%s %s\n", colour ? "\033[31m" : "", colour ? "\033[0m" : "", m->text);
    if (m->at.line && m->line_text)
        add_line(out, m, colour);
    else if (m->hint)
        buf_printf(out, "       | %s\n", m->hint);
}
