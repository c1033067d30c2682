/*
 * Texts that end with a line of one period: mail behind DATA (RFC 5321, 4.5.2), multi-line responses of POP3 (RFC 1939,
 * 3) and NNTP (RFC 3977, 3.1.1). A line of the text that begins with a period gets one more, which the reader takes
 * off.
 *
 * Only CR LF ends a line here. Who takes LF or CR for one finds the end of a text where its sender did not put it, and
 * reads what follows as commands: SMTP smuggling (RFC 5321, 4.1.1.4: LF.LF must not be the end).
 */
#ifndef SOCKSPEC_PROTOCOL_DOTS_H
#define SOCKSPEC_PROTOCOL_DOTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum dots_event {
    DOTS_MORE = 0, /* all bytes are used: come back with what follows them */
    DOTS_PART = 1, /* some bytes of the text */
    DOTS_END = 2,  /* the line of one period has been read: the text is complete */
};

/* Where in a line the reader is. */
enum dots_place { DOTS_BEGIN, DOTS_PERIOD, DOTS_PERIOD_CR, DOTS_INSIDE, DOTS_CR };

struct dots_reader {
    enum dots_place place;
    uint64_t content;          /* bytes of the text so far */
    uint64_t bare_cr, bare_lf; /* how many stood alone: no text may hold one (RFC 5321, 2.3.8) */
    uint64_t unstuffed;        /* lines with one period that had no second behind it: their sender did not stuff */
    bool ended;
};

/* Points into the caller's bytes, or to static ones. */
struct dots_part {
    const char *data;
    size_t len;
};

void dots_read_init(struct dots_reader *r);

/*
 * Reads data[0 .. len), which begins where the last call's *used ended; *used is how far it went. Bytes once used need
 * not be kept. The text is what the parts hold, line ends included, the end line and stuffed periods not. After
 * DOTS_END nothing is used any more: what follows is no text.
 */
enum dots_event dots_read(struct dots_reader *r, const char *data, size_t len, struct dots_part *part, size_t *used);

struct dots_writer {
    bool lines_end_in_lf; /* the text is a file of this machine: each LF without its CR becomes CR LF */
    bool inside;          /* the last byte was not the end of a line */
    bool after_cr;
};

/* `lines_end_in_lf`: as above; false: the text has CR LF and is sent as it is. */
void dots_write_init(struct dots_writer *w, bool lines_end_in_lf);

/*
 * Stuffs data[0 .. len) into `out` of `cap` bytes (2 at least). Returns how many bytes it wrote; *used how many it
 * took: all where there is room for twice as many.
 */
size_t dots_write(struct dots_writer *w, const char *data, size_t len, char *out, size_t cap, size_t *used);

/* Most bytes that dots_write_end writes. */
#define DOTS_END_MAX 5

/* Ends a last line without end, and writes the line of one period. Returns how many bytes it wrote. */
size_t dots_write_end(struct dots_writer *w, char out[DOTS_END_MAX]);

#endif
