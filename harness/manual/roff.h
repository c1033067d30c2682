/*
 * Pages of the manual: man(7), as groff and mandoc read it.
 */
#ifndef SOCKSPEC_MANUAL_ROFF_H
#define SOCKSPEC_MANUAL_ROFF_H

#include "base/buf.h"

#include <stddef.h>

/* Begins a page: `title` in capitals, `section` 1 or 5, `purpose` one line; dated by the build's SOCKSPEC_DATE. */
void roff_begin(struct buf *out, const char *name, int section, const char *purpose);

/* Appends `len` bytes of plain text, so that roff takes none of it for its own. `at_start`: they begin a line. */
void roff_plain(struct buf *out, const char *text, size_t len, int at_start);

/*
 * Appends one paragraph's text, ended by LF. Marks of Markdown are kept to their meaning: `code` and **strong** are
 * bold, a [link](place) is its text, and the place where that is an address of the web.
 */
void roff_inline(struct buf *out, const char *text, size_t len);

/* .SH or .SS, a paragraph's begin, a tag with what stands behind it, and a bullet. */
void roff_section(struct buf *out, const char *title, size_t len);
void roff_subsection(struct buf *out, const char *title, size_t len);
void roff_paragraph(struct buf *out);
void roff_tag(struct buf *out, const char *tag, size_t len);
void roff_bullet(struct buf *out);

/* Lines that stand as they are, indented. Each ends with LF or at the end. */
void roff_lines(struct buf *out, const char *lines, size_t len);

#endif
