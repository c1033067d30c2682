#include "clients/reader.h"

#include "net/file.h"
#include "protocol/line.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Longest line, and what one recv() takes. */
#define LINE_MOST (1 << 20)
#define PIECE     16384

static void print(const char *data, size_t len)
{
    fwrite(data, 1, len, stdout);
}

static int failed(const char *program, int error)
{
    struct net_error e = {.failure = error == ETIMEDOUT ? NET_TIMEOUT : NET_SYSTEM, .code = error};
    snprintf(e.text, sizeof e.text, "%s", error == ETIMEDOUT ? "the server says nothing" : strerror(error));
    return net_tell(program, &e);
}

int reader_read_all(struct reader *r)
{
    char piece[PIECE];
    for (;;) {
        ssize_t n = net_recv_some(r->fd, piece, sizeof piece, net_deadline(r->ops.patience));
        if (n <= 0)
            return (int)n;
        r->ops.print(piece, (size_t)n);
        fflush(stdout); /* as it comes */
    }
}

/* The lines in data[0 .. *len); what is left of it moves to the front. Returns 0, or
 * -1: a line is too long. */
static int print_lines(struct reader *r, struct line_splitter *s, char *data, size_t *len, bool end)
{
    struct line line;
    size_t start = 0, used;
    enum line_event event;
    while ((event = line_next(s, data + start, *len - start, &line, &used)) == LINE_FOUND) {
        r->ops.print(line.data, line.len);
        r->ops.print("\n", 1);
        start += used;
    }
    if (event == LINE_MORE && end && line_rest(s, data + start, *len - start, &line) == LINE_FOUND) {
        r->ops.print(line.data, line.len);
        r->ops.print("\n", 1);
        start = *len;
    }
    memmove(data, data + start, *len - start);
    *len -= start;
    errno = EMSGSIZE;
    return event == LINE_TOO_LONG ? -1 : 0;
}

int reader_read_lines(struct reader *r)
{
    struct line_splitter splitter;
    char *data = malloc(LINE_MOST + PIECE);
    size_t len = 0;
    ssize_t n = data == NULL ? -1 : 1;
    int done = 0;
    line_init(&splitter, r->delimiter, false, LINE_MOST);
    while (n > 0 && done == 0) {
        n = net_recv_some(r->fd, data + len, LINE_MOST + PIECE - len, net_deadline(r->ops.patience));
        len += n > 0 ? (size_t)n : 0;
        int error = errno;
        done = print_lines(r, &splitter, data, &len, n == 0);
        fflush(stdout);
        if (n < 0)
            errno = error;
    }
    int error = errno;
    free(data);
    errno = error;
    return n < 0 ? -1 : done;
}

int reader_read_stream(struct reader *r)
{
    FILE *in = net_file(r->fd, "r", NET_NEVER, r->ops.patience);
    char *line = NULL;
    size_t cap = 0;
    ssize_t n;
    if (in == NULL)
        return -1;
    while ((n = getdelim(&line, &cap, r->delimiter, in)) > 0) {
        r->ops.print(line, (size_t)n - (line[n - 1] == r->delimiter));
        r->ops.print("\n", 1);
        fflush(stdout);
    }
    int error = ferror(in) ? errno : 0;
    free(line);
    fclose(in);
    errno = error;
    return error == 0 ? 0 : -1;
}

int reader_run(struct reader *r, int (*read)(struct reader *r), const char *program, const char *host,
               const char *service)
{
    const struct reader_ops right = {.read = read, .print = print, .failed = failed};
    struct net_error e = {0};
    OPS_COMPLETE(&r->ops, &right, failed);
    r->ops.patience = r->ops.patience != 0 ? r->ops.patience : READER_MS;
    r->fd = net_dial(host, service, net_deadline(READER_MS), &e);
    if (r->fd < 0)
        return e.failure == NET_SYSTEM ? r->ops.failed(program, e.code) : net_tell(program, &e);
    int status = r->ops.read(r) == 0 ? 0 : r->ops.failed(program, errno);
    net_close(&r->fd);
    return fflush(stdout) != 0 && status == 0 ? 1 : status;
}
