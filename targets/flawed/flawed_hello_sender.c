/* flawed-hello-sender --flaw NAME HOST PORT TIMES: a client that sends its text, with one thing wrong. */
#include "clients/hello.h"
#include "flawed/flaws.h"
#include "flawed/waiting.h"
#include "net/words.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* sock.send(text), whatever it returns: on a socket with a time limit it takes what fits. */
static int send_once(int fd, struct net_rest *rest, int patience)
{
    (void)patience;
    ssize_t n = net_send(fd, rest->data, rest->len, MSG_DONTWAIT);
    return n < 0 ? -1 : 0;
}

/* while (send(all) != all): what had gone goes again. */
static int send_again(int fd, struct net_rest *rest, int patience)
{
    for (;;) {
        ssize_t n = net_send(fd, rest->data, rest->len, MSG_DONTWAIT);
        if (n == (ssize_t)rest->len)
            return 0;
        if (n < 0 && (errno != EAGAIN || net_wait(fd, POLLOUT, net_deadline(patience)) < 0))
            return -1;
    }
}

/* The terminating NUL is sent too. */
static int send_nul(int fd, struct net_rest *rest, int patience)
{
    struct net_rest nul = {"", 1};
    return hello_send_loop(fd, rest, patience) < 0 ? -1 : hello_send_loop(fd, &nul, patience);
}

/* The last piece stays in a buffer that nobody flushes. */
static int send_most(int fd, struct net_rest *rest, int patience)
{
    rest->len -= rest->len > 2 * strlen(HELLO_TEXT) ? strlen(HELLO_TEXT) : 0;
    return hello_send_loop(fd, rest, patience);
}

/* An interrupted call is taken for one that has sent. */
static int eintr_is_sent(int fd, struct net_rest *rest, int patience)
{
    while (rest->len > 0) {
        size_t piece = rest->len < 100 ? rest->len : 100;
        ssize_t n = waiting_send(fd, rest->data, piece);
        if (n < 0 && errno == EAGAIN && net_wait(fd, POLLOUT, net_deadline(patience)) == 0)
            continue;
        if (n < 0 && errno != EINTR)
            return -1;
        size_t gone = n < 0 ? piece : (size_t)n;
        rest->data += gone;
        rest->len -= gone;
    }
    return 0;
}

/* send() without MSG_NOSIGNAL. */
static int with_sigpipe(int fd, struct net_rest *rest, int patience)
{
    while (rest->len > 0) {
        ssize_t n = send(fd, rest->data, rest->len, MSG_DONTWAIT);
        if (n < 0 && errno == EAGAIN && net_wait(fd, POLLOUT, net_deadline(patience)) < 0)
            return -1;
        if (n < 0 && errno != EAGAIN && errno != EINTR)
            return -1;
        rest->data += n < 0 ? 0 : n;
        rest->len -= n < 0 ? 0 : (size_t)n;
    }
    return 0;
}

static int no_error(const char *program, int error, size_t unsent)
{
    (void)unsent;
    fprintf(stderr, "%s: %s\n", program, strerror(error));
    return 0;
}

static int reset_is_fine(const char *program, int error, size_t unsent)
{
    (void)unsent;
    fprintf(stderr, "%s: %s\n", program, strerror(error));
    return error == ECONNRESET ? 0 : 1;
}

static int no_count(const char *program, int error, size_t unsent)
{
    (void)unsent;
    fprintf(stderr, "%s: %s\n", program, strerror(error));
    return 1;
}

/* close() right behind the last send(). */
static void no_finish(int fd)
{
    (void)fd;
}

#define WITH(...) FLAW_OPS(hello_ops, __VA_ARGS__)

static const struct flaw flaws[] = {
    {"send-once", "SOCK-SHORT-WRITE", "hello-sender/slow-reader hello-sender/short-writes",
     "takes one send for all (000, the first example)", WITH(.send = send_once),
     .also = "HELLO-UNSENT SOCK-RESET-TOLD SOCK-SIGPIPE-TOLD SOCK-TIMEOUT SOCK-UNREAD-CLOSE"},
    {"sends-again", "SOCK-SHORT-WRITE", "hello-sender/short-writes", "sends all again when a send was short",
     WITH(.send = send_again), .also = "SOCK-UNREAD-CLOSE"},
    {"sends-the-nul", "HELLO-WHOLE", "hello-sender/whole", "sends the NUL behind its text too", WITH(.send = send_nul),
     .also = "SOCK-EINTR SOCK-SHORT-WRITE SOCK-UNREAD-CLOSE"},
    {"never-flushes", "HELLO-WHOLE", "hello-sender/several", "keeps the last piece for itself", WITH(.send = send_most),
     .also = "SOCK-EINTR SOCK-SHORT-WRITE SOCK-UNREAD-CLOSE"},
    {"eintr-is-sent", "SOCK-EINTR", "hello-sender/send-interrupted", "takes an interrupted send for one that has sent",
     WITH(.send = eintr_is_sent)},
    {"sigpipe", "SOCK-SIGPIPE-TOLD", "hello-sender/send-broken-pipe", "dies of SIGPIPE without a word",
     WITH(.send = with_sigpipe)},
    {"reset-is-fine", "SOCK-RESET-TOLD", "hello-sender/reset-in-the-midst",
     "says all is well when the connection is reset", WITH(.failed = reset_is_fine), .also = "HELLO-UNSENT"},
    {"exit-zero-always", "SOCK-RESET-TOLD", "tcp-client/closed-port", "says all is well whatever happens",
     WITH(.failed = no_error), .also = "HELLO-UNSENT SOCK-CONNECT-TOLD SOCK-SIGPIPE-TOLD SOCK-TIMEOUT"},
    {"says-no-count", "HELLO-UNSENT", "hello-sender/tells-what-was-not-sent", "does not say how much was not sent",
     WITH(.failed = no_count)},
    {"never-gives-up", "SOCK-TIMEOUT", "hello-sender/nobody-reads", "waits for ever for room to send",
     WITH(.patience = -1)},
    {"unread-close", "SOCK-UNREAD-CLOSE", "hello-sender/server-speaks-too",
     "closes with the server's words unread, so that RST destroys what was sent last", WITH(.finish = no_finish)},
};

int main(int argc, char **argv)
{
    int status;
    long times;
    const struct flaw *f = flaw_of_args(&argc, argv, flaws, sizeof flaws / sizeof flaws[0], "HOST PORT TIMES", &status);
    if (f == NULL)
        return status;
    if (!net_number_word(argv[3], "TIMES", 1, 10000000, &times))
        return 2;
    struct hello_ops ops = *(const struct hello_ops *)f->ops;
    ops.send = ops.send != NULL ? ops.send : hello_send_loop;
    return hello_run(&ops, argv[0], argv[1], argv[2], (size_t)times);
}
