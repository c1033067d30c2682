/* flawed-greeting-server --flaw NAME HOST PORT: a greeting server with one thing wrong. */
#include "flawed/flaws.h"
#include "servers/greeting.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

/* How long a flaw waits for what would make it show: the peer's first bytes, or its end. */
#define MOMENT_MS 50

/* What a client that says nothing is waited for. */
#define REQUEST_MS 10000

/* send() and close(), as in documents 003 and 004: input that nobody has read makes of the close a reset. */
static void close_with_input(int fd)
{
    net_wait(fd, POLLIN, net_deadline(MOMENT_MS));
}

/* c.close() was forgotten: the client waits for the end of the stream. */
static void leave_open(int fd)
{
    (void)!dup(fd);
}

/* A request is read first, which the client does not send. */
static int wait_for_request(int fd, const char *text, size_t len)
{
    char data[1024];
    return net_recv_some(fd, data, sizeof data, net_deadline(REQUEST_MS)) > 0 ? greeting_say(fd, text, len) : -1;
}

/* The peer's half-close is taken for its farewell. */
static int nothing_for_the_half_closed(int fd, const char *text, size_t len)
{
    char c;
    if (net_wait(fd, POLLIN, net_deadline(MOMENT_MS)) == 0 && recv(fd, &c, 1, MSG_PEEK | MSG_DONTWAIT) == 0)
        return -1;
    return greeting_say(fd, text, len);
}

/* sizeof in place of strlen. */
static int say_with_nul(int fd, const char *text, size_t len)
{
    return greeting_say(fd, text, len + 1);
}

/* wfile.write() without flush(), and a handler that ends by another way than its end. */
static int say_nothing(int fd, const char *text, size_t len)
{
    (void)fd;
    (void)text;
    (void)len;
    return 0;
}

/* A break in the loop, or accept() before it (004's server is made so, and says so by lifetime). */
static void end_after_first(int fd)
{
    greeting_finish(fd);
    exit(0);
}

/* An unhandled exception of send() or shutdown(). */
static int die_when_gone(int fd, const char *text, size_t len)
{
    net_wait(fd, POLLIN, net_deadline(MOMENT_MS)); /* so that a reset that is on its way has come */
    if (greeting_say(fd, text, len) == 0)
        return 0;
    fprintf(stderr, "flawed-greeting-server: connection reset by peer\n");
    exit(1);
}

/* c.send(text) once, whatever it takes. */
static int say_once(int fd, const char *text, size_t len)
{
    return net_send(fd, text, len, 0) < 0 ? -1 : 0;
}

#define WITH(...) FLAW_OPS(greeting_ops, __VA_ARGS__)

static const struct flaw flaws[] = {
    {"unread-close", "SOCK-UNREAD-CLOSE", "greeting-server/peer-that-spoke-first",
     "closes with input unread: the client sees a reset (003, 004)", WITH(.finish = close_with_input)},
    {"never-closes", "GREET-WHOLE", "greeting-server/greets-and-closes", "greets and does not close",
     WITH(.finish = leave_open), .also = "GREET-EACH SOCK-HALF-CLOSE SOCK-NO-LEAK SOCK-SHORT-WRITE SOCK-UNREAD-CLOSE"},
    {"waits-for-a-request", "GREET-WHOLE", "greeting-server/greets-and-closes", "reads before it greets: both wait",
     WITH(.say = wait_for_request), .also = "GREET-EACH SOCK-HALF-CLOSE SOCK-SHORT-WRITE"},
    {"sends-the-nul", "GREET-WHOLE", "greeting-server/greets-and-closes", "sends the NUL behind the text too",
     WITH(.say = say_with_nul), .also = "GREET-EACH SOCK-HALF-CLOSE SOCK-SHORT-WRITE SOCK-UNREAD-CLOSE"},
    {"never-flushes", "GREET-WHOLE", "greeting-server/greets-and-closes",
     "leaves the greeting in a buffer (003, wfile)", WITH(.say = say_nothing),
     .also = "GREET-EACH SOCK-HALF-CLOSE SOCK-SHORT-WRITE SOCK-UNREAD-CLOSE"},
    {"no-half-close", "SOCK-HALF-CLOSE", "greeting-server/half-closed-peer-is-greeted",
     "does not greet who has shut down its side", WITH(.say = nothing_for_the_half_closed)},
    {"one-client", "GREET-EACH", "greeting-server/each-is-greeted", "ends after its first client",
     WITH(.finish = end_after_first), .also = "*", .since = "whoever comes second meets nobody"},
    {"dies-on-reset", "SOCK-RESET-SURVIVED", "tcp-server/peer-resets-at-once",
     "ends when a client has gone before its greeting (003, 004)", WITH(.say = die_when_gone),
     .also = "SOCK-ERROR-ITS-OWN SOCK-NO-LEAK SOCK-SHORTAGE SOCK-SIGPIPE"},
    {"send-once", "SOCK-SHORT-WRITE", "greeting-server/short-writes", "takes one send for all (003, 004)",
     WITH(.say = say_once)},
};

int main(int argc, char **argv)
{
    int status;
    const struct flaw *f = flaw_of_args(&argc, argv, flaws, sizeof flaws / sizeof flaws[0], "HOST PORT", &status);
    if (f == NULL)
        return status;
    struct greeting greeting = {.text = "Thank you for connecting", .ops = *(const struct greeting_ops *)f->ops};
    struct tcp_server server = {.form = TCP_SERVER_PLAIN, .handle = greeting_session, .data = &greeting};
    return tcp_server_main(&server, argv[0], argv[1], argv[2]);
}
