/*
 * Calls of programs with blocking sockets, for flaws in loops whose sockets do not block: only a call that may wait is
 * interrupted by a signal (man 7 signal), and only in a program that catches one, so what such a flaw does wrong can
 * happen to these alone. The kernel is asked first whether there is something to do; where there is not, they say
 * EAGAIN as the loop expects, and do not wait in fact.
 */
#ifndef SOCKSPEC_FLAWED_WAITING_H
#define SOCKSPEC_FLAWED_WAITING_H

#include <sys/types.h>

/* accept(), with the errors of accept(). */
int waiting_accept(int listener);

/* recv() of at most `len` bytes with the MSG_ flags, with the errors of recv(). */
ssize_t waiting_recv(int fd, void *to, size_t len, int flags);

/* send() without SIGPIPE of the first few bytes, at most `len`, with the errors of send(). */
ssize_t waiting_send(int fd, const void *data, size_t len);

#endif
