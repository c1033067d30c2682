/*
 * Bytes made visible: what a person must see of CR, LF and everything that does not print.
 */
#ifndef SOCKSPEC_BASE_VISIBLE_H
#define SOCKSPEC_BASE_VISIBLE_H

#include "base/buf.h"

/*
 * Appends `len` bytes with CR, LF, TAB and NUL as \r \n \t \0, backslash doubled, other non-ASCII-printables as
 * \xHH. At most `max` bytes are shown, then "... (N bytes in all)"; 0 means no limit.
 */
void visible_add(struct buf *out, const void *data, size_t len, size_t max);

/* As visible_add, with double quotes around and inner ones escaped. */
void visible_quoted(struct buf *out, const void *data, size_t len, size_t max);

/*
 * Breaks up each "##[" that stands at `from` or behind it, with `bracket` ("\\x5b" in text, "\\u005b" in JSON) in place
 * of its '[': to GitHub's runner it begins a command wherever it stands in a line, and what a subject, a scenario or a
 * peer has written must not command anybody. ("::" is one at the beginning of a line only, where we always write
 * something of our own.)
 */
void visible_break_commands(struct buf *b, size_t from, const char *bracket);

/* The same for JSON, and DEL as \u007f, the one control character that writers of JSON leave as it is. Both stand in
 * strings only: what a reader gets is the same. */
void visible_break_json(struct buf *b, size_t from);

#endif
