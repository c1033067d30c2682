#include "run/presence.h"

#include "base/clock.h"
#include "evidence/queues.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

/* What a knock is waited for, in milliseconds: on loopback an answer is there at once, elsewhere it has its way. */
#define KNOCK_MS 1000
/* An ICMP error for a datagram of ours comes at once where there is nobody; longer silence tells nothing. */
#define DATAGRAM_MS 20
/* The kernel tells nobody that a socket of another process listens now: it is asked this often. */
#define ASK_US 5000

struct address {
    union {
        struct sockaddr any;
        struct sockaddr_in in;
        struct sockaddr_in6 in6;
        struct sockaddr_un un;
    } u;
    socklen_t len;
};

static bool is_local(const struct place *p)
{
    return p->path[0] != '\0';
}

static bool is_v6(enum scn_transport t)
{
    return t == SCN_TCP6 || t == SCN_UDP6;
}

static bool is_datagram(enum scn_transport t)
{
    return t == SCN_UDP || t == SCN_UDP6 || t == SCN_UNIX_DGRAM;
}

/* --- from the command line ------------------------------------------------------------------------------ */

static bool is_loopback(const struct sockaddr *sa)
{
    if (sa->sa_family == AF_INET)
        return ntohl(((const struct sockaddr_in *)(const void *)sa)->sin_addr.s_addr) >> 24 == 127;
    if (sa->sa_family == AF_INET6)
        return IN6_IS_ADDR_LOOPBACK(&((const struct sockaddr_in6 *)(const void *)sa)->sin6_addr);
    return false;
}

/* Splits at the last colon; takes brackets off. */
static int split(const char *text, bool v6, char *host, size_t size, int *port)
{
    const char *colon = strrchr(text, ':'), *digits = colon ? colon + 1 : text;
    size_t len = colon ? (size_t)(colon - text) : 0;
    char *end;
    long number = strtol(digits, &end, 10);
    if (*digits < '0' || *digits > '9' || *end || number < 1 || number > 65535)
        return -1;
    if (len >= 2 && text[0] == '[' && text[len - 1] == ']') {
        text++;
        len -= 2;
    } else if (memchr(text, ':', len)) {
        return -1; /* a v6 address without brackets: which colon ends it? */
    }
    if (len >= size)
        return -1;
    snprintf(host, size, "%.*s", (int)len, text);
    if (len == 0)
        snprintf(host, size, "%s", v6 ? "::1" : "127.0.0.1");
    *port = (int)number;
    return 0;
}

static int parse_path(struct place *out, const char *text, const char *option, struct err *e)
{
    if (!strchr(text, '/'))
        return err_set(e, EINVAL, "%s %s: the path of an AF_UNIX socket is wanted, with a / in it", option, text);
    if (strlen(text) >= sizeof(out->path))
        return err_set(e, EINVAL, "%s %s: longer than the %zu bytes of a socket's path", option, text,
                       sizeof(out->path) - 1);
    strcpy(out->path, text);
    out->loopback = true;
    return 0;
}

/* The best address of the transport's family: on loopback where there is one. */
static int resolve(struct place *out, const char *host, const char *text, const char *option, struct err *e)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *list, *best = NULL;
    int failed = getaddrinfo(host, NULL, &hints, &list);
    if (failed)
        return err_set(e, 0, "%s %s: %s", option, text, gai_strerror(failed));
    out->loopback = true;
    for (struct addrinfo *a = list; a; a = a->ai_next) {
        out->loopback &= is_loopback(a->ai_addr); /* all of them: the next look-up may give another one first */
        if (a->ai_family == (is_v6(out->transport) ? AF_INET6 : AF_INET) &&
            (!best || (is_loopback(a->ai_addr) && !is_loopback(best->ai_addr))))
            best = a;
    }
    if (best)
        failed = getnameinfo(best->ai_addr, best->ai_addrlen, out->host, sizeof(out->host), NULL, 0, NI_NUMERICHOST);
    freeaddrinfo(list);
    if (!best)
        return err_set(e, 0, "%s %s: an %s address is wanted here, the profile's transport is %s", option, text,
                       is_v6(out->transport) ? "IPv6" : "IPv4", scn_transport_name(out->transport));
    return failed ? err_set(e, 0, "%s %s: %s", option, text, gai_strerror(failed)) : 0;
}

int place_parse(struct place *out, enum scn_transport transport, const char *text, const char *option,
                bool allow_remote, struct err *e)
{
    char host[256];
    *out = (struct place){.transport = transport == SCN_TRANSPORT_DEFAULT ? SCN_TCP : transport};
    if (transport == SCN_UNIX_STREAM || transport == SCN_UNIX_DGRAM || transport == SCN_UNIX_SEQPACKET)
        return parse_path(out, text, option, e);
    if (split(text, is_v6(transport), host, sizeof(host), &out->port) < 0)
        return err_set(e, EINVAL, "%s %s: HOST:PORT is wanted, e.g. 127.0.0.1:8080 or [::1]:8080", option, text);
    if (resolve(out, host, text, option, e) < 0)
        return -1;
    if (!out->loopback && !allow_remote)
        return err_set(e, 0, "%s %s is not on this machine's loopback; --allow-remote permits it", option, text);
    return 0;
}

void place_text(const struct place *p, char text[PLACE_TEXT])
{
    if (is_local(p))
        snprintf(text, PLACE_TEXT, "%s", p->path);
    else
        snprintf(text, PLACE_TEXT, strchr(p->host, ':') ? "[%s]:%d" : "%s:%d", p->host, p->port);
}

/* --- is anybody there ----------------------------------------------------------------------------------- */

static void address_of(const struct place *p, struct address *out)
{
    *out = (struct address){0};
    if (is_local(p)) {
        out->u.un.sun_family = AF_UNIX;
        strcpy(out->u.un.sun_path, p->path);
        out->len = sizeof(out->u.un);
    } else if (is_v6(p->transport)) {
        out->u.in6.sin6_family = AF_INET6;
        out->u.in6.sin6_port = htons((uint16_t)p->port);
        inet_pton(AF_INET6, p->host, &out->u.in6.sin6_addr);
        out->len = sizeof(out->u.in6);
    } else {
        out->u.in.sin_family = AF_INET;
        out->u.in.sin_port = htons((uint16_t)p->port);
        inet_pton(AF_INET, p->host, &out->u.in.sin_addr);
        out->len = sizeof(out->u.in);
    }
}

/* By the kernel's tables. */
static bool is_listed(const struct place *p, const struct address *a)
{
    struct queue_state found;
    int nl = p->loopback ? queues_open() : -1;
    if (nl < 0)
        return false;
    bool listed = is_local(p)                 ? queues_unix(nl, p->path, strlen(p->path), &found) == 0
                  : is_datagram(p->transport) ? queues_udp_taker(nl, &a->u.any, &found) == 0
                                              : queues_tcp_taker(nl, &a->u.any, &found) == 0;
    close(nl);
    return listed;
}

/* Whether this tells that nobody is there. A silent host, or a full queue, tells nothing. */
static bool tells_absence(int error)
{
    return error == ECONNREFUSED || error == ENOENT || error == ENOTSOCK || error == ECONNRESET;
}

/* By what a connection or a datagram meets. */
static bool is_open(const struct place *p, const struct address *a)
{
    bool datagram = is_datagram(p->transport), waits = false;
    int type = p->transport == SCN_UNIX_SEQPACKET ? SOCK_SEQPACKET : datagram ? SOCK_DGRAM : SOCK_STREAM;
    int fd = socket(a->u.any.sa_family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), error = 0;
    socklen_t len = sizeof(error);
    if (fd < 0)
        return true;
    if (connect(fd, &a->u.any, a->len) < 0) {
        error = errno;
        waits = error == EINPROGRESS;
    } else if (datagram && !is_local(p)) {
        waits = send(fd, "", 0, MSG_NOSIGNAL) == 0;
    }
    if (waits) {
        struct pollfd ready = {.fd = fd, .events = datagram ? POLLIN : POLLOUT};
        error = 0;
        if (poll(&ready, 1, datagram ? DATAGRAM_MS : KNOCK_MS) > 0)
            getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len);
    }
    close(fd);
    return !tells_absence(error);
}

bool place_taken(const struct place *p)
{
    struct address a;
    address_of(p, &a);
    return is_listed(p, &a) || is_open(p, &a);
}

bool place_awaited(const struct place *p, double seconds)
{
    uint64_t deadline = clock_us() + (uint64_t)(seconds * 1e6);
    while (!place_taken(p)) {
        if (clock_us() >= deadline)
            return false;
        nanosleep(&(struct timespec){.tv_nsec = ASK_US * 1000L}, NULL);
    }
    return true;
}
