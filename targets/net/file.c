#include "net/file.h"

#include "net/net.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct cookie {
    int fd;
    uint64_t deadline;
    int idle_ms;
};

/* The earlier of both limits. */
static uint64_t limit_of(const struct cookie *c)
{
    uint64_t idle = net_deadline(c->idle_ms);
    return idle < c->deadline ? idle : c->deadline;
}

static ssize_t read_some(void *arg, char *to, size_t len)
{
    const struct cookie *c = arg;
    return net_recv_some(c->fd, to, len, limit_of(c));
}

/* stdio takes 0 for an error, and fewer than `len` too. */
static ssize_t write_all(void *arg, const char *data, size_t len)
{
    const struct cookie *c = arg;
    return net_send_all(c->fd, data, len, limit_of(c)) < 0 ? 0 : (ssize_t)len;
}

static int forget(void *arg)
{
    free(arg);
    return 0;
}

FILE *net_file(int fd, const char *mode, uint64_t deadline, int idle_ms)
{
    bool reads = strcmp(mode, "r") == 0;
    if (!reads && strcmp(mode, "w") != 0) {
        errno = EINVAL;
        return NULL;
    }
    struct cookie *c = malloc(sizeof *c);
    if (c == NULL)
        return NULL;
    *c = (struct cookie){fd, deadline, idle_ms};
    cookie_io_functions_t io = {.read = reads ? read_some : NULL, .write = reads ? NULL : write_all, .close = forget};
    FILE *file = fopencookie(c, mode, io);
    if (file == NULL)
        free(c);
    return file;
}
