/* The listening sockets of a running server, reached from outside by pidfd_getfd: their backlog, made shorter by one
 * more listen(), and TCP_DEFER_ACCEPT. */
#include "subject/internal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Whether the link in /proc/PID/fd leads to a socket: most do not, and need not be fetched. */
static bool is_socket(int dir, const char *name)
{
    char to[16];
    ssize_t n = readlinkat(dir, name, to, sizeof to);
    return n > 8 && memcmp(to, "socket:[", 8) == 0;
}

/* What is done to a listening socket (`fd`, a copy of ours). Returns 1 when it counts, 0 when not, -1 (errno). */
typedef int per_listener(int fd, int value);

static int shorten(int fd, int backlog)
{
    return listen(fd, backlog) < 0 ? -1 : 1;
}

static int defers(int fd, int value)
{
    int seconds = 0;
    socklen_t len = sizeof seconds;
    (void)value;
    return getsockopt(fd, IPPROTO_TCP, TCP_DEFER_ACCEPT, &seconds, &len) == 0 && seconds > 0;
}

/* Returns what `each` says, 0 when the descriptor is no listening socket, -1 (errno). */
static int reach_one(int process, int fd, per_listener *each, int value)
{
    int copy = (int)syscall(SYS_pidfd_getfd, process, fd, 0), listens = 0;
    if (copy < 0)
        return errno == EBADF || errno == ESRCH ? 0 : -1; /* closed meanwhile, or its process is ending */
    socklen_t len = sizeof listens;
    int result = getsockopt(copy, SOL_SOCKET, SO_ACCEPTCONN, &listens, &len) < 0 || !listens ? 0 : each(copy, value);
    int code = errno;
    close(copy);
    errno = code;
    return result;
}

/* All of one process. Returns how many count, or -1 (errno). */
static int reach_all(pid_t pid, per_listener *each, int value)
{
    char path[40];
    snprintf(path, sizeof path, "/proc/%d/fd", (int)pid);
    DIR *dir = opendir(path);
    int process = (int)syscall(SYS_pidfd_open, pid, 0), count = 0, code;
    for (struct dirent *entry; dir && process >= 0 && count >= 0 && (entry = readdir(dir));)
        if (entry->d_name[0] != '.' && is_socket(dirfd(dir), entry->d_name)) {
            int one = reach_one(process, atoi(entry->d_name), each, value);
            count = one < 0 ? -1 : count + one;
        }
    code = errno;
    if (!dir || process < 0)
        count = code == ENOENT || code == ESRCH ? 0 : -1; /* it has ended: nothing of it listens */
    if (dir)
        closedir(dir);
    if (process >= 0)
        close(process);
    errno = code;
    return count;
}

/* All of the subject. Returns how many count, or -1 (errno). */
static int reach(struct subject *s, per_listener *each, int value)
{
    struct processes family = {0};
    int count = 0;
    subject_family(s, &family);
    for (size_t i = 0; i < family.count && count >= 0; i++) {
        int more = reach_all(family.items[i].pid, each, value);
        count = more < 0 ? -1 : count + more;
    }
    int code = errno;
    processes_free(&family);
    errno = code;
    return count;
}

int subject_backlog(struct subject *s, int backlog, struct err *e)
{
    int count = reach(s, shorten, backlog);
    if (count < 0)
        return err_errno(e, errno, "cannot reach the subject's listening sockets");
    return count > 0 ? 0 : err_set(e, ENOENT, "the subject has no listening socket");
}

bool subject_defers_accept(struct subject *s)
{
    return reach(s, defers, 0) > 0;
}
