/*
 * What happened in a case, kept cheaply while it runs and made into words only when somebody will read them.
 */
#ifndef SOCKSPEC_ENGINE_CORE_TIMELINE_H
#define SOCKSPEC_ENGINE_CORE_TIMELINE_H

#include "engine/core/types.h"

/* The room for the timeline of one case at a time, whose first and last events are kept. The caller frees it. */
struct happened *timeline_new(void);

/* What an actor did, with its bytes (the first few of them are kept; NULL: none). The case's observer is told too. */
void happened(struct case_run *run, const struct actor *a, enum happening kind, uint64_t amount, const void *bytes,
              size_t len);

/* In words, by an actor or, where that is NULL, by `who` (NULL: the subject). */
void happened_text(struct case_run *run, const struct actor *a, const char *who, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* As happened_text, for what is no fault. */
void happened_note(struct case_run *run, const char *who, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* What was injected, `us` after the run began, by the step in this line, and is known behind the case only: it will
 * stand in its place by time. Call in order of time. Takes the text over. */
void happened_then(struct case_run *run, uint64_t us, int line, char *text);

/* Renders all that happened into the result. */
void happened_render(struct case_run *run);

#endif
