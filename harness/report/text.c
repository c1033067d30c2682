#include "report/text.h"

#include "base/visible.h"

#include <stdio.h>
#include <string.h>

/* The width of prose where the terminal sets none: what reads well and survives being quoted in a mail. */
#define PROSE_WIDTH 96

/* A terminal narrower than this is treated as this wide: prose in ten columns helps nobody. */
#define WIDTH_MIN 40

size_t text_utf8(const char *p, size_t len, uint32_t *code)
{
    const unsigned char *s = (const unsigned char *)p;
    if (!len)
        return 0;
    if (s[0] < 0x80) {
        if (code)
            *code = s[0];
        return 1;
    }
    size_t need = s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;
    if (s[0] < 0xc2 || s[0] > 0xf4 || need > len)
        return 0;
    uint32_t c = s[0] & (0xff >> (need + 1));
    for (size_t i = 1; i < need; i++) {
        if ((s[i] & 0xc0) != 0x80)
            return 0;
        c = c << 6 | (s[i] & 0x3f);
    }
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    if (c < least[need] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
        return 0;
    if (code)
        *code = c;
    return need;
}

/* Characters that a terminal or a reader's eye could be fooled with. */
static bool is_unsafe(uint32_t c)
{
    return c < 0x20 || (c >= 0x7f && c < 0xa0)              /* C0, DEL, C1 */
           || (c >= 0x200b && c <= 0x200f)                  /* zero width, direction marks */
           || (c >= 0x2028 && c <= 0x202e)                  /* line separators, embeddings, overrides */
           || (c >= 0x2060 && c <= 0x206f) || c == 0xfeff   /* joiners, isolates, byte order mark */
           || (c >= 0xfff9 && c <= 0xffff) || c >= 0xe0000; /* annotations, tags, private planes */
}

void text_safe(struct buf *out, const char *text, size_t len)
{
    size_t begin = out->len > 2 ? out->len - 2 : 0; /* a command may begin in what stands there already */
    for (size_t i = 0; i < len;) {
        uint32_t c = 0;
        size_t n = text_utf8(text + i, len - i, &c);
        if (n && !is_unsafe(c)) {
            buf_add(out, text + i, n);
            i += n;
            continue;
        }
        unsigned char byte = (unsigned char)text[i];
        if (byte == '\r' || byte == '\n' || byte == '\t')
            buf_puts(out, byte == '\r' ? "\\r" : byte == '\n' ? "\\n" : "\\t");
        else
            for (size_t k = 0; k < (n ? n : 1); k++)
                buf_printf(out, "\\x%02x", (unsigned char)text[i + k]);
        i += n ? n : 1;
    }
    visible_break_commands(out, begin, "\\x5b");
}

void text_markup(struct buf *out, const char *safe, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        switch (safe[i]) {
        case '&':
            buf_puts(out, "&amp;");
            break;
        case '<':
            buf_puts(out, "&lt;");
            break;
        case '>':
            buf_puts(out, "&gt;");
            break;
        case '"':
            buf_puts(out, "&quot;");
            break;
        case '\'':
            buf_puts(out, "&#39;");
            break;
        case ':': /* at the beginning of a line :: would be a command to GitHub's runner */
            buf_puts(out, i + 1 < len && safe[i + 1] == ':' ? "&#58;" : ":");
            break;
        default:
            buf_putc(out, safe[i]);
        }
    }
}

void text_line(struct buf *out, const char *text)
{
    if (text)
        text_safe(out, text, strlen(text));
}

size_t text_columns(const char *text, size_t len)
{
    size_t columns = 0;
    for (size_t i = 0; i < len; i++)
        columns += ((unsigned char)text[i] & 0xc0) != 0x80;
    return columns;
}

size_t text_cut(const char *text, size_t len, size_t columns)
{
    for (size_t i = 0; i < len; i++) {
        if (((unsigned char)text[i] & 0xc0) == 0x80)
            continue;
        if (!columns--)
            return i;
    }
    return len;
}

void paint_on(struct buf *out, const struct look *look, enum paint p)
{
    static const char *const codes[PAINT_COUNT] = {"", "1", "2", "31", "32", "33", "34", "35", "36", "1;31"};
    if (look->colour && p != PAINT_PLAIN)
        buf_printf(out, "\x1b[%sm", codes[p]);
}

void paint_off(struct buf *out, const struct look *look, enum paint p)
{
    if (look->colour && p != PAINT_PLAIN)
        buf_puts(out, "\x1b[0m");
}

void paint_text(struct buf *out, const struct look *look, enum paint p, const char *text)
{
    paint_on(out, look, p);
    text_line(out, text);
    paint_off(out, look, p);
}

void paint_printf(struct buf *out, const struct look *look, enum paint p, const char *format, ...)
{
    struct buf text = {0};
    va_list args;
    va_start(args, format);
    buf_vprintf(&text, format, args);
    va_end(args);
    paint_text(out, look, p, buf_text(&text));
    buf_free(&text);
}

void text_wrap(struct buf *out, const struct look *look, size_t at, size_t indent, const char *text)
{
    size_t width = !look->width ? PROSE_WIDTH : look->width < WIDTH_MIN ? WIDTH_MIN : look->width;
    struct buf safe = {0};
    text_line(&safe, text);
    const char *p = buf_text(&safe);
    bool first = true;
    while (*p) {
        size_t spaces = strspn(p, " ");
        size_t word = strcspn(p + spaces, " ");
        size_t columns = text_columns(p + spaces, word);
        if (!first && at + spaces + columns > width && word) {
            buf_printf(out, "\n%*s", (int)indent, "");
            at = indent;
            spaces = 0;
            p += strspn(p, " ");
        }
        buf_add(out, p, spaces + word);
        at += spaces + columns;
        p += spaces + word;
        first = false;
    }
    buf_free(&safe);
}

bool text_next_line(const char **at, const char *end, const char **line, size_t *len)
{
    if (*at >= end)
        return false;
    const char *lf = memchr(*at, '\n', (size_t)(end - *at));
    const char *stop = lf ? lf : end;
    *line = *at;
    *len = (size_t)(stop - *at);
    if (lf && *len && (*line)[*len - 1] == '\r')
        (*len)--;
    *at = lf ? lf + 1 : end;
    return true;
}
