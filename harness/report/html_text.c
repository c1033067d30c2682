#include "report/html.h"
#include "report/text.h"

#include <string.h>

void html_text(struct buf *out, const char *text)
{
    struct buf safe = {0};
    text_line(&safe, text);
    text_markup(out, buf_text(&safe), safe.len);
    buf_free(&safe);
}

bool html_text_cut(struct buf *out, const char *text, size_t columns)
{
    struct buf safe = {0};
    text_line(&safe, text);
    size_t cut = text_cut(buf_text(&safe), safe.len, columns);
    bool some = cut < safe.len;
    text_markup(out, buf_text(&safe), cut);
    if (some)
        buf_puts(out, "…");
    buf_free(&safe);
    return some;
}

void html_lines(struct buf *out, const char *text)
{
    if (!text)
        return;
    const char *at = text, *end = text + strlen(text), *line;
    size_t len;
    struct buf safe = {0};
    while (text_next_line(&at, end, &line, &len)) {
        buf_clear(&safe);
        text_safe(&safe, line, len);
        text_markup(out, buf_text(&safe), safe.len);
        buf_putc(out, '\n');
    }
    buf_free(&safe);
}
