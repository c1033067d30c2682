/*
 * The parts of a running subject, shared by the files of this folder.
 */
#ifndef SOCKSPEC_SUBJECT_INTERNAL_H
#define SOCKSPEC_SUBJECT_INTERNAL_H

#include "evidence/queues.h"
#include "subject/processes.h"
#include "subject/subject.h"

#include <ev.h>

/* The end of a stream of bytes: what people want to see of a program's output. */
struct tail {
    char *data; /* the last `len` bytes, at most twice what is kept */
    size_t len, cap;
    uint64_t total;
};

void tail_add(struct tail *t, const char *data, size_t len);

/* The last TAIL_KEEP bytes, never NULL. */
const char *tail_text(const struct tail *t, size_t *len);
void tail_clear(struct tail *t);
void tail_free(struct tail *t);

/* A socket of the subject that listens where it need not (elsewhere.c). */
struct elsewhere {
    bool found, other_transport;
    struct queue_port at;
    uint64_t looked_us;           /* when it was looked for last, in terms of clock_us */
    uint64_t since_us, wanted_us; /* since when the subject has been quiet; its processor time then */
};

/* How the kernel, or the program's output, is asked whether it is ready. */
struct readiness {
    int netlink; /* sock_diag; -1: not open, or not to be had */
    struct ev_timer timer;
    double pause;      /* until the next question, seconds */
    uint64_t deadline; /* in terms of clock_us */
    uint32_t *foreign; /* inodes of the listeners that were there before */
    size_t foreign_count;
    void *pattern; /* pcre2_code of ready_output, or NULL */
    struct elsewhere elsewhere;
    bool held_by_other; /* the port is taken by a program that is not the subject */
    bool running;       /* the timer is */
};

struct stream {
    struct ev_io io;
    int fd;    /* -1: at its end */
    int which; /* 1 stdout, 2 stderr */
};

/* A process of the subject other than the main one, whose end is waited for (deaths.c). */
struct watched {
    struct ev_io io; /* on `handle` */
    struct subject *owner;
    int handle;           /* pidfd */
    pid_t pid, inner_pid; /* as seen from here, and in the init's namespace */
    bool first;           /* it was there before the first connection */
    bool reaped;          /* by the init, which has told `status` */
    int status;
    char name[16];
};

/* A thread that was seen in accept(). */
struct acceptor {
    pid_t pid, tid; /* 0: none */
};

enum { WATCHED_MAX = 64, DEATHS_MAX = 8 };

struct subject {
    struct ev_loop *loop;
    struct subject_spec spec;
    subject_callback *callback;
    void *data;
    enum subject_state state;
    struct err error;
    pid_t init, pid;         /* pid: the main process, 0 unknown */
    int init_handle;         /* pidfd of the init */
    struct processes elders; /* without namespaces: this process's children before it */
    int control;             /* -1: the init is gone, and all with it */
    struct ev_io control_io;
    bool exited; /* the main process has */
    int status;  /* as of waitpid */
    struct stream streams[2];
    struct tail tails[3]; /* both, stdout, stderr */
    struct readiness ready;
    int port;
    struct watched *watched[WATCHED_MAX];
    size_t watched_count;
    struct subject_death deaths[DEATHS_MAX];
    size_t death_count;
    uint64_t looked_us, died_us; /* last look for processes; last death */
    unsigned looks;
    struct acceptor acceptor;
    int accept_netlink; /* sock_diag, -1: not open yet */
    uint64_t oom_kills; /* of this machine, when it started */
};

/* State FAILED, for the reason given. */
void subject_fail(struct subject *s, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Calls the callback. The last thing a watcher does: it may stop and free the subject. */
void subject_notify(struct subject *s);

/* Takes in what the init has said so far. */
void subject_read_control(struct subject *s);

/*
 * Whether the PID of the main process is known. It is the first that the main process says, before its exec: whoever
 * asks may come before the event loop has read that, so this reads it, waiting at most `wait_ms` milliseconds, and
 * leaves what comes behind it to the loop.
 */
bool subject_has_begun(struct subject *s, int wait_ms);

/* Deaths (deaths.c): the main process has ended, or the init has reaped an orphan; both with a status as of waitpid. */
void deaths_start(struct subject *s);
void deaths_main(struct subject *s);
void deaths_all(struct subject *s); /* nobody is left */
void deaths_reaped(struct subject *s, pid_t inner_pid, int status);
void deaths_stop(struct subject *s);

/* "exit status 1", "killed by SIGSEGV (core dumped)". Appends to `out`. */
void status_describe(int status, bool oom, struct buf *out);

/* Takes in what is in the pipes now, bounded. */
void subject_drain(struct subject *s);

/* Stops watching and closes what subject_start opened. */
void subject_close(struct subject *s);

/*
 * Readiness (ready.c). Start: 0 or -1 with `e`. Check: whether it is ready now, and then sets the state and
 * the port.
 */
int ready_start(struct subject *s, struct err *e);
bool ready_check(struct subject *s);
void ready_stop(struct subject *s);

/* The loopback address that connections or datagrams of the harness go to. */
void ready_address(const struct subject_spec *spec, int port, struct sockaddr_storage *out);

/*
 * Looks, at most ten times a second, whether it listens somewhere else than where it must. Whether that is all that can
 * be hoped for: so it has been for a second or two of hardly any work.
 */
bool elsewhere_proven(struct subject *s);

/* "it listens on [::1]:8080, not on 127.0.0.1:8080", once s->ready.elsewhere.found. Appends to `out`. */
void elsewhere_tell(const struct subject *s, struct buf *out);

/* What it was to do: "listened on port 8080". Appends to `out`. */
void ready_goal(const struct subject *s, struct buf *out);

/* All live processes but the init (watch.c). Free with processes_free. */
void subject_family(const struct subject *s, struct processes *out);

/* Whether one of its processes holds the socket with this inode. */
bool subject_holds_socket(const struct subject *s, uint32_t inode);

#endif
