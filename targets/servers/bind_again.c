#include "servers/bind_again.h"

#include "net/address.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#define LOOPBACK "127.0.0.1"
#define LIMIT_MS 5000

static int listen_on(const char *port, bool reuses, struct net_error *e)
{
    return net_listen_with(LOOPBACK, port, &(struct net_listening){.backlog = 1, .no_reuse = !reuses}, e);
}

static int fail(struct net_error *e, const char *what)
{
    int code = errno;
    *e = (struct net_error){.failure = NET_SYSTEM, .code = code};
    snprintf(e->text, sizeof e->text, "%s: %s", what, strerror(code));
    return -1;
}

/* Whether this end has been closed by both sides: FIN out, FIN in. Then the half of who sent first is in TIME_WAIT. */
static bool ends(int fd, uint64_t deadline)
{
    char byte;
    return net_recv_some(fd, &byte, 1, deadline) == 0;
}

/* One connection to `listener`, which the server's side closes first. Returns 0 or -1 with `e`. */
static int serve_one(int listener, const char *port, struct net_error *e)
{
    uint64_t deadline = net_deadline(LIMIT_MS);
    int client = net_dial(LOOPBACK, port, deadline, e);
    if (client < 0)
        return -1;
    int server = net_wait(listener, POLLIN, deadline) < 0 ? -1 : net_accept(listener);
    bool done = server >= 0 && shutdown(server, SHUT_WR) == 0 && ends(client, deadline) &&
                shutdown(client, SHUT_WR) == 0 && ends(server, deadline);
    int result = done ? 0 : fail(e, "a connection that its server closes first");
    net_close(&server);
    net_close(&client);
    return result;
}

int bind_again(bool first_reuses, bool second_reuses, struct net_error *e)
{
    char port[12];
    struct net_address own;
    int listener = listen_on("0", first_reuses, e);
    if (listener < 0)
        return -1;
    int done = net_own_address(listener, &own);
    if (done < 0)
        fail(e, "getsockname");
    snprintf(port, sizeof port, "%u", (unsigned)ntohs(((const struct sockaddr_in *)&own.storage)->sin_port));
    if (done == 0)
        done = serve_one(listener, port, e);
    net_close(&listener);
    if (done < 0)
        return -1;
    listener = listen_on(port, second_reuses, e);
    return listener < 0 ? -1 : net_close(&listener);
}
