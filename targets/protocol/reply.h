/*
 * Replies of command protocols: a code of three digits for the program, text behind it for people, and how many lines
 * there are is told by the lines themselves.
 *
 *     SMTP (RFC 5321, 4.2.1)   each line has the code; '-' behind it says that another one follows
 *     FTP  (RFC 959, 4.2)      the first line has the code and '-'; anything may follow, other codes too, until a line
 *                              that begins with the same code and a blank
 *     NNTP (RFC 3977, 3.2)     one line
 *
 * Who takes one recv() for one reply, or the first line for all of it, reads the rest as the answer to the next
 * command.
 */
#ifndef SOCKSPEC_PROTOCOL_REPLY_H
#define SOCKSPEC_PROTOCOL_REPLY_H

#include "protocol/line.h"

#include <stdbool.h>
#include <stddef.h>

enum reply_form { REPLY_SMTP, REPLY_FTP, REPLY_NNTP };

/* What is wrong with a reply. */
enum reply_problem {
    REPLY_FINE,
    REPLY_NO_CODE,      /* a line that must begin with a code does not */
    REPLY_OTHER_CODE,   /* its lines have different codes (SMTP) */
    REPLY_NO_SEPARATOR, /* behind the code stands what may not */
    REPLY_LINE_END,     /* a line ends in LF alone */
    REPLY_BYTE,         /* a byte that no text may hold */
    REPLY_LONG,         /* a line is longer than the limit */
    REPLY_ENDLESS,      /* more lines than the limit */
};

/* The problem as a sentence for people, in static memory. */
const char *reply_problem_text(enum reply_problem p);

enum reply_event {
    REPLY_BAD = -1, /* `problem` says why; no reply ever again */
    REPLY_MORE = 0, /* no complete line yet: keep the bytes, come back with more behind them */
    REPLY_LINE = 1, /* one line; others of this reply follow */
    REPLY_LAST = 2, /* the last line: the reply is complete */
};

struct reply_parser {
    enum reply_form form;
    bool lenient;     /* takes LF for a line end, any byte in text, and a code with whatever behind it */
    size_t lines_max; /* of one reply; 0: no limit */
    struct line_splitter lines;
    int code;     /* of the reply that is being read; 0: none */
    size_t count; /* its lines until now */
    enum reply_problem problem;
};

/* Points into the caller's bytes. */
struct reply_line {
    int code;
    const char *text; /* behind code and separator; a whole line in the middle of an FTP reply */
    size_t len;
};

/*
 * Begins a stream of replies. `line_max`: most bytes of a line without its end (0: no limit; RFC 5321, 4.5.3.1.5 grants
 * a reply line 512 with CR LF).
 */
void reply_init(struct reply_parser *p, enum reply_form form, bool lenient, size_t line_max, size_t lines_max);

/*
 * The next line of data[0 .. len), which begins where the last call's *used ended. *used is set to the bytes that it
 * took, its end included; 0 with REPLY_MORE and REPLY_BAD. What comes does not depend on the cuts.
 */
enum reply_event reply_next(struct reply_parser *p, const char *data, size_t len, struct reply_line *line,
                            size_t *used);

/*
 * Writes a reply of `count` lines (at least one) into `out` of `cap` bytes, line ends included. Between the first and
 * the last line of an FTP reply each line gets a blank in front, so that none can be taken for the end. Returns the
 * length, or 0 where it does not fit or may not be written: a code outside 100 .. 699, CR, LF or NUL in a text, several
 * lines in NNTP.
 */
size_t reply_write(char *out, size_t cap, enum reply_form form, int code, const char *const *lines, size_t count);

#endif
