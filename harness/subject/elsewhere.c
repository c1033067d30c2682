/*
 * A server that listens, but not where it was told to: on another address, another port, another transport. Found out
 * soon, so that nobody waits for it to come.
 */
#include "subject/internal.h"

#include "base/clock.h"
#include "evidence/procnet.h"
#include "evidence/queues.h"

#include <netinet/in.h>
#include <string.h>

/* The kernel's table and all descriptors of the subject are read for this: not at each look. Microseconds. */
#define LOOK_US 100000
/*
 * One that opens its sockets one behind the other is at work in between. Who listens elsewhere has made up its mind
 * when it has hardly used a processor, and wanted none, for so long: seconds, and the share of them. With the right
 * port on a wrong address less can still come than with a port of, say, its administration alone.
 */
#define QUIET_S       1.0
#define QUIET_OTHER_S 2.0
#define QUIET_SHARE   0.02

/* Listening sockets that are looked at. */
enum { PORTS_MAX = 256 };

void ready_address(const struct subject_spec *spec, int port, struct sockaddr_storage *out)
{
    memset(out, 0, sizeof *out);
    if (spec->v6) {
        struct sockaddr_in6 *a = (void *)out;
        *a = (struct sockaddr_in6){
            .sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port), .sin6_addr = in6addr_loopback};
    } else {
        struct sockaddr_in *a = (void *)out;
        *a = (struct sockaddr_in){
            .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    }
}

/* The first socket of the subject's own among the `count`; with port `wanted` before others, which `any` lets be. */
static const struct queue_port *own_of(const struct subject *s, const struct queue_port *ports, int count, int wanted,
                                       bool any)
{
    const struct queue_port *other = NULL;
    for (int i = 0; i < count && i < PORTS_MAX; i++) {
        bool right = ports[i].port == wanted;
        if ((!right && (!any || other)) || !subject_holds_socket(s, ports[i].inode))
            continue;
        if (right)
            return &ports[i];
        other = &ports[i];
    }
    return other;
}

/* Where it listens in place of where it should. Returns whether it does anywhere. */
static bool find(const struct subject *s, struct elsewhere *out)
{
    struct queue_port ports[PORTS_MAX];
    const bool udp = s->spec.transport == SUBJECT_UDP;
    const struct queue_port *own;
    const int nl = s->ready.netlink;
    int count = nl < 0 ? procnet_tcp_listeners(ports, PORTS_MAX) : queues_tcp_listeners(nl, ports, PORTS_MAX);
    /* Whoever should take datagrams, or open a path, may listen for what it likes besides; not on that very port. */
    own = own_of(s, ports, count, s->spec.port, !udp);
    out->other_transport = own && s->spec.transport != SUBJECT_TCP;
    if (!own) {
        count = nl < 0 ? procnet_udp_ports(ports, PORTS_MAX) : queues_udp_ports(nl, ports, PORTS_MAX);
        /* A resolver's socket, say, is no mistake in a TCP server. */
        own = s->spec.transport == SUBJECT_UNIX ? NULL : own_of(s, ports, count, s->spec.port, udp);
        out->other_transport = own && !udp;
    }
    if (own)
        out->at = *own;
    return own != NULL;
}

void elsewhere_tell(const struct subject *s, struct buf *out)
{
    char text[QUEUE_PORT_TEXT];
    const struct elsewhere *e = &s->ready.elsewhere;
    queues_port_text(&e->at, text);
    if (e->other_transport)
        buf_printf(out, "it listens on %s for %s", text, s->spec.transport == SUBJECT_TCP ? "UDP" : "TCP");
    else
        buf_printf(out, "it listens on %s", text);
    if (s->spec.transport == SUBJECT_UNIX)
        buf_printf(out, ", not at %s", s->spec.socket_path);
    else if (s->spec.port)
        buf_printf(out, ", not on %s%s:%d%s", e->at.port == s->spec.port ? "" : "the port that it was given, ",
                   s->spec.v6 ? "[::1]" : "127.0.0.1", s->spec.port,
                   !e->other_transport                ? ""
                   : s->spec.transport == SUBJECT_TCP ? " for TCP"
                                                      : " for UDP");
    else
        buf_printf(out, ", not on %s", s->spec.v6 ? "[::1]" : "127.0.0.1");
}

/* Processor time that it has used or waited for. */
static uint64_t wanted_us(const struct subject *s)
{
    struct subject_load load;
    subject_load(s, &load);
    return load.ran_us + load.queued_us;
}

bool elsewhere_proven(struct subject *s)
{
    struct elsewhere *e = &s->ready.elsewhere;
    uint64_t now = clock_us();
    if (now - e->looked_us < LOOK_US)
        return false;
    e->looked_us = now;
    const struct queue_port before = e->at;
    bool was = e->found;
    e->found = find(s, e);
    if (!e->found)
        return false;
    uint64_t wanted = wanted_us(s);
    double span = (double)(now - e->since_us) / 1e6;
    bool same = was && before.inode == e->at.inode;
    if (!same || (double)(wanted - e->wanted_us) / 1e6 > QUIET_SHARE * span + 0.001) {
        e->since_us = now;
        e->wanted_us = wanted;
        return false;
    }
    return span >= (e->at.port == s->spec.port ? QUIET_S : QUIET_OTHER_S);
}
