/* Bytes for the verb `parse`, cut as asked. */
#include "cli/parse.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What one read() may bring. */
#define BLOCK 65536

int feed_open(struct feed *f, const char *path, size_t piece, struct err *e)
{
    struct stat st;
    *f = (struct feed){.fd = STDIN_FILENO, .first = piece, .piece = piece};
    if (strcmp(path, "-") == 0)
        return 0;
    f->fd = open(path, O_RDONLY | O_CLOEXEC);
    if (f->fd < 0)
        return err_errno(e, errno, "cannot open %s", path);
    if (fstat(f->fd, &st) == 0 && S_ISDIR(st.st_mode)) {
        feed_close(f);
        return err_errno(e, EISDIR, "cannot read %s", path);
    }
    return 0;
}

void feed_memory(struct feed *f, const struct buf *bytes, size_t first, size_t piece)
{
    *f = (struct feed){.fd = -1, .bytes = *bytes, .first = first, .piece = piece, .ended = true};
}

void feed_close(struct feed *f)
{
    if (f->fd > STDIN_FILENO)
        close(f->fd);
    if (f->fd >= 0)
        buf_free(&f->bytes);
    *f = (struct feed){.fd = -1};
}

const char *feed_bytes(const struct feed *f, size_t *len)
{
    *len = f->shown - f->start;
    return f->bytes.data == NULL ? "" : f->bytes.data + f->start;
}

void feed_use(struct feed *f, size_t count)
{
    f->start += count;
    f->offset += count;
}

/* Reads a block behind what is there; what was used is dropped first, once a read, so that the work stays
 * linear. */
static int feed_read(struct feed *f, struct err *e)
{
    if (f->start > 0) {
        buf_consume(&f->bytes, f->start);
        f->shown -= f->start;
        f->start = 0;
    }
    ssize_t n;
    do
        n = read(f->fd, buf_reserve(&f->bytes, BLOCK), BLOCK);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return err_errno(e, errno, "cannot read the input");
    f->bytes.len += (size_t)n;
    f->ended = n == 0;
    return 0;
}

int feed_more(struct feed *f, struct err *e)
{
    size_t piece = f->offset == 0 && f->shown == f->start ? f->first : f->piece;
    while (!f->ended && (f->shown == f->bytes.len || (piece > 0 && f->bytes.len - f->shown < piece))) {
        if (feed_read(f, e) < 0)
            return -1;
        if (piece == 0)
            break;
    }
    size_t left = f->bytes.len - f->shown;
    f->shown += piece > 0 && piece < left ? piece : left;
    return left > 0;
}
