/* flawed-greeting-client --flaw NAME HOST PORT: a greeting client with one thing wrong. */
#include "flawed/flawed_reader.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>

/* char buffer[4096] for the whole greeting. */
#define FIXED_BUFFER 4096
/* Between two looks of who looks again: so seldom that it is no spin. */
#define AGAIN_MS 50

/* Reads on until the buffer is full or the end comes, and prints what the buffer has. */
static int into_fixed_buffer(struct reader *r)
{
    char data[FIXED_BUFFER];
    ssize_t n = net_recv_all(r->fd, data, sizeof data, net_deadline(READER_MS));
    if (n > 0)
        r->ops.print(data, (size_t)n);
    return n < 0 ? -1 : 0;
}

/* "Nothing came" is taken for an error. */
static int nothing_is_an_error(struct reader *r)
{
    char c;
    ssize_t n = net_wait(r->fd, POLLIN, net_deadline(READER_MS)) == 0 ? recv(r->fd, &c, 1, MSG_PEEK) : -1;
    errno = n == 0 ? ENODATA : errno;
    return n <= 0 ? -1 : reader_read_all(r);
}

/* while (!data) data = recv(): neither the end nor a reset is one to it. */
static int waits_for_a_first_byte(struct reader *r)
{
    char data[FIXED_BUFFER];
    for (;;) {
        ssize_t n = net_recv_some(r->fd, data, sizeof data, net_deadline(READER_MS));
        if (n > 0) {
            r->ops.print(data, (size_t)n);
            return reader_read_all(r);
        }
        if (n < 0 && errno != ECONNRESET)
            return -1;
        poll(NULL, 0, AGAIN_MS);
    }
}

/* text.encode("ascii", "replace") */
static void print_ascii(const char *data, size_t len)
{
    for (size_t i = 0; i < len; i++)
        putchar((unsigned char)data[i] < 0x80 ? data[i] : '?');
}

/* s.close() behind s.connect(): what was on its way is lost. */
static int read_nothing(struct reader *r)
{
    (void)r;
    return 0;
}

#define WITH(...) FLAW_OPS(reader_ops, __VA_ARGS__)

static const struct flaw flaws[] = {
    {"one-recv", "SOCK-STREAM-BOUNDARY",
     "greeting-client/in-pieces greeting-client/byte-by-byte greeting-client/long "
     "greeting-client/short-reads",
     "prints what one recv(1024) returns (003, 004)", WITH(.read = flawed_read_once),
     .also = "SOCK-ERROR-TOLD SOCK-RESET-TOLD SOCK-TIMEOUT"},
    {"fixed-buffer", "READ-ALL", "greeting-client/long", "prints the first 4,096 bytes",
     WITH(.read = into_fixed_buffer)},
    {"nothing-is-an-error", "READ-ALL", "greeting-client/nothing", "takes an empty stream for an error",
     WITH(.read = nothing_is_an_error)},
    {"nul-terminated", "SOCK-BINARY", "greeting-client/nul-bytes", "takes what it receives for a C string",
     WITH(.print = flawed_print_string)},
    {"reset-is-the-end", "SOCK-RESET-TOLD", "greeting-client/reset", "takes a reset for the end of the stream",
     WITH(.failed = flawed_reset_is_the_end)},
    {"exit-zero-always", "SOCK-RESET-TOLD", "greeting-client/reset tcp-client/closed-port",
     "says all is well whatever happens", WITH(.failed = flawed_no_error), .also = "SOCK-CONNECT-TOLD"},
    {"vanished-is-the-end", "SOCK-ERROR-TOLD", "greeting-client/recv-times-out greeting-client/silent",
     "takes a time that has passed for the end of the stream", WITH(.failed = flawed_vanished_is_the_end),
     .also = "SOCK-TIMEOUT"},
    {"decodes-pieces", "SOCK-STREAM-BOUNDARY", "greeting-client/character-in-two-pieces",
     "decodes what each recv returns by itself", WITH(.print = flawed_print_decoded)},
    {"ascii-only", "READ-ALL", "greeting-client/characters", "prints a question mark for what is not ASCII",
     WITH(.print = print_ascii)},
    {"never-times-out", "SOCK-TIMEOUT",
     "greeting-client/silent tcp-client/silent-server tcp-client/silent-in-mid-conversation", "waits for ever",
     WITH(.patience = -1)},
    {"spins", "SOCK-NO-SPIN", "greeting-client/idle-costs-nothing tcp-client/waiting-costs-nothing",
     "asks again and again with nothing else to do (000, select with timeout=0)", WITH(.read = flawed_read_spinning)},
    {"waits-behind-the-end", "SOCK-END-SEEN",
     "tcp-client/closes-at-once tcp-client/closes-behind-first-bytes tcp-client/half-closed-server "
     "tcp-client/resets-at-once tcp-client/resets-behind-first-bytes",
     "reads again and again until there is a first byte", WITH(.read = waits_for_a_first_byte), .also = "READ-ALL"},
    {"prints-nothing", "READ-ALL", "greeting-client/whole", "closes without a look at what was sent",
     WITH(.read = read_nothing),
     .also = "SOCK-BINARY SOCK-ERROR-TOLD SOCK-RESET-TOLD SOCK-STREAM-BOUNDARY SOCK-TIMEOUT"},
};

int main(int argc, char **argv)
{
    return flawed_reader_main(argc, argv, flaws, sizeof flaws / sizeof flaws[0], reader_read_all);
}
