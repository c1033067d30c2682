/*
 * Places: HOST:PORT, unix:PATH and back.
 */
#include "fault/link.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

static const struct kind {
    const char *prefix;
    int family, type; /* family AF_UNIX, or AF_UNSPEC for both of the Internet's */
} kinds[] = {
    {"tcp:", AF_UNSPEC, SOCK_STREAM},
    {"udp:", AF_UNSPEC, SOCK_DGRAM},
    {"unix:", AF_UNIX, SOCK_STREAM},
    {"unix-dgram:", AF_UNIX, SOCK_DGRAM},
    {"unix-seqpacket:", AF_UNIX, SOCK_SEQPACKET},
};

#define KINDS (sizeof(kinds) / sizeof(*kinds))

const char *link_direction_name(enum link_direction d)
{
    return d == LINK_UP ? "up" : "down";
}

static int parse_path(struct link_place *out, const char *path, struct err *e)
{
    struct sockaddr_un *un = (struct sockaddr_un *)&out->address;
    size_t len = strlen(path);
    if (len == 0)
        return err_set(e, EINVAL, "a path is missing behind unix:");
    if (len >= sizeof(un->sun_path))
        return err_set(e, ENAMETOOLONG, "the socket path %s is longer than %zu bytes", path, sizeof(un->sun_path) - 1);
    un->sun_family = AF_UNIX;
    memcpy(un->sun_path, path, len + 1);
    out->len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len + 1);
    return 0;
}

/* Splits at the last colon; brackets around a v6 host are taken off. Returns the port's text, or NULL. */
static const char *split(const char *text, char *host, size_t size)
{
    const char *colon = strrchr(text, ':');
    size_t len = colon ? (size_t)(colon - text) : 0;
    if (!colon || !colon[1] || strspn(colon + 1, "0123456789") != strlen(colon + 1) || strlen(colon + 1) > 5)
        return NULL;
    if (len >= 2 && text[0] == '[' && text[len - 1] == ']') {
        text++;
        len -= 2;
    } else if (memchr(text, ':', len)) {
        return NULL; /* a v6 address without brackets: which colon ends it? */
    }
    if (len >= size)
        return NULL;
    snprintf(host, size, "%.*s", (int)len, len ? text : "");
    if (len == 0)
        snprintf(host, size, "127.0.0.1");
    return atoi(colon + 1) <= 65535 ? colon + 1 : NULL;
}

static bool is_loopback(const struct sockaddr *a)
{
    if (a->sa_family == AF_INET)
        return ntohl(((const struct sockaddr_in *)a)->sin_addr.s_addr) >> 24 == 127;
    if (a->sa_family != AF_INET6)
        return false;
    const struct in6_addr *six = &((const struct sockaddr_in6 *)a)->sin6_addr;
    return IN6_IS_ADDR_LOOPBACK(six) || (IN6_IS_ADDR_V4MAPPED(six) && six->s6_addr[12] == 127);
}

bool link_place_is_local(const struct link_place *p)
{
    return p->address.ss_family == AF_UNIX || (!p->elsewhere && is_loopback((const struct sockaddr *)&p->address));
}

static int parse_host(struct link_place *out, const char *text, struct err *e)
{
    char host[256];
    const char *port = split(text, host, sizeof(host));
    struct addrinfo hints = {.ai_socktype = out->type}, *list, *best;
    if (!port)
        return err_set(e, EINVAL, "%s: HOST:PORT, [V6]:PORT, udp:HOST:PORT or unix:PATH is wanted", text);
    int failed = getaddrinfo(host, port, &hints, &list);
    if (failed)
        return err_set(e, 0, "%s: %s", text, gai_strerror(failed));
    best = list;
    for (struct addrinfo *a = list; a; a = a->ai_next) {
        out->elsewhere |= !is_loopback(a->ai_addr); /* the next look-up may give that one first */
        if (is_loopback(a->ai_addr) && !is_loopback(best->ai_addr))
            best = a;
    }
    memcpy(&out->address, best->ai_addr, best->ai_addrlen);
    out->len = best->ai_addrlen;
    freeaddrinfo(list);
    return 0;
}

int link_place_parse(struct link_place *out, const char *text, struct err *e)
{
    const struct kind *kind = &kinds[0];
    const char *rest = text;
    for (size_t i = 0; i < KINDS; i++) {
        size_t len = strlen(kinds[i].prefix);
        if (strncmp(text, kinds[i].prefix, len) != 0)
            continue;
        kind = &kinds[i];
        rest = text + len;
    }
    *out = (struct link_place){.type = kind->type};
    return kind->family == AF_UNIX ? parse_path(out, rest, e) : parse_host(out, rest, e);
}

void link_place_text(const struct link_place *p, struct buf *out)
{
    char host[INET6_ADDRSTRLEN] = "?";
    const struct sockaddr_in *in = (const struct sockaddr_in *)&p->address;
    const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)&p->address;
    bool unix_socket = p->address.ss_family == AF_UNIX;
    for (size_t i = 0; i < KINDS; i++)
        if (kinds[i].type == p->type && (kinds[i].family == AF_UNIX) == unix_socket &&
            p->type + unix_socket != SOCK_STREAM)
            buf_puts(out, kinds[i].prefix);
    if (unix_socket) {
        buf_puts(out, ((const struct sockaddr_un *)&p->address)->sun_path);
    } else if (p->address.ss_family == AF_INET6) {
        inet_ntop(AF_INET6, &in6->sin6_addr, host, sizeof(host));
        buf_printf(out, "[%s]:%d", host, ntohs(in6->sin6_port));
    } else {
        inet_ntop(AF_INET, &in->sin_addr, host, sizeof(host));
        buf_printf(out, "%s:%d", host, ntohs(in->sin_port));
    }
}
