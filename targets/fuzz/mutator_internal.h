/*
 * What the files of the mutator share: an input taken apart, and the tables of operations.
 */
#ifndef SOCKSPEC_FUZZ_MUTATOR_INTERNAL_H
#define SOCKSPEC_FUZZ_MUTATOR_INTERNAL_H

#include "fuzz/mutator.h"

#include <stdbool.h>

/* Inputs are a few hundred bytes; pieces beyond these are left as they are. */
#define PIECES_MOST 96

/* Bits, so that an operation can ask for one of several kinds. */
enum piece_kind {
    PIECE_START = 1,
    PIECE_FIELD = 2,
    PIECE_EMPTY = 4, /* the line that ends a head or trailers */
    PIECE_CHUNK = 8, /* the line of a chunk's size */
    PIECE_DATA = 16, /* of a chunk, or a body of known length */
    PIECE_TRAILER = 32,
    PIECE_REST = 64, /* behind what is understood */
    PIECE_LINES = PIECE_START | PIECE_FIELD | PIECE_EMPTY | PIECE_CHUNK | PIECE_TRAILER,
};

struct piece {
    enum piece_kind kind;
    size_t at, len; /* without its line end */
    size_t end;     /* bytes of the line end behind it: 0, 1, 2 */
};

struct draft {
    uint8_t *data;
    size_t len, max;
    uint64_t chance;
    struct mutator_other other;
    struct piece pieces[PIECES_MOST]; /* as of the last draft_split */
    size_t count;
};

/* A number below n; 0 for n = 0. */
size_t draft_pick(struct draft *d, size_t n);

/* Puts `n` bytes in place of data[at .. at + old). False, and nothing changed, when
 * there is no room for it. */
bool draft_replace(struct draft *d, size_t at, size_t old, const void *bytes, size_t n);

/* Takes the input apart. Never fails: what is not understood is a PIECE_REST. */
void draft_split(struct draft *d);

/* A piece of one of these kinds, or NULL when there is none. Valid until the draft changes. */
const struct piece *draft_any(struct draft *d, unsigned kinds);

/* The field of this name (case-blind) nearest behind piece `from`, or NULL. */
const struct piece *draft_field(const struct draft *d, size_t from, const char *name);

/* Offset of the first byte `b` in a piece from `at` on, or the end of the piece. */
size_t piece_find(const struct draft *d, const struct piece *p, size_t at, uint8_t b);

/* One operation: false when there was nothing to do it to, or no room. */
typedef bool draft_operation(struct draft *d);

/* mutator_lines.c: start lines, fields, line ends */
draft_operation op_settings, op_method, op_target, op_version, op_status, op_field_insert, op_field_copy,
    op_field_remove, op_field_swap, op_field_value, op_field_repeat, op_persistence;
/* mutator_bytes.c: inside a line */
draft_operation op_case, op_line_end, op_blanks, op_fold, op_control, op_stretch;
/* mutator_bodies.c */
draft_operation op_body, op_length, op_chunk_size, op_chunk_extension, op_chunk_data, op_trailer, op_message, op_cross;

/* Bytes with their length, as some hold NUL. */
struct word {
    const char *text;
    size_t len;
};

/* mutator_words.c. A word of a list; lists end with {NULL, 0}. */
struct word word_any(struct draft *d, const struct word *list);

/* One of them in place of data[at .. at + old). False when there is no room for it. */
bool word_put(struct draft *d, size_t at, size_t old, const struct word *list);

extern const struct word words_methods[], words_targets[], words_versions[], words_statuses[], words_lengths[],
    words_codings[], words_hosts[], words_connections[], words_values[], words_fields[], words_ends[], words_blanks[],
    words_controls[], words_sizes[], words_extensions[], words_bodies[], words_messages[];

/* Value lists by field name; ends with a NULL name. */
struct word_field {
    const char *name;
    const struct word *values;
};
extern const struct word_field words_by_name[];

#endif
