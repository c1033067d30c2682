/*
 * Requests and responses as they come in: the protocol's own parser, lenient, cut anywhere, bodies compared as they
 * stream.
 */
#ifndef SOCKSPEC_ENGINE_STEPS_MESSAGE_H
#define SOCKSPEC_ENGINE_STEPS_MESSAGE_H

#include "engine/core/types.h"

struct message_match;
enum match_status { MATCH_MORE, MATCH_YES, MATCH_NO };

/* Matching of one request or response alternative against the bytes of a connection, incrementally. */
struct message_match *message_new(const struct scn_match *m);
void message_free(struct message_match *m);

/*
 * Looks at c->in from where it left off. May take the bytes of a body away from c->in when `may_take` (it is the only
 * alternative left). MATCH_YES: *end is set to how many bytes of c->in belong to the message still. MATCH_NO: the
 * reason is in `why`.
 */
enum match_status message_try(struct message_match *m, struct actor *a, struct conn *c, bool may_take, size_t *end,
                              struct buf *why);

/* After MATCH_NO: whether all that is wrong is that the stream ended in its middle. */
bool message_was_cut(const struct message_match *m);

/* After MATCH_NO: whether it is of another status, method or target: another alternative may have been meant. */
bool message_is_another(const struct message_match *m);

/* What it has seen, for a failure: the head as received. Appends visible text. */
void message_seen(const struct message_match *m, struct buf *out);

/* Asks for more of the content to be kept than a failure shows: HEAD_MAX bytes. Before message_try. */
void message_keep(struct message_match *m);

/* The head as received: valid as long as the match. */
const struct buf *message_head_text(const struct message_match *m);

/* The head as received and what was kept of the content. The caller drops it. */
struct bytes *message_text(const struct message_match *m);

/* Whether the match is of a response that ends an exchange (not 1xx). */
bool message_is_final(const struct message_match *m);

/* Whether another response may follow it on its connection (RFC 9112, 9.3). */
bool message_keeps_open(const struct message_match *m);

#endif
