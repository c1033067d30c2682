#include "evidence/procnet.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

/* States by their numbers of netinet/tcp.h; UDP has the same for "connected" and "not". */
enum { STATE_CLOSE = 7, STATE_LISTEN = 10 };
/* SO_ACCEPTCON, and SOCK_DGRAM, in the columns Flags and Type of /proc/net/unix. */
enum { FLAG_LISTENS = 0x10000, TYPE_DATAGRAM = 2 };

/* "sl: ADDRESS:PORT ADDRESS:PORT STATE queues timer retransmits uid timeout INODE ..." An address is written as numbers
 * of 32 bits, whose bytes stand in memory as on the wire. */
static bool read_row(const char *line, int family, struct queue_port *out, unsigned *state)
{
    char address[33];
    unsigned port, inode;
    if (sscanf(line, " %*d: %32[0-9A-Fa-f]:%x %*[0-9A-Fa-f]:%*x %x %*s %*s %*s %*s %*s %u", address, &port, state,
               &inode) != 4)
        return false;
    *out = (struct queue_port){.port = (int)port, .inode = inode, .family = family};
    for (size_t i = 0; i < 4 && strlen(address) >= 8 * (i + 1); i++)
        (void)sscanf(address + 8 * i, "%8x", &out->address[i]);
    return true;
}

/* Returns how many are added, -1 (errno). */
static int add_ports(const char *path, int family, unsigned wanted, struct queue_port *ports, int count, int max)
{
    char line[512];
    FILE *f = fopen(path, "re");
    if (!f)
        return -1;
    int added = 0;
    while (fgets(line, sizeof line, f)) {
        struct queue_port one;
        unsigned state;
        if (!read_row(line, family, &one, &state) || state != wanted)
            continue;
        if (count + added < max)
            ports[count + added] = one;
        added++;
    }
    fclose(f);
    return added;
}

bool procnet_takes(const struct queue_port *port, const struct sockaddr *to)
{
    static const uint32_t any[4];
    const struct sockaddr_in *v4 = (const void *)to;
    const struct sockaddr_in6 *v6 = (const void *)to;
    bool is_v6 = to->sa_family == AF_INET6, is_any = memcmp(port->address, any, sizeof any) == 0;
    if (port->port != ntohs(is_v6 ? v6->sin6_port : v4->sin_port))
        return false;
    if (is_any)
        return port->family == to->sa_family || port->family == AF_INET6;
    return port->family == to->sa_family &&
           (is_v6 ? memcmp(port->address, &v6->sin6_addr, 16) == 0 : port->address[0] == v4->sin_addr.s_addr);
}

/* A kernel without IPv6 has no file for it. */
static int list(const char *v4, const char *v6, unsigned state, struct queue_port *ports, int max)
{
    int first = add_ports(v4, AF_INET, state, ports, 0, max);
    int second = first < 0 ? -1 : add_ports(v6, AF_INET6, state, ports, first, max);
    return second < 0 ? first : first + second;
}

int procnet_tcp_listeners(struct queue_port *ports, int max)
{
    return list("/proc/net/tcp", "/proc/net/tcp6", STATE_LISTEN, ports, max);
}

int procnet_udp_ports(struct queue_port *ports, int max)
{
    return list("/proc/net/udp", "/proc/net/udp6", STATE_CLOSE, ports, max);
}

uint32_t procnet_unix(const char *path)
{
    char line[512], name[256];
    uint32_t found = 0;
    FILE *f = fopen("/proc/net/unix", "re");
    while (f && !found && fgets(line, sizeof line, f)) {
        unsigned flags, type, inode;
        if (sscanf(line, "%*s %*s %*s %x %x %*s %u %255[^\n]", &flags, &type, &inode, name) == 4 &&
            ((flags & FLAG_LISTENS) || type == TYPE_DATAGRAM) && strcmp(name, path) == 0)
            found = inode;
    }
    if (f)
        fclose(f);
    return found;
}
