/*
 * What the isolation modes need inside this folder: namespaces for an init, and the limits the user came
 * with.
 */
#ifndef SOCKSPEC_SUBJECT_SANDBOX_H
#define SOCKSPEC_SUBJECT_SANDBOX_H

#include "subject/subject.h"

#include <sys/resource.h>

/*
 * RLIMIT_NOFILE as it was before sandbox_enter raised it (now, where it was never called): what a subject
 * gets.
 */
struct rlimit sandbox_original_files(void);

/* Whether subjects have PID and mount namespaces of their own in this mode. */
bool sandbox_has_namespaces(enum isolation i);

/*
 * Clones this process without a signal at its end, so that nobody's waitpid(-1) (libev's) reaps it: wait with
 * __WALL. `flags` are CLONE_NEW* bits. Returns as fork does. Only for processes with one thread.
 */
pid_t sandbox_clone(unsigned long flags);

/* In the init of namespaces: makes its mounts its own and mounts /proc anew. Returns 0 or -1 (errno). */
int sandbox_mount_proc(void);

/* As above, behind it: puts files over others. Returns 0 or -1 (errno). */
int sandbox_mount_files(const struct subject_file *files, size_t count);

#endif
