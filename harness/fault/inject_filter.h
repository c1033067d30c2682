/*
 * The seccomp filter that stops a program at the calls that clauses name, and nowhere else.
 */
#ifndef SOCKSPEC_FAULT_INJECT_FILTER_H
#define SOCKSPEC_FAULT_INJECT_FILTER_H

#include "fault/inject.h"

#include <linux/filter.h>

/*
 * Builds the filter for the clauses. Calls of other architectures (32-bit programs) pass. Returns 0 and the program
 * (free out->filter), or -1 with `e`.
 */
int inject_filter_build(const struct inject_clause *clauses, size_t count, struct sock_fprog *out, struct err *e);

/*
 * Whether calls that ask for no more than a clause's N bytes pass the filter unseen. That keeps a program's small
 * writes as fast as they are; only the count of bytes misses them.
 */
bool inject_filter_skips_small(const struct inject_clause *clauses, size_t count, enum scn_call call);

/*
 * Loads the filter into the calling thread: without no_new_privs where CAP_SYS_ADMIN allows that, so that set-user-id
 * programs stay what they are. Only system calls. Returns 0 or -1 (errno).
 */
int inject_filter_load(const struct sock_fprog *filter);

#endif
