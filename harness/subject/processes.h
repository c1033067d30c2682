/*
 * What /proc tells of a process and of its descendants.
 */
#ifndef SOCKSPEC_SUBJECT_PROCESSES_H
#define SOCKSPEC_SUBJECT_PROCESSES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct process {
    pid_t pid, parent;
    char state; /* R S D T t Z X, as in /proc/PID/stat */
};

struct processes {
    struct process *items;
    size_t count, cap;
};

/* Reads a small file of /proc whole. Returns its length (NUL-terminated, cut at size - 1), or -1 (errno). */
ssize_t process_read(const char *path, char *to, size_t size);

/* One process by its stat file. Returns 0, or -1 when there is none. */
int process_stat(pid_t pid, struct process *out);

/*
 * All descendants of `ancestor`, zombies included, appended to `out`; a process that is born meanwhile may be
 * missed. Where the kernel tells children (CONFIG_PROC_CHILDREN) by walking them, else by reading all of
 * /proc.
 */
void processes_below(pid_t ancestor, struct processes *out);

/* The children of this process now. Free with processes_free. */
void processes_children(struct processes *out);

/*
 * For a child subreaper: kills and reaps all that has come to be below this process since its children were `elders`,
 * who are spared with all that is below them. What forks faster than it is found is met again in the next round; gives
 * up after 10,000 of them, a millisecond each.
 */
void processes_hunt(const struct processes *elders);

void processes_free(struct processes *p);

#endif
