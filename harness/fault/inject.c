#include "fault/inject_internal.h"

#include "base/mem.h"
#include "fault/inject_filter.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef PR_SET_PTRACER
#define PR_SET_PTRACER     0x59616d61
#define PR_SET_PTRACER_ANY (-1UL)
#endif

struct inject {
    struct inject_setup setup;
    struct sock_fprog filter;
    pid_t tracer; /* 0: detached */
    int hello;    /* the program's end */
};

/* --- starting ------------------------------------------------------------------------------------------- */

static struct inject_shared *share(struct err *e)
{
    void *memory = mmap(NULL, sizeof(struct inject_shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) {
        err_errno(e, errno, "cannot share memory with the tracer");
        return NULL;
    }
    return memory;
}

/* As fork, without a signal at its end, so that nobody's waitpid(-1) reaps it. */
static pid_t clone_silently(void)
{
    return (pid_t)syscall(SYS_clone, 0, NULL, NULL, NULL, NULL);
}

static int fork_tracer(struct inject *in, struct err *e)
{
    bool detached = in->setup.spec.detached;
    pid_t pid = clone_silently();
    if (pid == 0) {
        if (detached && clone_silently() != 0) /* the one that stays has nobody to wait for it but the system's init */
            _exit(0);
        close(in->hello);
        tracer_run(&in->setup);
    }
    if (pid < 0)
        return err_errno(e, errno, "cannot fork the tracer");
    in->tracer = pid;
    if (detached) {
        while (waitpid(pid, NULL, __WALL) < 0 && errno == EINTR)
            ;
        in->tracer = 0;
    }
    return 0;
}

static int open_hello(struct inject *in, struct err *e)
{
    int pair[2], on = 1;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
        return err_errno(e, errno, "cannot make a socket for the tracer");
    in->setup.hello = pair[0];
    in->hello = pair[1];
    if (setsockopt(pair[0], SOL_SOCKET, SO_PASSCRED, &on, sizeof on) < 0)
        return err_errno(e, errno, "cannot make a socket for the tracer");
    return 0;
}

static void copy_spec(struct inject *in, const struct inject_spec *spec)
{
    in->setup.spec = *spec;
    for (size_t i = 0; i < spec->count; i++)
        in->setup.clauses[i] = spec->clauses[i];
    in->setup.spec.clauses = in->setup.clauses;
    atomic_store(&in->setup.shared->generation, 1);
    if (spec->armed)
        atomic_store(&in->setup.shared->armed, UINT64_MAX);
}

struct inject *inject_start(const struct inject_spec *spec, struct err *e)
{
    if (!INJECT_ARCHITECTURE) {
        err_set(e, ENOSYS, "system-call faults are not built for this architecture");
        return NULL;
    }
    if (spec->count > INJECT_CLAUSES_MAX) {
        err_set(e, E2BIG, "%d faults at most can hold side by side", INJECT_CLAUSES_MAX);
        return NULL;
    }
    struct inject *in = mem_new(1, sizeof *in);
    in->hello = in->setup.hello = -1;
    in->setup.shared = share(e);
    if (!in->setup.shared)
        goto fail;
    copy_spec(in, spec);
    if (inject_filter_build(in->setup.clauses, spec->count, &in->filter, e) < 0 || open_hello(in, e) < 0 ||
        fork_tracer(in, e) < 0)
        goto fail;
    close(in->setup.hello);
    in->setup.hello = -1;
    return in;
fail:
    inject_stop(in, 0);
    return NULL;
}

int inject_hook_fd(const struct inject *in)
{
    return in->hello;
}

/* --- in the program, before its exec -------------------------------------------------------------------- */

static void pin_to(int cpu)
{
    cpu_set_t one;
    if (cpu < 0)
        return;
    CPU_ZERO(&one);
    CPU_SET(cpu, &one);
    sched_setaffinity(0, sizeof one, &one); /* costs speed, not truth */
}

int inject_hook(void *data, int fd)
{
    const struct inject *in = data;
    struct inject_go go;
    ssize_t n;
    /* Where Yama lets nobody but ancestors trace: whoever is on the other end may. Without Yama it is unknown, and not
     * needed. */
    prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0, 0, 0);
    if (send(fd, "", 1, MSG_NOSIGNAL) != 1)
        return errno;
    do
        n = recv(fd, &go, sizeof go, 0);
    while (n < 0 && errno == EINTR);
    if (n != sizeof go)
        return n < 0 ? errno : ESRCH;
    prctl(PR_SET_PTRACER, 0, 0, 0, 0);
    if (go.error)
        return go.error;
    pin_to(go.cpu);
    close(fd);
    return inject_filter_load(&in->filter) < 0 ? errno : 0;
}

char *inject_environment(void)
{
    const char *own = getenv("LSAN_OPTIONS");
    return mem_printf("LSAN_OPTIONS=%s%sdetect_leaks=0", own ? own : "", own && *own ? ":" : "");
}

/* --- while it runs -------------------------------------------------------------------------------------- */

void inject_arm(struct inject *in, size_t clause, bool on)
{
    uint64_t bit = UINT64_C(1) << clause;
    if (on)
        atomic_fetch_or(&in->setup.shared->armed, bit);
    else
        atomic_fetch_and(&in->setup.shared->armed, ~bit);
}

void inject_reset(struct inject *in)
{
    atomic_store(&in->setup.shared->armed, 0);
    atomic_fetch_add(&in->setup.shared->generation, 1);
}

void inject_peer(struct inject *in, int actor, const struct sockaddr *address, socklen_t len)
{
    inject_shared_peer(in->setup.shared, actor, address, len);
}

/* Whether the tracer's counts are of this generation. */
static bool is_current(const struct inject_shared *shared)
{
    return atomic_load_explicit(&shared->counted, memory_order_acquire) == atomic_load(&shared->generation);
}

uint64_t inject_calls(const struct inject *in, size_t clause)
{
    return is_current(in->setup.shared) ? atomic_load(&in->setup.shared->calls[clause]) : 0;
}

uint64_t inject_hits(const struct inject *in, size_t clause)
{
    return is_current(in->setup.shared) ? atomic_load(&in->setup.shared->hits[clause]) : 0;
}

void inject_missed(const struct inject *in, size_t clause, struct buf *out)
{
    uint32_t spared = is_current(in->setup.shared) ? atomic_load(&in->setup.shared->spared[clause]) : 0;
    missed_words(spared, inject_calls(in, clause), out);
}

uint64_t inject_receipt_count(const struct inject *in)
{
    return is_current(in->setup.shared) ? atomic_load(&in->setup.shared->receipts) : 0;
}

bool inject_receipt_get(const struct inject *in, uint64_t n, struct inject_receipt *out)
{
    return is_current(in->setup.shared) && receipt_read(in->setup.shared, n, out);
}

/* --- the end -------------------------------------------------------------------------------------------- */

static bool await_end(pid_t pid, double seconds)
{
    int handle = (int)syscall(SYS_pidfd_open, pid, 0);
    struct pollfd p = {.fd = handle, .events = POLLIN};
    bool ended = handle >= 0 && poll(&p, 1, (int)(seconds * 1000)) > 0;
    if (handle >= 0)
        close(handle);
    return ended;
}

void inject_stop(struct inject *in, double seconds)
{
    if (!in)
        return;
    if (in->hello >= 0)
        close(in->hello);
    if (in->setup.hello >= 0)
        close(in->setup.hello);
    if (in->tracer > 0) {
        if (!await_end(in->tracer, seconds))
            kill(in->tracer, SIGKILL);
        while (waitpid(in->tracer, NULL, __WALL) < 0 && errno == EINTR)
            ;
    }
    if (in->setup.shared)
        munmap(in->setup.shared, sizeof *in->setup.shared);
    free(in->filter.filter);
    free(in);
}
