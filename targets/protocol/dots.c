#include "protocol/dots.h"

#include "protocol/planted.h"

#include <string.h>

void dots_read_init(struct dots_reader *r)
{
    *r = (struct dots_reader){.place = DOTS_BEGIN};
}

static enum dots_event part_of(struct dots_reader *r, struct dots_part *part, const char *data, size_t len)
{
    *part = (struct dots_part){data, len};
    r->content += len;
    return DOTS_PART;
}

/* From the inside of a line, as far as no byte means anything. Returns the index of the first that does. */
static size_t run_of_text(const char *data, size_t from, size_t len)
{
    while (from < len && data[from] != '\r' && data[from] != '\n')
        from++;
    return from;
}

/* Moves over one byte in the middle of the text, and counts what stands alone. */
static void step(struct dots_reader *r, char c)
{
    bool after_cr = r->place == DOTS_CR;
    if (c == '\n') {
        r->bare_lf += !after_cr;
        r->place = after_cr || BUG(DOTS_LF) ? DOTS_BEGIN : DOTS_INSIDE;
        return;
    }
    r->bare_cr += after_cr;
    r->place = c == '\r' ? DOTS_CR : DOTS_INSIDE;
}

/* Text until its end or the next beginning of a line. */
static enum dots_event text(struct dots_reader *r, const char *data, size_t len, struct dots_part *part, size_t *used)
{
    size_t n = 0;
    do {
        step(r, data[n++]);
        if (r->place == DOTS_INSIDE)
            n = run_of_text(data, n, len);
    } while (n < len && r->place != DOTS_BEGIN);
    *used = n;
    return part_of(r, part, data, n);
}

/* Behind a period that begins a line. */
static enum dots_event behind_period(struct dots_reader *r, const char *data, size_t len, struct dots_part *part,
                                     size_t *used)
{
    if (*data == '\r') {
        r->place = DOTS_PERIOD_CR;
        *used = 1;
        return DOTS_MORE;
    }
    r->unstuffed += *data != '.';
    r->place = DOTS_INSIDE;
    return text(r, data, len, part, used);
}

/* Behind a period and a CR: the end, or a CR that stands alone and is told by itself, since its byte may be gone. */
static enum dots_event behind_period_cr(struct dots_reader *r, const char *data, struct dots_part *part, size_t *used)
{
    if (*data == '\n') {
        *used = 1;
        r->ended = true;
        return DOTS_END;
    }
    *used = 0;
    r->unstuffed++;
    r->place = DOTS_CR;
    return part_of(r, part, "\r", 1);
}

enum dots_event dots_read(struct dots_reader *r, const char *data, size_t len, struct dots_part *part, size_t *used)
{
    size_t begin = 0, more = 0;
    enum dots_event e = r->ended ? DOTS_END : DOTS_MORE;
    *used = 0;
    if (BUG(DOTS_AT_THE_CUT) && r->place == DOTS_INSIDE)
        r->place = DOTS_BEGIN;
    while (e == DOTS_MORE && begin < len) {
        more = 0;
        if (r->place == DOTS_BEGIN && data[begin] == '.') {
            r->place = DOTS_PERIOD;
            more = 1;
        } else if (r->place == DOTS_PERIOD) {
            e = behind_period(r, data + begin, len - begin, part, &more);
        } else if (r->place == DOTS_PERIOD_CR) {
            e = behind_period_cr(r, data + begin, part, &more);
        } else {
            e = text(r, data + begin, len - begin, part, &more);
        }
        begin += more;
    }
    *used = begin;
    return e;
}

void dots_write_init(struct dots_writer *w, bool lines_end_in_lf)
{
    *w = (struct dots_writer){.lines_end_in_lf = lines_end_in_lf};
}

size_t dots_write(struct dots_writer *w, const char *data, size_t len, char *out, size_t cap, size_t *used)
{
    size_t at = 0, i = 0;
    if (BUG(DOTS_STUFFED_ONCE))
        w->inside = true;
    for (; i < len && cap - at >= 2; i++) {
        char c = data[i];
        if ((!w->inside && c == '.') || (c == '\n' && w->lines_end_in_lf && !w->after_cr))
            out[at++] = c == '.' ? '.' : '\r';
        out[at++] = c;
        /* Where LF alone is sent as it is, it ends no line: what follows is none that could be the end. */
        w->inside = !(c == '\n' && (w->after_cr || w->lines_end_in_lf));
        w->after_cr = c == '\r';
    }
    *used = i;
    return at;
}

size_t dots_write_end(struct dots_writer *w, char out[DOTS_END_MAX])
{
    size_t at = 0;
    if (w->inside) {
        memcpy(out, "\r\n", 2);
        at = 2;
    }
    memcpy(out + at, ".\r\n", 3);
    *w = (struct dots_writer){.lines_end_in_lf = w->lines_end_in_lf};
    return at + 3;
}
