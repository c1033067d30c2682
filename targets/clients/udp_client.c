#include "clients/udp_client.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool udp_client_is_reply(const struct udp_client *c, const struct net_address *from)
{
    return net_same_address(&c->peer, from);
}

static void print(const char *data, size_t n)
{
    fwrite(data, 1, n, stdout);
    fputc('\n', stdout);
}

static const struct udp_client_ops right = {.is_reply = udp_client_is_reply, .print = print, .no_reply = net_tell};

static void complete(struct udp_client_ops *ops)
{
    OPS_COMPLETE(ops, &right, no_reply);
    ops->tries = ops->tries != 0 ? ops->tries : UDP_CLIENT_TRIES;
    ops->wait_ms = ops->wait_ms != 0 ? ops->wait_ms : UDP_CLIENT_WAIT_MS;
    ops->room = ops->room != 0 ? ops->room : NET_DATAGRAM_MAX + 1;
}

/* Waits for the reply among all that comes. Returns its length, or -1. */
static ssize_t take_reply(const struct udp_client *c, int fd, char *data)
{
    uint64_t deadline = net_deadline(c->ops.wait_ms);
    struct net_address from;
    for (;;) {
        ssize_t n = net_recv_from(fd, data, c->ops.room, &from, deadline);
        if (n < 0 || c->ops.is_reply(c, &from))
            return n;
    }
}

/* One question to one address. Returns the reply's length, or -1 (ETIMEDOUT, ECONNREFUSED, ...). */
static ssize_t ask(const struct udp_client *c, int fd, char *data)
{
    if (net_send_to(fd, c->message, c->len, c->connected ? NULL : &c->peer, net_deadline(c->ops.wait_ms)) < 0)
        return -1;
    return take_reply(c, fd, data);
}

/* A socket for the address, kept over all tries: a late reply to the first question is a reply too. */
static int open_for(const struct udp_client *c)
{
    int fd = net_udp_socket(c->peer.storage.ss_family);
    if (fd >= 0 && c->connected && connect(fd, (const struct sockaddr *)&c->peer.storage, c->peer.len) < 0) {
        int error = errno;
        net_close(&fd);
        errno = error;
    }
    return fd;
}

/* Asks the addresses of the list. Returns the reply's length, or -1 with errno. */
static ssize_t ask_all(struct udp_client *c, const struct addrinfo *list, char *data)
{
    ssize_t n = -1;
    int error = EADDRNOTAVAIL;
    for (const struct addrinfo *a = list; a != NULL && n < 0; a = a->ai_next) {
        c->peer.len = a->ai_addrlen;
        memcpy(&c->peer.storage, a->ai_addr, a->ai_addrlen);
        int fd = open_for(c);
        error = errno;
        for (int i = 0; fd >= 0 && i < c->ops.tries && n < 0; i++) {
            uint64_t begin = net_now();
            n = ask(c, fd, data);
            error = errno;
            if (n >= 0 && c->ops.behind != NULL)
                n = c->ops.behind(c, fd, data, n);
            /* A port that is closed now may be open in a moment: the next try waits all the same. */
            if (n < 0 && error == ECONNREFUSED && a->ai_next == NULL && i + 1 < c->ops.tries)
                poll(NULL, 0, net_left(begin + (uint64_t)c->ops.wait_ms));
            else if (n < 0 && error != ETIMEDOUT)
                break;
        }
        net_close(&fd);
    }
    errno = error;
    return n;
}

int udp_client_run(struct udp_client *c, const char *program, const char *host, const char *service)
{
    struct net_error e = {0};
    struct addrinfo *list = net_resolve(host, service, SOCK_DGRAM, false, &e);
    if (list == NULL)
        return net_tell(program, &e);
    complete(&c->ops);
    char *data = malloc(c->ops.room);
    ssize_t n = data == NULL ? -1 : ask_all(c, list, data);
    int error = errno;
    freeaddrinfo(list);
    int status = 0;
    if (n < 0) {
        e = (struct net_error){.failure = error == ETIMEDOUT ? NET_TIMEOUT : NET_SYSTEM, .code = error};
        snprintf(e.text, sizeof e.text, "%s port %s: %s", host, service,
                 error == ETIMEDOUT ? "no reply" : strerror(error));
        status = c->ops.no_reply(program, &e);
    } else {
        c->ops.print(data, (size_t)n < c->ops.room ? (size_t)n : c->ops.room);
        status = fflush(stdout) == 0 ? 0 : 1;
    }
    free(data);
    return status;
}
