#include "manual/roff.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

void roff_begin(struct buf *out, const char *name, int section, const char *purpose)
{
    buf_puts(out, ".TH ");
    for (const char *c = name; *c; c++)
        buf_putc(out, (char)toupper((unsigned char)*c));
    buf_printf(out, " %d " SOCKSPEC_DATE " \"sockspec " SOCKSPEC_VERSION "\"\n", section);
    roff_section(out, "NAME", 4);
    roff_plain(out, name, strlen(name), 1);
    buf_puts(out, " \\- ");
    roff_inline(out, purpose, strlen(purpose));
}

void roff_plain(struct buf *out, const char *text, size_t len, int at_start)
{
    for (size_t i = 0; i < len; i++) {
        if (at_start && (text[i] == '.' || text[i] == '\''))
            buf_puts(out, "\\&");
        at_start = text[i] == '\n';
        switch (text[i]) {
        case '\\':
            buf_puts(out, "\\e");
            break;
        case '-': /* a plain one would become a hyphen, which cannot be pasted into a shell */
            buf_puts(out, "\\-");
            break;
        case '^':
            buf_puts(out, "\\(ha");
            break;
        case '~':
            buf_puts(out, "\\(ti");
            break;
        case '`':
            buf_puts(out, "\\(ga");
            break;
        case '\'':
            buf_puts(out, "\\(aq");
            break;
        default:
            buf_putc(out, text[i]);
        }
    }
}

/* The length of a mark's text, up to `mark`; 0 where it does not end. */
static size_t up_to(const char *text, size_t len, const char *mark)
{
    const char *end = len ? memmem(text, len, mark, strlen(mark)) : NULL;
    return end ? (size_t)(end - text) : 0;
}

static void bold(struct buf *out, const char *text, size_t len)
{
    buf_puts(out, "\\fB");
    roff_plain(out, text, len, 0);
    buf_puts(out, "\\fR");
}

/* [TEXT](PLACE): returns how long it is, 0 where it is no link. */
static size_t link_at(struct buf *out, const char *text, size_t len)
{
    size_t words = up_to(text + 1, len - 1, "](");
    if (!words)
        return 0;
    const char *place = text + 1 + words + 2;
    size_t place_len = up_to(place, len - words - 3, ")");
    if (!place_len)
        return 0;
    roff_plain(out, text + 1, words, 0);
    if (place_len > 4 && strncmp(place, "http", 4) == 0) {
        buf_puts(out, " (");
        roff_plain(out, place, place_len, 0);
        buf_putc(out, ')');
    }
    return words + place_len + 4;
}

void roff_inline(struct buf *out, const char *text, size_t len)
{
    size_t i = 0;
    while (i < len) {
        size_t inner = 0;
        if (text[i] == '`' && (inner = up_to(text + i + 1, len - i - 1, "`"))) {
            bold(out, text + i + 1, inner);
            i += inner + 2;
        } else if (len - i > 4 && memcmp(text + i, "**", 2) == 0 && (inner = up_to(text + i + 2, len - i - 2, "**"))) {
            bold(out, text + i + 2, inner);
            i += inner + 4;
        } else if (text[i] == '[' && (inner = link_at(out, text + i, len - i))) {
            i += inner;
        } else {
            roff_plain(out, text + i, 1, i == 0);
            i++;
        }
    }
    buf_putc(out, '\n');
}

/* The words of a macro's line; the title of a section goes into its argument whole. */
static void heading(struct buf *out, const char *macro, const char *title, size_t len)
{
    buf_printf(out, "%s ", macro);
    for (size_t i = 0; i < len; i++)
        if (title[i] != '`' && title[i] != '"')
            roff_plain(out, title + i, 1, 0);
    buf_putc(out, '\n');
}

void roff_section(struct buf *out, const char *title, size_t len)
{
    heading(out, ".SH", title, len);
}

void roff_subsection(struct buf *out, const char *title, size_t len)
{
    heading(out, ".SS", title, len);
}

/* A heading begins a paragraph by itself. */
static bool is_behind_heading(const struct buf *out)
{
    size_t at = out->len;
    while (at > 1 && out->data[at - 2] != '\n')
        at--;
    return at > 0 && out->len - at > 3 && memcmp(out->data + at - 1, ".S", 2) == 0;
}

void roff_paragraph(struct buf *out)
{
    if (!is_behind_heading(out))
        buf_puts(out, ".PP\n");
}

void roff_tag(struct buf *out, const char *tag, size_t len)
{
    buf_puts(out, ".TP\n");
    roff_inline(out, tag, len);
}

void roff_bullet(struct buf *out)
{
    buf_puts(out, ".IP \\(bu 2\n");
}

void roff_lines(struct buf *out, const char *lines, size_t len)
{
    while (len && lines[len - 1] == '\n')
        len--;
    roff_paragraph(out);
    buf_puts(out, ".RS 4\n.nf\n");
    roff_plain(out, lines, len, 1);
    buf_puts(out, "\n.fi\n.RE\n");
}
