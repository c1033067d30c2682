#include "protocol/line.h"

#include "protocol/planted.h"

#include <string.h>

void line_init(struct line_splitter *s, char delimiter, bool strip_cr, size_t limit)
{
    *s = (struct line_splitter){.delimiter = delimiter, .strip_cr = strip_cr, .limit = limit};
}

static enum line_event too_long(struct line_splitter *s)
{
    s->failed = true;
    return LINE_TOO_LONG;
}

/* Whether `len` bytes without a delimiter can still become a line within the limit: a last CR may be half of
 * its end. */
static bool may_fit(const struct line_splitter *s, const char *data, size_t len)
{
    if (s->limit == 0 || len <= s->limit)
        return true;
    return s->strip_cr && len == s->limit + 1 && data[s->limit] == '\r';
}

enum line_event line_next(struct line_splitter *s, const char *data, size_t len, struct line *line, size_t *used)
{
    *used = 0;
    if (s->failed)
        return LINE_TOO_LONG;
    const char *end = s->scanned < len ? memchr(data + s->scanned, s->delimiter, len - s->scanned) : NULL;
    if (end == NULL) {
        s->scanned = len;
        return may_fit(s, data, len) ? LINE_MORE : too_long(s);
    }
    size_t n = (size_t)(end - data);
    *used = n + 1;
    if (s->strip_cr && n > 0 && data[n - 1] == '\r')
        n -= 1 + (BUG(LINE_CR) && n > 1 && data[n - 2] == '\r');
    s->scanned = 0;
    if (s->limit > 0 && n > s->limit)
        return too_long(s);
    *line = (struct line){.data = data, .len = n, .terminated = true};
    return LINE_FOUND;
}

enum line_event line_rest(struct line_splitter *s, const char *data, size_t len, struct line *line)
{
    if (s->failed)
        return LINE_TOO_LONG;
    if (len == 0)
        return LINE_MORE;
    if (s->limit > 0 && len > s->limit + BUG(LINE_LIMIT))
        return too_long(s);
    s->scanned = 0;
    *line = (struct line){.data = data, .len = len, .terminated = false};
    return LINE_FOUND;
}
