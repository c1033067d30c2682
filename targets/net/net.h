/*
 * Sockets as they should be used: names with several addresses, calls that are interrupted, sends that take
 * less than they were given, peers that are gone, and a time limit over a whole operation.
 *
 * Functions return -1 and set errno unless they say otherwise. None of them raises SIGPIPE.
 */
#ifndef SOCKSPEC_NET_NET_H
#define SOCKSPEC_NET_NET_H

#include <netdb.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>

/* --- time ----------------------------------------------------------------------------------------------- */

/* A point of CLOCK_MONOTONIC in milliseconds; NET_NEVER is no limit. A deadline, unlike SO_RCVTIMEO, bounds a
 * whole operation: a peer that sends one byte each second does not renew it. */
#define NET_NEVER UINT64_MAX

/* Now, in milliseconds of CLOCK_MONOTONIC. */
uint64_t net_now(void);

/* The point `ms` milliseconds from now; a negative number is NET_NEVER. */
uint64_t net_deadline(int ms);

/* Up to when the next of `parts` tries may go on, so that each has as much of the time that is left; NET_NEVER where
 * there is no limit. */
uint64_t net_share(uint64_t deadline, size_t parts);

/* What poll() wants: milliseconds left, rounded up, 0 when it has passed, -1 for NET_NEVER. */
int net_left(uint64_t deadline);

/* Waits until one of `events` (POLLIN, POLLOUT) holds or the peer is gone. Returns 0, or -1: ETIMEDOUT. */
int net_wait(int fd, short events, uint64_t deadline);

/* --- names and connections ------------------------------------------------------------------------------ */

/*
 * Which kind of thing went wrong: a name that does not exist is not a connection that is refused. The four
 * are those that Python tells apart: socket.error, gaierror, herror and timeout.
 */
enum net_failure {
    NET_OK,
    NET_BAD_NAME,    /* a host or a service that is not known */
    NET_BAD_ADDRESS, /* an address without a name */
    NET_SYSTEM,      /* a call failed: refused, reset, no descriptors, ... */
    NET_TIMEOUT,
};

struct net_error {
    enum net_failure failure;
    int code;       /* errno, or the EAI_ code of NET_BAD_NAME and NET_BAD_ADDRESS */
    char text[256]; /* a sentence for a person */
};

/* "PROGRAM: timeout: connect to ..." on stderr. Returns the exit status for it: 1 system, 3 name, 4 address,
 * 5 timeout, 0 for NET_OK, which says nothing. */
int net_tell(const char *program, const struct net_error *e);

/*
 * All addresses of a name: `host` NULL or "" is every interface (passive) or loopback. `service` is a port
 * number or a name like "http". Returns NULL with `e` on failure. The caller frees it with freeaddrinfo().
 */
struct addrinfo *net_resolve(const char *host, const char *service, int socktype, bool passive, struct net_error *e);

/*
 * Connects to the first address of the name that answers, each in turn, all before the deadline.
 * Returns a blocking, close-on-exec socket, or -1 with `e`, which tells of the last address tried.
 */
int net_dial(const char *host, const char *service, uint64_t deadline, struct net_error *e);

/*
 * Listens on the first address of the name that can be bound. "" is all interfaces, IPv6 and IPv4 in one
 * socket (IPV6_V6ONLY off) where the machine has IPv6. SO_REUSEADDR: a restart need not wait for TIME_WAIT to
 * end. Returns a non-blocking, close-on-exec listener, or -1 with `e`.
 */
int net_listen(const char *host, const char *service, int backlog, struct net_error *e);

/* The same, said in full. */
struct net_listening {
    int backlog;   /* connections that may wait for accept: below 0 is taken for 0, which on Linux is one; the
                      kernel's own limit is net.core.somaxconn */
    bool no_reuse; /* no SO_REUSEADDR: bind() fails while connections of an earlier server are in TIME_WAIT */
    bool v6only;   /* "::" takes no IPv4 */
};
int net_listen_with(const char *host, const char *service, const struct net_listening *how, struct net_error *e);

/*
 * The next connection: non-blocking, close-on-exec. Passes over what is no concern of the listener:
 * interrupted calls, and connections that died in the queue (ECONNABORTED, and the network errors that
 * accept(2) on Linux hands on). Returns -1 with EAGAIN when there is none; net_is_shortage tells the rest.
 */
int net_accept(int listener);

/* The same, and who it is; `peer` may be NULL. */
struct net_address;
int net_accept_from(int listener, struct net_address *peer);

/* Whether accept failed for want of descriptors or memory: the connection is still queued, poll() will report
 * it again at once, and calling accept in a loop would only burn the CPU. */
bool net_is_shortage(int error);

/* Non-blocking from now on, or blocking again. Returns 0 or -1. */
int net_nonblocking(int fd);
int net_blocking(int fd);

/* Closes *fd and sets it to -1; nothing when it is -1 already, so that a second close cannot hit a descriptor
 * that somebody else was given meanwhile. Returns 0, or -1 with what close() had to tell; it is closed. */
int net_close(int *fd);

/* As many descriptors as the hard limit allows: a server of 10,000 clients needs more
 * than the usual 1,024. */
void net_raise_files(void);

/* --- bytes ---------------------------------------------------------------------------------------------- */

/* One recv() that is not interrupted. Returns bytes, 0 at the peer's end, -1. */
ssize_t net_recv(int fd, void *to, size_t len);

/* One send() that is not interrupted and raises no SIGPIPE. Returns the bytes taken,
 * which may be fewer; -1. */
ssize_t net_send(int fd, const void *data, size_t len, int flags);

/* Sends it all, waiting where the socket is full. Returns 0, or -1 (ETIMEDOUT when the deadline passed). */
int net_send_all(int fd, const void *data, size_t len, uint64_t deadline);

/*
 * Bytes on their way out, for a caller who must know what was not sent: data[0 .. len) is the rest, whatever
 * the calls below return.
 */
struct net_rest {
    const char *data;
    size_t len;
};

/* Sends until nothing is left. Returns 0, or -1 (ETIMEDOUT when the deadline passed): *rest is what the
 * socket has not taken. Call it again to go on. */
int net_send_rest(int fd, struct net_rest *rest, uint64_t deadline);

/* What there is, once there is something. Returns bytes, 0 at the peer's end, -1 (ETIMEDOUT). */
ssize_t net_recv_some(int fd, void *to, size_t len, uint64_t deadline);

/*
 * Ends a conversation after our last byte: tells the peer (FIN), then reads and drops what still comes until
 * its end, the deadline, or `most` bytes. A socket that is closed with unread input sends RST, and RST may
 * destroy what we sent last (RFC 9293, 3.10.4; RFC 9112, 9.6). The descriptor stays the caller's.
 * Returns 0 when the peer's end was seen, -1 otherwise.
 */
int net_finish(int fd, size_t most, uint64_t deadline);

/* Receives exactly `len` bytes. Returns `len`, fewer at the peer's end, -1. */
ssize_t net_recv_all(int fd, void *to, size_t len, uint64_t deadline);

/* --- buffered reading ----------------------------------------------------------------------------------- */

/* Reads ahead in large pieces and hands out lines. The memory is the caller's. */
struct net_reader {
    int fd;
    char *data;
    size_t cap;
    size_t start, end; /* data[start .. end) has been received and not been handed out */
    bool eof;
};

void net_reader_init(struct net_reader *r, int fd, char *data, size_t cap);

/* More bytes behind those there are. Returns bytes, 0 at the end, -1 (ENOBUFS: the buffer is full). */
ssize_t net_reader_fill(struct net_reader *r, uint64_t deadline);

/*
 * The next line with its LF, or the rest without one at the end of the stream: *line points into the buffer
 * until the next call. Returns its length, 0 at the end, -1 (ENOBUFS: a line longer than the buffer).
 */
ssize_t net_reader_line(struct net_reader *r, char **line, uint64_t deadline);

#endif
