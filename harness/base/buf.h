/*
 * A growable run of bytes: the one string builder and byte queue of the harness.
 */
#ifndef SOCKSPEC_BASE_BUF_H
#define SOCKSPEC_BASE_BUF_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

/* Zero-initialise before use ({0}); `data` may be NULL while `len` is 0, else a NUL stands after `len`. */
struct buf {
    char *data;
    size_t len;
    size_t cap;
};

/* Running out of memory ends the program with a message: nothing here could go on without it. */

/* Appends `len` bytes. */
void buf_add(struct buf *b, const void *data, size_t len);

/* Appends a C string. */
void buf_puts(struct buf *b, const char *text);

/* Appends one byte. */
void buf_putc(struct buf *b, char c);

/* Appends printf-formatted text. */
void buf_printf(struct buf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
void buf_vprintf(struct buf *b, const char *format, va_list args) __attribute__((format(printf, 2, 0)));

/* Makes room for `extra` more bytes; returns where they begin. The caller writes and then adds to b->len. */
char *buf_reserve(struct buf *b, size_t extra);

/* Removes the first `count` bytes (count <= len). */
void buf_consume(struct buf *b, size_t count);

/* The text, never NULL. Owned by `b`, valid until its next change. */
const char *buf_text(const struct buf *b);

/* Hands the text over to the caller, who frees it; `b` is empty afterwards. */
char *buf_take(struct buf *b);

/* Empties and keeps the memory. */
void buf_clear(struct buf *b);

/* Frees the memory; `b` is empty and usable afterwards. */
void buf_free(struct buf *b);

#endif
