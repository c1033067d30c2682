/*
 * Text for people: safe to show on a terminal, coloured, wrapped.
 *
 * What a subject has written may hold anything, control sequences for the reader's terminal above all.
 * Nothing of it is shown but through these functions.
 */
#ifndef SOCKSPEC_REPORT_TEXT_H
#define SOCKSPEC_REPORT_TEXT_H

#include "base/buf.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * The length (1 to 4) of the well-formed UTF-8 sequence at `p` (RFC 3629: no surrogates, nothing overlong),
 * of which at most `len` bytes may be read; 0 where there is none. `code` gets the code point; may be NULL.
 */
size_t text_utf8(const char *p, size_t len, uint32_t *code);

/*
 * Appends `len` bytes as one line that does nothing to a terminal: well-formed printable UTF-8 as it is, CR
 * LF TAB as \r \n \t, other control characters, invisible direction marks (U+202A and the like) and bytes
 * that are no UTF-8 as \xHH. The "##[" of a CI's command is broken up (visible_break_commands).
 */
void text_safe(struct buf *out, const char *text, size_t len);

/* As text_safe of a C string; NULL is nothing. */
void text_line(struct buf *out, const char *text);

/* Appends safe text for the content and the quoted attributes of XML and HTML: `&`, `<`, `>` and quotes as references.
 * Control characters that XML 1.0 (section 2.2, Char) knows in no form are visible text already. */
void text_markup(struct buf *out, const char *safe, size_t len);

/* How many columns safe text takes: a code point each. */
size_t text_columns(const char *text, size_t len);

/* Cuts `len` bytes of safe text to at most `columns`, never inside a character: the bytes that remain. */
size_t text_cut(const char *text, size_t len, size_t columns);

enum paint {
    PAINT_PLAIN,
    PAINT_BOLD,
    PAINT_DIM,
    PAINT_RED,
    PAINT_GREEN,
    PAINT_YELLOW,
    PAINT_BLUE,
    PAINT_MAGENTA,
    PAINT_CYAN,
    PAINT_ALARM, /* bold red */
    PAINT_COUNT
};

/* How a report is shown. */
struct look {
    bool colour;  /* with SGR sequences (ECMA-48, 8.3.117) */
    size_t width; /* columns of the terminal, or 0: no limit but for prose, which is wrapped for reading */
};

/* Begins and ends a colour; nothing where the look has none. */
void paint_on(struct buf *out, const struct look *look, enum paint p);
void paint_off(struct buf *out, const struct look *look, enum paint p);

/* Appends text (made safe) in a colour. */
void paint_text(struct buf *out, const struct look *look, enum paint p, const char *text);

/* Appends printf-formatted text (made safe) in a colour. */
void paint_printf(struct buf *out, const struct look *look, enum paint p, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/*
 * Appends prose (made safe), broken at spaces so that lines end before the width; the cursor stands at column
 * `at`, further lines begin at column `indent`. No line end behind the last one.
 */
void text_wrap(struct buf *out, const struct look *look, size_t at, size_t indent, const char *text);

/* Walks over the lines of a text (LF ends one, a CR before it is dropped): false when there is none left.
 * Start with *at = text. */
bool text_next_line(const char **at, const char *end, const char **line, size_t *len);

#endif
