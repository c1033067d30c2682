#include "net/unix.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static int fail(const char *what, const char *path, int error, struct net_error *e)
{
    e->failure = error == ETIMEDOUT ? NET_TIMEOUT : NET_SYSTEM;
    e->code = error;
    snprintf(e->text, sizeof e->text, "%s %s: %s", what, path, strerror(error));
    errno = error;
    return -1;
}

/* False when the path is longer than an address can hold (108 bytes with its NUL). */
static bool address_of(const char *path, struct sockaddr_un *a)
{
    *a = (struct sockaddr_un){.sun_family = AF_UNIX};
    if (path[0] == '\0' || strlen(path) >= sizeof a->sun_path)
        return false;
    strcpy(a->sun_path, path);
    return true;
}

/* Whether the file is a socket that nobody serves any more. */
static bool is_stale(const struct sockaddr_un *a, int type)
{
    struct stat st;
    if (lstat(a->sun_path, &st) < 0 || !S_ISSOCK(st.st_mode))
        return false;
    int fd = socket(AF_UNIX, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    bool stale = fd >= 0 && connect(fd, (const struct sockaddr *)a, sizeof *a) < 0 && errno == ECONNREFUSED;
    net_close(&fd);
    return stale;
}

int net_listen_unix(const char *path, int type, int backlog, struct net_error *e)
{
    struct sockaddr_un a;
    if (!address_of(path, &a))
        return fail("listen on", path, ENAMETOOLONG, e);
    int fd = socket(AF_UNIX, type | (type == SOCK_DGRAM ? 0 : SOCK_NONBLOCK) | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return fail("socket for", path, errno, e);
    int bound = bind(fd, (struct sockaddr *)&a, sizeof a);
    if (bound < 0 && errno == EADDRINUSE && is_stale(&a, type)) {
        unlink(path);
        bound = bind(fd, (struct sockaddr *)&a, sizeof a);
    }
    if (bound == 0 && (type == SOCK_DGRAM || listen(fd, backlog < 0 ? 0 : backlog) == 0))
        return fd;
    int error = bound < 0 && errno == ECONNREFUSED ? EADDRINUSE : errno;
    close(fd);
    return fail("listen on", path, error, e);
}

int net_dial_unix(const char *path, int type, uint64_t deadline, struct net_error *e)
{
    struct sockaddr_un a;
    const struct sockaddr_un own = {.sun_family = AF_UNIX}; /* no path: the kernel chooses a name */
    if (!address_of(path, &a))
        return fail("connect to", path, ENAMETOOLONG, e);
    int fd = socket(AF_UNIX, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return fail("socket for", path, errno, e);
    int done = type == SOCK_DGRAM ? bind(fd, (const struct sockaddr *)&own, sizeof(sa_family_t)) : 0;
    while (done == 0 && (done = connect(fd, (struct sockaddr *)&a, sizeof a)) < 0) {
        /* EAGAIN: the backlog is full. Unlike TCP nothing is under way then, and poll() has nothing to tell:
         * only asking again, now and then, does. */
        if ((errno != EAGAIN && errno != EINTR) || net_left(deadline) == 0)
            break;
        poll(NULL, 0, 5);
        done = 0;
    }
    int error = errno == EAGAIN ? ETIMEDOUT : errno;
    if (done == 0 && net_blocking(fd) == 0)
        return fd;
    close(fd);
    return fail("connect to", path, error, e);
}
