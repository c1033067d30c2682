/*
 * The parts of a conclusion, shared by the files of this folder.
 */
#ifndef SOCKSPEC_DIAGNOSIS_INTERNAL_H
#define SOCKSPEC_DIAGNOSIS_INTERNAL_H

#include "diagnosis/diagnosis.h"

/* Whether some thread of the program may go on by itself, by time or by somebody unknown; says in
 * `why` which and how. */
bool program_may_move(const struct diagnosis_input *in, struct buf *why);

/* Whether a thread wants this object; its events are added to *events. The thread is returned, or NULL. */
const struct snapshot_thread *wanted_by(const struct snapshot *s, const struct snapshot_object *o, unsigned *events);

/* "thread 12 of nginx", "nginx (pid 12)". Appends. */
void tell_thread(const struct snapshot *s, const struct snapshot_thread *t, struct buf *out);

/* "blocked in sendto(fd 5)", "waits in epoll_wait for fd 4 and 7". Appends. */
void tell_wait(const struct snapshot *s, const struct snapshot_thread *t, struct buf *out);

/* Who waits for what: actors, then threads. */
void tell_graph(const struct diagnosis_input *in, struct buf *out);

#endif
