/* flawed-line-client --flaw NAME HOST PORT: a line client with one thing wrong. */
#include "flawed/decode.h"
#include "flawed/flawed_reader.h"

#include "net/file.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

/* fgets() into char line[1024]. */
#define SHORT_LINE 1024

#define ROOM 65536

/* How the lines in data[0 .. len) are printed; returns how many bytes of it are done with, or (size_t)-1
 * with errno. */
typedef size_t printer(struct reader *r, const char *data, size_t len, bool end);

static int read_with(struct reader *r, printer *print)
{
    char data[ROOM];
    size_t len = 0;
    ssize_t n;
    do {
        n = net_recv_some(r->fd, data + len, sizeof data - len, net_deadline(r->ops.patience));
        len += n > 0 ? (size_t)n : 0;
        size_t done = n < 0 ? 0 : print(r, data, len, n == 0);
        if (done > len)
            return -1;
        memmove(data, data + done, len - done);
        len -= done;
    } while (n > 0 && len < sizeof data);
    return n < 0 ? -1 : 0;
}

static void print_line(const struct reader *r, const char *data, size_t len)
{
    r->ops.print(data, len);
    r->ops.print("\n", 1);
}

/* readlines of document 000: what is left at the end is forgotten. */
static size_t whole_lines(struct reader *r, const char *data, size_t len, bool end)
{
    size_t done = 0;
    (void)end;
    for (const char *lf; (lf = memchr(data + done, '\n', len - done)) != NULL;) {
        print_line(r, data + done, (size_t)(lf - data) - done);
        done = (size_t)(lf + 1 - data);
    }
    return done;
}

/* readlines of document 000 again: finds the delimiter that it was told, and splits at LF. */
static size_t split_at_lf(struct reader *r, const char *data, size_t len, bool end)
{
    size_t done = 0;
    while (memchr(data + done, r->delimiter, len - done) != NULL) {
        const char *lf = memchr(data + done, '\n', len - done);
        if (lf == NULL) {
            errno = EINVAL; /* "need more than 1 value to unpack" */
            return (size_t)-1;
        }
        print_line(r, data + done, (size_t)(lf - data) - done);
        done = (size_t)(lf + 1 - data);
    }
    if (end && done < len)
        print_line(r, data + done, len - done);
    return end ? len : done;
}

static int ignore_delimiter(struct reader *r)
{
    return read_with(r, split_at_lf);
}

static int forget_rest(struct reader *r)
{
    return read_with(r, whole_lines);
}

/* recv(65536).decode("utf-8", "replace"), then into lines. */
static size_t decoded(struct reader *r, const char *data, size_t len, bool end)
{
    static size_t seen; /* of data, decoded before */
    flawed_decode((char *)(uintptr_t)data + seen, len - seen);
    size_t done = 0;
    for (const char *at; (at = memchr(data + done, r->delimiter, len - done)) != NULL;) {
        print_line(r, data + done, (size_t)(at - data) - done);
        done = (size_t)(at + 1 - data);
    }
    if (end && done < len)
        print_line(r, data + done, len - done);
    seen = len - done;
    return end ? len : done;
}

static int decode_pieces(struct reader *r)
{
    return read_with(r, decoded);
}

/* Every piece is taken for a line. */
static size_t pieces(struct reader *r, const char *data, size_t len, bool end)
{
    size_t text = len > 0 && data[len - 1] == '\n' ? len - 1 : len;
    (void)end;
    if (len > 0)
        print_line(r, data, text);
    return len;
}

static int piece_is_line(struct reader *r)
{
    return read_with(r, pieces);
}

/* An empty line ends the loop: `while line:`. */
static size_t until_empty(struct reader *r, const char *data, size_t len, bool end)
{
    static bool over;
    size_t done = 0;
    (void)end;
    for (const char *lf; (lf = memchr(data + done, '\n', len - done)) != NULL;) {
        over |= lf == data + done;
        if (!over)
            print_line(r, data + done, (size_t)(lf - data) - done);
        done = (size_t)(lf + 1 - data);
    }
    if (end && !over && done < len)
        print_line(r, data + done, len - done);
    return end ? len : done;
}

static int empty_is_end(struct reader *r)
{
    return read_with(r, until_empty);
}

/* CR ends a line, and so does LF: what comes between them is one more. */
static size_t cr_or_lf(struct reader *r, const char *data, size_t len, bool end)
{
    size_t done = 0;
    for (size_t i = 0; i < len; i++) {
        bool both = data[i] == '\r' && i + 1 < len && data[i + 1] == '\n';
        if (data[i] != '\r' && data[i] != '\n')
            continue;
        print_line(r, data + done, i - done);
        i += both;
        done = i + 1;
    }
    if (end && done < len)
        print_line(r, data + done, len - done);
    return end ? len : done;
}

static int cr_ends_lines(struct reader *r)
{
    return read_with(r, cr_or_lf);
}

/* A line that is longer than the buffer is printed as several. */
static int short_buffer(struct reader *r)
{
    char line[SHORT_LINE];
    FILE *in = net_file(r->fd, "r", NET_NEVER, r->ops.patience);
    while (in != NULL && fgets(line, sizeof line, in) != NULL)
        print_line(r, line, strcspn(line, "\n"));
    int error = in == NULL || ferror(in) ? errno : 0;
    if (in != NULL)
        fclose(in);
    errno = error;
    return error == 0 ? 0 : -1;
}

/* No line at all is an error. */
static int want_a_line(struct reader *r)
{
    char c;
    ssize_t n = net_wait(r->fd, POLLIN, net_deadline(r->ops.patience)) < 0 ? -1 : recv(r->fd, &c, 1, MSG_PEEK);
    errno = n == 0 ? ENODATA : errno;
    return n <= 0 ? -1 : reader_read_lines(r);
}

static void print_joined(const char *data, size_t len)
{
    if (len != 1 || data[0] != '\n')
        fwrite(data, 1, len, stdout);
}

/* text.encode("ascii", "replace") */
static void print_ascii(const char *data, size_t len)
{
    for (size_t i = 0; i < len; i++)
        putchar((unsigned char)data[i] < 0x80 ? data[i] : '?');
}

#define WITH(...) FLAW_OPS(reader_ops, __VA_ARGS__)

static const struct flaw flaws[] = {
    {"piece-is-line", "SOCK-STREAM-BOUNDARY", "line-client/byte-by-byte line-client/cut-in-pieces",
     "takes each recv for one line", WITH(.read = piece_is_line), .also = "LINE-PRINT"},
    {"one-recv", "SOCK-STREAM-BOUNDARY", "line-client/byte-by-byte line-client/cut-in-pieces line-client/short-reads",
     "prints what one recv(1024) returns", WITH(.read = flawed_read_once),
     .also = "LINE-PRINT SOCK-ERROR-TOLD SOCK-RESET-TOLD SOCK-TIMEOUT"},
    {"cr-ends-lines", "SOCK-STREAM-BOUNDARY", "line-client/cr-lf-cut-in-the-middle",
     "takes CR and LF that come apart for two line ends", WITH(.read = cr_ends_lines), .also = "LINE-PRINT"},
    {"forgets-the-rest", "LINE-REST", "line-client/no-last-line-end",
     "forgets what follows the last line end (000, readlines)", WITH(.read = forget_rest), .also = "LINE-PRINT"},
    {"ignores-delimiter", "LINE-PRINT", "line-client/other-delimiter",
     "finds the delimiter that it was told, and splits at LF (000, readlines)", WITH(.read = ignore_delimiter)},
    {"empty-is-the-end", "LINE-PRINT", "line-client/empty-lines", "ends at an empty line", WITH(.read = empty_is_end)},
    {"short-buffer", "LINE-PRINT", "line-client/long-line", "prints a long line as several", WITH(.read = short_buffer),
     .also = "SOCK-BINARY"},
    {"wants-a-line", "LINE-PRINT", "line-client/nothing", "takes a stream without lines for an error",
     WITH(.read = want_a_line)},
    {"prints-together", "LINE-PRINT", "line-client/lines", "prints its lines without their ends",
     WITH(.print = print_joined), .also = "LINE-REST SOCK-STREAM-BOUNDARY"},
    {"nul-terminated", "SOCK-BINARY", "line-client/nul-bytes", "takes a line for a C string",
     WITH(.print = flawed_print_string)},
    {"reset-is-the-end", "SOCK-RESET-TOLD", "line-client/reset", "takes a reset for the end of the stream",
     WITH(.failed = flawed_reset_is_the_end)},
    {"exit-zero-always", "SOCK-RESET-TOLD", "line-client/reset tcp-client/closed-port",
     "says all is well whatever happens", WITH(.failed = flawed_no_error), .also = "SOCK-CONNECT-TOLD"},
    {"vanished-is-the-end", "SOCK-ERROR-TOLD", "line-client/recv-times-out line-client/silent",
     "takes a time that has passed for the end of the stream", WITH(.failed = flawed_vanished_is_the_end),
     .also = "SOCK-TIMEOUT"},
    {"decodes-pieces", "SOCK-STREAM-BOUNDARY", "line-client/character-in-two-pieces",
     "decodes what each recv returns by itself", WITH(.read = decode_pieces)},
    {"ascii-only", "LINE-PRINT", "line-client/characters", "prints a question mark for what is not ASCII",
     WITH(.print = print_ascii)},
    {"never-times-out", "SOCK-TIMEOUT", "line-client/silent", "waits for ever", WITH(.patience = -1)},
};

int main(int argc, char **argv)
{
    return flawed_reader_main(argc, argv, flaws, sizeof flaws / sizeof flaws[0], reader_read_lines);
}
