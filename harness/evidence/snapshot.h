/*
 * What a program is doing at one moment, as far as /proc, sock_diag and pidfd_getfd tell: each thread's system call and
 * what it waits for, the sockets and other descriptors behind that, and whatever could wake it by time alone.
 *
 * Seen from outside, without stopping it; nothing here blocks. What cannot be seen is said to be unknown, never
 * guessed: a proof (diagnosis/) holds only where all is known.
 */
#ifndef SOCKSPEC_EVIDENCE_SNAPSHOT_H
#define SOCKSPEC_EVIDENCE_SNAPSHOT_H

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* What one look takes in. A program with more than this is not fully known. */
#define SNAPSHOT_PROCESSES_MAX 64
#define SNAPSHOT_THREADS_MAX   512
#define SNAPSHOT_OBJECTS_MAX   4096
#define SNAPSHOT_WANTS_MAX     8192

/* What a thread waits for. */
enum snapshot_wait {
    SNAPSHOT_RUNS,    /* nothing: it runs, or could */
    SNAPSHOT_OBJECTS, /* its wants: any of them will do */
    SNAPSHOT_OWN,     /* another thread or a child of the same program: futex, wait4 */
    SNAPSHOT_TIME,    /* nothing but time: nanosleep */
    SNAPSHOT_SIGNAL,  /* a signal: pause, sigwait */
    SNAPSHOT_STOPPED, /* SIGCONT, or its debugger */
    SNAPSHOT_UNKNOWN, /* cannot be seen, or something else: a disk, a terminal, io_uring */
};

enum snapshot_kind {
    SNAPSHOT_STREAM,   /* a connected stream socket, TCP or AF_UNIX */
    SNAPSHOT_LISTENER, /* a listening one */
    SNAPSHOT_DATAGRAM, /* UDP, AF_UNIX datagrams */
    SNAPSHOT_PIPE,     /* a pipe or a FIFO */
    SNAPSHOT_EVENTFD,
    SNAPSHOT_TIMERFD,
    SNAPSHOT_SIGNALFD,
    SNAPSHOT_EPOLL, /* its own wants are in the place of it */
    SNAPSHOT_OTHER,
};

/* Something that a descriptor stands for. */
struct snapshot_object {
    enum snapshot_kind kind;
    uint64_t inode; /* of a socket or pipe; 0: has none of its own */
    pid_t pid;      /* the first process that holds it, and its number there */
    int fd;
    int holders;                /* descriptors for it, over all processes */
    bool armed;                 /* a timer that will go off */
    bool seen;                  /* sockets: the kernel's tables told what follows */
    uint32_t receive;           /* bytes waiting to be read; a listener: connections waiting for accept */
    uint32_t send;              /* bytes that the peer has not acknowledged */
    uint8_t state;              /* of TCP: TCP_ESTABLISHED, ... */
    uint64_t peer;              /* AF_UNIX: inode of the other end; 0: none, or unknown */
    char local[64], remote[64]; /* "127.0.0.1:80", "[::1]:80"; empty: none. IPv4 in place of v4-mapped IPv6 */
};

enum { SNAPSHOT_IN = 1, SNAPSHOT_OUT = 2, SNAPSHOT_EDGE = 4 };

struct snapshot_want {
    uint32_t object; /* index */
    uint8_t events;  /* SNAPSHOT_IN | SNAPSHOT_OUT; EDGE: only news wake it (EPOLLET) */
};

struct snapshot_process {
    pid_t pid;
    char name[16];
    bool alarm;  /* it handles SIGALRM, SIGVTALRM or SIGPROF, or has a timer of timer_create: a signal may come by time
                    alone */
    bool opaque; /* its descriptors or memory may not be looked at */
    bool rings;  /* it has an io_uring: calls that nobody sees */
};

struct snapshot_thread {
    uint32_t process; /* index */
    pid_t tid;
    char state; /* R, S, D, T, t, ...: as in /proc/PID/stat */
    enum snapshot_wait wait;
    bool limited;          /* a time limit ends the wait, or may */
    char call[40];         /* "sendto"; empty: none, or unknown */
    int fd;                /* the call's descriptor; -1: it has none */
    uint64_t switches;     /* how often it has been given or left a processor: unchanged means that it did nothing */
    uint32_t first, count; /* its wants */
};

struct snapshot {
    uint64_t us; /* clock_us when it was taken */
    bool whole;  /* everything had room, and no process vanished in between */
    struct snapshot_process processes[SNAPSHOT_PROCESSES_MAX];
    struct snapshot_thread threads[SNAPSHOT_THREADS_MAX];
    struct snapshot_object objects[SNAPSHOT_OBJECTS_MAX];
    struct snapshot_want wants[SNAPSHOT_WANTS_MAX];
    uint32_t process_count, thread_count, object_count, want_count;
};

/*
 * Takes one of these processes (the whole program: a process that is left out could wake the others unseen). `netlink`
 * is of queues_open in the program's network namespace, or -1. Returns one for snapshot_free; never NULL.
 */
struct snapshot *snapshot_take(int netlink, const pid_t *pids, size_t count);
void snapshot_free(struct snapshot *s);

/* "127.0.0.1:80", "[::1]:80", IPv4 in place of v4-mapped; "" for other families. */
struct sockaddr;
void snapshot_address(const struct sockaddr *a, char *to, size_t size);

/*
 * One line an item: "snapshot", "process", "thread", "object", "want". What bug reports and recorded tests hold.
 * Appends to `out`.
 */
void snapshot_write(const struct snapshot *s, struct buf *out);

/* Reads what snapshot_write wrote, from text[0 .. len). Returns NULL with *line set to the number of the first line
 * that is wrong. */
struct snapshot *snapshot_read(const char *text, size_t len, int *line);

#endif
