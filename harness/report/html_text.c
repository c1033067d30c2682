#include "report/html.h"
#include "report/text.h"

#include <string.h>

static void escaped(struct buf *out, const char *safe, size_t len)
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
        default:
            buf_putc(out, safe[i]);
        }
    }
}

void html_text(struct buf *out, const char *text)
{
    struct buf safe = {0};
    text_line(&safe, text);
    escaped(out, buf_text(&safe), safe.len);
    buf_free(&safe);
}

bool html_text_cut(struct buf *out, const char *text, size_t columns)
{
    struct buf safe = {0};
    text_line(&safe, text);
    size_t cut = text_cut(buf_text(&safe), safe.len, columns);
    bool some = cut < safe.len;
    escaped(out, buf_text(&safe), cut);
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
        escaped(out, buf_text(&safe), safe.len);
        buf_putc(out, '\n');
    }
    buf_free(&safe);
}

const char *html_sign(enum verdict v)
{
    static const char *const signs[VERDICT_COUNT] = {
        [VERDICT_PASS] = "✓",  [VERDICT_FAIL] = "✗",  [VERDICT_WARN] = "!",        [VERDICT_SKIP] = "–",
        [VERDICT_FLAKY] = "~", [VERDICT_ERROR] = "?", [VERDICT_INCONCLUSIVE] = "○"};
    return signs[v];
}
