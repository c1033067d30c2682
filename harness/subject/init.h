/*
 * The tiny init: the process between the worker and the subject.
 *
 * It starts the program, reaps whatever becomes an orphan, tells the worker how the main process ended, ends
 * when nobody is left, and takes everybody with it when the worker dies or closes the control socket. In
 * namespaces it is PID 1, so that its end is the end of all; without them it is a child subreaper that kills
 * descendants again and again until none is left.
 */
#ifndef SOCKSPEC_SUBJECT_INIT_H
#define SOCKSPEC_SUBJECT_INIT_H

#include "subject/subject.h"

#include <stdbool.h>
#include <sys/resource.h>
#include <sys/types.h>

/*
 * What the init says over its control socket (SOCK_SEQPACKET, one message each). Its end of file: nobody is
 * left.
 */
enum init_word {
    INIT_STARTED,     /* from the main process itself: the credentials that come along hold its PID */
    INIT_EXEC_FAILED, /* value: errno of execvpe */
    INIT_HOOK_FAILED, /* value: errno of before_exec */
    INIT_NO_PROC,     /* value: errno of mounting /proc */
    INIT_NO_FILES,    /* value: errno of putting a file over another */
    INIT_NO_PLACES,   /* value: errno of arranging its descriptors */
    INIT_EXITED,      /* value: the status of the main process as of waitpid */
    INIT_REAPED,      /* the same of an orphan that ended otherwise than with status 0; pid: its own */
};

struct init_message {
    int word; /* enum init_word */
    int value;
    int pid; /* in the init's namespace; INIT_REAPED only */
};

struct init_plan {
    bool namespaces, user;
    const struct subject_temp *temp;  /* or NULL */
    const struct subject_file *shown; /* put over others in the new mount namespace */
    size_t shown_count;
    char *const *argv, *const *environment;
    struct rlimit files;
    int control, output, error;             /* the init's ends: control socket, pipes for stdout and stderr */
    int (*before_exec)(void *data, int fd); /* as in struct subject_spec, or NULL */
    void *before_exec_data;
    int before_exec_fd;
};

/*
 * Clones the init, which runs the plan. Returns its PID as seen from here (wait for it with __WALL), or -1
 * (errno). The caller keeps all its descriptors; the init has none but the plan's.
 */
pid_t init_start(const struct init_plan *plan);

#endif
