/*
 * select-client HOST PORT: prints what the server says, and goes on with other work while nothing comes: it
 * looks with select() between two pieces of that work.
 * Document 000 (select with timeout=0), whose loop never ends, since it does not look for the end of the
 * stream, and burns a core, since its other work is nothing.
 */
#include "clients/reader.h"
#include "net/words.h"

#include <errno.h>
#include <stdio.h>
#include <sys/select.h>
#include <time.h>

/* A piece of other work: small enough that what comes is printed soon. */
#define WORK_MS 10

/* Stands for whatever else the program has to do. */
static void work(void)
{
    const struct timespec piece = {.tv_nsec = WORK_MS * 1000000L};
    nanosleep(&piece, NULL);
}

/* Whether there is something to read at this moment. Returns -1 when select() cannot tell. */
static int readable(int fd)
{
    fd_set set;
    struct timeval now = {0, 0};
    if (fd >= FD_SETSIZE) { /* FD_SET would write behind the set */
        errno = EMFILE;
        return -1;
    }
    FD_ZERO(&set);
    FD_SET(fd, &set);
    int n = select(fd + 1, &set, NULL, NULL, &now);
    return n < 0 && errno == EINTR ? 0 : n;
}

static int read_beside_work(struct reader *r)
{
    char piece[4096];
    uint64_t deadline = net_deadline(r->ops.patience);
    ssize_t n = 1;
    while (n > 0) {
        int there = readable(r->fd);
        if (there > 0) {
            n = net_recv_some(r->fd, piece, sizeof piece, deadline);
            r->ops.print(piece, n > 0 ? (size_t)n : 0);
            fflush(stdout);
            deadline = net_deadline(r->ops.patience);
        } else if (there < 0 || net_left(deadline) == 0) {
            errno = there < 0 ? errno : ETIMEDOUT;
            return -1;
        } else {
            work();
        }
    }
    return (int)n;
}

int main(int argc, char **argv)
{
    struct reader reader = {.delimiter = '\n'};
    int status;
    if (!net_words(argc, argv, 2, "HOST PORT", &status))
        return status;
    return reader_run(&reader, read_beside_work, argv[0], argv[1], argv[2]);
}
