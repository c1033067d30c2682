/* flawed-forking-server --flaw NAME HOST PORT: an echo server with a child for each client, with one thing
 * wrong. */
#include "flawed/flaws.h"
#include "servers/echo_session.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>

/* Documents 003 (13.5, 13.6) name fork and do not say what it leaves behind. */
static size_t never_reap(void)
{
    return 0;
}

/* The handler of SIGCHLD reaps, but was installed without SA_RESTART: accept() fails with EINTR. */
static size_t die_of_the_signal(void)
{
    while (waitpid(-1, NULL, WNOHANG) > 0)
        continue;
    fprintf(stderr, "flawed-forking-server: accept: Interrupted system call\n");
    exit(1);
}

/* The parent's copy of the connection stays open: the peer never sees its end, and descriptors run out. */
static void keep_copy(int fd)
{
    (void)fd;
}

static bool crash_on_interrupt(struct tcp_server *s, int signal)
{
    (void)s;
    (void)signal;
    fprintf(stderr, "flawed-forking-server: conn is not defined\n");
    exit(1);
}

static bool ignore_interrupt(struct tcp_server *s, int signal)
{
    (void)s;
    (void)signal;
    return false;
}

#define WITH(...) FLAW_OPS(tcp_server_ops, __VA_ARGS__)

static const struct flaw flaws[] = {
    {"never-reaps", "SOCK-REAP", "tcp-server/children-are-reaped", "never waits for its children: each stays a zombie",
     WITH(.reap = never_reap), .also = "SOCK-EINTR"},
    {"dies-of-sigchld", "SOCK-EINTR", "tcp-server/children-do-not-interrupt",
     "takes an accept that SIGCHLD interrupted for a failure", WITH(.reap = die_of_the_signal), .also = "*",
     .since = "it ends with its first child: whoever comes next meets nobody"},
    {"parent-keeps-copy", "SOCK-HALF-CLOSE",
     "echo-server/half-close echo-server/nothing-but-a-half-close echo-server/no-descriptor-left-behind "
     "tcp-server/no-descriptor-left-behind",
     "does not close the parent's copy of the connection", WITH(.handed_over = keep_copy),
     .also = "ECHO-SAME SOCK-EINTR SOCK-EMFILE SOCK-ISOLATION SOCK-PATH SOCK-READY "
             "SOCK-SHORT-WRITE SOCK-STREAM-BOUNDARY"},
    {"crashes-on-ctrl-c", "SOCK-INTERRUPT", "tcp-server/ends-in-order",
     "closes a connection that it does not have when Ctrl-C comes, and crashes (003)",
     WITH(.stop = crash_on_interrupt)},
    {"ignores-ctrl-c", "SOCK-INTERRUPT", "tcp-server/ends-in-order", "goes on when Ctrl-C comes",
     WITH(.stop = ignore_interrupt)},
};

int main(int argc, char **argv)
{
    int status;
    const struct flaw *f = flaw_of_args(&argc, argv, flaws, sizeof flaws / sizeof flaws[0], "HOST PORT", &status);
    if (f == NULL)
        return status;
    struct tcp_server server = {
        .form = TCP_SERVER_FORKING, .handle = echo_session, .ops = *(const struct tcp_server_ops *)f->ops};
    return tcp_server_main(&server, argv[0], argv[1], argv[2]);
}
