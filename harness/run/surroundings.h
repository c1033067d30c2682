/*
 * What a worker gives the programs that it starts to see of the machine: temporary directories of their own, and names
 * that are answered at once in a network where nobody else would.
 */
#ifndef SOCKSPEC_RUN_SURROUNDINGS_H
#define SOCKSPEC_RUN_SURROUNDINGS_H

#include "fault/resolver.h"
#include "subject/subject.h"

/* Zero-initialise before use ({0}). Free with surroundings_free. */
struct surroundings {
    struct subject_temp *temp; /* for subject_spec */
    struct resolver *resolver; /* NULL: the machine's */
    struct resolver_file files[RESOLVER_FILES_MAX];
    int file_count;
};

/* Before sandbox_enter. `shared`: the run's directory, which subjects and harness both see. */
void surroundings_prepare(struct surroundings *s, const char *shared);

/*
 * Behind it, where there are namespaces and a private network: a resolver on `loop`, and the files in `dir` (a folder
 * that is made) that lead to it. What cannot be had is done without; `doctor` tells of it.
 */
void surroundings_enter(struct surroundings *s, struct ev_loop *loop, const char *dir);

void surroundings_free(struct surroundings *s);

#endif
