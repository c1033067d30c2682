#include "base/visible.h"

#include <stdbool.h>
#include <string.h>

static void add_byte(struct buf *out, unsigned char c, bool quoted)
{
    switch (c) {
    case '\r':
        buf_puts(out, "\\r");
        return;
    case '\n':
        buf_puts(out, "\\n");
        return;
    case '\t':
        buf_puts(out, "\\t");
        return;
    case '\0':
        buf_puts(out, "\\0");
        return;
    case '\\':
        buf_puts(out, "\\\\");
        return;
    }
    if (c == '"' && quoted)
        buf_puts(out, "\\\"");
    else if (c >= 0x20 && c < 0x7f)
        buf_putc(out, (char)c);
    else
        buf_printf(out, "\\x%02x", c);
}

static void add_all(struct buf *out, const void *data, size_t len, size_t max, bool quoted)
{
    const unsigned char *p = data;
    size_t shown = max && len > max ? max : len;
    if (quoted)
        buf_putc(out, '"');
    for (size_t i = 0; i < shown; i++)
        add_byte(out, p[i], quoted);
    if (quoted)
        buf_putc(out, '"');
    if (shown < len)
        buf_printf(out, "... (%zu bytes in all)", len);
}

void visible_add(struct buf *out, const void *data, size_t len, size_t max)
{
    add_all(out, data, len, max, false);
}

void visible_quoted(struct buf *out, const void *data, size_t len, size_t max)
{
    add_all(out, data, len, max, true);
}

/* Puts `with` in place of the last byte of each `what` at `from` or behind it. */
static void replace_ends(struct buf *b, size_t from, const char *what, const char *with)
{
    const size_t len = strlen(what);
    struct buf out = {0};
    size_t done = from;
    for (const char *at; done < b->len && (at = memmem(b->data + done, b->len - done, what, len));) {
        size_t until = (size_t)(at - b->data) + len - 1;
        buf_add(&out, b->data + done, until - done);
        buf_puts(&out, with);
        done = until + 1;
    }
    if (!out.len)
        return;
    buf_add(&out, b->data + done, b->len - done);
    b->len = from;
    buf_add(b, out.data, out.len);
    buf_free(&out);
}

void visible_break_commands(struct buf *b, size_t from, const char *bracket)
{
    replace_ends(b, from, "##[", bracket);
}

void visible_break_json(struct buf *b, size_t from)
{
    visible_break_commands(b, from, "\\u005b");
    replace_ends(b, from, "\x7f", "\\u007f");
}
