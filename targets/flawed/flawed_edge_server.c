/* flawed-edge-server --flaw NAME HOST PORT: an echo server with an edge-triggered listener and a child for
 * each client, with one thing wrong. */
#include "flawed/flaws.h"
#include "net/net.h"
#include "servers/echo_session.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <unistd.h>

#define BACKLOG 128

/* Serves one client in a child. Returns false when there is none to accept. */
static bool serve_one(int listener)
{
    int fd = net_accept(listener);
    if (fd < 0)
        return errno != EAGAIN;
    if (fork() == 0) {
        close(listener);
        echo_session(fd, NULL, NULL);
        _exit(0);
    }
    close(fd);
    return true;
}

/* An edge says that something has changed, not how much of it there is. */
static void one_an_edge(int listener)
{
    serve_one(listener);
}

struct edge_ops {
    void (*edge)(int listener);
};

static const struct flaw flaws[] = {
    {"one-accept-an-edge", "SOCK-BACKLOG", "echo-server/backlog-full",
     "accepts one connection for each edge-triggered event", &(const struct edge_ops){one_an_edge}, .also = "*",
     .since = "of clients that come together one is served, and the others wait"},
};

static int serve(int listener, const struct edge_ops *ops)
{
    struct epoll_event ev = {.events = EPOLLIN | EPOLLET};
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    if (epoll < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &ev) < 0) {
        perror("epoll");
        return 1;
    }
    signal(SIGCHLD, SIG_IGN); /* children are reaped by the kernel */
    for (;;) {
        int n = epoll_wait(epoll, &ev, 1, -1);
        if (n < 0 && errno != EINTR)
            return 1;
        if (n > 0)
            ops->edge(listener);
    }
}

int main(int argc, char **argv)
{
    int status;
    struct net_error e;
    const struct flaw *f = flaw_of_args(&argc, argv, flaws, sizeof flaws / sizeof flaws[0], "HOST PORT", &status);
    if (f == NULL)
        return status;
    int listener = net_listen(argv[1], argv[2], BACKLOG, &e);
    if (listener < 0) {
        fprintf(stderr, "%s\n", e.text);
        return 1;
    }
    return serve(listener, f->ops);
}
