/*
 * What protocols of lines say, as it comes in: replies of many lines, texts up to the line of one period, lines up to
 * one that ends them, commands. Cut anywhere; nothing is taken before all of it is there.
 */
#ifndef SOCKSPEC_ENGINE_SPOKEN_H
#define SOCKSPEC_ENGINE_SPOKEN_H

#include "engine/core/types.h"
#include "engine/steps/message.h"

/* The most that is looked at for one of them. */
#define SPOKEN_MAX ((size_t)16 * 1024 * 1024)

struct spoken;

/* What `m` (a reply, text, lines or command) is read with. Free with spoken_free (NULL is nothing). */
struct spoken *spoken_new(const struct case_run *run, const struct scn_match *m);
void spoken_free(struct spoken *s);

/* Looks at what there is of `c`. YES: *end is how many bytes of it belong to the match; NO: `why`. The command of a
 * COMMAND is complete with YES, whatever its regex says. */
enum match_status spoken_try(struct spoken *s, struct actor *a, struct conn *c, size_t *end, struct buf *why);

/* NO, and only since the stream ended before it was complete. */
bool spoken_was_cut(const struct spoken *s);

/* COMMAND: what was read, without line end and tag; the tag (IMAP), or NULL; how many literals have been asked for by
 * now, of which each wants a "+" (IMAP). */
const struct buf *spoken_command(const struct spoken *s);
const char *spoken_tag(const struct spoken *s);
size_t spoken_asked(const struct spoken *s);

#endif
