#include "report/diff.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

/* Equal lines shown before and after a difference; more are folded. */
#define CONTEXT 3

/* Lines of one stretch of `-` or `+` shown at its beginning and at its end. */
#define STRETCH_HALF 12

/* Up to so many cells the longest common subsequence is computed in full (1 MB of table); above, only what is
 * equal at both ends is taken as common. */
#define TABLE_MAX 262144

/* Columns of a line where the terminal sets no limit. */
#define LINE_COLUMNS 160

struct line {
    const char *text;
    size_t len;
};

struct lines {
    struct buf text;
    struct line *items;
    size_t count;
};

enum op { OP_SAME, OP_EXPECTED, OP_RECEIVED };

struct edit {
    enum op op;
    struct line line;
};

struct edits {
    struct edit *items;
    size_t count;
};

/* Breaks visible text into lines and makes it safe; a LF in `out` ends a line. */
static void break_lines(struct buf *out, const char *text)
{
    const char *p = text;
    while (*p) {
        size_t plain = strcspn(p, "\\\n");
        text_safe(out, p, plain);
        p += plain;
        if (*p == '\n') {
            buf_putc(out, '\n');
            p++;
        } else if (*p == '\\' && (p[1] == '\\' || p[1] == 'n' || p[1] == '"')) {
            buf_add(out, p, 2);
            /* The quote that ends a quoted text stays on the last line. */
            if (p[1] == 'n' && p[2] && p[2] != '\n' && strcmp(p + 2, "\"") != 0)
                buf_putc(out, '\n');
            p += 2;
        } else if (*p == '\\') {
            buf_putc(out, *p++);
        }
    }
}

static void lines_of(struct lines *l, const char *text)
{
    *l = (struct lines){0};
    break_lines(&l->text, text ? text : "");
    const char *at = buf_text(&l->text), *end = at + l->text.len, *line;
    size_t len, cap = 0;
    while (text_next_line(&at, end, &line, &len)) {
        if (l->count == cap) {
            cap = cap ? cap * 2 : 16;
            l->items = mem_realloc(l->items, cap * sizeof(*l->items));
        }
        l->items[l->count++] = (struct line){line, len};
    }
}

static void lines_free(struct lines *l)
{
    buf_free(&l->text);
    free(l->items);
}

static bool same(const struct line *a, const struct line *b)
{
    return a->len == b->len && memcmp(a->text, b->text, a->len) == 0;
}

static void edit_add(struct edits *e, enum op op, const struct line *line)
{
    e->items[e->count++] = (struct edit){op, *line};
}

/* The middle, where both sides differ at its beginning and end: by the longest common subsequence. */
static void edit_middle(struct edits *e, const struct line *a, size_t na, const struct line *b, size_t nb)
{
    size_t i = 0, j = 0, row = nb + 1;
    if (na && nb && na + 1 <= TABLE_MAX / row) {
        uint32_t *longest = mem_new((na + 1) * row, sizeof(*longest)); /* of the rests from (i, j) on */
        for (size_t x = na; x-- > 0;)
            for (size_t y = nb; y-- > 0;) {
                uint32_t down = longest[(x + 1) * row + y], right = longest[x * row + y + 1];
                longest[x * row + y] = same(&a[x], &b[y]) ? longest[(x + 1) * row + y + 1] + 1
                                       : down > right     ? down
                                                          : right;
            }
        while (i < na && j < nb) {
            if (same(&a[i], &b[j])) {
                edit_add(e, OP_SAME, &a[i++]);
                j++;
            } else if (longest[(i + 1) * row + j] >= longest[i * row + j + 1]) {
                edit_add(e, OP_EXPECTED, &a[i++]);
            } else {
                edit_add(e, OP_RECEIVED, &b[j++]);
            }
        }
        free(longest);
    }
    while (i < na)
        edit_add(e, OP_EXPECTED, &a[i++]);
    while (j < nb)
        edit_add(e, OP_RECEIVED, &b[j++]);
}

static struct edits edits_of(const struct lines *a, const struct lines *b)
{
    struct edits e = {.items = mem_new(a->count + b->count, sizeof(struct edit))};
    size_t head = 0, tail = 0, least = a->count < b->count ? a->count : b->count;
    while (head < least && same(&a->items[head], &b->items[head]))
        edit_add(&e, OP_SAME, &a->items[head++]);
    while (tail < least - head && same(&a->items[a->count - 1 - tail], &b->items[b->count - 1 - tail]))
        tail++;
    if (a->count && b->count)
        edit_middle(&e, a->items + head, a->count - head - tail, b->items + head, b->count - head - tail);
    else
        edit_middle(&e, a->items, a->count, b->items,
                    b->count); /* without lines there are no items to be passed over */
    for (size_t i = a->count - tail; i < a->count; i++)
        edit_add(&e, OP_SAME, &a->items[i]);
    return e;
}

/* Where two lines begin to differ, at the start of a character. */
static size_t first_difference(const struct line *a, const struct line *b)
{
    size_t i = 0;
    while (i < a->len && i < b->len && a->text[i] == b->text[i])
        i++;
    while (i && i < a->len && ((unsigned char)a->text[i] & 0xc0) == 0x80)
        i--;
    return i;
}

static void show_folded(struct buf *out, const struct look *look, size_t indent, size_t count, const char *what)
{
    buf_printf(out, "%*s", (int)indent, "");
    paint_printf(out, look, PAINT_DIM, "  ... %zu more %s%s", count, what, count == 1 ? "" : "s");
    buf_putc(out, '\n');
}

/* One line, cut so that byte `from` is seen. Returns the column of that byte. */
static size_t show_line(struct buf *out, const struct look *look, size_t indent, const struct edit *e, size_t from)
{
    static const enum paint paints[] = {PAINT_PLAIN, PAINT_RED, PAINT_GREEN};
    static const char marks[] = " -+";
    size_t columns = look->width > indent + 32 ? look->width - indent - 2 : look->width ? 32 : LINE_COLUMNS;
    const char *text = e->line.text;
    size_t len = e->line.len, skipped = 0, before = text_columns(text, from < len ? from : len);
    bool cut_left = text_columns(text, len) > columns && before > columns * 2 / 3;
    if (cut_left)
        skipped = text_cut(text, len, before - columns / 3);
    text += skipped;
    len -= skipped;
    size_t room = cut_left ? columns - 3 : columns;
    bool cut_right = text_columns(text, len) > room;
    size_t shown = cut_right ? text_cut(text, len, room - 3) : len;
    size_t column = indent + 2 + (cut_left ? 3 : 0) + text_columns(text, from > skipped ? from - skipped : 0);

    buf_printf(out, "%*s", (int)indent, "");
    paint_on(out, look, paints[e->op]);
    buf_printf(out, "%c ", marks[e->op]);
    buf_puts(out, cut_left ? "..." : "");
    buf_add(out, text, shown);
    buf_puts(out, cut_right ? "..." : "");
    paint_off(out, look, paints[e->op]);
    buf_putc(out, '\n');
    return column;
}

/* A stretch of the same op; `other` is the stretch of the other side that it stands
 * against (count 0: none). */
static void show_stretch(struct buf *out, const struct look *look, size_t indent, const struct edits *e,
                         const struct edits *other)
{
    for (size_t i = 0; i < e->count; i++) {
        if (e->count > 2 * STRETCH_HALF + 1 && i == STRETCH_HALF) {
            size_t folded = e->count - 2 * STRETCH_HALF;
            show_folded(out, look, indent, folded, e->items[i].op == OP_EXPECTED ? "expected line" : "received line");
            i += folded;
        }
        size_t from = i < other->count ? first_difference(&e->items[i].line, &other->items[i].line) : 0;
        show_line(out, look, indent, &e->items[i], from);
    }
}

/* A stretch of `-`, then one of `+`. Two single lines that are alike at first get a caret. */
static void show_change(struct buf *out, const struct look *look, size_t indent, const struct edits *a,
                        const struct edits *b)
{
    show_stretch(out, look, indent, a, b);
    if (a->count != 1 || b->count != 1) {
        show_stretch(out, look, indent, b, a);
        return;
    }
    size_t from = first_difference(&a->items[0].line, &b->items[0].line);
    size_t column = show_line(out, look, indent, &b->items[0], from);
    size_t shorter = a->items[0].line.len < b->items[0].line.len ? a->items[0].line.len : b->items[0].line.len;
    if (from >= 4 && from >= shorter / 4) {
        buf_printf(out, "%*s", (int)column, "");
        paint_text(out, look, PAINT_BOLD, "^");
        buf_putc(out, '\n');
    }
}

static void show_same(struct buf *out, const struct look *look, size_t indent, const struct edits *e, bool first,
                      bool last)
{
    size_t before = first ? 0 : CONTEXT, after = last ? 0 : CONTEXT;
    for (size_t i = 0; i < e->count; i++) {
        if (i == before && e->count > before + after + 1) {
            size_t folded = e->count - before - after;
            show_folded(out, look, indent, folded, "equal line");
            i += folded;
            if (i >= e->count)
                break;
        }
        show_line(out, look, indent, &e->items[i], 0);
    }
}

/* The stretch of `op` that begins at `from`; empty where another op stands there. */
static struct edits stretch(const struct edits *e, size_t from, enum op op)
{
    struct edits s = {.items = e->items + from};
    while (from + s.count < e->count && e->items[from + s.count].op == op)
        s.count++;
    return s;
}

void diff_add(struct buf *out, const struct look *look, size_t indent, const char *expected, const char *received)
{
    struct lines a, b;
    lines_of(&a, expected);
    lines_of(&b, received);
    struct edits e = edits_of(&a, &b);
    for (size_t i = 0; i < e.count;) {
        struct edits equal = stretch(&e, i, OP_SAME);
        show_same(out, look, indent, &equal, i == 0, i + equal.count == e.count);
        i += equal.count;
        struct edits minus = stretch(&e, i, OP_EXPECTED);
        struct edits plus = stretch(&e, i + minus.count, OP_RECEIVED);
        if (minus.count || plus.count)
            show_change(out, look, indent, &minus, &plus);
        i += minus.count + plus.count;
    }
    free(e.items);
    lines_free(&a);
    lines_free(&b);
}
