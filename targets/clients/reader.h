/*
 * Clients that read until the end of the stream and print what they get: lines (document 000) or a greeting
 * (003, 004). What must not go wrong: one recv() is not all of it; the end of the stream is the end, a reset
 * is an error; a server that falls silent is given up.
 */
#ifndef SOCKSPEC_CLIENTS_READER_H
#define SOCKSPEC_CLIENTS_READER_H

#include "net/net.h"
#include "net/ops.h"

/* How long the server may say nothing, and how long connecting may take. */
#define READER_MS 5000

struct reader;

/* The points where it goes wrong; NULL stands for the right thing. */
struct reader_ops {
    /* Reads and prints all. Returns 0 at the end of the stream, or -1 with errno. */
    int (*read)(struct reader *r);
    /* Prints a piece or a line of `len` bytes. */
    void (*print)(const char *data, size_t len);
    /* What to exit with where reading failed with this error. */
    int (*failed)(const char *program, int error);
    int patience; /* ms without a byte; 0: READER_MS, negative: for ever */
};

struct reader {
    int fd;
    struct reader_ops ops;
    char delimiter; /* of lines */
};

/* Connects, reads with `read` (unless the operations have another), closes. Returns the exit status: 0 at the
 * end of the stream; 1 with a message for an error, 3 for an unknown name, 5 for silence. */
int reader_run(struct reader *r, int (*read)(struct reader *r), const char *program, const char *host,
               const char *service);

/* Reads until the end and prints it as it comes: as netcat does. */
int reader_read_all(struct reader *r);

/* Reads lines that end in r->delimiter and prints each with LF, the unterminated rest too. EMSGSIZE for a
 * line of more than 1 MiB: a server that never sends the delimiter does not get all our memory. */
int reader_read_lines(struct reader *r);

/* The same through stdio: getdelim() on a stream over the socket (makefile). Has no limit of its own. */
int reader_read_stream(struct reader *r);

#endif
