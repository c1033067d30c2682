#include "net/option.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

enum kind { NUMBER, TIME, LINGER };

static const struct option {
    const char *name;
    int level, number;
    enum kind kind;
} options[] = {
    {"SO_REUSEADDR", SOL_SOCKET, SO_REUSEADDR, NUMBER},
    {"SO_REUSEPORT", SOL_SOCKET, SO_REUSEPORT, NUMBER},
    {"SO_KEEPALIVE", SOL_SOCKET, SO_KEEPALIVE, NUMBER},
    {"SO_BROADCAST", SOL_SOCKET, SO_BROADCAST, NUMBER},
    {"SO_OOBINLINE", SOL_SOCKET, SO_OOBINLINE, NUMBER},
    {"SO_RCVBUF", SOL_SOCKET, SO_RCVBUF, NUMBER},
    {"SO_SNDBUF", SOL_SOCKET, SO_SNDBUF, NUMBER},
    {"SO_ERROR", SOL_SOCKET, SO_ERROR, NUMBER},
    {"SO_TYPE", SOL_SOCKET, SO_TYPE, NUMBER},
    {"SO_ACCEPTCONN", SOL_SOCKET, SO_ACCEPTCONN, NUMBER},
    {"SO_RCVTIMEO", SOL_SOCKET, SO_RCVTIMEO, TIME},
    {"SO_SNDTIMEO", SOL_SOCKET, SO_SNDTIMEO, TIME},
    {"SO_LINGER", SOL_SOCKET, SO_LINGER, LINGER},
    {"TCP_NODELAY", IPPROTO_TCP, TCP_NODELAY, NUMBER},
    {"TCP_KEEPIDLE", IPPROTO_TCP, TCP_KEEPIDLE, NUMBER},
    {"TCP_MAXSEG", IPPROTO_TCP, TCP_MAXSEG, NUMBER},
    {"IPV6_V6ONLY", IPPROTO_IPV6, IPV6_V6ONLY, NUMBER},
    {"IP_TTL", IPPROTO_IP, IP_TTL, NUMBER},
    {"IP_HDRINCL", IPPROTO_IP, IP_HDRINCL, NUMBER},
};

static const struct option *find(const char *name)
{
    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++) {
        if (strcmp(options[i].name, name) == 0)
            return &options[i];
    }
    errno = ENOPROTOOPT;
    return NULL;
}

int net_option_set(int fd, const char *name, int value)
{
    const struct option *o = find(name);
    if (o == NULL)
        return -1;
    if (o->kind == LINGER) {
        struct linger l = {.l_onoff = value >= 0, .l_linger = value < 0 ? 0 : value};
        return setsockopt(fd, o->level, o->number, &l, sizeof l);
    }
    if (o->kind == TIME) {
        struct timeval t = {.tv_sec = value / 1000, .tv_usec = value % 1000 * 1000};
        return setsockopt(fd, o->level, o->number, &t, sizeof t);
    }
    return setsockopt(fd, o->level, o->number, &value, sizeof value);
}

int net_option_get(int fd, const char *name, int *value)
{
    const struct option *o = find(name);
    if (o == NULL)
        return -1;
    struct linger l;
    struct timeval t;
    void *to = o->kind == LINGER ? (void *)&l : o->kind == TIME ? (void *)&t : (void *)value;
    socklen_t size = o->kind == LINGER ? sizeof l : o->kind == TIME ? sizeof t : sizeof *value;
    if (getsockopt(fd, o->level, o->number, to, &size) < 0)
        return -1;
    if (o->kind == LINGER)
        *value = l.l_onoff ? l.l_linger : -1;
    else if (o->kind == TIME)
        *value = (int)(t.tv_sec * 1000 + t.tv_usec / 1000);
    return 0;
}
