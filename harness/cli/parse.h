/*
 * The verb `parse` in its parts: bytes in (feed), one reader a kind of input, events out as JSON lines
 * (sink).
 */
#ifndef SOCKSPEC_CLI_PARSE_H
#define SOCKSPEC_CLI_PARSE_H

#include "base/buf.h"
#include "base/err.h"
#include "protocol/http.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* --- bytes in --- */

/*
 * What the reader is given: bytes of a file or of memory, in pieces. Only what a reader has not used yet is
 * kept, so that memory is bounded by what one step of a reader needs.
 */
struct feed {
    int fd;           /* -1: everything is in `bytes` */
    struct buf bytes; /* those not dropped yet */
    size_t start;     /* bytes[start .. shown) is what the reader may see */
    size_t shown;
    size_t first, piece; /* sizes of the first piece and of the others; 0: as it comes */
    uint64_t offset;     /* of bytes[start] from the start of the input */
    bool ended;          /* no more can be read */
};

/* Opens a file, or standard input for "-". Returns 0, or -1 with the message in `e`.
 * Close with feed_close. */
int feed_open(struct feed *f, const char *path, size_t piece, struct err *e);

/* The same bytes again, borrowed until feed_close: `first` of them, then pieces of `piece`. */
void feed_memory(struct feed *f, const struct buf *bytes, size_t first, size_t piece);
void feed_close(struct feed *f);

/* What can be seen: *len bytes. Valid until the next call. */
const char *feed_bytes(const struct feed *f, size_t *len);

/* The reader has used these: they are not seen again. */
void feed_use(struct feed *f, size_t count);

/* Shows one piece more. Returns 1, 0 at the end of the input, -1 with the message in `e`. */
int feed_more(struct feed *f, struct err *e);

/* --- events out --- */

/* One JSON object a line: printed, kept, or compared with what was kept before. All but one of `out`, `keep`
 * and `want` are NULL. */
struct sink {
    FILE *out;
    struct buf *keep;
    const struct buf *want;
    size_t compared; /* bytes of `want` that came as they should */
    char *differing; /* the first line that did not; to free */
    int error;       /* errno of the first write that failed */
};

/* Takes the object over. */
void sink_put(struct sink *s, json_t *object);

/* A new {"event": name, "offset": offset}. */
json_t *sink_event(const char *name, uint64_t offset);

/* Adds bytes as text where they are UTF-8 without control characters (tab and line ends aside), else in hex
 * as "KEY_hex". */
void sink_add_bytes(json_t *object, const char *key, const char *data, size_t len);

/* --- readers --- */

enum parse_verdict { PARSE_COMPLETE, PARSE_INCOMPLETE, PARSE_REJECTED };

/* The last line. The offset of what is complete is where it ended. `rule` NULL leaves rule and sentence
 * empty. */
struct parse_result {
    enum parse_verdict verdict;
    struct http_note note;
    uint64_t messages; /* or lines, or URLs */
};

#define PARSE_METHODS_MAX 64

struct parse_settings {
    enum http_method methods[PARSE_METHODS_MAX];
    size_t method_count;
    bool lenient;
    size_t limit;     /* most bytes of a line */
    const char *base; /* of a URL, or NULL */
};

/* Reads the feed to its end or to a refusal and tells the events. Returns 0, or -1 where the input cannot be
 * read (message in `e`). */
typedef int parse_reader(const struct parse_settings *settings, struct feed *feed, struct sink *sink,
                         struct parse_result *result, struct err *e);

parse_reader parse_http_requests, parse_http_responses, parse_lines, parse_url;

#endif
