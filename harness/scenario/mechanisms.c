/* What a machine may have or lack: the one table from which `needs`, doctor and explain take names and words. */
#include "scenario/load.h"

#include <string.h>

/* In the order in which doctor tells them: what others rest on first. */
static const struct scn_mechanism MECHANISMS[] = {
    {"root", "scenarios that only root can play", "run sockspec as root"},
    {"namespaces", "PID and mount namespaces: nothing of the subject outlives it, and it sees files of its own",
     "run as root, or allow user namespaces: sysctl kernel.unprivileged_userns_clone=1 (Debian), "
     "kernel.apparmor_restrict_unprivileged_userns=0 (Ubuntu)"},
    {"network-namespace", "a network of its own for each worker: no port is taken, runs side by side do not meet",
     "as for namespaces"},
    {"ptrace", "stops the subject at its system calls",
     "sysctl kernel.yama.ptrace_scope=1 or 0; in a container: --cap-add SYS_PTRACE"},
    {"faults", "`fault` in scenarios and `sockspec inject`: system calls that are short, fail or come late",
     "ptrace, and a kernel with seccomp filters (CONFIG_SECCOMP_FILTER)"},
    {"names", "`fault names`: a resolver of its own for the subject",
     "namespaces and network-namespace; /etc/resolv.conf must be a file that exists"},
    {"packets", "`link` with loss, reorder or duplicate",
     "network-namespace, and a kernel with veth, AF_PACKET and policy routing "
     "(CONFIG_VETH, CONFIG_PACKET, CONFIG_IP_MULTIPLE_TABLES)"},
    {"ports", "`limit ports`: a range of source ports that is soon used up",
     "network-namespace, and /proc/sys that can be written to"},
    {"pidfd-getfd", "`limit backlog`, and what the subject has set on its own sockets",
     "Linux 5.6 or later, and the rights of ptrace"},
    {"sock-diag", "what sits in socket queues: when a server listens, when a piece was taken, deadlocks",
     "a kernel with CONFIG_INET_DIAG, CONFIG_INET_TCP_DIAG and CONFIG_UNIX_DIAG"},
    {"capture", "a capture of the packets of each case", "network-namespace, or CAP_NET_RAW (run as root)"},
    {"tcp-repair", "a TCP peer that vanishes without a word", "run sockspec as root"},
    {"ipv6", "scenarios over tcp6 and udp6", "a kernel with IPv6 (no ipv6.disable=1)"},
    {"unix-seqpacket", "scenarios over unix-seqpacket", "a kernel with AF_UNIX"},
    {"descriptors", "crowds of a thousand clients and more", "ulimit -n 65536, or LimitNOFILE= of the service"},
    {"pinning", "figures that do not move between processors", "sched_setaffinity must be allowed"},
};
enum { COUNT = sizeof(MECHANISMS) / sizeof(*MECHANISMS) };

const struct scn_mechanism *scn_mechanisms(size_t *count)
{
    *count = COUNT;
    return MECHANISMS;
}

const struct scn_mechanism *scn_mechanism_find(const char *name)
{
    for (size_t i = 0; i < COUNT; i++)
        if (strcmp(MECHANISMS[i].name, name) == 0)
            return &MECHANISMS[i];
    return NULL;
}
