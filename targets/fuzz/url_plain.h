/*
 * URLs read, and references resolved, as RFC 3986 tells it to people: the split of its appendix B, the
 * algorithms of its section 5.2 step by step. Nothing of the parser's code.
 */
#ifndef SOCKSPEC_FUZZ_URL_PLAIN_H
#define SOCKSPEC_FUZZ_URL_PLAIN_H

#include "fuzz/plain_text.h"

/* The parts of a reference; a part that is not there has no data. The path is always there. */
struct plain_url {
    struct text scheme, authority, path, query, fragment;
    struct text userinfo, host, port; /* of the authority; the host with its brackets */
};

/* Splits what the grammar has taken as URI-reference. */
struct plain_url plain_url_split(struct text reference);

/* RFC 3986, 5.2.4: writes to out, which has room for path.len bytes; returns how many. */
size_t plain_remove_dots(struct text path, char *out);

/* RFC 3986, 5.2.2 and 5.3, strict; `out` has room for both texts and 8 bytes more. Returns the length. */
size_t plain_resolve(const struct plain_url *base, const struct plain_url *reference, char *out);

#endif
