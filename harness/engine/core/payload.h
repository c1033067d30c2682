/*
 * Payloads, made of their items at once or in slices; and the files that items name.
 */
#ifndef SOCKSPEC_ENGINE_CORE_PAYLOAD_H
#define SOCKSPEC_ENGINE_CORE_PAYLOAD_H

#include "engine/core/types.h"

#include <sys/types.h>

/* All bytes of a payload. The caller owns a reference (bytes_drop). NULL with a reason in `e`; as with text_expand the
 * case has ended. */
struct bytes *payload_expand(struct case_run *run, struct actor *a, const struct scn_payload *p, struct err *e);

/* The same in slices, for a step that may be run again: NULL without a reason in `e` where more is to be made, then the
 * actor is woken when the loop has run. */
struct bytes *payload_in_slices(struct actor *a, const struct scn_payload *p, struct err *e);

/* Gives up what payload_in_slices has begun. NULL is nothing. */
void making_free(struct making *m);

/* Opens to read what stands below the folder, wherever links would lead (file.c). Returns the descriptor, or -1 with
 * errno. */
int file_open_below(const char *folder, const char *path);

/* Opens a file that the scenario names (file.c); *size gets its length. The descriptor, or -1 with `e`. */
int file_open(const struct case_run *run, const char *path, off_t *size, struct err *e);

#endif
