/*
 * The cast of a case: actors, listeners and the subject, from the set-up to the end.
 */
#ifndef SOCKSPEC_ENGINE_CAST_H
#define SOCKSPEC_ENGINE_CAST_H

#include "engine/core/types.h"

/* Makes the actors, has servers listen, starts a client subject. Trouble ends the run (run->over). */
void case_set_up(struct case_run *run);

/* After a failure: a server whose death is told a moment later has crashed, which is the better diagnosis. */
void case_await_death_notice(struct case_run *run);

/* After that, and before our end of the case: notes whether the server had lived until then (struct result, survived).
 */
void case_note_survival(struct case_run *run);

/* A client killed by a signal that no step expects has crashed, whatever its peers think. */
void case_check_client_death(struct case_run *run);

/* The subject's output and end, for the result. */
void case_copy_subject_evidence(struct case_run *run);

/* Closes and frees everything; stops a client subject. */
void case_tear_down(struct case_run *run);

#endif
