/*
 * Lines out of a byte stream: any delimiter, any cut, a limit, and the rest without delimiter at the end.
 *
 * A stream has no messages; a line protocol makes them with a delimiter, and one recv() may bring half a
 * line, or three and a half. So the caller keeps a buffer, asks for lines until there is none, drops what was
 * used, and reads more behind the rest.
 */
#ifndef SOCKSPEC_PROTOCOL_LINE_H
#define SOCKSPEC_PROTOCOL_LINE_H

#include <stdbool.h>
#include <stddef.h>

struct line_splitter {
    char delimiter;
    bool strip_cr;  /* cut one CR before the delimiter: for text protocols whose lines end in CR LF or LF */
    size_t limit;   /* most bytes of a line without its end; 0: none */
    size_t scanned; /* bytes of the rest in which no delimiter was found: not looked at again */
    bool failed;
};

/* Points into the caller's bytes. */
struct line {
    const char *data;
    size_t len;      /* without the delimiter and a CR that was cut */
    bool terminated; /* false for the rest at the end of the stream */
};

enum line_event {
    LINE_TOO_LONG = -1, /* the limit was passed: no line ever again */
    LINE_MORE = 0,      /* no complete line yet: keep the bytes, come back with more behind them */
    LINE_FOUND = 1,
};

void line_init(struct line_splitter *s, char delimiter, bool strip_cr, size_t limit);

/*
 * The next line of data[0 .. len), which begins where the last call's *used ended. *used is set to the bytes
 * that the line took with its delimiter, 0 with LINE_MORE. Whether a line is too long does not depend on the
 * cuts.
 */
enum line_event line_next(struct line_splitter *s, const char *data, size_t len, struct line *line, size_t *used);

/*
 * The stream has ended with these bytes unused. LINE_FOUND: the unterminated rest is `line` (a CR at its end
 * stays: no delimiter made it part of a line end); LINE_MORE: there was nothing; LINE_TOO_LONG as in
 * line_next.
 */
enum line_event line_rest(struct line_splitter *s, const char *data, size_t len, struct line *line);

#endif
