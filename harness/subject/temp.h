/*
 * Temporary directories of an instance's own, inside this folder: what stands in /tmp stays to be seen, what an
 * instance writes there nobody else sees, and it is gone with it.
 */
#ifndef SOCKSPEC_SUBJECT_TEMP_H
#define SOCKSPEC_SUBJECT_TEMP_H

#include "subject/subject.h"

/*
 * In the init of namespaces, behind sandbox_mount_proc: an overlay over each of the directories, whose upper layer is a
 * tmpfs of this mount namespace. `user`: in a user namespace. Returns 0, or -1 (errno) where the first of them may not
 * be had; then nothing has changed.
 */
int temp_make_own(const struct subject_temp *t, bool user);

#endif
