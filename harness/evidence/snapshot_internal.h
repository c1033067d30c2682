/*
 * The parts of taking a snapshot, shared by its files and by nobody else.
 */
#ifndef SOCKSPEC_EVIDENCE_SNAPSHOT_INTERNAL_H
#define SOCKSPEC_EVIDENCE_SNAPSHOT_INTERNAL_H

#include "evidence/snapshot.h"

/* Reads a file of /proc/PID (`name` may hold a path below), NUL-terminated. Returns its length, or -1. */
ssize_t snapshot_proc(pid_t pid, const char *name, char *to, size_t size);

/*
 * The object behind a process's descriptor, added when it is new. Returns its index, or -1: no such descriptor, or no
 * room (then s->whole is false).
 */
long snapshot_object_of(struct snapshot *s, pid_t pid, int fd);

/* Adds the objects behind all descriptors of a process. */
void snapshot_add_objects(struct snapshot *s, struct snapshot_process *p);

/* Fills in what the kernel's tables tell of all sockets. */
void snapshot_add_queues(struct snapshot *s, int netlink);

/* Adds what a thread waits for: t->wait, limited, call, fd and its wants. */
void snapshot_add_wait(struct snapshot *s, struct snapshot_thread *t);

/* Adds a want of the thread that is being filled in. */
void snapshot_add_want(struct snapshot *s, struct snapshot_thread *t, long object, unsigned events);

/* What an epoll descriptor watches, as wants of the thread; further epoll descriptors inside are followed. */
void snapshot_add_epoll(struct snapshot *s, struct snapshot_thread *t, pid_t pid, int fd, int depth);

/* A copy of a process's descriptor; -1 (errno) where kernel or privilege lack. The caller closes it. */
int snapshot_borrow(pid_t pid, int fd);

#endif
