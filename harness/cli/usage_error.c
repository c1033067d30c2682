/* Errors of the command line: the words as typed, the wrong one underlined. */
#include "base/mem.h"
#include "base/typo.h"
#include "base/visible.h"
#include "cli/options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A command line is shown up to this many columns around the word that matters: it may be megabytes. */
#define SHOWN_BEFORE 100
#define SHOWN_AFTER  60

static bool is_plain(const char *word)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:=,+@%{}";
    return *word && strspn(word, plain) == strlen(word);
}

void shell_quote(struct buf *out, const char *word)
{
    if (is_plain(word)) {
        buf_puts(out, word);
        return;
    }
    buf_putc(out, '\'');
    for (const char *p = word; *p; p++) {
        if (*p == '\'')
            buf_puts(out, "'\\''");
        else
            buf_putc(out, *p);
    }
    buf_putc(out, '\'');
}

char *shell_line(char *const *words)
{
    struct buf b = {0};
    for (size_t i = 0; words[i]; i++) {
        if (i)
            buf_putc(&b, ' ');
        shell_quote(&b, words[i]);
    }
    return buf_take(&b);
}

/* One character a byte, so that the caret stands right whatever the word holds. */
static void add_shown(struct buf *out, const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        buf_putc(out, text[i] >= ' ' && text[i] < 0x7f ? text[i] : '?');
}

/* The whole line in `out`; the columns of the word to underline in *from and *len. */
static void render(struct buf *out, const struct line *line, const struct word *where, size_t *from, size_t *len)
{
    for (int i = 0; i < line->argc; i++) {
        if (i)
            buf_putc(out, ' ');
        struct buf quoted = {0};
        shell_quote(&quoted, line->argv[i]);
        bool plain = quoted.len == strlen(line->argv[i]);
        if (i == where->index) {
            /* Inside a quoted word offsets no longer fit: the whole word is underlined then. */
            size_t skip = plain ? where->from : 0;
            *from = out->len + skip;
            *len = quoted.len - skip;
        }
        add_shown(out, buf_text(&quoted), quoted.len);
        buf_free(&quoted);
    }
}

static void underline(struct buf *out, const struct line *line, const struct word *where, const char *hint)
{
    struct buf whole = {0};
    size_t from = 0, len = 0;
    render(&whole, line, where, &from, &len);
    if (len > SHOWN_AFTER)
        len = SHOWN_AFTER;
    size_t begin = from > SHOWN_BEFORE ? from - SHOWN_BEFORE : 0;
    size_t end = from + len + SHOWN_AFTER < whole.len ? from + len + SHOWN_AFTER : whole.len;
    const char *lead = begin ? "..." : "";
    buf_printf(out, "  %s%.*s%s\n", lead, (int)(end - begin), buf_text(&whole) + begin, end < whole.len ? "..." : "");
    buf_printf(out, "  %*s^", (int)(strlen(lead) + from - begin), "");
    for (size_t i = 1; i < len; i++)
        buf_putc(out, '~');
    if (hint)
        buf_printf(out, " %s", hint);
    buf_putc(out, '\n');
    buf_free(&whole);
}

int usage_error(struct buf *out, const struct line *line, const struct word *where, const char *hint,
                const char *format, ...)
{
    struct buf message = {0};
    va_list args;
    va_start(args, format);
    buf_vprintf(&message, format, args);
    va_end(args);
    buf_puts(out, "sockspec");
    if (line->argc > 1 && line->argv[1][0] != '-' && (!where || where->index != 1)) {
        buf_putc(out, ' ');
        add_shown(out, line->argv[1], strnlen(line->argv[1], SHOWN_AFTER));
    }
    buf_printf(out, ": %s\n", buf_text(&message));
    if (where)
        underline(out, line, where, hint);
    else if (hint)
        buf_printf(out, "  %s\n", hint);
    buf_free(&message);
    return -1;
}

char *suggestion(const char *word, const char *const *names, size_t count, const char *otherwise)
{
    const char *nearest = typo_nearest(word, names, count);
    return nearest ? mem_printf("did you mean '%s'?", nearest) : mem_dup(otherwise);
}

char *enumerate(const char *const *names, size_t count, const char *last)
{
    struct buf out = {0};
    for (size_t i = 0; i < count; i++)
        buf_printf(&out, "%s%s%s%s",
                   i == 0          ? ""
                   : i + 1 < count ? ", "
                                   : " ",
                   i > 0 && i + 1 == count ? last : "", i > 0 && i + 1 == count ? " " : "", names[i]);
    return buf_take(&out);
}
