/* What spoken.c reads and spoken_judge.c holds against a match. */
#ifndef SOCKSPEC_ENGINE_SPOKEN_INTERNAL_H
#define SOCKSPEC_ENGINE_SPOKEN_INTERNAL_H

#include "engine/steps/spoken.h"

#include "protocol/dots.h"
#include "protocol/imap_line.h"
#include "protocol/reply.h"

/* A line, or a literal, of `text`. */
struct spoken_part {
    size_t at, len;
};

struct spoken_parts {
    struct spoken_part *items;
    size_t count;
};

struct spoken {
    const struct scn_match *m;
    enum scn_speech_kind speech;
    const struct scn_regex *last; /* the last line of a reply of one's own */
    size_t pos;                   /* read so far in c->in */
    struct line_splitter lines;
    struct reply_parser reply, strict;
    struct imap_reader imap;
    struct dots_reader dots;
    struct buf text;                    /* of all lines, and literals where they stand */
    struct spoken_parts kept, literals; /* in `text` */
    size_t line_at;                     /* where in `text` the line begins that is being read */
    bool head_done, with_text, cut;
    int code;
    const char *word;    /* of POP3 and IMAP, in `text` of the last line */
    const char *problem; /* of the first line that deviates from the grammar */
    struct buf content;  /* of a text, unstuffed */
    struct buf tag;      /* of a command */
    size_t asked;
};

/* All is there: whether it is what was asked for, else `why`. */
bool spoken_meets(struct spoken *s, struct actor *a, struct buf *why);

/* Its code, or status word, as far as it is known with its last line. */
bool spoken_code_meets(struct spoken *s, struct actor *a, struct buf *why);

#endif
