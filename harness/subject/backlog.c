/* The backlog of a running server, made shorter from outside: listen() once more on its own sockets, got by pidfd_getfd. */
#include "subject/internal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
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

/* Returns 1 when the descriptor was a listening socket and its backlog is changed, 0 when it was none, -1 (errno). */
static int shorten_one(int process, int fd, int backlog)
{
    int copy = (int)syscall(SYS_pidfd_getfd, process, fd, 0), listens = 0;
    if (copy < 0)
        return errno == EBADF ? 0 : -1; /* closed meanwhile */
    socklen_t len = sizeof listens;
    int result = getsockopt(copy, SOL_SOCKET, SO_ACCEPTCONN, &listens, &len) < 0 || !listens ? 0 : 1;
    if (result && listen(copy, backlog) < 0)
        result = -1;
    int code = errno;
    close(copy);
    errno = code;
    return result;
}

/* All of one process. Returns how many, or -1 (errno). */
static int shorten_all(pid_t pid, int backlog)
{
    char path[40];
    snprintf(path, sizeof path, "/proc/%d/fd", (int)pid);
    DIR *dir = opendir(path);
    int process = (int)syscall(SYS_pidfd_open, pid, 0), count = 0, code;
    for (struct dirent *entry; dir && process >= 0 && count >= 0 && (entry = readdir(dir));)
        if (entry->d_name[0] != '.' && is_socket(dirfd(dir), entry->d_name)) {
            int one = shorten_one(process, atoi(entry->d_name), backlog);
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

int subject_backlog(struct subject *s, int backlog, struct err *e)
{
    struct processes family = {0};
    int count = 0;
    subject_family(s, &family);
    for (size_t i = 0; i < family.count && count >= 0; i++) {
        int more = shorten_all(family.items[i].pid, backlog);
        count = more < 0 ? -1 : count + more;
    }
    int code = errno;
    processes_free(&family);
    if (count < 0)
        return err_errno(e, code, "cannot reach the subject's listening sockets");
    return count > 0 ? 0 : err_set(e, ENOENT, "the subject has no listening socket");
}
