/*
 * What the fuzz targets share: a check that ends the program, and deliveries of one input.
 *
 * A target is one LLVMFuzzerTestOneInput over one parser. libFuzzer calls it, and so does the replay program
 * of an ordinary build, so that what a campaign has found is tried on every build, without clang.
 *
 * An input for the protocol parsers begins with two bytes: the settings ('0' and on: which leniencies and
 * limits) and the cuts (any byte: how the third delivery is cut). The message follows. Each input is read
 * three times, whole, byte by byte and in pieces, and all three must tell the same.
 */
#ifndef SOCKSPEC_FUZZ_H
#define SOCKSPEC_FUZZ_H

#include "fuzz/work.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The entry point. Returns 0; what must not be ends the program with SIGABRT. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* An oracle: what does not hold is printed and ends the program, in every build. */
#define FUZZ_CHECK(condition) ((condition) ? (void)0 : fuzz_failed(#condition, __FILE__, __LINE__))

_Noreturn void fuzz_failed(const char *condition, const char *file, int line);

/* An input taken apart. Points into what the engine gave. */
struct fuzz_input {
    uint8_t setup; /* less '0', so that files in the corpus begin with a digit or letter */
    uint8_t cuts;
    const char *data;
    size_t len;
};

/* Returns false when there is no message behind the two bytes of settings: nothing to do. */
bool fuzz_input_read(struct fuzz_input *in, const uint8_t *data, size_t size);

enum fuzz_delivery { FUZZ_WHOLE, FUZZ_BYTES, FUZZ_CUTS, FUZZ_DELIVERIES };

/*
 * An input as a socket would bring it. What is visible stands in memory around which all is poisoned, what
 * has not come yet (FUZZ_BYTES) included, so that AddressSanitizer sees a read past either end. With
 * FUZZ_CUTS the bytes also move to another place with each piece, and what was used is gone. One delivery at
 * a time: the places are kept from one to the next, because an allocation each would take most of the time.
 */
struct fuzz_feed {
    enum fuzz_delivery how;
    const char *data; /* the whole input */
    size_t len;
    size_t used;  /* bytes that the parser is done with */
    size_t given; /* bytes that have come */
    size_t pieces;
    uint64_t chance;
    unsigned place;
    struct work work; /* that was done before it began */
    char *copy;       /* in that place */
    size_t copy_from; /* copy[0] is data[copy_from] */
};

/* Begins a delivery of data[0 .. len), which must stay. End it with fuzz_feed_end, which asks whether the
 * work of the parsers was linear in it (where work is counted: work.h). */
void fuzz_feed_begin(struct fuzz_feed *f, enum fuzz_delivery how, const struct fuzz_input *in);
void fuzz_feed_end(struct fuzz_feed *f);

/* Brings another piece; false when all has come. */
bool fuzz_feed_more(struct fuzz_feed *f);

/* The bytes that have come and are not used. Valid until the next fuzz_feed_more or _end. */
const char *fuzz_feed_at(const struct fuzz_feed *f);
size_t fuzz_feed_left(const struct fuzz_feed *f);

/* Uses the first n of them; n must not be more than there are. */
void fuzz_feed_use(struct fuzz_feed *f, size_t n);

/*
 * Memory of at least `len` bytes for what a target writes itself, kept until this is called again with the
 * same `slot` (0 .. FUZZ_SCRATCH - 1). What is behind `len` bytes is poisoned. Never NULL.
 */
#define FUZZ_SCRATCH 4
char *fuzz_scratch(unsigned slot, size_t len);

/*
 * Whether a check that costs much is made on this input: one input in `one_in`, chosen by its digest, while
 * an engine searches; every input where files are replayed.
 */
#ifdef FUZZ_REPLAY
#define FUZZ_CHOSEN(digest, one_in) ((void)(digest), true)
#else
#define FUZZ_CHOSEN(digest, one_in) (((digest) >> 32) % (one_in) == 0)
#endif

/* FNV-1a over more bytes: a digest of events that come in pieces. Begin with FUZZ_DIGEST. */
#define FUZZ_DIGEST UINT64_C(0xcbf29ce484222325)
uint64_t fuzz_digest(uint64_t digest, const void *data, size_t len);

#endif
