/*
 * Status lines of POP3 (RFC 1939, 3): "+OK" or "-ERR" in capitals, then, behind a blank, text for people. A reply has
 * one line; whether a text of many lines follows (dots.h) is known to who has sent the command, not told by the line.
 */
#ifndef SOCKSPEC_PROTOCOL_STATUS_H
#define SOCKSPEC_PROTOCOL_STATUS_H

#include <stdbool.h>
#include <stddef.h>

enum status_problem {
    STATUS_FINE,
    STATUS_NO_INDICATOR, /* neither of them begins the line */
    STATUS_NO_BLANK,     /* something else than a blank stands behind it */
    STATUS_BYTE,         /* NUL, CR or LF in the text */
    STATUS_LONG,         /* more than 512 bytes with CR LF (RFC 1939, 3) */
};

/* The problem as a sentence for people, in static memory. */
const char *status_problem_text(enum status_problem p);

/* Points into the caller's bytes. */
struct status_line {
    bool ok;
    const char *text; /* behind the indicator and one blank */
    size_t len;
};

/* Reads a line without its line end. What is wrong with it; STATUS_NO_INDICATOR and STATUS_NO_BLANK leave `out` unset.
 */
enum status_problem status_read(const char *line, size_t len, struct status_line *out);

#endif
