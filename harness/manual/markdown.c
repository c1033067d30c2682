#include "manual/markdown.h"

#include "manual/roff.h"

#include <ctype.h>
#include <string.h>

/* A line without its LF. */
struct line {
    const char *text;
    size_t len;
};

/* What is being written. */
struct writer {
    struct buf *out;
    const char *next; /* the line that follows */
    struct buf words; /* lines of a paragraph or item, joined */
    bool in_item;     /* of a list: what follows is indented with it */
};

static bool line_at(const char *at, struct line *l)
{
    if (!*at)
        return false;
    const char *end = strchr(at, '\n');
    *l = (struct line){at, end ? (size_t)(end - at) : strlen(at)};
    return true;
}

static bool take_line(struct writer *w, struct line *l)
{
    if (!line_at(w->next, l))
        return false;
    w->next = l->text + l->len + (l->text[l->len] == '\n');
    return true;
}

static bool begins(const struct line *l, const char *with)
{
    size_t n = strlen(with);
    return l->len >= n && memcmp(l->text, with, n) == 0;
}

static struct line without_indent(struct line l)
{
    while (l.len && *l.text == ' ') {
        l.text++;
        l.len--;
    }
    return l;
}

static void end_paragraph(struct writer *w)
{
    if (w->words.len)
        roff_inline(w->out, w->words.data, w->words.len);
    buf_clear(&w->words);
}

static void add_words(struct writer *w, const struct line *l)
{
    if (w->words.len)
        buf_putc(&w->words, ' ');
    buf_add(&w->words, l->text, l->len);
}

static void end_list(struct writer *w)
{
    end_paragraph(w);
    w->in_item = false;
}

/* ```: all lines up to the fence that ends it, less the indentation of the one that begins it. */
static void fenced(struct writer *w, size_t indent)
{
    struct buf lines = {0};
    struct line l;
    end_paragraph(w);
    while (take_line(w, &l)) {
        struct line inner = without_indent(l);
        if (begins(&inner, "```"))
            break;
        size_t cut = (size_t)(inner.text - l.text) < indent ? (size_t)(inner.text - l.text) : indent;
        buf_add(&lines, l.text + cut, l.len - cut);
        buf_putc(&lines, '\n');
    }
    if (w->in_item)
        buf_puts(w->out, ".RS 2\n");
    roff_lines(w->out, buf_text(&lines), lines.len);
    if (w->in_item)
        buf_puts(w->out, ".RE\n");
    buf_free(&lines);
}

static void indented(struct writer *w, struct line l)
{
    struct buf lines = {0};
    end_paragraph(w);
    do {
        buf_add(&lines, l.text + 4, l.len - 4);
        buf_putc(&lines, '\n');
    } while (line_at(w->next, &l) && begins(&l, "    ") && take_line(w, &l));
    roff_lines(w->out, buf_text(&lines), lines.len);
    buf_free(&lines);
}

/* Up to the bar that ends a cell, which a backslash before it takes for its text. */
static struct line next_cell(struct line *row)
{
    size_t end = 0;
    while (end < row->len && !(row->text[end] == '|' && (end == 0 || row->text[end - 1] != '\\')))
        end++;
    struct line cell = without_indent((struct line){row->text, end});
    while (cell.len && cell.text[cell.len - 1] == ' ')
        cell.len--;
    size_t taken = end + (end < row->len);
    *row = (struct line){row->text + taken, row->len - taken};
    return cell;
}

/* A row: its first cell, and what is said of it. */
static void table_row(struct writer *w, struct line l)
{
    l = (struct line){l.text + 1, l.len - 1};
    struct line tag = next_cell(&l);
    struct buf rest = {0};
    while (l.len) {
        struct line cell = next_cell(&l);
        if (cell.len && rest.len)
            buf_puts(&rest, "; ");
        for (size_t i = 0; i < cell.len; i++)
            if (!(cell.text[i] == '\\' && i + 1 < cell.len && cell.text[i + 1] == '|'))
                buf_putc(&rest, cell.text[i]);
    }
    roff_tag(w->out, tag.len ? tag.text : "-", tag.len ? tag.len : 1);
    roff_inline(w->out, rest.len ? rest.data : "-", rest.len ? rest.len : 1);
    buf_free(&rest);
}

/* The head of a table is what the tags and their texts are: it is left out with the line below it. */
static void table(struct writer *w)
{
    struct line l;
    end_list(w);
    take_line(w, &l);
    while (line_at(w->next, &l) && begins(&l, "|") && take_line(w, &l))
        table_row(w, l);
}

static void comment(struct writer *w, struct line l)
{
    while (!memmem(l.text, l.len, "-->", 3) && take_line(w, &l))
        ;
}

static void item(struct writer *w, const struct line *l)
{
    end_paragraph(w);
    roff_bullet(w->out);
    w->in_item = true;
    struct line text = without_indent((struct line){l->text + 2, l->len - 2});
    add_words(w, &text);
}

/* "1. " and the like. */
static bool is_numbered(const struct line *l)
{
    size_t digits = 0;
    while (digits < l->len && isdigit((unsigned char)l->text[digits]))
        digits++;
    return digits && l->len > digits + 1 && l->text[digits] == '.' && l->text[digits + 1] == ' ';
}

static void plain(struct writer *w, const struct line *l)
{
    struct line text = without_indent(*l);
    if (!text.len) {
        end_paragraph(w);
        return;
    }
    if (!w->words.len && !(w->in_item && text.text != l->text)) {
        w->in_item = false;
        roff_paragraph(w->out);
    }
    add_words(w, &text);
}

static void write_line(struct writer *w, struct line l)
{
    struct line text = without_indent(l);
    if (begins(&text, "```")) {
        fenced(w, (size_t)(text.text - l.text));
    } else if (begins(&l, "<!--")) {
        comment(w, l);
    } else if (begins(&l, "### ")) {
        end_list(w);
        roff_subsection(w->out, l.text + 4, l.len - 4);
    } else if (begins(&l, "## ")) {
        end_list(w);
        roff_section(w->out, l.text + 3, l.len - 3);
    } else if (begins(&l, "|")) {
        table(w);
    } else if (begins(&l, "- ") || (is_numbered(&l) && !w->words.len)) {
        item(w, &l);
    } else if (begins(&l, "    ") && !w->words.len && !w->in_item) {
        indented(w, l);
    } else {
        plain(w, &l);
    }
}

static bool is_heading(const struct line *l, const char *name)
{
    return begins(l, "## ") && l->len == 3 + strlen(name) && memcmp(l->text + 3, name, strlen(name)) == 0;
}

bool markdown_to_roff(struct buf *out, const char *text, const char *from, const char *to)
{
    struct writer w = {.out = out, .next = text};
    struct line l;
    bool writing = false, ended = !to;
    while (take_line(&w, &l)) {
        if (to && is_heading(&l, to)) {
            ended = true;
            break;
        }
        writing = writing || (from ? is_heading(&l, from) : begins(&l, "## "));
        if (writing)
            write_line(&w, l);
    }
    end_list(&w);
    buf_free(&w.words);
    return writing && ended;
}
