/*
 * The program under test: starts, watches, limits and stops it, and leaves nothing of it behind.
 *
 * A subject runs behind a tiny init: in the worker's network namespace and, where
 * allowed, in PID and mount namespaces of its own, where the init is PID 1; without them the init is a child
 * subreaper that hunts descendants down. The init dies with the worker and takes all with it.
 */
#ifndef SOCKSPEC_SUBJECT_SUBJECT_H
#define SOCKSPEC_SUBJECT_SUBJECT_H

#include "base/buf.h"
#include "base/err.h"

#include <ev.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* What the machine allows, or what the user asked for. */
enum isolation {
    ISOLATION_AUTO,    /* the best that works */
    ISOLATION_ROOT,    /* net, PID and mount namespaces as root, no user namespace */
    ISOLATION_USER,    /* the same inside a user namespace, without privilege */
    ISOLATION_PROCESS, /* process group and session only: the fallback */
};

/* The words of enum isolation, in its order, NULL-ended: for --isolation and messages. */
extern const char *const isolation_words[];

/*
 * Raises RLIMIT_NOFILE of this process to its hard limit (with CAP_SYS_RESOURCE to 65,536 at least). Subjects get what
 * it was before the first call.
 */
void sandbox_raise_files(void);

/* Gives this process, which will become another program, the limit that it had before. */
void sandbox_lower_files(void);

/*
 * Once in each worker, before any socket: moves this process into a network namespace of its own with lo up
 * (unless `host_net`), and calls sandbox_raise_files.
 * ISOLATION_AUTO tries ROOT, USER, PROCESS in turn. Sets *got to what was achieved. Returns 0, or -1 with `e`
 * when the isolation asked for is not allowed.
 */
int sandbox_enter(enum isolation want, bool host_net, enum isolation *got, struct err *e);

enum subject_transport { SUBJECT_TCP, SUBJECT_UDP, SUBJECT_UNIX };

/* A file that the program sees in place of one of the machine's, which must exist. */
struct subject_file {
    const char *shown; /* its path for the program */
    const char *path;  /* what stands there */
};

/* Temporary directories that each instance has to itself. */
struct subject_temp;

/*
 * Once in each worker, before sandbox_enter: what is needed to give each instance a /tmp, a /dev/shm and a $TMPDIR
 * where all that stands there is seen, and what it writes is its own and gone with it. Bound through, and so the same
 * for all: `shared` (a directory; NULL: none), the working directory, and what is mounted or listens there. Free behind
 * the last subject with subject_temp_free (NULL is allowed).
 */
struct subject_temp *subject_temp_new(const char *shared);
void subject_temp_free(struct subject_temp *t);

/* Whether that can be had, in the mode that sandbox_enter gave. Returns 0, or -1 with `e`. */
int subject_temp_try(const struct subject_temp *t, enum isolation isolation, struct err *e);

/*
 * Once in a worker behind sandbox_enter, with namespaces only: puts files over the machine's, for it and all that it
 * starts. Returns 0 or -1 (errno).
 */
int sandbox_show(const struct subject_file *files, size_t count);

/* How a subject is started. Strings are borrowed and must outlive the subject. */
struct subject_spec {
    char *const *argv;        /* NULL-ended, names already put in */
    enum isolation isolation; /* what sandbox_enter gave */
    bool host_net;
    bool is_server; /* wait until it listens */
    enum subject_transport transport;
    bool v6;                  /* over IPv6: ::1 in place of 127.0.0.1 */
    int port;                 /* where it must listen; 0: whichever port it opens (told by subject_port) */
    const char *socket_path;  /* SUBJECT_UNIX */
    const char *ready_output; /* PCRE2 pattern on its output that tells readiness, or NULL: asked of the kernel */
    double start_timeout;     /* seconds */
    const struct subject_file *files; /* with mount namespaces only (ISOLATION_ROOT, ISOLATION_USER) */
    size_t file_count;
    const struct subject_temp *temp; /* the same; where it may not be had, or NULL: the machine's own directories */
    /*
     * Called in the program's process right before its exec, after everything else has been set up; NULL: not. It may
     * share memory with its parent, so only system calls are allowed. `fd` is before_exec_fd's number there, open until
     * it returns. Returns 0, or an errno that keeps the program from being started. The subject's folder knows of no
     * use for it: the engine puts it together with others.
     */
    int (*before_exec)(void *data, int fd);
    void *before_exec_data;
    int before_exec_fd; /* with before_exec only */
    const char *const
        *environment; /* NAME=VALUE of more variables, NULL-ended, which win over the user's; NULL: none */
    const char *before_exec_purpose; /* "put it under faults", for the message when it fails */
};

enum subject_state {
    SUBJECT_STARTING,
    SUBJECT_READY,  /* listens (a client: has been started) */
    SUBJECT_FAILED, /* did not start or never listened; subject_error tells */
    SUBJECT_EXITED, /* its main process ended after it was ready, and no descendant lives on */
};

struct subject;

/* Called on each change of state and whenever output has come in; never from inside a subject_ call. */
typedef void subject_callback(struct subject *s, void *data);

/*
 * Starts the program. Returns at once with state STARTING (a client: READY); the loop does the rest. On
 * failure to even fork: NULL with `e`. The subject gets default signal dispositions and an empty mask, stdin
 * from /dev/null, no inherited descriptors, the user's working directory and environment without *_proxy
 * variables (case-blind).
 */
struct subject *subject_start(struct ev_loop *loop, const struct subject_spec *spec, subject_callback *callback,
                              void *data, struct err *e);

enum subject_state subject_state(const struct subject *s);

/* Why it FAILED: one sentence. Valid as long as the subject. */
const char *subject_error(const struct subject *s);

/* The port it listens on (0: none yet). */
int subject_port(const struct subject *s);

/* Whether its TCP port is still listened on, as the kernel tells; true too where that cannot be known (other
 * transports). */
bool subject_listens(const struct subject *s);

/* The main process, as seen from the worker; 0 when not known (yet). */
pid_t subject_pid(const struct subject *s);

/*
 * All live processes of the subject (not the init), as seen from the worker. Returns how many there are; at
 * most `max` are stored.
 */
size_t subject_pids(const struct subject *s, pid_t *pids, size_t max);

/* Whether the main process has ended, and how: `status` as of waitpid. */
bool subject_exited(const struct subject *s, int *status);

/* "running", "exit status 1", "killed by SIGSEGV (core dumped)", "running; its process 12 (worker) was killed by
 * SIGSEGV". Appends to `out`. */
void subject_describe(const struct subject *s, struct buf *out);

/* Whether the kernel is ending its main process, or has ended it: seen before the end is told. */
bool subject_is_ending(const struct subject *s);

/* Whether the kernel is ending one of its processes, whose death is not told yet. */
bool subject_loses_one(const struct subject *s);

/* The end of one of its processes that nobody has asked for. */
struct subject_death {
    bool is_main;      /* the one that was started; else one below it */
    bool is_crash;     /* by a signal that nobody sends to have a process end; of the main process also when nobody is
                          left (one that leaves a daemon behind may end) */
    bool oom;          /* the kernel has killed somebody since the start, and this one by SIGKILL */
    bool status_known; /* its master may have reaped it before anybody could ask (Linux before 6.15) */
    int status;        /* as of waitpid */
    pid_t pid;         /* as seen from the worker */
    char name[16];     /* as in /proc/PID/comm */
    uint64_t us;       /* in terms of clock_us */
};

/* Whether its own doing ended it, or the kernel for want of memory: nothing that a peer does is a reason for that. */
bool subject_death_is_fault(const struct subject_death *d);

/*
 * Takes in which processes it has, since whose end is to be told must be known before: once when it is ready, once
 * before its first case, then behind each, which is cheap: it looks at most every 20 ms, but for a while behind a
 * death.
 */
void subject_look(struct subject *s);

/*
 * Its deaths, oldest first: of the main process always, of others when they crashed; or
 * when they were there before the first case and ended otherwise than with status 0 or a signal by which
 * workers are told to end. Returns how many; *deaths is valid until the loop runs again.
 */
size_t subject_deaths(const struct subject *s, const struct subject_death **deaths);

/*
 * A TCP server with a thread that sits in accept(): which one that is (acceptor.c). Returns false as long as none does
 * and others run: ask again in a moment.
 */
bool subject_find_acceptor(struct subject *s);

/* Whether that thread has ended: one look, cheap. Another may have come in its place. */
bool subject_may_be_deaf(struct subject *s);

/* Whether besides connections wait to be accepted, and no thread of it accepts, waits for events or runs: as long as
 * all of them sleep nobody will take them. */
bool subject_is_deaf(struct subject *s);

/* "its process 12 (worker) was killed by SIGSEGV". Appends to `out`. */
void subject_death_describe(const struct subject_death *d, struct buf *out);

/*
 * The last 64 KiB of what it wrote: `which` 0 both as they came, 1 stdout, 2 stderr. *total (may be NULL) is
 * set to all bytes it ever wrote there since the start or the last subject_output_mark. Valid until the loop
 * runs again.
 */
const char *subject_output(const struct subject *s, int which, size_t *len, uint64_t *total);

/* Forgets output so far: at the start of a case. */
void subject_output_mark(struct subject *s);

/* One of its processes. */
struct subject_process {
    pid_t pid;     /* as seen from the worker */
    char name[16]; /* as in /proc/PID/comm */
};

/* Its processes that have the socket with this inode open: several where it was inherited. Returns how many there are;
 * at most `max` are stored. */
size_t subject_holders(const struct subject *s, uint32_t inode, struct subject_process *out, size_t max);

/* Open descriptors over all its processes; -1 when none can be seen. */
int subject_files(const struct subject *s);

/*
 * The highest descriptor number in use over all its processes, plus one: what RLIMIT_NOFILE counts; -1 when
 * none can be seen.
 */
int subject_files_highest(const struct subject *s);

/* Microseconds of CPU used by all its live processes. */
uint64_t subject_cpu_us(const struct subject *s);

/* What the scheduler has counted of all its live threads (microseconds, but for `sleeps`), and what they have said. */
struct subject_load {
    uint64_t ran_us;    /* on a processor */
    uint64_t queued_us; /* ready, without one: on a loaded machine what would have been time on it. 0 where
                           CONFIG_SCHED_INFO lacks */
    uint64_t sleeps; /* times that a thread gave its processor away to wait for something: voluntary context switches */
    uint64_t written; /* bytes of output since subject_output_mark, those in the pipes too: who writes more than we read
                         sleeps there */
};

/* Fills `*to`; threads and processes that have ended are not in it. */
void subject_load(const struct subject *s, struct subject_load *to);

/*
 * Resident bytes, now and the highest since subject_memory_mark (VmHWM reset by clear_refs), over all its
 * processes.
 */
uint64_t subject_memory_now(const struct subject *s);
uint64_t subject_memory_peak(const struct subject *s);
void subject_memory_mark(struct subject *s);

/* Children of the main process, zombies included. */
int subject_children(const struct subject *s);

/*
 * prlimit on all running processes: `resource` RLIMIT_NOFILE, RLIMIT_AS, RLIMIT_NPROC, RLIMIT_STACK. Returns
 * 0 or -1 with `e`.
 */
int subject_limit(struct subject *s, int resource, uint64_t value, struct err *e);

/*
 * Has all listening sockets of the subject take at most so many connections more than one that wait for accept()
 * (listen(2)); those that wait stay. Returns 0 or -1 with `e` (EPERM, ENOSYS: not allowed here).
 */
int subject_backlog(struct subject *s, int backlog, struct err *e);

/* Whether a listening socket of it has the kernel keep connections until they bring data (TCP_DEFER_ACCEPT, tcp(7));
 * false where that cannot be seen. */
bool subject_defers_accept(struct subject *s);

/* Sends a signal to the main process. Returns 0 or -1 (errno). */
int subject_signal(struct subject *s, int signo);

/*
 * What the main process is doing, for a person: "blocked in sendto(fd 5)", "waits in epoll_wait", "stopped by
 * a signal", "running", by /proc/PID/syscall and stat. Appends to `out`.
 */
void subject_activity(const struct subject *s, struct buf *out);

/*
 * Ends it, whatever it does: SIGTERM to the main process first with up to `grace` seconds when grace > 0,
 * then SIGKILL for all; waits for the init's end (bounded), drains output, frees. Nothing of it lives on when
 * this returns. NULL is allowed.
 */
void subject_stop(struct subject *s, double grace);

#endif
