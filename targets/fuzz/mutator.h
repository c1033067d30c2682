/*
 * A mutator that knows how the inputs of the HTTP targets are built: two bytes of settings, then start line,
 * fields, body or chunks, message behind message. It changes whole pieces, where an engine's own mutations
 * change bytes, and it knows which ones have made parsers disagree: lengths, codings, line ends, blanks,
 * folds, chunk sizes.
 *
 * Both engines use it: mutator_libfuzzer_main.c is linked into the fuzz-* programs, mutator_afl_main.c is the
 * library that afl-fuzz loads. Byte mutations and the dictionary stay theirs, for a part of the time.
 *
 * Pure: what comes out is decided by what goes in, the seed included; no memory is allocated.
 */
#ifndef SOCKSPEC_FUZZ_MUTATOR_H
#define SOCKSPEC_FUZZ_MUTATOR_H

#include <stddef.h>
#include <stdint.h>

enum mutator_op {
    MUTATOR_SETTINGS,     /* the two bytes in front: leniencies, limits, cuts */
    MUTATOR_METHOD,       /* the first word of a start line */
    MUTATOR_TARGET,       /* its second word: the four forms, and what is none */
    MUTATOR_VERSION,      /* its HTTP/1.1 */
    MUTATOR_STATUS,       /* the status code of a response */
    MUTATOR_FIELD_INSERT, /* a field of the list of risky ones */
    MUTATOR_FIELD_COPY,   /* a field once more, elsewhere */
    MUTATOR_FIELD_REMOVE,
    MUTATOR_FIELD_SWAP,
    MUTATOR_FIELD_VALUE,  /* another value for the same name */
    MUTATOR_FIELD_REPEAT, /* a field many times: past the limit of fields */
    MUTATOR_PERSISTENCE,  /* HTTP/1.0 for 1.1 or back, and Connection */
    MUTATOR_CASE,         /* a letter the other way, or a byte that looks like it in seven bits */
    MUTATOR_LINE_END,     /* LF, CR, CR CR LF, none, two */
    MUTATOR_BLANKS,       /* around a colon, before and behind a line */
    MUTATOR_FOLD,         /* a line end and a blank inside a line */
    MUTATOR_CONTROL,      /* a control byte or another that is no text, in a line */
    MUTATOR_STRETCH,      /* a line to just below, at and above a limit */
    MUTATOR_BODY,         /* a body with its framing */
    MUTATOR_LENGTH,       /* a Content-Length that is right, one off, or in disguise */
    MUTATOR_CHUNK_SIZE,   /* edge values, leading zeros, signs, the same size modulo 2^32 and 2^64 */
    MUTATOR_CHUNK_EXTENSION,
    MUTATOR_CHUNK_DATA, /* a chunk more, a chunk in two, no line end behind the data */
    MUTATOR_TRAILER,
    MUTATOR_MESSAGE, /* another message behind */
    MUTATOR_CROSS,   /* a piece of another input */
    MUTATOR_OPS
};

/* "line-end", ... A constant; NULL for what is no operation. */
const char *mutator_op_name(enum mutator_op op);

/* An input to take pieces from. */
struct mutator_other {
    const uint8_t *data;
    size_t len;
};

/*
 * Changes data[0 .. len) in place, by one to four operations that `seed` chooses. data has room for `max`
 * bytes; what is longer at first is cut. `other` may be NULL. `done`, unless NULL, is MUTATOR_OPS counters
 * that are added to. Returns the new length, at most `max`.
 */
size_t mutator_run(uint8_t *data, size_t len, size_t max, uint64_t seed, const struct mutator_other *other,
                   unsigned *done);

/* As mutator_run, with MUTATOR_CROSS first: for an engine that asks for two inputs to become one. */
size_t mutator_cross(uint8_t *data, size_t len, size_t max, uint64_t seed, const struct mutator_other *other);

#endif
