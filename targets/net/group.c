#include "net/group.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

static int fail(struct net_error *e, const char *what, const char *where)
{
    int code = errno;
    *e = (struct net_error){.failure = NET_SYSTEM, .code = code};
    snprintf(e->text, sizeof e->text, "%s %s: %s", what, where, strerror(code));
    errno = code;
    return -1;
}

/* inet_pton; "" is any. Returns 0, or -1 with EINVAL. */
static int read_address(const char *text, struct in_addr *to)
{
    to->s_addr = htonl(INADDR_ANY);
    if (text[0] == '\0' || inet_pton(AF_INET, text, to) == 1)
        return 0;
    errno = EINVAL;
    return -1;
}

int net_group_join(int fd, const char *group, const char *interface, struct net_error *e)
{
    struct ip_mreq wanted;
    if (read_address(group, &wanted.imr_multiaddr) < 0 || read_address(interface, &wanted.imr_interface) < 0 ||
        setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &wanted, sizeof wanted) < 0)
        return fail(e, "join", group);
    return 0;
}

int net_group_send_through(int fd, const char *interface, struct net_error *e)
{
    struct in_addr address;
    if (read_address(interface, &address) < 0 ||
        setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &address, sizeof address) < 0)
        return fail(e, "send to groups through", interface);
    return 0;
}
