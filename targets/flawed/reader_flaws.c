#include "flawed/flawed_reader.h"

#include "flawed/decode.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define ONE_RECV        1024
#define DECODED_AT_ONCE 65536

int flawed_read_once(struct reader *r)
{
    char data[ONE_RECV];
    ssize_t n = net_recv_some(r->fd, data, sizeof data, net_deadline(READER_MS));
    if (n > 0)
        r->ops.print(data, (size_t)n);
    return n < 0 ? -1 : 0;
}

int flawed_read_spinning(struct reader *r)
{
    char data[ONE_RECV];
    ssize_t n;
    uint64_t deadline = net_deadline(READER_MS);
    do {
        n = recv(r->fd, data, sizeof data, MSG_DONTWAIT);
        if (n > 0)
            r->ops.print(data, (size_t)n);
    } while (n > 0 || (n < 0 && errno == EAGAIN && net_left(deadline) > 0));
    return (int)n;
}

void flawed_print_decoded(const char *data, size_t len)
{
    char piece[DECODED_AT_ONCE];
    for (size_t at = 0, n; at < len; at += n) {
        n = len - at < sizeof piece ? len - at : sizeof piece;
        memcpy(piece, data + at, n);
        flawed_decode(piece, n);
        fwrite(piece, 1, n, stdout);
    }
}

void flawed_print_string(const char *data, size_t len)
{
    printf("%.*s", (int)strnlen(data, len), data);
}

int flawed_no_error(const char *program, int error)
{
    fprintf(stderr, "%s: %s\n", program, strerror(error));
    return 0;
}

int flawed_reset_is_the_end(const char *program, int error)
{
    fprintf(stderr, "%s: %s\n", program, strerror(error));
    return error == ECONNRESET ? 0 : 1;
}

int flawed_vanished_is_the_end(const char *program, int error)
{
    fprintf(stderr, "%s: %s\n", program, strerror(error));
    return error == ETIMEDOUT ? 0 : 1;
}

int flawed_reader_main(int argc, char **argv, const struct flaw *flaws, size_t count, int (*read)(struct reader *r))
{
    int status;
    const struct flaw *f = flaw_of_args(&argc, argv, flaws, count, "HOST PORT [DELIMITER]", &status);
    if (f == NULL)
        return status;
    struct reader reader = {.ops = *(const struct reader_ops *)f->ops, .delimiter = '\n'};
    if (argc == 4)
        reader.delimiter = argv[3][0];
    return reader_run(&reader, read, argv[0], argv[1], argv[2]);
}
