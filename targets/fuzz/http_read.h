/*
 * Reads HTTP messages from a delivery and keeps what the parsers said, so that deliveries can be compared.
 */
#ifndef SOCKSPEC_FUZZ_HTTP_READ_H
#define SOCKSPEC_FUZZ_HTTP_READ_H

#include "fuzz/fuzz.h"
#include "protocol/http.h"

/* A body as it was read: all content and trailers in a digest. */
struct read_body {
    struct http_body body;
    enum http_body_event before_end; /* END, ERROR, or MORE where the input ended */
    enum http_body_event end;        /* with MORE: what http_body_eof said */
    uint64_t digest;
    uint64_t trailers;
};

/* A message. What comes after a refusal or an incomplete part is zero. */
struct read_message {
    long head_result;
    struct http_head head;
    int framing_result;
    struct http_framing framing;
    bool has_body;
    struct read_body body;
    bool complete; /* and another may follow */
};

/* What the settings byte means: options for the parsers (bits 0-2), the method that a
 * response answers (3-5). */
struct http_options read_options(const struct fuzz_input *in);
enum http_method read_method(const struct fuzz_input *in);

/* Whether these options are strict: what is accepted then has to keep every rule. */
static inline bool read_strict(const struct http_options *o)
{
    return o->allow == 0;
}

/* Reads one message from the feed, on from its used bytes. */
void read_message(struct read_message *m, struct fuzz_feed *f, enum http_kind kind, const struct http_options *options,
                  enum http_method method);

/* Reads a body from the feed. Checks that parts lie in the bytes given and that each call gets on. */
void read_body(struct read_body *b, struct fuzz_feed *f, const struct http_framing *framing,
               const struct http_options *options);

/* Ends the program where two readings of the same bytes differ. */
void same_message(const struct read_message *a, const struct read_message *b);
void same_body(const struct read_body *a, const struct read_body *b);

/* Reads one message in each delivery; all must be the same. The one read whole is left in *m. */
void read_every_way(struct read_message *m, const struct fuzz_input *in, enum http_kind kind,
                    const struct http_options *options, enum http_method method);

/*
 * A leniency changes nothing where it is not used: what a strict parser takes, a lenient one takes alike and
 * without findings; what a lenient one takes without findings, a strict one takes. `in` was read whole: *m.
 */
void check_leniency(const struct read_message *m, const struct fuzz_input *in, enum http_kind kind,
                    const struct http_options *options, enum http_method method);

#endif
