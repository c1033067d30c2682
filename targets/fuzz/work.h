/*
 * Work of the parsers, counted where they do it: the replay programs link a copy of targets/protocol whose
 * every branch calls a counter (the compiler's -fsanitize-coverage=trace-pc) and whose memchr and the like
 * count their bytes. Neither a clock, which noise moves, nor a number that the parsers tell of themselves.
 */
#ifndef SOCKSPEC_FUZZ_WORK_H
#define SOCKSPEC_FUZZ_WORK_H

#include <stddef.h>
#include <stdint.h>

/* Branches taken and bytes looked at by library functions since the program began; 0 where nothing is
 * counted. */
uint64_t work_done(void);

/* What so many bytes of input may cost in one delivery, however they are cut: a line, with room. */
uint64_t work_most(size_t len);

/* What the counted copy calls in place of the functions of the C library; a byte compared or moved is one. */
void *work_memchr(const void *data, int c, size_t len);
void *work_memmem(const void *data, size_t len, const void *word, size_t word_len);
int work_memcmp(const void *a, const void *b, size_t len);
void *work_memcpy(void *to, const void *from, size_t len);
void *work_memmove(void *to, const void *from, size_t len);
size_t work_strlen(const char *text);

#endif
