/* A socket as a stdio stream: fgets, fprintf, getline on a connection (makefile in documents 000 and 004). */
#ifndef SOCKSPEC_NET_FILE_H
#define SOCKSPEC_NET_FILE_H

#include <stdint.h>
#include <stdio.h>

/*
 * A stream that reads from the socket ("r") or writes to it ("w"); for both ways take two, since a stream on
 * a socket cannot turn around. Reads and writes fail with ETIMEDOUT when the deadline for all of them has
 * passed, or when one of them has waited for `idle_ms` (negative: for as long as the deadline lets it). No
 * interrupted calls, no short writes, no SIGPIPE. fclose() sends what is buffered (look at what it returns)
 * and leaves the socket open, which stays the caller's. Returns NULL with errno.
 */
FILE *net_file(int fd, const char *mode, uint64_t deadline, int idle_ms);

#endif
