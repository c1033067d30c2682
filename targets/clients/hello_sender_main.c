/*
 * hello-sender HOST PORT [--loop]: sends "Hello world!" and a line end, and closes. --loop sends it with a
 * loop of its own, which knows at every moment what has not been sent, and says so where sending fails.
 * Document 000 (send, sendall, and the loop over send), whose first form ignores what send() returns.
 */
#include "net/net.h"
#include "net/words.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define DIAL_MS 10000
#define SEND_MS 10000
#define END_MS  2000

static int tell(const char *program, size_t unsent)
{
    struct net_error e = {.failure = errno == ETIMEDOUT ? NET_TIMEOUT : NET_SYSTEM, .code = errno};
    snprintf(e.text, sizeof e.text, "%s; %zu bytes were not sent", strerror(e.code), unsent);
    return net_tell(program, &e);
}

int main(int argc, char **argv)
{
    static const char hello[] = "Hello world!\n";
    struct net_rest rest = {hello, sizeof hello - 1};
    struct net_error e = {0};
    int status;
    bool loop = net_option_word(&argc, argv, "--loop");
    if (!net_words(argc, argv, 2, "HOST PORT [--loop]", &status))
        return status;
    int fd = net_dial(argv[1], argv[2], net_deadline(DIAL_MS), &e);
    if (fd < 0)
        return net_tell(argv[0], &e);
    uint64_t deadline = net_deadline(SEND_MS);
    int sent = loop ? net_send_rest(fd, &rest, deadline) : net_send_all(fd, rest.data, rest.len, deadline);
    status = sent == 0 ? 0 : tell(argv[0], rest.len);
    /* Whatever the server says is read until its end, so that our close is no reset. */
    if (sent == 0)
        net_finish(fd, SIZE_MAX - 4096, net_deadline(END_MS));
    net_close(&fd);
    return status;
}
