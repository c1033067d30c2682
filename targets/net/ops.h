/*
 * Operations: the points at which a program goes wrong, each a function in its `struct ..._ops`, so that a flawed twin
 * is the right program with one of them replaced.
 *
 * One rule for all of them, and so nothing outlives what it points at:
 *
 *   - What runs holds its operations by value: the struct of a server, a client or a session has a member `ops`, no
 *     pointer to somebody's. A function that makes such a struct itself takes `const struct ..._ops *`, may be given
 * NULL and copies.
 *   - NULL stands for the right operation. It is filled in when the run begins; what was filled in may run again.
 *   - In a struct ..._ops the functions come first, numbers and flags behind them.
 */
#ifndef SOCKSPEC_NET_OPS_H
#define SOCKSPEC_NET_OPS_H

#include <stddef.h>

/* Fills in the functions of `*ops` up to and with the member `last` that are NULL, from `*right`, of the same type. */
#define OPS_COMPLETE(ops, right, last)                                                                                 \
    ops_complete((ops), (1 ? (right) : (ops)), (size_t)((const char *)(&(ops)->last + 1) - (const char *)(ops)))

/* The copy of what may be NULL: then all of it is 0. */
#define OPS_COPY(type, given) ((given) == NULL ? (struct type){0} : *(given))

/* As the macro: `size` bytes of nothing but pointers to functions. */
void ops_complete(void *ops, const void *right, size_t size);

#endif
