#include "net/family.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

struct named {
    int number;
    const char *name;
};

static const char *name_of(const struct named *list, size_t count, int number, char room[24])
{
    for (size_t i = 0; i < count; i++) {
        if (list[i].number == number)
            return list[i].name;
    }
    snprintf(room, 24, "number %d", number);
    return room;
}

const char *net_family_name(int family, char room[24])
{
    static const struct named list[] = {{AF_INET, "INET"}, {AF_INET6, "INET6"}, {AF_UNIX, "UNIX"}, {AF_TIPC, "TIPC"}};
    return name_of(list, sizeof list / sizeof list[0], family, room);
}

const char *net_type_name(int type, char room[24])
{
    static const struct named list[] = {
        {SOCK_STREAM, "STREAM"}, {SOCK_DGRAM, "DGRAM"}, {SOCK_SEQPACKET, "SEQPACKET"},
        {SOCK_RAW, "RAW"},       {SOCK_RDM, "RDM"},
    };
    return name_of(list, sizeof list / sizeof list[0], type & ~(SOCK_CLOEXEC | SOCK_NONBLOCK), room);
}

/* A family that the kernel lacks, a type that the family lacks, a protocol that the type lacks. */
static bool is_missing(int error)
{
    return error == EAFNOSUPPORT || error == ESOCKTNOSUPPORT || error == EPROTONOSUPPORT;
}

int net_socket(int family, int type, int protocol, struct net_error *e)
{
    int fd = socket(family, type | SOCK_CLOEXEC, protocol);
    if (fd >= 0)
        return fd;
    int error = errno;
    char of_family[24], of_type[24];
    bool denied = error == EPERM || error == EACCES;
    *e = (struct net_error){.failure = NET_SYSTEM, .code = error};
    snprintf(e->text, sizeof e->text, "%s sockets of family %s %s%s", net_type_name(type, of_type),
             net_family_name(family, of_family),
             is_missing(error) ? "are not supported by this kernel" : "cannot be had: ",
             is_missing(error)                         ? ""
             : denied && (type & SOCK_RAW) == SOCK_RAW ? "they need CAP_NET_RAW"
                                                       : strerror(error));
    errno = error;
    return -1;
}
