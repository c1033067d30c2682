/*
 * Runs the whole program by a shell, for tests of command lines. In the line, `sockspec` is the program that was built
 * and $T the folder of our targets; it runs at the top of the project.
 */
#ifndef TESTS_SHELL_H
#define TESTS_SHELL_H

#include "base/buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include <cmocka.h>

/* The line's standard output into `out` (begin it with `exec 2>&1;` for both); returns the exit code. */
__attribute__((format(printf, 2, 3))) static inline int shell_run(struct buf *out, const char *format, ...)
{
    struct buf command = {0};
    va_list args;
    buf_printf(&command,
               "SOCKSPEC_SCENARIOS=%s/scenarios; export SOCKSPEC_SCENARIOS; sockspec() { %s/sockspec \"$@\"; }; "
               "T=%s/targets; cd %s; ",
               SOURCE_DIR, BINARY_DIR, BINARY_DIR, SOURCE_DIR);
    va_start(args, format);
    buf_vprintf(&command, format, args);
    va_end(args);
    FILE *f = popen(buf_text(&command), "r");
    assert_non_null(f);
    char piece[4096];
    buf_clear(out);
    for (size_t n; (n = fread(piece, 1, sizeof(piece), f)) > 0;)
        buf_add(out, piece, n);
    int status = pclose(f);
    buf_free(&command);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static inline void assert_has(const struct buf *out, const char *what)
{
    if (!strstr(buf_text(out), what))
        fail_msg("'%s' is not in:\n%s", what, buf_text(out));
}

/* A wrong command line, and what it is told. */
struct usage_case {
    const char *line, *has;
};

/* Each of the lines ends with exit code 2 and says so. */
static inline void assert_usage(const struct usage_case *cases, size_t count)
{
    struct buf out = {0};
    for (size_t i = 0; i < count; i++) {
        int code = shell_run(&out, "exec 2>&1; %s", cases[i].line);
        if (code != 2 || !strstr(buf_text(&out), cases[i].has))
            fail_msg("%s: exit code %d, wanted 2 and '%s'\n%s", cases[i].line, code, cases[i].has, buf_text(&out));
    }
    buf_free(&out);
}

#define ASSERT_USAGE(cases) assert_usage(cases, sizeof(cases) / sizeof((cases)[0]))

#endif
