/*
 * An error that is carried up: a sentence for the user and the errno behind it.
 */
#ifndef SOCKSPEC_BASE_ERR_H
#define SOCKSPEC_BASE_ERR_H

#include <stdarg.h>

/* Zero-initialise before use ({0}); an empty text means no error. */
struct err {
    int code; /* errno, or 0 where no system call failed */
    char text[1024];
};

/* Fills in the error (replacing what stood there) and returns -1, so that a failing function can
 * `return err_set(...)`. */
int err_set(struct err *e, int code, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* As err_set, with ": " and strerror(code) behind the text. */
int err_errno(struct err *e, int code, const char *format, ...) __attribute__((format(printf, 3, 4)));

#endif
