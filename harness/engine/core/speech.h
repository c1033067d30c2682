/*
 * Replies as a scenario's protocol has them, written.
 */
#ifndef SOCKSPEC_ENGINE_CORE_SPEECH_H
#define SOCKSPEC_ENGINE_CORE_SPEECH_H

#include "engine/core/types.h"

/* Most bytes of a reply that is written. */
#define REPLY_WRITTEN_MAX ((size_t)64 * 1024)

/* Appends `reply CODE "LINE"...`. Returns 0, or -1 with `e`: a line end in a line, more lines than the protocol has. */
int speech_write(struct case_run *run, struct actor *a, const struct scn_item *item, struct buf *out, struct err *e);

#endif
