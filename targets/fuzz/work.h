/*
 * Work of the parsers, counted where they do it: neither a clock, which noise moves, nor a number that the
 * parsers tell of themselves.
 *
 * The replay programs link a copy of targets/protocol whose every branch calls a counter (the compiler's
 * -fsanitize-coverage=trace-pc) and whose memchr and the like count their bytes. That takes a third of the
 * speed, so the copy that the engines run counts the bytes of searches alone: what looks at a line again with
 * each byte that comes is seen there too, and everything else when the corpus is replayed.
 */
#ifndef SOCKSPEC_FUZZ_WORK_H
#define SOCKSPEC_FUZZ_WORK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Branches taken, and bytes looked at or moved by library functions; 0 where they are not counted. */
struct work {
    uint64_t branches, bytes;
};

/* Since the program began. */
struct work work_done(void);

/* Whether what was done since `from` is linear in so many bytes of input, in one delivery, however it was
 * cut. */
bool work_is_linear(struct work from, size_t len);

/* What the counted copy calls in place of the functions of the C library; a byte compared or moved is one. */
void *work_memchr(const void *data, int c, size_t len);
void *work_memmem(const void *data, size_t len, const void *word, size_t word_len);
int work_memcmp(const void *a, const void *b, size_t len);
void *work_memcpy(void *to, const void *from, size_t len);
void *work_memmove(void *to, const void *from, size_t len);
size_t work_strlen(const char *text);

#endif
