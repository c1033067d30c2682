#include "clients/hello.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int hello_send_all(int fd, struct net_rest *rest, int patience)
{
    if (net_send_all(fd, rest->data, rest->len, net_deadline(patience)) == 0)
        return 0;
    rest->data = NULL;
    return -1;
}

int hello_send_loop(int fd, struct net_rest *rest, int patience)
{
    while (rest->len > 0) {
        ssize_t n = net_send(fd, rest->data, rest->len, MSG_DONTWAIT);
        if (n > 0) {
            rest->data += n;
            rest->len -= (size_t)n;
        } else if (n < 0 && errno != EAGAIN) {
            return -1;
        } else if (net_wait(fd, POLLOUT, net_deadline(patience)) < 0) {
            return -1;
        }
    }
    return 0;
}

static int failed(const char *program, int error, size_t unsent)
{
    struct net_error e = {.failure = error == ETIMEDOUT ? NET_TIMEOUT : NET_SYSTEM, .code = error};
    if (unsent == HELLO_UNKNOWN)
        snprintf(e.text, sizeof e.text, "%s; nobody knows how much was sent", strerror(error));
    else
        snprintf(e.text, sizeof e.text, "%s; %zu bytes were not sent", strerror(error), unsent);
    return net_tell(program, &e);
}

/* Whatever the server says is read until its end, so that our close is no reset. */
static void finish(int fd)
{
    net_finish(fd, SIZE_MAX, net_deadline(HELLO_FINISH_MS));
}

int hello_run(const struct hello_ops *given, const char *program, const char *host, const char *service, size_t times)
{
    static const struct hello_ops right = {.send = hello_send_all, .failed = failed, .finish = finish};
    struct hello_ops ops = OPS_COPY(hello_ops, given);
    OPS_COMPLETE(&ops, &right, finish);
    ops.patience = ops.patience != 0 ? ops.patience : HELLO_SEND_MS;
    const size_t len = sizeof HELLO_TEXT - 1;
    struct net_error e = {0};
    char *text = malloc(times * len + 1);
    int fd = text == NULL ? -1 : net_dial(host, service, net_deadline(HELLO_DIAL_MS), &e);
    if (fd < 0) {
        free(text);
        return e.failure == NET_OK || e.failure == NET_SYSTEM ? ops.failed(program, errno, times * len)
                                                              : net_tell(program, &e);
    }
    for (size_t i = 0; i < times; i++)
        memcpy(text + i * len, HELLO_TEXT, len);
    struct net_rest rest = {text, times * len};
    int status = ops.send(fd, &rest, ops.patience) == 0
                     ? 0
                     : ops.failed(program, errno, rest.data == NULL ? HELLO_UNKNOWN : rest.len);
    if (status == 0)
        ops.finish(fd);
    net_close(&fd);
    free(text);
    return status;
}
