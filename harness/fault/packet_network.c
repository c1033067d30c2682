#include "fault/netlink.h"
#include "fault/packet.h"

#include "base/mem.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/ethtool.h>
#include <linux/fib_rules.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/ip.h>
#include <linux/sockios.h>
#include <linux/veth.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* The device that packets leave by, and its other end, where nobody takes them. */
#define DEVICE     "sockspec0"
#define DEVICE_END "sockspec1"
/* A table of routes of our own, far from those that have names. */
#define TABLE 5021
/* Order of the rules, the first that fits wins; the kernel's own for local addresses moves from 0 to behind ours. */
enum { RULE_MARKED = 1, RULE_PORTS = 2, RULE_LOCAL = 100 };

/* A unique local address (RFC 4193) on the device: the source of who connects to ::1, since ::1 itself may not be one
 * outside of lo. */
static const struct in6_addr SOURCE6 = {{{0xfd, 0x73, 0x6f, 0x63, 0x6b, 0x73, [15] = 1}}};

/*
 * Beside it one for IPv4 (TEST-NET-1, RFC 5737), which nobody uses: getaddrinfo() with AI_ADDRCONFIG leaves out the
 * family of which it sees no address but 127.0.0.1 and ::1 while it sees one of the other, and a server that asks so
 * would not find 127.0.0.1 any more.
 */
#define ADDRESS4 0xc0000201u /* 192.0.2.1 */

struct packet_network {
    int nl;
    int device, loopback; /* interface indexes */
};

/* --- devices -------------------------------------------------------------------------------------------- */

static int make_devices(int nl)
{
    struct request r;
    struct ifinfomsg device = {.ifi_family = AF_UNSPEC}, end = {.ifi_family = AF_UNSPEC};
    request_begin(&r, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &device, sizeof(device));
    request_add_text(&r, IFLA_IFNAME, DEVICE);
    request_add32(&r, IFLA_MTU, PACKET_MTU);
    struct nlattr *info = request_nest(&r, IFLA_LINKINFO);
    request_add_text(&r, IFLA_INFO_KIND, "veth");
    struct nlattr *data = request_nest(&r, IFLA_INFO_DATA), *peer = request_nest(&r, VETH_INFO_PEER);
    request_add_raw(&r, &end, sizeof(end));
    request_add_text(&r, IFLA_IFNAME, DEVICE_END);
    request_nest_end(&r, peer);
    request_nest_end(&r, data);
    request_nest_end(&r, info);
    return request_send(nl, &r);
}

/* No address of the kernel's own choice, or it would talk to its neighbours. */
static void no_autoconfiguration(struct request *r)
{
    uint8_t none = IN6_ADDR_GEN_MODE_NONE;
    struct nlattr *all = request_nest(r, IFLA_AF_SPEC), *v6 = request_nest(r, AF_INET6);
    request_add(r, IFLA_INET6_ADDR_GEN_MODE, &none, sizeof(none));
    request_nest_end(r, v6);
    request_nest_end(r, all);
}

static int set_autoconfiguration(int nl, int device)
{
    struct request r;
    struct ifinfomsg link = {.ifi_family = AF_UNSPEC, .ifi_index = device};
    request_begin(&r, RTM_NEWLINK, 0, &link, sizeof(link));
    no_autoconfiguration(&r);
    return request_send(nl, &r);
}

/* Loopback addresses may come and go here, whatever route the answer would take; by netlink, since /proc/sys may be
 * read-only. */
static int allow_loopback_addresses(int nl, int device)
{
    struct request r;
    struct ifinfomsg link = {.ifi_family = AF_UNSPEC, .ifi_index = device};
    request_begin(&r, RTM_NEWLINK, 0, &link, sizeof(link));
    struct nlattr *all = request_nest(&r, IFLA_AF_SPEC), *v4 = request_nest(&r, AF_INET);
    struct nlattr *conf = request_nest(&r, IFLA_INET_CONF);
    request_add32(&r, IPV4_DEVCONF_ROUTE_LOCALNET, 1);
    request_add32(&r, IPV4_DEVCONF_ACCEPT_LOCAL, 1);
    request_add32(&r, IPV4_DEVCONF_SRC_VMARK, 1);
    request_add32(&r, IPV4_DEVCONF_RP_FILTER, 0);
    request_nest_end(&r, conf);
    request_nest_end(&r, v4);
    request_nest_end(&r, all);
    return request_send(nl, &r);
}

static int bring_up(int nl, int device)
{
    struct request r;
    struct ifinfomsg link = {.ifi_family = AF_UNSPEC,
                             .ifi_index = device,
                             .ifi_flags = IFF_UP | IFF_NOARP,
                             .ifi_change = IFF_UP | IFF_NOARP};
    request_begin(&r, RTM_NEWLINK, 0, &link, sizeof(link));
    return request_send(nl, &r);
}

/* Each packet must be one as on the wire: cut to size, its checksum done. */
static int no_offloads(void)
{
    static const uint32_t commands[] = {ETHTOOL_STSO, ETHTOOL_SGSO, ETHTOOL_STXCSUM};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), result = fd < 0 ? -1 : 0;
    for (size_t i = 0; i < sizeof(commands) / sizeof(*commands) && result == 0; i++) {
        struct ethtool_value off = {.cmd = commands[i], .data = 0};
        struct ifreq request = {.ifr_name = DEVICE, .ifr_data = (char *)&off};
        result = ioctl(fd, SIOCETHTOOL, &request);
    }
    int code = errno;
    if (fd >= 0)
        close(fd);
    errno = code;
    return result;
}

/* --- addresses, routes, rules --------------------------------------------------------------------------- */

static int add_address(int nl, int device, int family, const void *bytes, size_t len)
{
    struct request r;
    struct ifaddrmsg address = {.ifa_family = (unsigned char)family,
                                .ifa_prefixlen = (unsigned char)(len * 8),
                                .ifa_flags = family == AF_INET6 ? IFA_F_NODAD : 0,
                                .ifa_index = (uint32_t)device};
    request_begin(&r, RTM_NEWADDR, NLM_F_CREATE, &address, sizeof(address));
    request_add(&r, IFA_LOCAL, bytes, len);
    request_add(&r, IFA_ADDRESS, bytes, len);
    return request_send(nl, &r);
}

static int add_addresses(int nl, int device)
{
    const struct in_addr v4 = {htonl(ADDRESS4)};
    return add_address(nl, device, AF_INET, &v4, sizeof(v4)) < 0 ||
                   add_address(nl, device, AF_INET6, &SOURCE6, sizeof(SOURCE6)) < 0
               ? -1
               : 0;
}

/* In our table all ways lead out by the device. */
static int add_route(int nl, int device, int family)
{
    struct request r;
    struct rtmsg route = {.rtm_family = (unsigned char)family,
                          .rtm_table = RT_TABLE_UNSPEC,
                          .rtm_protocol = RTPROT_STATIC,
                          .rtm_scope = family == AF_INET ? RT_SCOPE_HOST : RT_SCOPE_UNIVERSE,
                          .rtm_type = RTN_UNICAST,
                          .rtm_dst_len = family == AF_INET ? 8 : 0};
    struct in_addr net = {htonl(INADDR_LOOPBACK & IN_CLASSA_NET)}, source = {htonl(INADDR_LOOPBACK)};
    request_begin(&r, RTM_NEWROUTE, NLM_F_CREATE, &route, sizeof(route));
    request_add32(&r, RTA_TABLE, TABLE);
    request_add32(&r, RTA_OIF, (uint32_t)device);
    if (family == AF_INET) {
        request_add(&r, RTA_DST, &net, sizeof(net));
        request_add(&r, RTA_PREFSRC, &source, sizeof(source));
    }
    return request_send(nl, &r);
}

static void begin_rule(struct request *r, int type, int family, uint32_t order, uint32_t table)
{
    struct fib_rule_hdr rule = {.family = (uint8_t)family, .table = RT_TABLE_UNSPEC, .action = FR_ACT_TO_TBL};
    request_begin(r, type, type == RTM_NEWRULE ? NLM_F_CREATE | NLM_F_EXCL : 0, &rule, sizeof(rule));
    request_add32(r, FRA_PRIORITY, order);
    request_add32(r, FRA_TABLE, table);
}

/* What bears our mark goes where it was going; then come the ports; then the local addresses, which stood first. */
static int order_rules(int nl, int family)
{
    struct request r;
    begin_rule(&r, RTM_NEWRULE, family, RULE_LOCAL, RT_TABLE_LOCAL);
    if (request_send(nl, &r) < 0)
        return -1;
    begin_rule(&r, RTM_NEWRULE, family, RULE_MARKED, RT_TABLE_LOCAL);
    request_add32(&r, FRA_FWMARK, PACKET_MARK);
    if (request_send(nl, &r) < 0)
        return -1;
    begin_rule(&r, RTM_DELRULE, family, 0, RT_TABLE_LOCAL);
    return request_send(nl, &r);
}

/* One rule for what goes to the port, one for what comes from it. */
static int port_rule(int nl, int family, int protocol, int end, int port, bool on)
{
    struct request r;
    uint8_t number = (uint8_t)protocol;
    struct fib_rule_port_range range = {(uint16_t)port, (uint16_t)port};
    begin_rule(&r, on ? RTM_NEWRULE : RTM_DELRULE, family, RULE_PORTS, TABLE);
    request_add(&r, FRA_IP_PROTO, &number, sizeof(number));
    request_add(&r, end, &range, sizeof(range));
    return request_send(nl, &r);
}

static bool has_v6(void)
{
    return access("/proc/sys/net/ipv6", F_OK) == 0 || access("/proc/net/if_inet6", F_OK) == 0;
}

int packet_network_divert(struct packet_network *n, int port, bool on, struct err *e)
{
    static const int families[] = {AF_INET, AF_INET6}, protocols[] = {IPPROTO_TCP, IPPROTO_UDP};
    for (int f = 0; f < (has_v6() ? 2 : 1); f++)
        for (int p = 0; p < 2; p++)
            if (port_rule(n->nl, families[f], protocols[p], FRA_DPORT_RANGE, port, on) < 0 ||
                port_rule(n->nl, families[f], protocols[p], FRA_SPORT_RANGE, port, on) < 0) {
                if (on)
                    return err_errno(e, errno, "a routing rule for port %d", port);
            }
    return 0;
}

/* --- all of it ------------------------------------------------------------------------------------------ */

/* What a lossy link has taught about a peer would slow the next case down, whose peer has the same address. */
static void forget_metrics(void)
{
    int fd = open("/proc/sys/net/ipv4/tcp_no_metrics_save", O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return;
    ssize_t n = write(fd, "1", 1);
    (void)n; /* a help, no need */
    close(fd);
}

static int set_up(struct packet_network *n, struct err *e)
{
    if (make_devices(n->nl) < 0)
        return err_errno(e, errno, "a pair of veth devices");
    n->device = (int)if_nametoindex(DEVICE);
    n->loopback = (int)if_nametoindex("lo");
    int end = (int)if_nametoindex(DEVICE_END);
    if (!n->device || !n->loopback || !end)
        return err_errno(e, errno, "the devices just made");
    if (no_offloads() < 0)
        return err_errno(e, errno, "a device without offloads (ethtool)");
    if (allow_loopback_addresses(n->nl, n->device) < 0 || allow_loopback_addresses(n->nl, n->loopback) < 0)
        return err_errno(e, errno, "loopback addresses on a device");
    if (has_v6() && (set_autoconfiguration(n->nl, n->device) < 0 || set_autoconfiguration(n->nl, end) < 0))
        return err_errno(e, errno, "a device without addresses of its own choice");
    if (bring_up(n->nl, end) < 0 || bring_up(n->nl, n->device) < 0)
        return err_errno(e, errno, "bringing the devices up");
    if (add_route(n->nl, n->device, AF_INET) < 0 || order_rules(n->nl, AF_INET) < 0)
        return err_errno(e, errno, "routing by rules");
    if (has_v6() && (add_addresses(n->nl, n->device) < 0 || add_route(n->nl, n->device, AF_INET6) < 0 ||
                     order_rules(n->nl, AF_INET6) < 0))
        return err_errno(e, errno, "routing by rules over IPv6");
    forget_metrics();
    return 0;
}

struct packet_network *packet_network_open(struct err *e)
{
    struct packet_network *n = mem_new(1, sizeof(*n));
    n->nl = netlink_open();
    if (n->nl < 0) {
        err_errno(e, errno, "rtnetlink");
        free(n);
        return NULL;
    }
    if (set_up(n, e) == 0)
        return n;
    packet_network_close(n);
    return NULL;
}

void packet_network_close(struct packet_network *n)
{
    if (!n)
        return;
    close(n->nl);
    free(n);
}

int packet_network_device(const struct packet_network *n)
{
    return n->device;
}

int packet_network_loopback(const struct packet_network *n)
{
    return n->loopback;
}
