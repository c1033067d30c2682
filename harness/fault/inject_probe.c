/*
 * Whether the injector works here, tried on a child of our own: nothing that could be asked of the system tells as
 * much.
 */
#include "fault/inject.h"

#include <errno.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* For some milliseconds of work, on the slowest and most crowded machine. */
#define PROBE_SECONDS 20
/* What the child ends with: the send was cut; it was not; else 100 and an errno of the hook. */
enum { CUT = 0, UNCUT = 1, HOOK_FAILED = 100 };

static _Noreturn void child(struct inject *in)
{
    int pair[2];
    alarm(PROBE_SECONDS);
    int error = inject_hook(in, inject_hook_fd(in));
    if (error)
        _exit(HOOK_FAILED + (error < 100 ? error : 0));
    /* A pair without names would be left alone. */
    sa_family_t autobind = AF_UNIX;
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0 ||
        bind(pair[0], (struct sockaddr *)&autobind, sizeof autobind) < 0)
        _exit(UNCUT);
    _exit(send(pair[0], "four", 4, 0) == 1 ? CUT : UNCUT);
}

static const char *reason(int status)
{
    int code = WIFEXITED(status) ? WEXITSTATUS(status) : UNCUT;
    if (code == CUT)
        return NULL;
    if (code == HOOK_FAILED + EPERM || code == HOOK_FAILED + EACCES)
        return "ptrace is not allowed here (Yama, a container without SYS_PTRACE, or a seccomp filter)";
    if (code > HOOK_FAILED)
        return "ptrace or seccomp filters do not work here";
    return "ptrace, seccomp filters and pidfd_getfd (Linux 5.6) do not work together here";
}

const char *inject_lacking(void)
{
    const struct inject_clause cut = {
        .call = SCN_CALL_SEND, .effect = SCN_EFFECT_SHORT, .amount = 1, .actor = -1, .probability = 1};
    const struct inject_spec spec = {
        .clauses = &cut, .count = 1, .armed = true, .at_once = true, .log_fd = -1, .note_fd = -1};
    struct err e = {0};
    int status = 0;
    struct inject *in = inject_start(&spec, &e);
    if (!in)
        return e.code == ENOSYS ? "not built for this architecture" : "no tracer can be started";
    pid_t pid = (pid_t)syscall(SYS_clone, 0, NULL, NULL, NULL, NULL);
    if (pid == 0)
        child(in);
    while (pid > 0 && waitpid(pid, &status, __WALL) < 0 && errno == EINTR)
        ;
    inject_stop(in, PROBE_SECONDS);
    return pid > 0 ? reason(status) : "no process to try it in";
}
