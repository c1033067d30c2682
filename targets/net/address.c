#include "net/address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>

int net_own_address(int fd, struct net_address *a)
{
    a->len = sizeof a->storage;
    return getsockname(fd, (struct sockaddr *)&a->storage, &a->len);
}

int net_peer_address(int fd, struct net_address *a)
{
    a->len = sizeof a->storage;
    return getpeername(fd, (struct sockaddr *)&a->storage, &a->len);
}

/* The path of an AF_UNIX address may fill its array to the last byte, without a NUL. */
static void unix_text(const struct net_address *a, char *text, size_t cap)
{
    const struct sockaddr_un *un = (const struct sockaddr_un *)&a->storage;
    size_t head = offsetof(struct sockaddr_un, sun_path);
    int len = a->len > head ? (int)strnlen(un->sun_path, a->len - head) : 0;
    if (len > 0)
        snprintf(text, cap, "socket %.*s", len, un->sun_path);
    else
        snprintf(text, cap, "unnamed socket");
}

void net_address_text(const struct net_address *a, char *text, size_t cap)
{
    char host[INET6_ADDRSTRLEN] = "?";
    if (a->len == 0) {
        snprintf(text, cap, "unknown peer");
    } else if (a->storage.ss_family == AF_INET) {
        const struct sockaddr_in *in = (const struct sockaddr_in *)&a->storage;
        inet_ntop(AF_INET, &in->sin_addr, host, sizeof host);
        snprintf(text, cap, "%s port %u", host, (unsigned)ntohs(in->sin_port));
    } else if (a->storage.ss_family == AF_INET6) {
        const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)&a->storage;
        inet_ntop(AF_INET6, &in6->sin6_addr, host, sizeof host);
        /* A peer over IPv4 at a socket for both: written as what it is. */
        const char *mapped = IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr) ? strrchr(host, ':') + 1 : host;
        snprintf(text, cap, "%s port %u", mapped, (unsigned)ntohs(in6->sin6_port));
    } else {
        unix_text(a, text, cap);
    }
}

bool net_same_address(const struct net_address *a, const struct net_address *b)
{
    if (a->len == 0 || b->len == 0 || a->storage.ss_family != b->storage.ss_family)
        return false;
    if (a->storage.ss_family == AF_INET) {
        const struct sockaddr_in *x = (const struct sockaddr_in *)&a->storage;
        const struct sockaddr_in *y = (const struct sockaddr_in *)&b->storage;
        return x->sin_port == y->sin_port && x->sin_addr.s_addr == y->sin_addr.s_addr;
    }
    if (a->storage.ss_family == AF_INET6) {
        const struct sockaddr_in6 *x = (const struct sockaddr_in6 *)&a->storage;
        const struct sockaddr_in6 *y = (const struct sockaddr_in6 *)&b->storage;
        return x->sin6_port == y->sin6_port && x->sin6_scope_id == y->sin6_scope_id &&
               memcmp(&x->sin6_addr, &y->sin6_addr, sizeof x->sin6_addr) == 0;
    }
    return a->len == b->len && memcmp(&a->storage, &b->storage, a->len) == 0;
}

int net_service_port(const char *service, const char *protocol, struct net_error *e)
{
    struct servent entry, *found = NULL;
    char room[1024]; /* names and aliases of one line of the services file */
    int error = getservbyname_r(service, protocol, &entry, room, sizeof room, &found);
    if (error == 0 && found != NULL)
        return ntohs((uint16_t)found->s_port);
    *e =
        (struct net_error){.failure = error == 0 ? NET_BAD_NAME : NET_SYSTEM, .code = error == 0 ? EAI_SERVICE : error};
    snprintf(e->text, sizeof e->text, "service %s over %s: %s", service, protocol,
             error == 0 ? "not in the list of services" : strerror(error));
    return -1;
}

int net_host_of(const struct net_address *a, char *host, size_t cap, struct net_error *e)
{
    char text[NET_ADDRESS_TEXT];
    int code = getnameinfo((const struct sockaddr *)&a->storage, a->len, host, (socklen_t)cap, NULL, 0, NI_NAMEREQD);
    if (code == 0)
        return 0;
    *e = (struct net_error){.failure = code == EAI_SYSTEM ? NET_SYSTEM : NET_BAD_ADDRESS,
                            .code = code == EAI_SYSTEM ? errno : code};
    net_address_text(a, text, sizeof text);
    snprintf(e->text, sizeof e->text, "host at %s: %s", text,
             code == EAI_SYSTEM ? strerror(e->code) : gai_strerror(code));
    return -1;
}
