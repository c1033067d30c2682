/*
 * Lines of IMAP, which may hold literals: {5} CR LF and five octets, whatever they are, and then the line goes on (RFC
 * 3501, 4.3 and 9; RFC 9051, 4.3). So a command or a response ends with the first CR LF that no literal stands before,
 * and octets that look like the end of a line, like a tag or like another literal are none.
 *
 *     a APPEND box {11}     a piece; a literal follows, which the server must ask for: "+ go on"
 *     hello
 *     wor                   eleven octets
 *     b                     is this line's last piece, not a command
 *
 * {5+} (RFC 7888) is sent without being asked for; ~{5} is binary (RFC 3516). A quoted string ends on its line, and
 * what stands in it is no literal; neither is anything in the text for people behind OK, NO, BAD, BYE, PREAUTH and "+".
 */
#ifndef SOCKSPEC_PROTOCOL_IMAP_LINE_H
#define SOCKSPEC_PROTOCOL_IMAP_LINE_H

#include "protocol/line.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum imap_side { IMAP_COMMANDS, IMAP_RESPONSES };

/* What is wrong with a line. */
enum imap_problem {
    IMAP_FINE,
    IMAP_LINE_END, /* LF alone */
    IMAP_BYTE,     /* NUL, or CR alone */
    IMAP_QUOTE,    /* a quoted string does not end on its line */
    IMAP_NUMBER,   /* {n} with n beyond 2^63 - 1 (RFC 9051, 9: number64), or {n+} of a server */
    IMAP_LONG,     /* the pieces are longer than the limit */
    IMAP_MANY,     /* more literals than the limit */
};

/* The problem as a sentence for people, in static memory. */
const char *imap_problem_text(enum imap_problem p);

enum imap_event {
    IMAP_BAD = -1,   /* `problem` says why; no line ever again */
    IMAP_MORE = 0,   /* keep the unused bytes, come back with more behind them */
    IMAP_PIECE = 1,  /* a piece of the line, which a literal of `literal.size` octets follows */
    IMAP_OCTETS = 2, /* some octets of the literal */
    IMAP_LAST = 3,   /* the last piece: the line is complete */
};

struct imap_literal {
    uint64_t size;
    bool asked_for; /* {n}: comes only behind "+"; false: {n+}, it comes anyway */
    bool binary;    /* ~{n} */
};

struct imap_reader {
    enum imap_side side;
    size_t line_max;     /* most bytes of a line's pieces together; 0: no limit */
    size_t literals_max; /* most literals of a line; 0: no limit */
    struct line_splitter lines;
    struct imap_literal literal; /* after IMAP_PIECE, until the next */
    uint64_t left;               /* octets of it that have not come */
    size_t line_len, literals;   /* of this line, so far */
    bool only_text;              /* of this line: no literal can stand in it */
    enum imap_problem problem;
};

/* Points into the caller's bytes. */
struct imap_part {
    const char *data;
    size_t len; /* of a piece without {n}, `~` and line end */
};

void imap_read_init(struct imap_reader *r, enum imap_side side, size_t line_max, size_t literals_max);

/*
 * What comes next in data[0 .. len), which begins where the last call's *used ended. Pieces do not depend on the cuts,
 * and octets do but for their sum. A literal of no octets has no IMAP_OCTETS.
 */
enum imap_event imap_read(struct imap_reader *r, const char *data, size_t len, struct imap_part *part, size_t *used);

/*
 * The server will not have the literal that it has just been told of (answering NO or BAD in place of "+"): the command
 * ends here. Only where `literal.asked_for`; one that comes anyway has to be read, or the connection closed.
 */
void imap_refuse_literal(struct imap_reader *r);

/*
 * Writes a quoted string (RFC 3501, 9: `"` and `\` behind `\`). Returns its length, or 0 where it does not fit or must
 * be a literal: CR, LF, NUL or a byte above 127 in it.
 */
size_t imap_write_quoted(char *out, size_t cap, const char *data, size_t len);

#endif
