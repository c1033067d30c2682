/*
 * Runs a group of cmocka tests once in each isolation mode, each in a process of its own (a process enters a
 * sandbox once), and as root also as nobody, since the modes without privilege must be tested by someone
 * without it.
 */
#ifndef SOCKSPEC_TESTS_SUBJECT_MODES_H
#define SOCKSPEC_TESTS_SUBJECT_MODES_H

#include "subject/subject.h"

#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* The exit status of a mode that this machine does not allow; its reason has been printed. */
enum { MODE_IMPOSSIBLE = 77 };

/* For those without privilege: nobody, by its number everywhere. */
enum { NOBODY = 65534 };

struct mode {
    const char *name;
    enum isolation isolation;
    bool as_nobody;
};

/*
 * Runs the tests in the mode that was entered; `original` is RLIMIT_NOFILE before. Returns the number of
 * failures.
 */
typedef int mode_runner(const struct mode *mode, enum isolation got, struct rlimit original);

/*
 * A process that changes its uid is closed to itself in /proc until it says otherwise, as one that was
 * started so is not.
 */
static int become_nobody(void)
{
    if (setgroups(0, NULL) < 0 || setresgid(NOBODY, NOBODY, NOBODY) < 0 || setresuid(NOBODY, NOBODY, NOBODY) < 0)
        return -1;
    return prctl(PR_SET_DUMPABLE, 1);
}

static int run_in_mode(const struct mode *mode, mode_runner *run)
{
    struct err e = {0};
    enum isolation got;
    struct rlimit original = {0};
    getrlimit(RLIMIT_NOFILE, &original);
    if (mode->as_nobody && geteuid() != 0) {
        printf("# skipped: %s as nobody: only root can become nobody\n", mode->name);
        return MODE_IMPOSSIBLE;
    }
    if (mode->as_nobody && become_nobody() < 0) {
        printf("# skipped: %s as nobody: %s\n", mode->name, strerror(errno));
        return MODE_IMPOSSIBLE;
    }
    if (sandbox_enter(mode->isolation, false, &got, &e) < 0) {
        printf("# skipped: %s as uid %d: %s\n", mode->name, (int)geteuid(), e.text);
        return MODE_IMPOSSIBLE;
    }
    if (access(BINARY_DIR "/tests", X_OK) < 0) {
        printf("# skipped: %s as uid %d: the build folder may not be entered\n", mode->name, (int)geteuid());
        return MODE_IMPOSSIBLE;
    }
    printf("# %s as uid %d\n", mode->name, (int)geteuid());
    return run(mode, got, original) ? 1 : 0;
}

/* Returns the exit status for main. A mode named by the argument is the only one that is run. */
static int run_all_modes(int argc, char **argv, mode_runner *run)
{
    static const struct mode modes[] = {
        {"root", ISOLATION_ROOT, false},
        {"user", ISOLATION_USER, false},
        {"process", ISOLATION_PROCESS, false},
        {"user-nobody", ISOLATION_USER, true},
        {"process-nobody", ISOLATION_PROCESS, true},
    };
    int failed = 0, tested = 0;
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
        if (argc > 1 && strcmp(argv[1], modes[i].name) != 0)
            continue;
        fflush(stdout);
        pid_t pid = fork();
        if (pid == 0)
            exit(run_in_mode(&modes[i], run));
        int status;
        if (pid < 0 || waitpid(pid, &status, 0) < 0)
            return 1;
        bool impossible = WIFEXITED(status) && WEXITSTATUS(status) == MODE_IMPOSSIBLE;
        tested += !impossible;
        failed += !impossible && status != 0;
    }
    printf("# %d modes tested, %d failed\n", tested, failed);
    return failed > 0 || tested == 0; /* the process mode is possible everywhere */
}

#endif
