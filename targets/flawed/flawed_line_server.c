/* flawed-line-server --flaw NAME HOST PORT: a line server with one thing wrong. */
#include "flawed/flaws.h"
#include "servers/line_session.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A wrong limit. */
#define NEARLY_64_KIB 65535

/* What one recv() returns is taken for one line. */
static bool one_recv_one_line(struct line_session *s, size_t n)
{
    struct line line = {.data = s->data, .len = n};
    while (line.len > 0 && (line.data[line.len - 1] == '\n' || line.data[line.len - 1] == '\r'))
        line.len--;
    return n > 0 && line_answer_number(s, &line) == 0;
}

/* The first line of what has come; the others are thrown away with it. */
static bool first_line_only(struct line_session *s, size_t n)
{
    char *lf = memchr(s->data, '\n', s->end + n);
    if (lf == NULL || n == 0)
        return line_received(s, n);
    struct line line = {.data = s->data, .len = (size_t)(lf - s->data)};
    s->start = s->end = 0;
    line_init(&s->splitter, '\n', false, LINE_MOST);
    return line_answer_number(s, &line) == 0;
}

/* readlines of document 000: at the end of the stream what is left in the buffer is forgotten. */
static bool forget_rest(struct line_session *s, size_t n)
{
    return n > 0 && line_received(s, n);
}

/* A line of length 0 where nothing was left. */
static bool empty_rest(struct line_session *s, size_t n)
{
    struct line none = {.data = s->data};
    bool going = line_received(s, n);
    if (n == 0 && s->start == s->end)
        line_answer_number(s, &none);
    return going;
}

/* readlines of document 000: buffer += data, for ever. The piece that has no room here stands for a server
 * that has it all in memory. */
static bool no_limit(struct line_session *s, size_t n)
{
    s->splitter.limit = 0;
    bool going = line_received(s, n);
    if (s->end == LINE_ROOM)
        s->end = LINE_ROOM / 2;
    return going;
}

static bool low_limit(struct line_session *s, size_t n)
{
    s->splitter.limit = NEARLY_64_KIB;
    return line_received(s, n);
}

/* The buffer of every conversation is kept, and grows with it. */
static bool keep_all(struct line_session *s, size_t n)
{
    char *lost = malloc(n + 1);
    if (lost != NULL)
        memcpy(lost, s->data + s->end, n);
    /* Reachable from nowhere: the compiler is not to see that. */
    __asm__ volatile("" : : "r"(lost) : "memory");
    /* cppcheck-suppress memleak ; it is the flaw */
    return line_received(s, n);
}

/* Answers when the client has ended, all at once. */
static bool answer_at_the_end(struct line_session *s, size_t n)
{
    if (n > 0) {
        s->end += n;
        return s->end < LINE_ROOM;
    }
    size_t all = s->end;
    s->end = 0;
    return line_received(s, all) && line_received(s, 0);
}

/* strtok() knows no empty lines. */
static bool skip_empty(struct line_session *s, size_t n)
{
    size_t kept = s->end;
    for (size_t i = s->end; i < s->end + n; i++) {
        if (s->data[i] != '\n' || (kept > 0 && s->data[kept - 1] != '\n'))
            s->data[kept++] = s->data[i];
    }
    size_t some = kept - s->end;
    return some == 0 && n > 0 ? true : line_received(s, some);
}

/* A CR that came together with its LF is cut, one that came before it is not. */
static bool cut_cr_sometimes(struct line_session *s, size_t n)
{
    char *end = s->data + s->end + n;
    if (n > 1 && end[-1] == '\n' && end[-2] == '\r') {
        end[-2] = '\n';
        n--;
    }
    return line_received(s, n);
}

/* One buffer for all connections. */
static bool one_buffer(struct line_session *s, size_t n)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    static char all[LINE_ROOM];
    static size_t len;
    pthread_mutex_lock(&lock);
    size_t room = sizeof all - len < n ? sizeof all - len : n;
    memcpy(all + len, s->data, room);
    len += room;
    char *lf = memrchr(all, '\n', len);
    struct line_session whole = *s;
    whole.data = all;
    line_init(&whole.splitter, '\n', false, LINE_MOST);
    bool going = lf == NULL || line_received(&whole, len);
    len = lf == NULL ? len : whole.end;
    pthread_mutex_unlock(&lock);
    return going && n > 0;
}

/* Closes behind the refusal: the input that is still unread makes of it a reset. The descriptor stays taken,
 * for the frame to close. */
static int close_after_refusal(struct line_session *s, const char *text, size_t len)
{
    int done = line_answer(s, text, len);
    int nothing = text[0] == 'E' ? open("/dev/null", O_RDONLY | O_CLOEXEC) : -1;
    if (nothing >= 0) {
        dup2(nothing, s->fd);
        close(nothing);
    }
    return done;
}

static size_t up_to_nul(const struct line *line)
{
    return strnlen(line->data, line->len);
}

/* Letters of UTF-8: every byte but those that continue one. */
static size_t letters(const struct line *line)
{
    size_t count = 0;
    for (size_t i = 0; i < line->len; i++)
        count += ((unsigned char)line->data[i] & 0xc0) != 0x80;
    return count;
}

static int with_sigpipe(struct line_session *s, const char *text, size_t len)
{
    return write(s->fd, text, len) < 0 ? -1 : 0;
}

#define WITH(...) FLAW_OPS(line_ops, __VA_ARGS__)

static const struct flaw flaws[] = {
    {"one-recv-one-line", "SOCK-STREAM-BOUNDARY",
     "line-server/byte-by-byte line-server/several-lines-in-one-segment line-server/cut-anywhere",
     "takes each recv for one line", WITH(.received = one_recv_one_line),
     .also = "LINE-LENGTH LINE-LIMIT LINE-REST SOCK-BINARY SOCK-ISOLATION SOCK-NO-LEAK SOCK-UNREAD-CLOSE"},
    {"first-line-only", "SOCK-STREAM-BOUNDARY", "line-server/several-lines-in-one-segment line-server/cut-anywhere",
     "throws away what comes behind the first line of a segment", WITH(.received = first_line_only),
     .also = "LINE-LENGTH LINE-LIMIT LINE-REST SOCK-BINARY SOCK-NO-LEAK"},
    {"cr-by-chance", "SOCK-STREAM-BOUNDARY", "line-server/cr-lf-cut-in-the-middle",
     "cuts the CR off a line only where it came together with its LF", WITH(.received = cut_cr_sometimes)},
    {"forgets-the-rest", "LINE-REST", "line-server/no-last-line-end",
     "forgets what follows the last line end (000, readlines)", WITH(.received = forget_rest)},
    {"rest-of-nothing", "LINE-REST", "line-server/nothing-but-a-half-close",
     "answers a line that was not there at the end", WITH(.received = empty_rest), .also = "SOCK-STREAM-BOUNDARY"},
    {"no-limit", "LINE-LIMIT", "line-server/too-long-line",
     "waits for the end of a line however long it gets (000, readlines)", WITH(.received = no_limit),
     .also = "SOCK-UNREAD-CLOSE"},
    {"limit-too-low", "LINE-LIMIT", "line-server/longest-line", "refuses a line of 64 KiB",
     WITH(.received = low_limit)},
    {"keeps-all", "SOCK-NO-LEAK", "line-server/many-lines", "keeps all that it has ever received",
     WITH(.received = keep_all)},
    {"answers-at-the-end", "LINE-LENGTH", "line-server/answers-at-once",
     "answers when the client has shut down its side", WITH(.received = answer_at_the_end),
     .also = "LINE-LIMIT LINE-REST SOCK-BINARY SOCK-ISOLATION SOCK-NO-LEAK SOCK-STREAM-BOUNDARY "
             "SOCK-UNREAD-CLOSE"},
    {"skips-empty", "LINE-LENGTH", "line-server/empty-lines", "passes over empty lines", WITH(.received = skip_empty),
     .also = "SOCK-STREAM-BOUNDARY"},
    {"letters", "LINE-LENGTH", "line-server/bytes-not-letters", "counts letters in place of bytes",
     WITH(.measure = letters)},
    {"nul-terminated", "SOCK-BINARY", "line-server/nul-bytes", "takes a line for a C string",
     WITH(.measure = up_to_nul), .also = "SOCK-NO-LEAK"},
    {"one-buffer", "SOCK-ISOLATION", "line-server/two-peers-do-not-mix", "has one buffer for all peers",
     WITH(.received = one_buffer), .also = "LINE-LIMIT LINE-REST SOCK-NO-LEAK SOCK-STREAM-BOUNDARY SOCK-UNREAD-CLOSE"},
    {"unread-close", "SOCK-UNREAD-CLOSE", "line-server/refusal-beside-unread-input",
     "closes behind its refusal with input unread", WITH(.answer = close_after_refusal)},
    {"sigpipe", "SOCK-SIGPIPE", "tcp-server/closes-with-reply-unread",
     "writes without MSG_NOSIGNAL and dies of SIGPIPE", WITH(.answer = with_sigpipe), .also = "SOCK-NO-LEAK"},
};

int main(int argc, char **argv)
{
    int status;
    const struct flaw *f = flaw_of_args(&argc, argv, flaws, sizeof flaws / sizeof flaws[0], "HOST PORT", &status);
    if (f == NULL)
        return status;
    struct line_ops ops = *(const struct line_ops *)f->ops;
    struct tcp_server server = {.form = TCP_SERVER_THREADING, .handle = line_session, .data = &ops};
    return tcp_server_main(&server, argv[0], argv[1], argv[2]);
}
