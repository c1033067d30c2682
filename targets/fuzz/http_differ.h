/*
 * Where http-parser reads a message other than we do: each such disagreement is a row of the table in
 * http_differ.c, with the sentence that decides it. One that has no row is a failed oracle: either we are
 * wrong, or a row is missing.
 */
#ifndef SOCKSPEC_FUZZ_HTTP_DIFFER_H
#define SOCKSPEC_FUZZ_HTTP_DIFFER_H

#include "fuzz/http_peer.h"
#include "fuzz/http_plain.h"

/* One message as both have read it. */
struct differ_case {
    const struct read_message *ours; /* strict */
    const struct plain_message *plain;
    const struct peer_reading *peer;
    const char *data;
    size_t len;
};

struct difference {
    const char *id;
    bool (*is)(const struct differ_case *c); /* NULL: we refuse by `rule` what http-parser goes on with */
    const char *rule;                        /* document and section of `sentence` */
    const char *theirs;                      /* what http-parser does */
    const char *sentence;                    /* what decides */
    enum { RIGHT_OURS, RIGHT_BOTH } right;   /* BOTH: the RFC leaves the choice */
};

/* The table; `count` rows. */
const struct difference *differ_table(size_t *count);

/* Whether both say the same of this message, as far as it can be compared (not behind an upgrade). */
bool differ_agree(const struct differ_case *c);

/* The row of a disagreement, or NULL. */
const struct difference *differ_row(const struct differ_case *c);

/*
 * Has http-parser read the message that data[0 .. len) begins with, too, and ends the program when it differs
 * in a way that has no row. The rows met are counted for libFuzzer's feedback. Nothing without http-parser.
 */
void differ_check(const struct read_message *ours, const struct plain_message *plain, const char *data, size_t len,
                  enum http_method request);

/* What http-parser is told of the request that a response answers. */
enum peer_body differ_body(enum http_kind kind, enum http_method request);

#endif
