/* flawed-port-check --flaw NAME HOST PORT: a port check with one thing wrong. */
#include "clients/port_check.h"
#include "flawed/flaws.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int zero_always(int fd, const struct net_error *e)
{
    (void)fd;
    (void)e;
    return 0;
}

/* Whoever does not refuse is there. */
static int refused_or_open(int fd, const struct net_error *e)
{
    return fd < 0 && e->code == ECONNREFUSED ? port_check_status(fd, e) : 0;
}

/* sock.connect_ex() as document 000 has it: no time limit but the kernel's, which is two minutes. */
static int dial_for_ever(const char *host, const char *service, uint64_t deadline, struct net_error *e)
{
    (void)deadline;
    return net_dial(host, service, NET_NEVER, e);
}

/* Waits for a banner before it believes that somebody is there. */
static int dial_and_read(const char *host, const char *service, uint64_t deadline, struct net_error *e)
{
    char c;
    int fd = net_dial(host, service, deadline, e);
    if (fd >= 0)
        (void)!net_recv(fd, &c, 1);
    return fd;
}

/* What a non-blocking connect() returns at once is taken for its result: EINPROGRESS is not 0. */
static int dial_nonblocking(const char *host, const char *service, uint64_t deadline, struct net_error *e)
{
    struct addrinfo *list = net_resolve(host, service, SOCK_STREAM, false, e);
    (void)deadline;
    if (list == NULL)
        return -1;
    int fd = socket(list->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (connect(fd, list->ai_addr, list->ai_addrlen) < 0) {
        *e = (struct net_error){.failure = NET_SYSTEM, .code = errno};
        snprintf(e->text, sizeof e->text, "connect: %s", strerror(errno));
        net_close(&fd);
    }
    freeaddrinfo(list);
    return fd;
}

/* An end of the connection that follows closely is taken for a closed port. */
static int dial_and_look(const char *host, const char *service, uint64_t deadline, struct net_error *e)
{
    char c;
    int fd = net_dial(host, service, deadline, e);
    if (fd < 0)
        return fd;
    shutdown(fd, SHUT_WR);
    if (net_recv_some(fd, &c, 1, deadline) < 0) {
        *e = (struct net_error){.failure = NET_SYSTEM, .code = errno};
        snprintf(e->text, sizeof e->text, "recv: %s", strerror(errno));
        net_close(&fd);
    }
    return fd;
}

/* strerror(0) is no word for an open port. */
static const char *never_open(int status)
{
    (void)status;
    return "closed";
}

#define WITH(...) FLAW_OPS(port_check_ops, __VA_ARGS__)

static const struct flaw flaws[] = {
    {"exit-zero-always", "PORT-STATUS", "port-check/closed port-check/says-closed",
     "says open, and exits with 0, whatever connect returns", WITH(.status = zero_always), .also = "SOCK-TIMEOUT"},
    {"refused-or-open", "PORT-STATUS", "port-check/connect-times-out port-check/connect-unreachable",
     "says open unless it is refused", WITH(.status = refused_or_open), .also = "SOCK-TIMEOUT"},
    {"einprogress-is-closed", "PORT-STATUS", "port-check/open port-check/open-and-greets",
     "takes EINPROGRESS of a non-blocking connect for a refusal", WITH(.dial = dial_nonblocking),
     .also = "SOCK-TIMEOUT"},
    {"reset-is-closed", "PORT-STATUS", "port-check/open-and-reset",
     "takes a connection that is reset later for a closed port", WITH(.dial = dial_and_look), .also = "SOCK-TIMEOUT"},
    {"never-says-open", "PORT-WORD", "port-check/says-open", "says closed, and exits with 0, for an open port",
     WITH(.word = never_open)},
    {"reads-a-banner", "SOCK-TIMEOUT", "port-check/open-and-silent", "waits for the server to say something",
     WITH(.dial = dial_and_read), .also = "PORT-STATUS PORT-WORD"},
    {"no-time-limit", "SOCK-TIMEOUT", "port-check/silent-host",
     "waits for as long as the kernel tries: two minutes (000)", WITH(.dial = dial_for_ever)},
};

int main(int argc, char **argv)
{
    int status;
    const struct flaw *f = flaw_of_args(&argc, argv, flaws, sizeof flaws / sizeof flaws[0], "HOST PORT", &status);
    if (f == NULL)
        return status;
    return port_check(argv[0], argv[1], argv[2], f->ops);
}
