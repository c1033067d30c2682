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

#endif
