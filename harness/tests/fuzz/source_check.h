/*
 * What the fuzz targets of the harness's own files share: a source with its lines, places in it, messages about it.
 */
#ifndef SOCKSPEC_FUZZ_SOURCE_CHECK_H
#define SOCKSPEC_FUZZ_SOURCE_CHECK_H

#include "scenario/load.h"

#include <stdint.h>

/* Longer inputs repeat what shorter ones show. */
#define SOURCE_MOST (256 * 1024)

/* A source and where its lines begin. */
struct source {
    char *text; /* nothing behind text[len - 1] may be read */
    size_t len;
    size_t *lines;
    size_t line_count;
    uint64_t from_us; /* processor time when it was taken */
};

/* Takes an input over. Returns false where it is too long, or memory is short. End with source_done. */
bool source_take(struct source *s, const uint8_t *data, size_t size);

/* Frees it. Reading is linear: ends the program where more processor time has passed than any input of its length may
 * need. */
void source_done(struct source *s);

/* A place in the source: a line that is there, a column in it or just behind it. */
void check_place(const struct scn_at *at, const struct source *s);

/*
 * What a reader has said: at most 20 messages, each with words and a place; prints one of them by `digest`, or `all`.
 * Returns a digest of what was printed.
 */
uint64_t check_messages(const struct scn_messages *messages, const struct source *s, uint64_t digest, bool all);

#endif
